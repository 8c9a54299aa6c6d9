//! A FIFO in the place of a file that init opens before the app runs: nobody waits for its other
//! end.

use crate::support::*;

/// init with these words, as an ordinary user or not, after `set_up` in a mount namespace of its
/// own, where `/mnt/fifo` is a FIFO.
fn beside_fifo(ordinary: bool, set_up: &str, words: &[&str]) -> Start {
    let script = format!(
        "mount -t tmpfs none /mnt && mkfifo -m 666 /mnt/fifo && \
         echo nobody:200000:65536 >/mnt/range && {set_up} && exec \"$@\""
    );
    let change = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    let change = if ordinary { &change[..] } else { &[] };
    let own = init_path();
    let words = [&["-m", "sh", "-c", &script, "sh"], change, &[own.to_str().unwrap()], words];
    Start::new("unshare", words.concat())
}

#[test]
fn nobody_waits_for_a_fifo() {
    if !root() {
        return skip("nobody_waits_for_a_fifo", "needs root, to mount");
    }
    let over = |file: &str| format!("mount --bind /mnt/fifo /etc/{file}");
    let range = |file: &str| format!("mount --bind /mnt/range /etc/{file}");
    let both = format!("{} && {}", range("subuid"), range("subgid"));
    let auto = &["--map-auto", "true"][..];
    for (ordinary, set_up, words, line) in [
        (true, over("subuid"), auto, "--map-auto: /etc/subuid is not a regular file; "),
        (
            true,
            format!("{} && {}", range("subuid"), over("subgid")),
            auto,
            "--map-auto: /etc/subgid is not a regular file; ",
        ),
        // setpriv would wait for this one.
        (
            false,
            format!("{both} && {}", over("passwd")),
            auto,
            "--map-auto: /etc/subuid has no line for you; ",
        ),
        (false, "true".into(), &["--seccomp=/mnt/fifo", "true"], "read filter /mnt/fifo: "),
        (false, "true".into(), &["--report=/mnt/fifo", "true"], "open report /mnt/fifo: "),
        (false, "true".into(), &["--join=net=/mnt/fifo", "true"], "open for --join net="),
        (
            false,
            "mkfifo /mnt/cgroup.procs".into(),
            &["--join-cgroup=/mnt", "true"],
            "move to cgroup /mnt: No such file or directory (the directory is not a cgroup; ",
        ),
        // A file that would take the number without a word.
        (
            false,
            "touch /mnt/cgroup.procs".into(),
            &["--join-cgroup=/mnt", "true"],
            "move to cgroup /mnt: No such file or directory (the directory is not a cgroup; ",
        ),
    ] {
        let done = beside_fifo(ordinary, &set_up, words).run().expect(125);
        done.one_line(&format!("init: {line}"));
    }
    // A check ends as well, and a namespace can be kept on a FIFO.
    beside_fifo(true, &over("subuid"), &["--check"]).run();
    let keep = ["--uts", "--persist=uts=/mnt/fifo", "true"];
    beside_fifo(false, "true", &keep).run().expect(0).silent();
}
