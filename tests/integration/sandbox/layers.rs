//! `--ephemeral` and `--overlay`: a root of layers. `--propagation unbindable`.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::process::Command;

use crate::support::*;

/// What a shell cannot do to the machine, and tells nobody about.
const WRITES: &str =
    "echo new >/etc/file; rm -r /sub && mkdir /sub && touch /sub/x /made; chmod 700 /etc";

/// A root file system with a few files, of the user that runs init. An overlay needs owner and
/// group mapped.
fn tree(test: &str, user: User) -> Option<Rootfs> {
    let rootfs = Rootfs::new(test)?;
    let root = rootfs.path();
    fs::create_dir_all(root.join("etc")).unwrap();
    fs::create_dir_all(root.join("sub/deep")).unwrap();
    fs::write(root.join("etc/file"), "old\n").unwrap();
    fs::write(root.join("sub/deep/file"), "deep\n").unwrap();
    own(&root, user);
    Some(rootfs)
}

/// Gives a tree to the user that runs init.
fn own(path: &Path, user: User) {
    if user == User::Ordinary && root() {
        let owner = ["-R", "54321:54321", path.to_str().unwrap()];
        assert!(Command::new("chown").args(owner).status().unwrap().success());
    }
}

/// Every file of a tree with its mode, owner, times and content.
fn to_the_byte(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut left = vec![root.to_owned()];
    while let Some(path) = left.pop() {
        let meta = fs::symlink_metadata(&path).unwrap();
        let content = fs::read(&path).unwrap_or_default();
        let sum = content.iter().fold(0_u64, |sum, byte| sum.wrapping_mul(31) + u64::from(*byte));
        let times = (meta.mtime(), meta.mtime_nsec(), meta.ctime(), meta.ctime_nsec());
        let owner = (meta.mode(), meta.uid(), meta.gid(), meta.ino());
        found.push(format!("{} {owner:?} {times:?} {sum}", path.display()));
        if meta.is_dir() {
            left.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
    }
    found.sort();
    found
}

#[test]
fn what_is_written_to_an_ephemeral_root_is_gone() {
    for user in users() {
        let test = "what_is_written_to_an_ephemeral_root_is_gone";
        let Some(rootfs) = tree(test, user) else { return };
        let before = to_the_byte(&rootfs.path());
        let script = format!("{WRITES}; cat /etc/file; echo /* /sub/*; ls -ld / | cut -c1-10");
        for options in [&["--pid", "--mount-proc", "--mount-dev"][..], &[]] {
            let options = [&["--ephemeral"], options].concat();
            let said = rootfs.says(user, &options, &script);
            let made = if options.len() > 1 { ["/dev ", "/proc "] } else { ["", ""] };
            let all = format!("/bin {}/etc /made {}/sub /sub/x", made[0], made[1]);
            assert_eq!(said, format!("new\n{all}\ndrwxrwxrwx"), "{user:?}");
            assert_eq!(to_the_byte(&rootfs.path()), before, "{user:?}");
        }
        // A cover over a directory of the caller's is written to all the same.
        let data = rootfs.beside("data");
        fs::create_dir(&data).unwrap();
        own(&data, user);
        let options = ["--ephemeral", "--bind", data.to_str().unwrap(), "/data"];
        rootfs.says(user, &options, "touch /data/kept");
        assert!(data.join("kept").exists());
    }
    let words = ["--root", "/", "--ephemeral", "--read-only", "true"];
    init(words).run().expect(125).one_line("--read-only");
}

#[test]
fn a_tree_that_holds_mounts() {
    let test = "a_tree_that_holds_mounts";
    if !root() {
        return skip(test, "needs root, for mounts in the tree");
    }
    for user in users() {
        let Some(rootfs) = tree(test, user) else { return };
        let (root, init) = (rootfs.word(), init_path());
        // Mounts that everybody may write to: one on a directory, one in that, one on a file.
        let script = "cd \"$1\"; mount -t tmpfs -o mode=777 none sub && mkdir -m 777 sub/in && \
                      mount -t tmpfs -o mode=777 none sub/in && touch sub/in/y && chmod 666 sub/in/y && \
                      mount --bind sub/in/y etc/file; shift; \"$@\"; cat sub/in/y etc/file; ls sub/in";
        let inside = "for f in /sub/x /sub/in/y /sub/in/x /etc/file; do (echo w >$f) 2>&- || echo ro; done; \
                      echo w >/bin/w && echo w >/etc/w && cat /etc/w; ls /sub /sub/in";
        let as_user: &[&str] = match user {
            User::Root => &[],
            User::Ordinary => &["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"],
        };
        let sandbox =
            [init.to_str().unwrap(), "--root", &root, "--ephemeral", "/bin/sh", "-c", inside];
        let words = [&["-m", "sh", "-c", script, "sh", &root], as_user, &sandbox].concat();
        let done = Start::new("unshare", words).run().expect(0).silent();
        let expected = "ro\nro\nro\nro\nw\n/sub:\nin\n\n/sub/in:\ny\ny\n";
        assert_eq!(done.stdout, expected, "{user:?}");
        assert!(!rootfs.path().join("bin/w").exists() && !rootfs.path().join("etc/w").exists());
    }
}

/// As below /var/lib/docker: the directories that lead to a mount are not the caller's to list.
#[test]
fn mounts_in_directories_of_somebody_else() {
    let test = "mounts_in_directories_of_somebody_else";
    if !root() {
        return skip(test, "needs root, for mounts in the tree");
    }
    let Some(rootfs) = tree(test, User::Ordinary) else { return };
    let (root, init) = (rootfs.word(), init_path());
    let script = "cd \"$1\"; mkdir -p shut/in way/in; for d in shut way; do \
                  mount -t tmpfs -o mode=777 none $d/in && echo $d >$d/in/file; done; \
                  chmod 700 shut; chmod 711 way; shift; exec \"$@\"";
    let inside = "cat /way/in/file; for f in /way/in/x /shut/x /shut/in/file /way /etc/w; do \
                  (echo w >>$f || ls $f) 2>&- || echo none; done; cat /etc/w";
    let user = ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"];
    let sandbox = [init.to_str().unwrap(), "--root", &root, "--ephemeral", "/bin/sh", "-c", inside];
    let words = [&["-m", "sh", "-c", script, "sh", &root][..], &user, &sandbox].concat();
    let done = Start::new("unshare", words).run().expect(0).silent();
    assert_eq!(done.stdout, "way\nnone\nnone\nnone\nnone\nw\n");
}

#[test]
fn layers_of_the_callers_own() {
    for user in users() {
        let Some(rootfs) = tree("layers_of_the_callers_own", user) else { return };
        // What has a meaning in options has none in a path.
        let lower = rootfs.beside("a:b,c=d\\e");
        fs::create_dir_all(lower.join("etc")).unwrap();
        fs::write(lower.join("etc/file"), "above\n").unwrap();
        fs::write(lower.join("top"), "").unwrap();
        let upper = rootfs.beside("u,p:p");
        own(&rootfs.beside(""), user);
        let place = rootfs.beside("place");
        fs::create_dir(&place).unwrap();
        let before = [to_the_byte(&lower), to_the_byte(&rootfs.path())];
        let place = place.to_str().unwrap();
        let says = |script| {
            let layers = ["--root", place, "--overlay", "a\\:b,c=d\\\\e:root", "u,p:p"];
            let words = [&layers[..], &["/bin/sh", "-c", script]].concat();
            let start = init(words).current_dir(&rootfs.beside("")).env("PATH", "/bin");
            user.run(start).unwrap().run().expect(0).silent().stdout
        };
        let said = says("cat /etc/file /sub/deep/file; echo /*; rm /top; echo kept >/new");
        assert_eq!(said, "above\ndeep\n/bin /etc /sub /top\n", "{user:?}");
        assert_eq!(says("echo /*; cat /new"), "/bin /etc /new /sub\nkept\n", "{user:?}");
        assert_eq!([to_the_byte(&lower), to_the_byte(&rootfs.path())], before, "{user:?}");
        assert_eq!(fs::read_to_string(upper.join("new")).unwrap(), "kept\n");
        assert_eq!(fs::read_dir(place).unwrap().count(), 0);
        let words = ["--root", place, "--overlay", "/nosuch", upper.to_str().unwrap(), "true"];
        let out = user.run(init(words)).unwrap().run().expect(125);
        out.one_line("init: lay an overlay with ").one_line("No such file or directory");
        let words = ["--root", place, "--overlay", "a::b", "u", "true"];
        let out = user.run(init(words)).unwrap().run().expect(125);
        out.one_line("option --overlay: bad value 'a::b' 'u' (accepted: directories with : betw");
    }
}

/// The work directory is beside the directory that takes what is written, whatever the word is.
#[test]
fn words_for_an_upper_layer() {
    for user in users() {
        let Some(rootfs) = tree("words_for_an_upper_layer", user) else { return };
        own(&rootfs.beside(""), user);
        let elsewhere = Scratch::new();
        let link = rootfs.beside("link");
        std::os::unix::fs::symlink(elsewhere.path("up"), &link).unwrap();
        fs::create_dir(elsewhere.path("up")).unwrap();
        own(&elsewhere.path(""), user);
        for (word, here, upper) in [
            ("up", "", rootfs.beside("up")),
            ("up//", "", rootfs.beside("up")),
            ("./up/.", "", rootfs.beside("up")),
            (".", "up", rootfs.beside("up")),
            ("../link", "up", elsewhere.path("up")),
        ] {
            let lower = rootfs.word();
            let layers = ["--root", &lower, "--overlay", &lower, word];
            let words = [&layers[..], &["/bin/sh", "-c", "echo $0 >/new", word]].concat();
            let start = init(words).current_dir(&rootfs.beside(here)).env("PATH", "/bin");
            user.run(start).unwrap().run().expect(0).silent();
            assert_eq!(fs::read_to_string(upper.join("new")).unwrap(), format!("{word}\n"));
            assert!(upper.with_extension("work").is_dir(), "{word}");
            assert_eq!(fs::read_dir(&upper).unwrap().count(), 1, "{word}");
        }
        assert!(!rootfs.beside("link.work").exists());
        let root = rootfs.word();
        for (lower, upper, cause) in [
            (format!("{root}:{root}"), "up".to_owned(), "is named twice"),
            (root.clone(), root.clone(), "one layer is in another one"),
            (root.clone(), "nosuch/up".to_owned(), "is missing"),
            (format!("{root}/etc/file"), "up".to_owned(), "a layer is not a directory"),
            (root.clone(), "/".to_owned(), "the kernel refuses a layer"),
        ] {
            let words = ["--root", &root, "--overlay", &lower, &upper, "true"];
            let start = init(words).current_dir(&rootfs.beside(""));
            user.run(start).unwrap().run().expect(125).one_line(cause);
        }
        assert!(!rootfs.path().join(".work").exists());
    }
}

#[test]
fn a_layer_of_somebody_else() {
    let Some(rootfs) = Rootfs::new("a_layer_of_somebody_else") else { return };
    if !root() {
        return skip("a_layer_of_somebody_else", "needs root, for a tree of another user");
    }
    chown(rootfs.path(), Some(7), Some(7)).unwrap();
    fs::set_permissions(rootfs.path(), PermissionsExt::from_mode(0o755)).unwrap();
    fs::create_dir(rootfs.path().join("etc")).unwrap();
    fs::write(rootfs.path().join("etc/file"), "old\n").unwrap();
    for path in ["etc", "etc/file"] {
        fs::set_permissions(rootfs.path().join(path), PermissionsExt::from_mode(0o777)).unwrap();
    }
    // It can be read. To write to it takes a copy, of an owner that there is not inside.
    let script = "cat /etc/file; (echo new >/etc/file) 2>&1; cat /etc/file";
    let said = rootfs.says(User::Ordinary, &["--ephemeral"], script);
    assert!(said.contains("Value too large") && said.ends_with("\nold"), "{said}");
    assert_eq!(fs::read_to_string(rootfs.path().join("etc/file")).unwrap(), "old\n");
}

/// Root may go there, but not as user 0 of the namespace.
#[test]
fn a_tree_below_a_directory_that_is_roots_alone() {
    let test = "a_tree_below_a_directory_that_is_roots_alone";
    let Some(rootfs) = Rootfs::new(test) else { return };
    if !root() {
        return skip(test, "needs root, for a range of ids");
    }
    fs::set_permissions(rootfs.beside(""), PermissionsExt::from_mode(0o700)).unwrap();
    let owner = ["-R", "100000:100000", &rootfs.word()];
    assert!(Command::new("chown").args(owner).status().unwrap().success());
    let range = ["--map-users", "0:100000:65536", "--map-groups", "0:100000:65536"];
    let options = [&range[..], &["--ephemeral", "--pid", "--mount-proc"]].concat();
    let said = rootfs.says(User::Root, &options, "echo w >/w && cat /w; echo /*");
    assert_eq!(said, "w\n/bin /proc /w");
    assert!(!rootfs.path().join("w").exists());
}

#[test]
fn nothing_can_be_bound_again() {
    let Some(rootfs) = Rootfs::new("nothing_can_be_bound_again") else { return };
    let data = rootfs.beside("data");
    fs::create_dir(&data).unwrap();
    let script = "mkdir -p /tmp/to; mount --bind /data /tmp/to 2>&- || echo refused; ls -d /data";
    for user in users() {
        let options = ["--map-root-user", "-q", "--bind", data.to_str().unwrap(), "/data"];
        let options = [&options[..], &["--tmpfs", "/tmp"]].concat();
        let said = rootfs.says(user, &options, script);
        assert_eq!(said, "/data", "{user:?}");
        let options = [&options[..], &["--propagation=unbindable"]].concat();
        assert_eq!(rootfs.says(user, &options, script), "refused\n/data", "{user:?}");
    }
}
