//! Roots of real systems: a Debian, a shell with job control, a web server, sandboxes in
//! sandboxes; as root, and as an ordinary user with and without ranges of other ids.

use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use crate::support::pty::Terminal;
use crate::support::*;

/// Makes a directory with a package and its index, as apt reads it.
fn repository(place: &Path) {
    let tree = place.join("tree");
    fs::create_dir_all(tree.join("DEBIAN")).unwrap();
    fs::create_dir_all(tree.join("usr/bin")).unwrap();
    let about = "Package: greeting\nVersion: 1\nArchitecture: all\nMaintainer: A <a@example.org>\n";
    fs::write(tree.join("DEBIAN/control"), format!("{about}Description: says hello\n")).unwrap();
    fs::write(tree.join("usr/bin/greeting"), "#!/bin/sh\necho hello\n").unwrap();
    let program = tree.join("usr/bin/greeting");
    fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let package = place.join("greeting.deb");
    let words =
        ["--root-owner-group", "--build", tree.to_str().unwrap(), package.to_str().unwrap()];
    assert!(Command::new("dpkg-deb").args(words).output().unwrap().status.success());
    let sum = Command::new("sha256sum").arg(&package).output().unwrap().stdout;
    let sum = String::from_utf8(sum).unwrap();
    let size = package.metadata().unwrap().len();
    let file = format!("Filename: ./greeting.deb\nSize: {size}\nSHA256: {}\n", &sum[..64]);
    fs::write(place.join("Packages"), format!("{about}{file}Description: says hello\n")).unwrap();
    fs::remove_dir_all(tree).unwrap();
}

/// Packages are fetched and installed, a user is added, programs are built: all of that is gone
/// afterwards, and the tree is as it was, to the byte.
#[test]
fn a_debian() {
    for who in everybody() {
        let Some(debian) = Debian::new("a_debian", who) else { return };
        let repo = debian.beside("repo");
        fs::create_dir(&repo).unwrap();
        repository(&repo);
        let repo = repo.to_str().unwrap();
        let before = to_the_byte(&debian.path());
        a_shell_with_job_control(&debian);
        let python = "python3 -c 'import sys; print(sys.version_info[0] * 14)'";
        let build = "mkdir /src && cd /src && printf 'all: a b\\na b:\\n\\ttouch $@; sleep 0.1\\n' \
                     >Makefile && make -j2 && ls && rm -r /usr/share/perl5 && echo built >/etc/hostname";
        // Without other ids nobody can be added, and apt has no other user to run as.
        let users = "useradd --create-home joe && su joe -c 'whoami && touch ~/mine' && \
                     stat -c %U /home/joe/mine";
        let (apt, users) = match who {
            Who::Plain => ("-o APT::Sandbox::User=root", "echo joe; echo joe"),
            _ => ("", users),
        };
        let script = format!(
            "{python}; apt-get --version | head -n 1 | cut -d' ' -f1; hostname; \
             echo 'deb [trusted=yes] file:/repo ./' >/etc/apt/sources.list; \
             apt-get {apt} -qq update 2>&1; \
             apt-get {apt} -qq install greeting >/tmp/log 2>&1 || cat /tmp/log; greeting; \
             {users}; {{ {build}; }} >/dev/null; cat /etc/hostname"
        );
        let said = debian.says(&["--ephemeral", "--ro-bind", repo, "/repo"], &script);
        assert_eq!(said, "42\napt\nbox\nhello\njoe\njoe\nbuilt\n", "{who:?}");
        assert_eq!(to_the_byte(&debian.path()), before, "{who:?}");
        // Without --ephemeral it stays.
        let own = if who == Who::Plain {
            "touch /etc/joe"
        } else {
            "useradd joe && grep -o ^joe /etc/passwd >/etc/joe"
        };
        debian.says(&[], own);
        assert!(debian.path().join("etc/joe").exists());
    }
}

/// All of a tree: names, modes, owners, times and contents, as one number.
fn to_the_byte(root: &Path) -> String {
    let script = "tar --sort=name -C \"$0\" -cf - . | sha256sum";
    let done = Start::new("bash", ["-o", "pipefail", "-ec", script, root.to_str().unwrap()]).run();
    done.expect(0).silent().stdout
}

/// A shell on a terminal: it has job control, and a name for its terminal.
fn a_shell_with_job_control(debian: &Debian) {
    let mut terminal = Terminal::new();
    if debian.who != Who::Root {
        // As after a login: the terminal belongs to the user.
        use std::os::fd::AsRawFd;
        unsafe { libc::fchown(terminal.open().as_raw_fd(), 54321, 54321) };
    }
    let shell = ["bash", "--norc", "--noprofile", "--noediting", "-i"];
    let start = debian.start(&["--ephemeral"], &shell).env("PS1", "READY>").env("HISTFILE", "");
    let running = start.on(&terminal).start();
    let mut line = |line: &str, expected: &str| {
        terminal.expect("READY>");
        terminal.keys(&format!("{line}\n"));
        terminal.expect(expected);
    };
    line("tty", "/dev/console\r\n");
    // An answer shows that the job is in the foreground: a key before that is the shell's.
    line("cat\none", "one\r\n");
    terminal.keys("\x1a");
    terminal.expect("Stopped");
    terminal.expect("READY>");
    terminal.keys("fg\n");
    terminal.expect("cat\r\n");
    terminal.keys("two\n");
    terminal.expect("two\r\n");
    terminal.keys("\x03");
    terminal.expect("READY>");
    terminal.keys("echo $?\n");
    terminal.expect("130\r\n");
    terminal.keys("exit 5\n");
    running.finish().expect(5);
}

/// A server on the loopback device of its own network, a client inside, and one outside.
#[test]
fn a_web_server_on_a_loopback_of_its_own() {
    let Some(rootfs) = Rootfs::new("a_web_server_on_a_loopback_of_its_own") else { return };
    fs::create_dir(rootfs.path().join("www")).unwrap();
    fs::write(rootfs.path().join("www/index.html"), "served\n").unwrap();
    for who in everybody() {
        let root = rootfs.word();
        let server = "httpd -p 127.0.0.1:47123 -h /www && wget -q -O - http://127.0.0.1:47123/ && exec sleep 1000";
        let words =
            ["--unshare-all", "--mount-proc", "-q", "--root", &root, "--", "sh", "-c", server];
        let mut run = who.init(&[who.map(), &words].concat()).env("PATH", "/bin").start();
        run.expect("served");
        assert!(TcpStream::connect("127.0.0.1:47123").is_err(), "{who:?}");
        // A second client, which comes from outside.
        let app = children(run.main_child())[0].to_string();
        let words = ["--join", &app, "--", "wget", "-q", "-O", "-", "http://127.0.0.1:47123/"];
        let done = who.init(&words).env("PATH", "/bin").run().expect(0).silent();
        assert_eq!(done.stdout, "served\n", "{who:?}");
        run.signal(libc::SIGTERM);
        run.finish().expect(143);
    }
}

/// Each has a root of its own in the one around it.
#[test]
fn sandboxes_in_sandboxes() {
    let Some(rootfs) = Rootfs::new("sandboxes_in_sandboxes") else { return };
    let copy = rootfs.path().join("bin/init");
    Start::new("cp", [init_path(), copy]).run().expect(0);
    // Roots below roots, each with the same programs.
    let mut below = rootfs.path();
    for _ in 0..2 {
        let next = below.join("inner");
        fs::create_dir(&next).unwrap();
        Start::new("cp", ["-a".as_ref(), below.join("bin").as_os_str(), next.as_os_str()])
            .run()
            .expect(0);
        below = next;
    }
    Start::new("chmod", ["-R", "a+rwX", &rootfs.word()]).run().expect(0);
    for who in everybody() {
        // A range is the whole range of the next one: it maps its own root alone.
        let inner = ["/bin/init", "--unshare-all", "--root", "/inner", "--mount-proc", "-q"];
        let inner =
            [&inner[..], if who == Who::Root { &["--"] } else { &["--map-root-user", "--"] }];
        let inner = inner.concat();
        let script = "echo $$ $(ls /proc | grep -c '^[0-9]') /*; exit 7";
        let root = rootfs.word();
        let outer =
            [who.map(), &["--unshare-all", "--root", &root, "--mount-proc", "-q", "--"]].concat();
        let words = [&outer[..], &inner, &inner, &["sh", "-c", script]].concat();
        let done = who.init(&words).env("PATH", "/bin").run().expect(7).silent();
        // inner, the shell, its $( ), ls and grep.
        let said = done.stdout.trim_end();
        assert!(said.starts_with("2 ") && said.ends_with(" /bin /proc"), "{who:?}: {said}");
    }
}
