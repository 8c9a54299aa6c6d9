//! Sandboxes of others beside ours: what each holds, and how each enters an existing one. Every
//! cell of the manual's tables is run here.

use std::fs;
use std::os::fd::AsRawFd;

use crate::support::engine::{Engine, engine};
use crate::support::*;

/// A program that makes a sandbox with a root of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Maker {
    Init,
    Unshare,
    Bwrap,
    Docker,
}

const MAKERS: [Maker; 4] = [Maker::Init, Maker::Unshare, Maker::Bwrap, Maker::Docker];

struct Place<'a> {
    rootfs: &'a Rootfs,
    engine: &'a Engine,
}

impl Maker {
    /// The program as each of them is told to make the same, running this script.
    fn start(self, place: &Place<'_>, more: &[&str], script: &str) -> Start {
        let root = place.rootfs.word();
        let rooted = format!("--root={root}");
        let shell = ["/bin/sh", "-c", script];
        let own = init_path();
        let (program, words): (&str, Vec<&str>) = match self {
            Maker::Init => (
                own.to_str().unwrap(),
                vec!["--unshare-all", "--root", &root, "--mount-proc", "--mount-dev", "-q"],
            ),
            Maker::Unshare => {
                ("unshare", vec!["-m", "-p", "-f", "-u", "-i", "-n", &rooted, "--mount-proc"])
            }
            Maker::Bwrap => (
                "bwrap",
                vec!["--unshare-all", "--bind", &root, "/", "--proc", "/proc", "--dev", "/dev"],
            ),
            Maker::Docker => {
                let words = ["run", "--rm", "--network=none", "--entrypoint=/bin/sh"];
                let image = [place.engine.image(), "-c", script];
                let words = [&words[..], more, &image].concat();
                let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
                return place.engine.client(&words);
            }
        };
        let end: &[&str] = if self == Maker::Unshare { &[] } else { &["--"] };
        Start::new(program, [&words[..], more, end, &shell].concat()).env("PATH", "/bin:/usr/bin")
    }
}

type Case = fn(Maker, &Place<'_>) -> bool;

/// What is tried, and what the manual says of each.
const HOLDS: [(&str, Case); 5] = [
    ("signals have their default actions for the command", |maker, place| {
        maker.start(place, &[], "kill -TERM $$; sleep 1; exit 0").run().code() == 143
    }),
    ("root inside cannot change the kernel's settings", |maker, place| {
        let script = "(exec 3>>/proc/sys/kernel/core_pattern) 2>&- && echo open; exit 0";
        maker.start(place, &[], script).run().stdout.is_empty()
    }),
    ("the caller's descriptors are closed", |maker, place| {
        let directory = fs::File::open("/").unwrap();
        let start = maker.start(place, &[], "ls -d /proc/self/fd/9/usr 2>&-; exit 0");
        let leak = start.before_exec(move || unsafe {
            libc::dup2(directory.as_raw_fd(), 9);
        });
        leak.run().stdout.is_empty()
    }),
    ("what is written can be thrown away", |maker, place| {
        let more: &[&str] = if maker == Maker::Init { &["--ephemeral"] } else { &[] };
        maker.start(place, more, "echo >/written; exit 0").run();
        let path = place.rootfs.path().join("written");
        let stays = path.exists();
        let _ = fs::remove_file(path);
        !stays
    }),
    ("an ordinary user can have it", |maker, place| {
        let more: &[&str] = if maker == Maker::Unshare { &["--map-root-user"] } else { &[] };
        let start = maker.start(place, more, "exit 7");
        User::Ordinary.run(start).unwrap().run().code() == 7
    }),
];

fn word(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

/// Compares a table with the manual's.
#[track_caller]
fn in_manual(table: &str) {
    show(table);
    let manual = include_str!("../../../src/manual/comparison.md");
    let missing: Vec<&str> = table.lines().filter(|line| !manual.contains(line)).collect();
    assert!(missing.is_empty(), "the manual has other rows than\n{}", missing.join("\n"));
}

#[test]
fn what_a_sandbox_holds() {
    let test = "what_a_sandbox_holds";
    let (Some(rootfs), Some(engine)) = (Rootfs::new(test), engine(test)) else { return };
    if !installed("bwrap") {
        return skip(test, "needs bubblewrap");
    }
    fs::create_dir(rootfs.path().join("proc")).unwrap();
    fs::create_dir(rootfs.path().join("dev")).unwrap();
    let place = Place { rootfs: &rootfs, engine };
    let mut table = String::new();
    for (what, case) in HOLDS {
        let cells = MAKERS.map(|maker| word(case(maker, &place)));
        assert_eq!(cells[0], "yes", "{what}");
        table += &format!("| {what} | {} |\n", cells.join(" | "));
    }
    in_manual(&table);
}

/// A program that runs a second command in an existing sandbox, and the words before the command.
fn enter(
    kind: usize,
    sandbox: &Sandbox,
    container: &str,
    engine: &Engine,
    words: &[&str],
) -> Start {
    let pid = sandbox.pid();
    match kind {
        0 => init([&["--join", &pid, "--"], words].concat()),
        1 => Start::new("nsenter", [&["-a", "-t", &pid, "--"], words].concat()),
        _ => {
            let words = [&["exec", container], words].concat();
            engine.client(&words.into_iter().map(str::to_owned).collect::<Vec<_>>())
        }
    }
}

#[test]
fn how_a_sandbox_is_entered() {
    let Some(engine) = engine("how_a_sandbox_is_entered") else { return };
    let container = engine.start_container(&["--entrypoint=sleep"], &["1000000"]);
    let sandbox = Sandbox::start(User::Root, &["--unshare-all", "--mount-proc"]);
    let of_user = Sandbox::start(User::Ordinary, &["--unshare-all", "--mount-proc"]);
    let mut table = String::new();
    // Does the command end when its own program gets this signal?
    let ends = |kind: usize, signal: i32, seconds: &str| {
        let mut run = enter(kind, &sandbox, &container.id, engine, &["sleep", seconds]).start();
        let sleeps = || {
            processes().filter(|pid| {
                let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
                line == format!("sleep\0{seconds}\0").as_bytes()
            })
        };
        until("the command runs", || sleeps().next().is_some());
        let pid = sleeps().next().unwrap();
        run.signal(signal);
        let ended = holds_within(std::time::Duration::from_secs(2), || is_dead(pid));
        unsafe { libc::kill(pid, libc::SIGKILL) };
        ended
    };
    let row = |what: &str, case: &dyn Fn(usize) -> bool| {
        let cells = [0, 1, 2].map(|kind| word(case(kind)));
        assert_eq!(cells[0], "yes", "{what}");
        format!("| {what} | {} |\n", cells.join(" | "))
    };
    table += &row("an ordinary user enters what is its own", &|kind| {
        let start = enter(kind, &of_user, &container.id, engine, &["true"]);
        User::Ordinary.run(start).unwrap().run().code() == 0
    });
    table += &row("127 when the command is not found", &|kind| {
        enter(kind, &sandbox, &container.id, engine, &["nosuch"]).run().code() == 127
    });
    table += &row("TERM is forwarded to the command", &|kind| {
        ends(kind, libc::SIGTERM, ["7100001", "7100002", "7100003"][kind])
    });
    table += &row("the command does not outlive it", &|kind| {
        ends(kind, libc::SIGKILL, ["7200001", "7200002", "7200003"][kind])
    });
    in_manual(&table);
}
