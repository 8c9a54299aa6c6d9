//! `--propagation slave` while the app runs: what is mounted outside appears inside.

use std::fs;
use std::io::Write;

use crate::support::*;

/// Mounts something inside, and says at each line whether the mount of outside is there; `$0` is the
/// directory of both.
const SCRIPT: &str = "mount -t tmpfs inside \"$0/inside\" 2>&- && echo mounted || echo refused; \
                      while read line; do [ -e \"$0/outside/mark\" ] && echo there || echo away; done";

/// A mount comes and goes outside, in a mount namespace of the test's own; one inside stays there.
#[test]
fn what_is_mounted_outside_appears_in_a_slave() {
    let test = "what_is_mounted_outside_appears_in_a_slave";
    let Some(rootfs) = Rootfs::new(test) else { return };
    if !root() {
        return skip(test, "needs root, to mount outside");
    }
    fs::create_dir(rootfs.path().join("below")).unwrap();
    let place = rootfs.word();
    let (slave, in_root) = ("--propagation=slave", ["--root", &place]);
    for (user, options, sees) in [
        (User::Root, vec![slave, "--mount"], true),
        (User::Root, vec![slave, "--mount", "--user"], true),
        (User::Root, [&[slave][..], &in_root].concat(), true),
        (User::Root, [&[slave, "--user"][..], &in_root].concat(), true),
        (User::Ordinary, vec![slave, "--mount"], true),
        (User::Ordinary, [&[slave][..], &in_root].concat(), true),
        // By default nothing crosses.
        (User::Root, vec!["--mount"], false),
        (User::Root, vec!["--mount", "--user"], false),
        (User::Ordinary, in_root.to_vec(), false),
    ] {
        let mut host = Host::new();
        // In a mount below that of the root directory.
        let below = "mount -t tmpfs below \"$0\" && mkdir \"$0/inside\" \"$0/outside\"";
        let place = format!("{place}/below");
        do_outside(&mut host, below, &place);
        let before = host.mounts();
        let inside = if options.contains(&"--root") { "/below" } else { &place };
        let words = [&options[..], &["-q", "--", "/bin/sh", "-c", SCRIPT, inside]].concat();
        let (reader, mut writer) = pipe();
        let start = init(words).env("PATH", "/usr/bin:/bin").stdio(0, reader);
        let mut run = host.start(user, start).start();
        run.expect(if user == User::Root { "mounted" } else { "refused" });
        host.has_only(&before);
        let there = if sees { "there" } else { "away" };
        for (script, expected) in
            [("mount -t tmpfs outside \"$0\" && : >\"$0/mark\"", there), ("umount \"$0\"", "away")]
        {
            do_outside(&mut host, script, &format!("{place}/outside"));
            writeln!(writer).unwrap();
            assert_eq!(run.line(), expected, "{user:?} {options:?} {script}");
        }
        drop(writer);
        run.finish().silent();
    }
}

fn do_outside(host: &mut Host, script: &str, place: &str) {
    host.start(User::Root, Start::new("sh", ["-c", script, place])).run().expect(0).silent();
}
