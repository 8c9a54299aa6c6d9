//! Facts about a command that the kernel did not run.
//!
//! In: the words of the command, and the files that it may be. Out: `Command`. To be called
//! in the process that failed, or in a process with the same root, directory and ids: only
//! there the files are those that the kernel looked at. Opens regular files only, changes
//! nothing, and what it cannot read it leaves out.

use std::ffi::{CStr, CString};
use std::ops::Range;

use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sys::resource::{Resource, getrlimit};
use nix::sys::stat::{Mode, SFlag, stat};
use nix::sys::statvfs::{FsFlags, statvfs};
use nix::unistd::{AccessFlags, Whence, eaccess, geteuid, lseek, read};

use super::contents::{self, Contents, START};
use crate::diagnosis::observed::{enforced_profile, filtered};
use crate::sys::{self, BadCall};

/// The longest path (PATH_MAX of linux/limits.h).
const PATH_MAX: usize = 4096;
/// How many interpreters one behind the other the kernel accepts (BINPRM_BUF: 4 and the
/// program, Linux 5.8).
const DEPTH_MAX: usize = 5;

/// What was observed about a command.
#[derive(Clone, Debug, Default)]
pub struct Command {
    /// The command as it was given.
    pub word: Vec<u8>,
    /// Is that a whole command line in one word?
    pub is_line: bool,
    /// The file that the kernel refused; `None` when no file was found.
    pub file: Option<File>,
    /// Why no file was found.
    pub lookup: Lookup,
    /// The app's PATH; `None` when it is unset.
    pub path: Option<Vec<u8>>,
    /// What is searched instead of an unset PATH.
    pub default_path: &'static [u8],
    /// Does the current directory have a file of this name?
    pub is_here: bool,
    /// The current directory.
    pub directory: Option<Vec<u8>>,
    /// Does a seccomp filter refuse execve(2)?
    pub filtered: bool,
    /// The bytes of all arguments and of the environment, their NULs included.
    pub all_words: usize,
    /// The bytes of the longest of those, its NUL included.
    pub longest_word: usize,
    /// RLIMIT_NPROC.
    pub process_limit: Option<u64>,
    /// The limit that the app got for its address space.
    pub address_space: Option<u64>,
    /// The effective user.
    pub user: u32,
    /// The AppArmor profile that confines us.
    pub apparmor_profile: Option<String>,
}

/// Why no file was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Lookup {
    /// No directory of PATH has it.
    #[default]
    InPath,
    /// This path, the command's or one above it, does not exist.
    Missing(Vec<u8>),
    /// The command's file is a symbolic link to this path, which does not exist.
    Link(Vec<u8>),
    /// This path stands where a directory should be.
    NoDirectory(Vec<u8>),
    /// We may not search this directory.
    Closed(Vec<u8>),
    /// Symbolic links form a loop.
    Loop,
}

/// What a file is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    #[default]
    Regular,
    /// A directory.
    Directory,
    /// A FIFO, a socket or a device.
    Special,
}

/// A file that the kernel was to execute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path.
    pub path: Vec<u8>,
    /// What it is.
    pub kind: Kind,
    /// Its permission bits.
    pub mode: u32,
    /// May we execute it?
    pub may_execute: bool,
    /// Is its file system mounted noexec?
    pub noexec: bool,
    /// Does exec give capabilities of its own to it (capabilities(7))?
    pub has_capabilities: bool,
    /// What is in it.
    pub contents: Contents,
    /// The program that runs it.
    pub interpreter: Option<Box<Interpreter>>,
}

/// The program that runs a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Interpreter {
    /// It exists.
    Found(File),
    /// Nothing has this path.
    Missing(Vec<u8>),
}

impl Command {
    /// Looks at `word`, which may be each of `candidates`, in the order of the search, and
    /// was refused with `errno`.
    pub fn observe(word: &CStr, candidates: &[CString], errno: Errno) -> Command {
        let mut files: Vec<_> =
            candidates.iter().filter_map(|path| File::observe(path, 0)).collect();
        // The search goes on after EACCES, and stops at any other file that is there.
        let refused = |file: &File| file.may_execute != (errno == Errno::EACCES);
        let at = files.iter().position(refused).unwrap_or_default();
        let bytes = word.to_bytes();
        Command {
            word: bytes.to_vec(),
            file: (at < files.len()).then(|| files.swap_remove(at)),
            lookup: if bytes.contains(&b'/') { look_up(bytes) } else { Lookup::InPath },
            is_line: is_line(bytes),
            is_here: is_file(word),
            directory: link(c"/proc/self/cwd"),
            filtered: filtered(BadCall::Exec),
            process_limit: getrlimit(Resource::RLIMIT_NPROC).ok().map(|(soft, _)| soft),
            user: geteuid().as_raw(),
            apparmor_profile: enforced_profile(),
            ..Command::default()
        }
    }
}

fn is_file(path: &CStr) -> bool {
    stat(path).is_ok_and(|found| file_type(found.st_mode) == SFlag::S_IFREG)
}

fn file_type(mode: u32) -> SFlag {
    SFlag::from_bits_truncate(mode) & SFlag::S_IFMT
}

/// Where a symbolic link points.
fn link(path: &CStr) -> Option<Vec<u8>> {
    sys::read_link(path, &mut [0; PATH_MAX]).map(<[u8]>::to_vec).ok()
}

/// Is the word a whole command line? It has a blank, and what stands before that is a name
/// without a directory, or a file.
fn is_line(word: &[u8]) -> bool {
    let blank = word.iter().position(|byte| byte.is_ascii_whitespace());
    let Some(first) = blank.and_then(|end| word.get(..end)) else { return false };
    let there = || CString::new(first).is_ok_and(|path| is_file(&path));
    !first.is_empty() && (!first.contains(&b'/') || there())
}

impl File {
    /// Looks at a file and at what runs it; `None` when there is no such file.
    fn observe(path: &CStr, depth: usize) -> Option<File> {
        let found = stat(path).ok()?;
        let kind = match file_type(found.st_mode) {
            SFlag::S_IFDIR => Kind::Directory,
            SFlag::S_IFREG => Kind::Regular,
            _ => Kind::Special,
        };
        let regular = kind == Kind::Regular;
        let (contents, interpreter) =
            if regular { examine(path) } else { None }.unwrap_or((Contents::Unknown, None));
        let interpreter = interpreter.filter(|_| depth < DEPTH_MAX).map(|path| {
            let found = File::observe(&path, depth + 1);
            let missing = || Interpreter::Missing(path.to_bytes().to_vec());
            Box::new(found.map_or_else(missing, Interpreter::Found))
        });
        Some(File {
            path: path.to_bytes().to_vec(),
            kind,
            mode: found.st_mode & 0o7777,
            may_execute: eaccess(path, AccessFlags::X_OK).is_ok(),
            noexec: statvfs(path).is_ok_and(|found| found.flags().contains(FsFlags::ST_NOEXEC)),
            has_capabilities: regular && sys::has_capabilities(path.to_bytes()),
            contents,
            interpreter,
        })
    }
}

/// What is in a file, and the path of the program that runs it.
fn examine(path: &CStr) -> Option<(Contents, Option<CString>)> {
    // It may have become a FIFO or a device since.
    let flags = OFlag::O_RDONLY | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
    let file = open(path, flags, Mode::empty()).ok()?;
    let mut buffer = [0; PATH_MAX];
    let mut at = |range: Range<u64>| -> Option<Vec<u8>> {
        lseek(&file, i64::try_from(range.start).ok()?, Whence::SeekSet).ok()?;
        let length = usize::try_from(range.end - range.start).ok()?.min(PATH_MAX);
        let count = read(&file, buffer.get_mut(..length)?).ok()?;
        Some(buffer.get(..count)?.to_vec())
    };
    let contents = contents::contents(&at(0..START as u64)?);
    let name = match &contents {
        Contents::Script(name) => Some(name.clone()),
        Contents::Text => Some(b"/bin/sh".to_vec()),
        Contents::Elf(elf) => {
            let place = elf.headers().find_map(|header| elf.interpreter(&at(header)?));
            place.and_then(at)
        }
        _ => None,
    };
    let end = |name: &Vec<u8>| name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
    let name = name.and_then(|mut name| {
        name.truncate(end(&name));
        CString::new(name).ok()
    });
    Some((contents, name))
}

/// Why nothing is found at `path`: looks at each path on the way down.
fn look_up(path: &[u8]) -> Lookup {
    let slashes = path.iter().enumerate().skip(1).filter(|(_, byte)| **byte == b'/');
    let mut parent = &b"."[..];
    for end in slashes.map(|(at, _)| at).chain([path.len()]) {
        let step = path.get(..end).unwrap_or(path);
        let Ok(name) = CString::new(step) else { break };
        match stat(&*name).map(|found| file_type(found.st_mode)) {
            Ok(SFlag::S_IFDIR) => parent = step,
            Ok(_) => return Lookup::NoDirectory(step.to_vec()),
            Err(Errno::EACCES) => return Lookup::Closed(parent.to_vec()),
            Err(Errno::ELOOP) => return Lookup::Loop,
            Err(_) => {
                let missing = || Lookup::Missing(step.to_vec());
                return link(&name).map_or_else(missing, Lookup::Link);
            }
        }
    }
    Lookup::Missing(path.to_vec())
}
