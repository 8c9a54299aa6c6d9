//! Makes a section of the man page of a section of the manual.
//!
//! Markdown enters, roff for man(7) and tbl(1) leaves. Only `build.rs` uses it. It never drops
//! what it does not know: such a text is an error of the build.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// The first line of a page with tables: man(1) then runs tbl(1).
pub const FIRST_LINE: &str = "'\\\" t\n";

/// Columns for text on a terminal of 80, and for the lines of a block.
const WIDTH: usize = 70;
const BLOCK: usize = WIDTH - 2;
/// Columns that the first cell of a table needs at least.
const FIRST_CELL: usize = 24;

/// The section's roff, or what cannot be said in roff.
pub fn section(markdown: &str) -> Result<String, String> {
    let mut page = Page::default();
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        page.event(event)?;
    }
    Ok(page.out)
}

/// A cell in roff, and how wide its text is.
#[derive(Clone, Default)]
struct Cell {
    roff: String,
    width: usize,
}

#[derive(Default)]
struct Page {
    out: String,
    /// What stands in the paragraph, item, heading or cell so far.
    text: Cell,
    /// The text is the title of a section.
    capitals: bool,
    /// The number of the next item in each open list; none with bullets.
    lists: Vec<Option<u64>>,
    /// Nothing of the open item has been written.
    fresh: bool,
    /// The lines of an open block of code, and whether long ones may be folded: output, which
    /// nobody copies. A comment in a file, for one, must not go on in a second line.
    code: Option<(String, bool)>,
    /// The rows of an open table; the head is the first.
    rows: Vec<Vec<Cell>>,
    /// Where the open link leads.
    link: Option<String>,
}

impl Page {
    fn event(&mut self, event: Event) -> Result<(), String> {
        match event {
            Event::Start(tag) => return self.start(tag),
            Event::End(tag) => return self.end(tag),
            Event::Text(text) => match &mut self.code {
                Some((lines, _)) => lines.push_str(&text),
                None => self.push(&text),
            },
            Event::Code(text) => {
                self.text.roff.push_str("\\fB");
                self.push(&text);
                self.text.roff.push_str("\\fR");
            }
            Event::SoftBreak => {
                self.text.roff.push('\n');
                self.text.width += 1;
            }
            Event::HardBreak => self.text.roff.push_str("\n.br\n"),
            // Comments mark places for scripts.
            Event::Html(_) | Event::InlineHtml(_) => {}
            other => return Err(format!("no roff for {other:?}")),
        }
        Ok(())
    }

    fn start(&mut self, tag: Tag) -> Result<(), String> {
        match tag {
            Tag::Heading { level, .. } => self.capitals = level == HeadingLevel::H1,
            Tag::Paragraph | Tag::HtmlBlock | Tag::TableCell => {}
            Tag::Strong => self.text.roff.push_str("\\fB"),
            Tag::Emphasis => self.text.roff.push_str("\\fI"),
            Tag::Link { dest_url, .. } => self.link = Some(dest_url.to_string()),
            Tag::Table(_) => self.rows.clear(),
            Tag::TableHead | Tag::TableRow => self.rows.push(Vec::new()),
            Tag::CodeBlock(kind) => {
                self.paragraph();
                let output =
                    matches!(&kind, CodeBlockKind::Fenced(info) if info.starts_with("text"));
                self.code = Some((String::new(), output));
            }
            Tag::List(first) => {
                self.paragraph();
                if !self.lists.is_empty() {
                    self.out.push_str(".RS 3\n");
                }
                self.lists.push(first);
            }
            Tag::Item => {
                let mark = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}.", *number - 1)
                    }
                    _ => "\\(bu".to_owned(),
                };
                self.out.push_str(&format!(".IP {mark} 3\n"));
                self.fresh = true;
            }
            other => return Err(format!("no roff for {other:?}")),
        }
        Ok(())
    }

    fn end(&mut self, tag: TagEnd) -> Result<(), String> {
        match tag {
            TagEnd::Heading(level) => {
                let title = std::mem::take(&mut self.text).roff;
                self.capitals = false;
                let request = match level {
                    HeadingLevel::H1 => "SH",
                    HeadingLevel::H2 => "SS",
                    _ => "PP\n.B",
                };
                self.out.push_str(&format!(".{request} \"{title}\"\n"));
            }
            TagEnd::Paragraph | TagEnd::Item => self.paragraph(),
            TagEnd::Strong | TagEnd::Emphasis => self.text.roff.push_str("\\fR"),
            TagEnd::Link => {
                // Another section is found by its name.
                if let Some(url) = self.link.take().filter(|url| url.contains("://")) {
                    self.push(&format!(" ({url})"));
                }
            }
            TagEnd::List(_) => {
                self.lists.pop();
                if !self.lists.is_empty() {
                    self.out.push_str(".RE\n");
                }
            }
            TagEnd::CodeBlock => return self.block(),
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.text);
                self.rows.last_mut().into_iter().for_each(|row| row.push(cell.clone()));
            }
            TagEnd::Table => self.table(),
            _ => {}
        }
        Ok(())
    }

    /// Adds a text to the paragraph.
    fn push(&mut self, text: &str) {
        let text = if self.capitals { text.to_uppercase() } else { text.to_owned() };
        self.text.roff.push_str(&escaped(&text));
        self.text.width += text.chars().count();
    }

    /// Ends the paragraph, if there is one.
    fn paragraph(&mut self) {
        let text = std::mem::take(&mut self.text).roff;
        if text.is_empty() {
            return;
        }
        if self.lists.is_empty() {
            self.out.push_str(".PP\n");
        } else if !std::mem::take(&mut self.fresh) {
            self.out.push_str(".IP\n");
        }
        self.lines(&text);
    }

    /// Writes lines of text: none is a request but those that we made.
    fn lines(&mut self, text: &str) {
        for line in text.lines() {
            if line.starts_with(['.', '\'']) && line != ".br" {
                self.out.push_str("\\&");
            }
            self.out.push_str(line);
            self.out.push('\n');
        }
    }

    /// Ends a block of code.
    fn block(&mut self) -> Result<(), String> {
        let Some((text, fold)) = self.code.take() else { return Ok(()) };
        self.out.push_str(".PP\n.RS 4\n.EX\n");
        for line in text.lines() {
            let folded = if fold { folded(line) } else { line.to_owned() };
            if !fold && line.chars().count() > BLOCK {
                return Err(format!("too long for a man page: {line}"));
            }
            self.lines(&escaped(&folded));
            if line.is_empty() {
                self.out.push('\n');
            }
        }
        self.out.push_str(".EE\n.RE\n");
        Ok(())
    }

    /// A table of short cells behind the first is a table of tbl(1). Another table is a list.
    fn table(&mut self) {
        let rows = std::mem::take(&mut self.rows);
        let columns = rows.first().map_or(0, Vec::len);
        let widest =
            |n: usize| rows.iter().filter_map(|row| row.get(n)).map(|cell| cell.width).max();
        let behind: usize = (1..columns).filter_map(widest).map(|width| width + 2).sum();
        match WIDTH.checked_sub(behind) {
            Some(first) if columns > 2 && first >= FIRST_CELL => {
                let first = first.min(widest(0).unwrap_or(0));
                self.tbl(&rows, first);
            }
            _ => self.list_of(&rows),
        }
    }

    fn tbl(&mut self, rows: &[Vec<Cell>], first: usize) {
        let columns = rows.first().map_or(0, Vec::len);
        let format = |letter: &str| {
            let others = vec![letter; columns.saturating_sub(1)].join("2 ");
            format!("{letter}w({first}n)2 {others}")
        };
        self.out.push_str(&format!(".TS\n{}\n{}.\n", format("lb"), format("l")));
        for row in rows {
            let cells: Vec<_> = row.iter().map(|cell| cell.roff.replace('\n', " ")).collect();
            let (name, others) =
                cells.split_first().map_or(("", &[][..]), |(a, b)| (a.as_str(), b));
            let name = if name.is_empty() { String::new() } else { format!("T{{\n\\&{name}\nT}}") };
            self.out.push_str(&format!("{name}\t{}\n", others.join("\t")));
        }
        self.out.push_str(".TE\n");
    }

    /// Each row under its first cell; from the third column on a cell has its head before it.
    fn list_of(&mut self, rows: &[Vec<Cell>]) {
        let Some((head, rows)) = rows.split_first() else { return };
        for row in rows {
            let Some((name, others)) = row.split_first() else { continue };
            self.out.push_str(&format!(".TP\n\\&\\fB{}\\fR\n", name.roff.replace("\\fR", "\\fB")));
            let cells = others.iter().enumerate().filter(|(_, cell)| !cell.roff.is_empty());
            for (n, cell) in cells {
                if n > 0 {
                    self.out.push_str(".br\n");
                }
                let title = head.get(n + 1).filter(|title| others.len() > 1 && title.width > 0);
                let title = title.map_or(String::new(), |title| format!("{}: ", title.roff));
                self.lines(&format!("{title}{}", cell.roff));
            }
        }
    }
}

/// Text as roff prints it.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '\\' => out.push_str("\\e"),
            '-' => out.push_str("\\-"),
            '"' => out.push_str("\\(dq"),
            '\'' => out.push_str("\\(aq"),
            '`' => out.push_str("\\(ga"),
            '^' => out.push_str("\\(ha"),
            '~' => out.push_str("\\(ti"),
            '\u{80}'.. => out.push_str(&format!("\\[u{:04X}]", u32::from(letter))),
            _ => out.push(letter),
        }
    }
    out
}

/// A line of a block in lines that fit, cut at blanks.
fn folded(line: &str) -> String {
    let (mut out, mut width) = (String::new(), 0);
    for word in line.split_inclusive(' ') {
        let length = word.trim_end().chars().count();
        if !out.trim().is_empty() && width + length > BLOCK {
            out.push_str("\n    ");
            width = 4;
        }
        out.push_str(word);
        width += word.chars().count();
    }
    out
}
