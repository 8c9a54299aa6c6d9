//! The blocks of commands, files and output in README and manual, as a reader sees them.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use std::path::PathBuf;

use crate::support::engine::repository;

/// A fenced block.
pub struct Block {
    /// FILE:LINE of its first line.
    pub place: String,
    /// How it is tested: the words behind the language.
    pub kind: Vec<String>,
    pub text: String,
}

impl Block {
    /// Is this word there?
    pub fn is(&self, word: &str) -> bool {
        self.kind.iter().any(|own| own == word)
    }

    /// The value of the word NAME=VALUE.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.kind.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
    }
}

/// The documents, from the repository's root. The change log has no blocks.
pub fn documents() -> Vec<String> {
    let sections = std::fs::read_dir(repository("src/manual")).unwrap();
    let names = sections.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let sections =
        names.filter(|name| name.ends_with(".md")).map(|name| format!("src/manual/{name}"));
    let others = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "scripts/benchmarks/README.md"];
    let mut all: Vec<String> = others.map(str::to_owned).into_iter().chain(sections).collect();
    all.sort();
    all
}

/// The blocks of a document, in order.
pub fn blocks(document: &str) -> Vec<Block> {
    let path: PathBuf = repository(document);
    let text = std::fs::read_to_string(path).unwrap();
    let (mut all, mut open) = (Vec::new(), None);
    for (event, range) in Parser::new_ext(&text, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                let line = text[..range.start].matches('\n').count() + 1;
                let info = match kind {
                    CodeBlockKind::Fenced(info) => info.to_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                let kind = info.split_whitespace().skip(1).map(str::to_owned).collect();
                let place = format!("{document}:{line}");
                open = Some(Block { place, kind, text: String::new() });
            }
            Event::Text(part) => open.iter_mut().for_each(|block: &mut Block| block.text += &part),
            Event::End(TagEnd::CodeBlock) => all.extend(open.take()),
            _ => {}
        }
    }
    all
}
