//! `--root`: the app has a root of its own, with a new `/proc`, `/sys` and `/dev`.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use crate::support::*;

#[test]
fn nothing_of_the_old_root_is_left() {
    let Some(rootfs) = Rootfs::new("nothing_of_the_old_root_is_left") else { return };
    for user in users() {
        let script = "pwd; echo /*; cut -d' ' -f5 /proc/self/mountinfo; cd ..; echo *; \
                      ls -l /proc/self/fd /proc/1/fd 2>&- | grep -c tmp";
        let script = format!("{script}; true");
        let said = rootfs.says(user, &["--pid", "--mount-proc", "--no-mask"], &script);
        assert_eq!(said, "/\n/bin /proc\n/\n/proc\nbin proc\n0", "{user:?}");
        // Without an inner, too.
        let said = rootfs.says(user, &[], "echo /*; pwd");
        assert_eq!(said, "/bin /proc\n/", "{user:?}");
        fs::remove_dir(rootfs.path().join("proc")).unwrap();
    }
}

#[test]
fn where_the_command_starts() {
    let Some(rootfs) = Rootfs::new("where_the_command_starts") else { return };
    fs::create_dir_all(rootfs.path().join("a/b")).unwrap();
    for user in users() {
        for options in [&["--pid"][..], &[], &["--time"]] {
            let at = |more: &[&str]| rootfs.says(user, &[options, more].concat(), "pwd");
            assert_eq!(at(&[]), "/");
            assert_eq!(at(&["--chdir", "a/b"]), "/a/b");
            assert_eq!(at(&["--chdir=/a"]), "/a");
        }
        // A root that is named from where init starts.
        let words = ["--root", "root", "--bind", "root/bin", "/again", "/bin/sh", "-c", "echo /*"];
        let start = init(words).current_dir(&rootfs.beside(""));
        let done = user.run(start).unwrap().run().expect(0).silent();
        assert_eq!(done.stdout, "/a /again /bin\n", "{user:?}");
        fs::remove_dir(rootfs.path().join("again")).unwrap();
        let out = rootfs.start(user, &["--chdir=/nosuch", "true"]).run().expect(125);
        out.one_line("init: chdir /nosuch: No such file or directory");
        let out = rootfs.start(user, &["nosuch"]).run().expect(127);
        out.one_line("init: exec nosuch: No such file or directory");
    }
}

#[test]
fn the_whole_machine_as_root() {
    for user in users() {
        let words = ["--root", "/", "--pid", "--mount-proc", "--", "sh", "-c"];
        let script = "echo $$; ls -d /bin /usr; cat /proc/1/comm; grep -c . /proc/mounts";
        let start = user.run(init([&words[..], &[script]].concat())).unwrap();
        let said = start.run().expect(0).silent().stdout;
        assert!(said.starts_with("2\n/bin\n/usr\ninit\n"), "{user:?}: {said}");
    }
}

#[test]
fn a_file_that_is_there_only_outside_is_not_there() {
    let test = "a_file_that_is_there_only_outside_is_not_there";
    let Some(rootfs) = Rootfs::new(test) else { return };
    let script = rootfs.path().join("bin/script");
    make_executable(&script, b"#!/usr/bin/env sh\n");
    for user in users() {
        // Outside there is both, inside there is neither.
        let out = rootfs.start(user, &["/usr/bin/env"]).run().expect(127);
        assert!(!out.stderr.contains("interpreter"), "{out:?}");
        let out = rootfs.start(user, &["script"]).run().expect(127);
        out.one_line("init: exec script: No such file or directory (its interpreter, /usr/bin/env, does not ");
    }
}

#[test]
fn missing_places_are_made_and_the_umask_is_the_apps() {
    let test = "missing_places_are_made_and_the_umask_is_the_apps";
    let Some(rootfs) = Rootfs::new(test) else { return };
    for user in users() {
        let options =
            ["--unshare-all", "--mount-proc", "--mount-sys", "--mount-dev=/x/y/dev", "-q"];
        let words = [&options[..], &["sh", "-c", "umask; mkdir /new; stat -c %a /new"]].concat();
        let start = rootfs.start(user, &words).before_exec(|| unsafe {
            libc::umask(0o077);
        });
        assert_eq!(start.run().expect(0).silent().stdout, "0077\n700\n", "{user:?}");
        for made in ["proc", "sys", "x", "x/y", "x/y/dev"] {
            let mode = fs::metadata(rootfs.path().join(made)).unwrap().mode();
            assert_eq!(mode & 0o7777, 0o755, "{made}");
        }
        for made in ["proc", "sys", "x/y/dev", "x/y", "x", "new"] {
            fs::remove_dir(rootfs.path().join(made)).unwrap();
        }
    }
}

#[test]
fn links_of_the_image_lead_nowhere_else() {
    let Some(rootfs) = Rootfs::new("links_of_the_image_lead_nowhere_else") else { return };
    let outside = rootfs.beside("outside");
    fs::create_dir(&outside).unwrap();
    fs::set_permissions(&outside, PermissionsExt::from_mode(0o777)).unwrap();
    let up = "../../../../../../../..";
    for name in ["proc", "sys", "dev"] {
        let option = format!("--mount-{name}");
        for to in [outside.to_str().unwrap(), "bin", &format!("{up}{}", outside.display())] {
            symlink(to, rootfs.path().join(name)).unwrap();
            for user in users() {
                let out = rootfs.start(user, &["--unshare-all", "-q", &option, "true"]).run();
                let out = out.expect(125).one_line("(a symbolic link in the path is refused; ");
                assert!(out.stderr.contains(&format!(" /{name}: Symbolic link loop")), "{out:?}");
            }
            fs::remove_file(rootfs.path().join(name)).unwrap();
        }
    }
    // Links for mounts of the user's own are followed, inside.
    symlink(&outside, rootfs.path().join("link")).unwrap();
    symlink(format!("{up}/deep"), rootfs.path().join("up")).unwrap();
    fs::create_dir(rootfs.path().join("deep")).unwrap();
    for user in users() {
        let said = rootfs.says(user, &["--tmpfs", "/up"], "touch /deep/file; echo /deep/*");
        assert_eq!(said, "/deep/file", "{user:?}");
        let out = rootfs.start(user, &["--tmpfs", "/link", "true"]).run().expect(125);
        out.one_line("init: mount tmpfs on /link: No such file or directory");
        let said = rootfs.says(user, &["--tmpfs", "/../../a/../b"], "touch /b/f; echo /b/*");
        assert_eq!(said, "/b/f", "{user:?}");
    }
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
    assert_eq!(fs::read_dir(rootfs.path().join("deep")).unwrap().count(), 0);
}

#[test]
fn devices_work() {
    let Some(rootfs) = Rootfs::new("devices_work") else { return };
    let script = "cd /dev && echo *; echo gone >null; echo >full 2>&- || echo is full; \
                  head -c 4 zero | wc -c; head -c 4 urandom | wc -c; \
                  stat -c '%a %F' shm . mqueue; for l in fd ptmx stdin stdout stderr; do readlink $l; done; \
                  echo a | cat /dev/stdin; mount | grep -c ' on /dev'";
    for (user, mounts) in [(User::Root, 4), (User::Ordinary, 10)] {
        if user == User::Root && !root() {
            continue;
        }
        let options = ["--unshare-all", "--mount-proc", "--mount-dev", "-q"];
        let said = rootfs.says(user, &options, script);
        let expected = format!(
            "fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero\n\
             is full\n4\n4\n1777 directory\n755 directory\n1777 directory\n\
             /proc/self/fd\npts/ptmx\n/proc/self/fd/0\n/proc/self/fd/1\n/proc/self/fd/2\na\n{mounts}"
        );
        assert_eq!(said, expected, "{user:?}");
        // No new IPC namespace, no message queues.
        let said = rootfs.says(user, &["--mount-dev"], "ls /dev | grep -c mqueue; :");
        assert_eq!(said, "0");
    }
    // Without a root: over the machine's, in the mount namespace.
    let script = "ls /dev; echo >/dev/null && stat -c %t:%T /dev/null";
    as_each(&["--mount-dev", "sh", "-c", script], |user, start| {
        let said = start.run().expect(0).silent().stdout;
        assert!(said.ends_with("1:3\n") && !said.contains("mem"), "{user:?}: {said}");
    });
}

/// The caller's terminal is of another devpts. tty(1) finds it on /dev/console.
#[test]
fn the_terminal_has_a_name() {
    use crate::support::pty::Terminal;
    let Some(rootfs) = Rootfs::new("the_terminal_has_a_name") else { return };
    for user in users() {
        let mut terminal = Terminal::new();
        let words = ["--pid", "--mount-proc", "--mount-dev", "--", "sh", "-c"];
        // The terminal of the test belongs to root.
        let script = match user {
            User::Root => "tty; tty </dev/console; echo typed >/dev/console; echo over",
            User::Ordinary => "tty; tty; echo typed; echo over",
        };
        let start = rootfs.start(user, &[&words[..], &[script]].concat());
        let running = start.on(&terminal).start();
        let said = terminal.expect("over");
        assert!(said.matches("/dev/console").count() == 2 && said.contains("typed"), "{said}");
        running.finish().expect(0);
    }
}

#[test]
fn a_read_only_root_is_so_everywhere_but_where_asked() {
    let test = "a_read_only_root_is_so_everywhere_but_where_asked";
    let Some(rootfs) = Rootfs::new(test) else { return };
    fs::create_dir(rootfs.path().join("sub")).unwrap();
    fs::set_permissions(rootfs.path().join("sub"), PermissionsExt::from_mode(0o777)).unwrap();
    let data = rootfs.beside("data");
    fs::create_dir(&data).unwrap();
    fs::set_permissions(&data, PermissionsExt::from_mode(0o777)).unwrap();
    let data = data.to_str().unwrap();
    for user in users() {
        let options = [
            "--pid",
            "--read-only",
            "--mount-proc",
            "--tmpfs",
            "/tmp",
            "--bind",
            data,
            "/tmp/data",
        ];
        let script = "for d in / /sub /bin /proc /tmp /tmp/data; do \
                      touch $d/x 2>&- && echo $d; done; :";
        assert_eq!(rootfs.says(user, &options, script), "/tmp\n/tmp/data", "{user:?}");
        fs::remove_file(rootfs.beside("data/x")).unwrap();
        // What was made for the mounts.
        for made in ["proc", "tmp"] {
            fs::remove_dir(rootfs.path().join(made)).unwrap();
        }
        assert!(!rootfs.path().join("tmp/data").exists());
    }
    if !root() {
        return skip(test, "needs root, for mounts below the root");
    }
    // Mounts below the root are read-only as well, and stay as they are outside.
    let words = [
        "-m",
        "sh",
        "-ec",
        "mount -t tmpfs none \"$1/sub\"; chmod 777 \"$1/sub\"; shift; \"$@\"; touch \"$INSIDE\"",
        "sh",
    ];
    let (root, init) = (rootfs.word(), init_path());
    let script = "touch /sub/x 2>&- || echo refused";
    let sandbox = [init.to_str().unwrap(), "--root", &root, "--read-only", "sh", "-c", script];
    let words = [&words[..], &[&root], &sandbox].concat();
    let inside = rootfs.path().join("sub/y");
    let start = Start::new("unshare", words).env("INSIDE", inside.to_str().unwrap());
    assert_eq!(start.run().expect(0).silent().stdout, "refused\n");
}

/// The copy that root's init runs from has what an exec would have lost.
#[test]
fn the_copy_of_init_goes_on_where_init_was() {
    let Some(rootfs) = Rootfs::new("the_copy_of_init_goes_on_where_init_was") else { return };
    for user in users() {
        let facts = |start: Start| {
            let start = start.before_exec(|| unsafe {
                let mut mask: libc::sigset_t = std::mem::zeroed();
                libc::sigaddset(&mut mask, libc::SIGUSR2);
                libc::sigprocmask(libc::SIG_SETMASK, &mask, std::ptr::null_mut());
                libc::signal(libc::SIGCHLD, libc::SIG_IGN);
                libc::signal(libc::SIGHUP, libc::SIG_IGN);
            });
            start.run().expect(0).silent().stdout
        };
        let words = [
            "--pid",
            "--mount-proc",
            "--",
            "/bin/grep",
            "-E",
            "^Sig(Blk|Ign)",
            "/proc/self/status",
        ];
        let with = facts(rootfs.start(user, &words));
        assert_eq!(with, facts(user.run(init(words)).unwrap()), "{user:?}");
        let ignored = with.rsplit('\t').next().unwrap().trim();
        let ignored = u64::from_str_radix(ignored, 16).unwrap();
        assert_eq!(ignored & 0x10001, 0x10001, "{with}");
        // Its name, its words and its environment.
        let script = "cat /proc/1/comm; tr '\\0' ' ' </proc/1/cmdline; env | grep HERE; :";
        let words = ["--pid", "--mount-proc", "sh", "-c", script, ""];
        let start = rootfs.start(user, &words).env("HERE", "a b");
        let said = start.run().expect(0).silent().stdout;
        let (path, root) = (init_path(), rootfs.word());
        let line = format!("{} --root {root} --pid --mount-proc sh -c {script}  ", path.display());
        assert_eq!(said, format!("init\n{line}HERE=a b\n"), "{user:?}");
    }
}
