//! The directory and the descriptors of a sandbox's app: `--chdir`, `PWD`, `--preserve-fds`.

use std::os::fd::AsRawFd;

use crate::support::*;

#[test]
fn where_it_starts_and_with_what() {
    let scratch = Scratch::new();
    let here = scratch.path("");
    let here = here.to_str().unwrap().trim_end_matches('/');
    let listing = "for n in 3 4 5 6 7 8 9; do (exec <&$n) 2>&- && echo -n $n; done; :";
    for user in users() {
        let at = |options: &[&str]| {
            let words = [options, &["--", "pwd"]].concat();
            let start = user.run(init(words).current_dir(&scratch.path(""))).unwrap();
            start.run().expect(0).silent().stdout.trim().to_owned()
        };
        for options in [&["--pid", "--mount"][..], &["--uts"]] {
            let with = |more: &[&'static str]| [options, more].concat();
            assert_eq!(at(options), here);
            assert_eq!(at(&with(&["--chdir", "/usr"])), "/usr");
            assert_eq!(at(&with(&["--wd=/usr"])), "/usr");
            let open = |options: &[&str]| {
                let words = [options, &["sh", "-c", listing]].concat();
                let file = std::fs::File::open("/dev/null").unwrap();
                let start = init(words).before_exec(move || unsafe {
                    // The file may have one of these numbers itself: duplicate it from a high number.
                    let high = libc::fcntl(file.as_raw_fd(), libc::F_DUPFD_CLOEXEC, 100);
                    for fd in [3, 4, 5, 9] {
                        libc::dup2(high, fd);
                    }
                });
                let done = user.run(start).unwrap().run().expect(0).silent();
                done.stdout
            };
            assert_eq!(open(options), "");
            assert_eq!(open(&with(&["--preserve-fds", "2"])), "34");
            assert_eq!(open(&with(&["--preserve-fds=99"])), "3459");
        }
    }
}

/// Shells and other programs believe PWD.
#[test]
fn pwd_names_the_directory_that_the_app_starts_in() {
    let scratch = Scratch::new();
    std::os::unix::fs::symlink("/usr/lib", scratch.path("link")).unwrap();
    std::fs::set_permissions(scratch.path(""), std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .unwrap();
    let pwd = |user: User, options: &[&str], before: &str| {
        let own = init_path();
        let words = ["-u", "PWD", before, own.to_str().unwrap(), "-q"];
        let words = [&words[..], options, &["--", "env"]].concat();
        let start = Start::new("env", words).current_dir(&scratch.path(""));
        let done = user.run(start).unwrap().run().expect(0).silent();
        done.stdout.lines().find_map(|line| line.strip_prefix("PWD=").map(str::to_owned))
    };
    for user in users() {
        for more in [&[][..], &["--pid", "--mount-proc"], &["--time"], &["--cap-drop=ALL"]] {
            for directory in ["/usr/lib", "/usr/../usr/lib/", "link"] {
                let options = [more, &["--chdir", directory]].concat();
                let found = pwd(user, &options, "PWD=/stale");
                assert_eq!(found.as_deref(), Some("/usr/lib"), "{user:?} {options:?}");
                // Who has no PWD asks the kernel.
                assert_eq!(pwd(user, &options, "A=1"), None, "{user:?} {options:?}");
            }
        }
        assert_eq!(pwd(user, &["--uts"], "PWD=/same").as_deref(), Some("/same"));
        assert_eq!(pwd(user, &["--root=/"], "PWD=/stale").as_deref(), Some("/"));
    }
}

/// With a new root init moves there first. A path that was relative to nothing is none from `/` on:
/// `.` would be the whole machine.
#[test]
fn a_directory_that_is_gone() {
    let Some(rootfs) = Rootfs::new("a_directory_that_is_gone") else { return };
    let (root, gone) = (rootfs.word(), rootfs.path().join("gone").display().to_string());
    let script = "mkdir $1 && cd $1 && rmdir $1 && shift && exec \"$@\"";
    let own = init_path();
    for user in users() {
        for (options, path) in [
            (&["--bind", ".", "/data"][..], "."),
            (&["--ro-bind-try", "etc", "/data"], "etc"),
            (&["--overlay", "etc", "/tmp/upper"], "etc"),
            (&["--join-cgroup", "box"], "box"),
        ] {
            let words = ["-c", script, "sh", &gone, own.to_str().unwrap(), "--root", &root];
            let words = [&words[..], options, &["ls", "/data"]].concat();
            let done = user.run(Start::new("sh", words)).unwrap().run().expect(125);
            assert_eq!(done.stdout, "", "{user:?}");
            done.one_line(&format!(
                "init: find {path}: it is relative to a directory that is gone"
            ));
        }
        // What is not relative needs no directory.
        let words = ["-c", script, "sh", &gone, own.to_str().unwrap(), "--root", &root];
        let words = [&words[..], &["--bind", "/etc", "/data", "true"]].concat();
        let start = Start::new("sh", words);
        user.run(start.env("PATH", "/bin")).unwrap().run().expect(0).silent();
        std::fs::remove_dir(rootfs.path().join("data")).unwrap();
    }
}
