//! `--bind`, `--ro-bind`, `--tmpfs` and what else is mounted for the app.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use crate::support::*;

/// A directory outside that everybody may write to, with a file in it.
fn data(rootfs: &Rootfs) -> (PathBuf, String) {
    let data = rootfs.beside("data");
    fs::create_dir(&data).unwrap();
    fs::write(data.join("file"), "text\n").unwrap();
    for path in [&data, &data.join("file")] {
        fs::set_permissions(path, PermissionsExt::from_mode(0o777)).unwrap();
    }
    let word = data.to_str().unwrap().to_owned();
    (data, word)
}

#[test]
fn binds_in_the_order_of_the_command_line() {
    let Some(rootfs) = Rootfs::new("binds_in_the_order_of_the_command_line") else { return };
    let (data, word) = data(&rootfs);
    let file = data.join("file");
    let file = file.to_str().unwrap();
    for user in users() {
        // A file onto a file, in a directory, in a tmpfs, that is made for it.
        let options = [
            "--bind",
            &word,
            "/d",
            "--ro-bind",
            &word,
            "/r",
            "--tmpfs",
            "/t",
            "--ro-bind",
            file,
            "/t/a/b",
            "--bind-try",
            "/nosuch",
            "/n",
            "--ro-bind-try",
            "/nosuch",
            "/n",
        ];
        let script = "cat /d/file /r/file /t/a/b; echo /*; \
                      for f in /d/new /r/new /t/new /t/a/b; do echo >>$f && echo $f; done 2>&-; :";
        let said = rootfs.says(user, &options, script);
        assert_eq!(said, "text\ntext\ntext\n/bin /d /r /t\n/d/new\n/t/new", "{user:?}");
        assert!(data.join("new").exists());
        fs::remove_file(data.join("new")).unwrap();
        // The last one covers those before it.
        let options = ["--bind", &word, "/d", "--tmpfs", "/d"];
        assert_eq!(rootfs.says(user, &options, "ls /d"), "");
        let options = ["--tmpfs", "/d", "--bind", &word, "/d"];
        assert_eq!(rootfs.says(user, &options, "ls /d"), "file");
        // The source is the caller's view, not what an earlier option makes of it.
        let inside = rootfs.path().join("bin");
        let options = ["--tmpfs", "/bin2", "--bind", inside.to_str().unwrap(), "/bin2/b"];
        assert!(rootfs.says(user, &options, "ls /bin2/b").contains("busybox"));
        for made in ["d", "r", "t", "bin2"] {
            fs::remove_dir(rootfs.path().join(made)).unwrap();
        }
    }
}

#[test]
fn binds_without_a_root() {
    let Some(rootfs) = Rootfs::new("binds_without_a_root") else { return };
    let (_, word) = data(&rootfs);
    let script = "cat /mnt/file; touch /mnt/file 2>&- || echo refused; ls /opt";
    let words = ["--ro-bind", &word, "/mnt", "--tmpfs", "/opt", "sh", "-c", script];
    as_each(&words, |user, start| {
        assert_eq!(start.run().expect(0).silent().stdout, "text\nrefused\n", "{user:?}");
    });
    assert!(!fs::exists("/mnt/file").unwrap());
}

#[test]
fn a_bind_takes_the_mounts_below_it_along() {
    let test = "a_bind_takes_the_mounts_below_it_along";
    let Some(rootfs) = Rootfs::new(test) else { return };
    if !root() {
        return skip(test, "needs root, to mount below the source");
    }
    let (data, word) = data(&rootfs);
    fs::create_dir(data.join("sub")).unwrap();
    let (root, init) = (rootfs.word(), init_path());
    let script = "mount -t tmpfs none \"$1/sub\" && touch \"$1/sub/x\" && chmod 777 \"$1/sub\"; \
                  shift; exec \"$@\"";
    let user = ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"];
    for before in [&[][..], &user] {
        let inside =
            "ls /d/sub /r/sub; touch /d/sub/y && rm /d/sub/y; touch /r/sub/y 2>&- || echo ro";
        let sandbox = [
            init.to_str().unwrap(),
            "--root",
            &root,
            "--bind",
            &word,
            "/d",
            "--ro-bind",
            &word,
            "/r",
            "sh",
            "-c",
            inside,
        ];
        let words = [&["-m", "sh", "-c", script, "sh", &word], before, &sandbox].concat();
        let done = Start::new("unshare", words).run().expect(0).silent();
        assert_eq!(done.stdout, "/d/sub:\nx\n\n/r/sub:\nx\nro\n");
    }
}

#[test]
fn a_tmpfs_has_its_size() {
    let Some(rootfs) = Rootfs::new("a_tmpfs_has_its_size") else { return };
    for user in users() {
        let options = ["--tmpfs-size", "64k", "--tmpfs", "/a", "--tmpfs", "/b"];
        let script = "for d in /a /b; do head -c 100000 /bin/busybox >$d/f && echo $d; done 2>&-; \
                      stat -c %a /a /b";
        assert_eq!(rootfs.says(user, &options, script), "/b\n755\n755", "{user:?}");
    }
    let refused = init(["--tmpfs-size=1,mode=777", "--tmpfs", "/a", "true"]).run().expect(125);
    refused.one_line("option --tmpfs-size: bad value '1,mode=777' (accepted: bytes, ");
    init(["--tmpfs-size=1", "true"]).run().expect(125).one_line("--tmpfs-size needs --tmpfs");
}

#[test]
fn places_that_are_refused() {
    let Some(rootfs) = Rootfs::new("places_that_are_refused") else { return };
    let (data, word) = data(&rootfs);
    symlink("/nosuch", rootfs.path().join("dangling")).unwrap();
    let file = data.join("file");
    let file = file.to_str().unwrap();
    for user in users() {
        for (words, line) in [
            (["--bind", "/nosuch", "/d"], "init: open for a bind /nosuch: No such file or dir"),
            (["--bind", file, "/bin"], "init: bind on /bin: Is a directory ("),
            (["--bind", &word, "/bin/sh"], "init: bind on /bin/sh: Not a directory ("),
            (["--bind", &word, "/bin/sh/x"], "init: bind on /bin/sh/x: Not a directory ("),
            (["--bind", &word, "/dangling"], "init: bind on /dangling: No such file or directory"),
        ] {
            let out = rootfs.start(user, &[&words[..], &["true"]].concat()).run().expect(125);
            out.one_line(line);
        }
        let words = ["--pid", "--mount-proc", "--bind", &word, "/proc/self/fd/1", "true"];
        let out = rootfs.start(user, &words).run().expect(125);
        out.one_line("init: bind on /proc/self/fd/1: Symbolic link loop");
        let words = ["--pid", "--mount-proc", "--bind", &word, "/proc/self/root/d", "true"];
        let out = rootfs.start(user, &words).run().expect(125);
        out.one_line("init: bind on /proc/self/root/d: Symbolic link loop");
    }
    let words = ["--root", "/nosuch", "true"];
    as_each(&words, |_, start| {
        start.run().expect(125).one_line("init: enter /nosuch: No such file or directory");
    });
    for words in [["--bind", &word, "/"], ["--bind", &word, "/.."], ["--bind", "", "/x"]] {
        let out = init([&words[..], &["true"]].concat()).run().expect(125);
        out.one_line("option --bind: bad value ");
    }
}

/// What is mounted on the root is nowhere to be seen, whatever the word for it is.
#[test]
fn the_root_itself_is_no_place_for_a_mount() {
    let test = "the_root_itself_is_no_place_for_a_mount";
    let Some(rootfs) = Rootfs::new(test) else { return };
    fs::create_dir(rootfs.path().join("tmp")).unwrap();
    symlink("/", rootfs.path().join("link")).unwrap();
    let (_, data) = data(&rootfs);
    let word = rootfs.word();
    for root in [&["--root", &word][..], &["--root", "/"], &["--mount"]] {
        for place in
            [&["--tmpfs", "/tmp/.."][..], &["--bind", &data, "/tmp/.."], &["--mount-dev=/"]]
        {
            let words = [root, place, &["sh", "-c", "echo runs"]].concat();
            as_each(&words, |user, start| {
                let done = start.run().expect(125);
                assert_eq!(done.stdout, "", "{user:?}");
                done.one_line(" Resource busy (it is the root itself, or has the same");
            });
        }
    }
    for (place, step) in [
        (&["--pid", "--mount-proc=/"][..], "mount proc on /"),
        (&["--tmpfs", "/link"], "mount tmpfs on /link"),
    ] {
        let words = [&["--root", &word][..], place, &["true"]].concat();
        as_each(&words, |_, start| {
            start.run().expect(125).one_line(&format!("init: {step}: Resource busy ("));
        });
    }
    // The same directory elsewhere is not the root.
    let options = ["--bind", &word, "/again", "--tmpfs", "/again"];
    for user in users() {
        assert_eq!(rootfs.says(user, &options, "echo /again/*"), "/again/*");
        fs::remove_dir(rootfs.path().join("again")).unwrap();
    }
}
