//! Ways out of a root. Each is shown to work with the minimal container of the tutorials,
//! `unshare` and `chroot`, or with init as it is without `--root`, and to fail with it.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::PathBuf;

use crate::support::*;

/// What a shell prints under `chroot` in new namespaces, with all capabilities.
#[track_caller]
fn said_by_chroot(rootfs: &Rootfs, set_up: &str, script: &str) -> String {
    let set_up = format!("cd \"$0\" && {set_up} exec chroot . /bin/sh -c \"$1\"");
    let root = rootfs.word();
    let words = ["-m", "-p", "-f", "sh", "-c", &set_up, &root, script];
    let done = Start::new("unshare", words).env("PATH", "/usr/sbin:/usr/bin:/bin").run();
    done.expect(0).stdout.trim().to_owned()
}

/// A copy of init, for root to spoil.
fn copy(rootfs: &Rootfs) -> (PathBuf, String) {
    let copy = rootfs.beside("init");
    copy_program(&init_path(), &copy);
    let word = copy.to_str().unwrap().to_owned();
    (copy, word)
}

#[test]
fn the_program_of_init_is_not_for_root_inside() {
    let test = "the_program_of_init_is_not_for_root_inside";
    let Some(rootfs) = Rootfs::new(test) else { return };
    if !root() {
        return skip(test, "needs root, whom others' init would be set-user-ID");
    }
    let attack = "chmod 4755 /proc/1/exe && echo changed; \
                  (exec 3<>/proc/1/exe; echo spoilt >&3) && echo written; :";
    let (file, word) = copy(&rootfs);
    let words = ["--pid", "--mount-proc", "sh", "-c", attack];
    let naive = Start::new(&word, words).run().expect(0);
    assert_eq!(naive.stdout, "changed\n", "the file runs, so nobody can write to it");
    assert_eq!(fs::metadata(&file).unwrap().mode() & 0o7777, 0o4755);
    fs::set_permissions(&file, PermissionsExt::from_mode(0o755)).unwrap();
    let before = fs::read(&file).unwrap();
    let root = rootfs.word();
    for options in [&["--pid", "--mount-proc"][..], &["--pid", "--mount-proc", "--no-pivot"]] {
        let words = [&["--root", &root], options, &["/bin/sh", "-c", attack]].concat();
        let done = Start::new(&word, words).run().expect(0);
        assert!(!done.stdout.contains("written"), "{done:?}");
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o7777, 0o755);
    }
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[test]
fn a_copy_that_cannot_be_made_is_no_start() {
    let test = "a_copy_that_cannot_be_made_is_no_start";
    let Some(rootfs) = Rootfs::new(test) else { return };
    if !root() {
        return skip(test, "needs root");
    }
    let root = rootfs.word();
    let words = ["--root", &root, "true"];
    let no_proc = "umount -l /proc; exec \"$@\"";
    let init = init_path();
    let start = [&["-m", "sh", "-c", no_proc, "sh", init.to_str().unwrap()], &words[..]].concat();
    let out = Start::new("unshare", start).run().expect(125);
    out.one_line("init: copy init into memory: No such file or directory (init finds itself ");
    // vm.memfd_noexec belongs to the PID namespace.
    let strict = "echo 2 >/proc/sys/vm/memfd_noexec && exec \"$@\"";
    let start = ["-p", "-f", "--mount-proc", "sh", "-c", strict, "sh", init.to_str().unwrap()];
    let out = Start::new("unshare", [&start, &words[..]].concat()).run().expect(125);
    out.one_line("init: copy init into memory: Permission denied (vm.memfd_noexec is 2; set it ");
}

/// Under MS_MOVE and chroot(2) the old root lies below the new one: whoever may unmount `/`
/// and enters its own mount namespace anew sees it.
#[test]
fn the_own_mount_namespace_has_no_other_root() {
    let test = "the_own_mount_namespace_has_no_other_root";
    let Some(rootfs) = Rootfs::new(test) else { return };
    if !root() {
        return skip(test, "needs root, for the capabilities");
    }
    let outside = rootfs.beside("outside");
    fs::write(&outside, "").unwrap();
    fs::create_dir(rootfs.path().join("proc")).unwrap();
    let attack = format!(
        "mount -t proc proc /proc; exec 9</proc/self/ns/mnt; umount -l / 2>&-; /bin/probe enter 9 {}",
        outside.display()
    );
    let set_up =
        "mount --make-rprivate / && mount --bind . . && cd \"$PWD\" && mount --move . / &&";
    assert_eq!(said_by_chroot(&rootfs, set_up, &attack), "entered true true");
    let says = |options| rootfs.says(User::Root, options, &attack);
    assert_eq!(says(&["--pid", "--no-mask"]), "entered true false");
    let without = ["--pid", "--mount-proc", "--no-mask", "--no-pivot"];
    let said = rootfs.says(User::Root, &without, &attack.replace("mount -t proc proc /proc; ", ""));
    assert_eq!(said, "entered false false", "CAP_SYS_ADMIN is gone");
    // What other processes of the sandbox have as their root.
    let attack = format!("for p in /proc/[0-9]*; do ls $p/root{} 2>&-; done; :", outside.display());
    assert_eq!(rootfs.says(User::Root, &["--pid", "--mount-proc"], &attack), "");
}

/// A descriptor on the old root that init was started with.
#[test]
fn a_leaked_directory_is_no_way_out() {
    use std::os::fd::AsRawFd;
    let Some(rootfs) = Rootfs::new("a_leaked_directory_is_no_way_out") else { return };
    let leak = |start: Start| {
        let directory = fs::File::open("/").unwrap();
        start.before_exec(move || unsafe {
            // The directory may have one of these numbers itself.
            let high = libc::fcntl(directory.as_raw_fd(), libc::F_DUPFD_CLOEXEC, 100);
            for fd in [3, 7] {
                libc::dup2(high, fd);
            }
        })
    };
    let inside = "cd /proc/self/fd/3 2>&- && ls -d usr; cd /proc/self/fd/7 2>&- && ls -d usr; :";
    fs::create_dir(rootfs.path().join("proc")).unwrap();
    if root() {
        let set_up = "cd \"$0\" && mount -t proc proc proc && exec chroot . /bin/sh -c \"$1\"";
        let root = rootfs.word();
        let words = ["-m", "-p", "-f", "sh", "-c", set_up, &root, inside];
        let naive = leak(Start::new("unshare", words)).run().expect(0);
        assert_eq!(naive.stdout, "usr\nusr\n");
    }
    for user in users() {
        let words = ["--pid", "--mount-proc", "sh", "-c", inside];
        let done = leak(rootfs.start(user, &words)).run().expect(0);
        assert_eq!(done.stdout, "", "{user:?}: {done:?}");
        // CVE-2024-21626: the app starts in it.
        let words = ["--pid", "--mount-proc", "--preserve-fds=5", "--chdir", "/proc/self/fd/7"];
        let words = [&words[..], &["sh", "-c", "ls usr"]].concat();
        let done = leak(rootfs.start(user, &words)).run().expect(125);
        done.one_line("init: chdir /proc/self/fd/7: No such file or directory");
    }
}

/// The kernel asks for user 0 alone before it changes these files.
#[test]
fn the_kernels_settings_are_not_for_root_inside() {
    let test = "the_kernels_settings_are_not_for_root_inside";
    let Some(rootfs) = Rootfs::new(test) else { return };
    if !root() {
        return skip(test, "needs root, who is user 0 of the machine");
    }
    // Only opened: nothing is changed.
    let attack = "for f in /proc/sys/kernel/core_pattern /proc/sys/vm/panic_on_oom; \
                  do (exec 3>>$f) 2>&- && echo $f; done; head -c 1 /proc/kcore 2>&- | wc -c; \
                  cat /proc/keys /proc/timer_list 2>&- | wc -c";
    let options = ["--pid", "--mount-proc", "--cap-drop=ALL"];
    let naive = rootfs.says(User::Root, &[&options[..], &["--no-mask"]].concat(), attack);
    assert!(
        naive.starts_with("/proc/sys/kernel/core_pattern\n/proc/sys/vm/panic_on_oom\n"),
        "{naive}"
    );
    for options in
        [&options[..], &["--pid", "--mount-proc"], &["--pid", "--mount-proc", "--user", "-q"]]
    {
        assert_eq!(rootfs.says(User::Root, options, attack), "0\n0", "{options:?}");
    }
    // Their user 0 is an ordinary user of the machine: the kernel refuses by itself.
    let said = rootfs.says(User::Ordinary, &["--pid", "--mount-proc", "--map-root-user"], attack);
    assert!(said.starts_with("0\n"), "{said}");
    // Masks stay: the mount that is covered cannot be uncovered without CAP_SYS_ADMIN.
    let undo = "umount /proc/sys 2>&-; mount -o remount,rw /proc/sys 2>&-; \
                (exec 3>>/proc/sys/kernel/core_pattern) 2>&- || echo refused";
    assert_eq!(rootfs.says(User::Root, &options, undo), "refused");
}

/// Targets and sources change while init starts: nothing is ever mounted outside of the root,
/// and what is bound is what was found. `INIT_TEST_ROUNDS` says how often.
#[test]
fn places_that_are_swapped_meanwhile() {
    let Some(rootfs) = Rootfs::new("places_that_are_swapped_meanwhile") else { return };
    let outside = rootfs.beside("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("mark"), "").unwrap();
    let (place, link) = (rootfs.path().join("place"), rootfs.path().join("link"));
    fs::create_dir(&place).unwrap();
    symlink(&outside, &link).unwrap();
    if root() {
        // mount(8) follows the link: what is outside of the root is covered.
        let script = "mount -t tmpfs none \"$0\" && ls \"$1\"";
        let (link, outside) = (link.to_str().unwrap(), outside.to_str().unwrap());
        let naive = Start::new("unshare", ["-m", "sh", "-c", script, link, outside]).run();
        assert_eq!(naive.expect(0).silent().stdout, "");
    }
    // A file and a directory as one source.
    let (file, directory) = (rootfs.beside("source"), rootfs.beside("other"));
    fs::write(&file, "a file\n").unwrap();
    fs::create_dir(&directory).unwrap();
    fs::write(directory.join("in"), "in a directory\n").unwrap();
    let _racers = [Racer::start(&place, &link), Racer::start(&file, &directory)];
    let rounds = std::env::var("INIT_TEST_ROUNDS").map_or(60, |rounds| rounds.parse().unwrap());
    let source = file.to_str().unwrap();
    let mut counts = [0; 3];
    for round in 0..rounds {
        let user = users().nth(round % users().count()).unwrap();
        let script =
            "cat /t/x/in 2>&- || cat /t/x; grep -c ' /[a-z]* .* - tmpfs ' /proc/self/mountinfo";
        let words = [
            "--pid",
            "--mount-proc",
            "--no-mask",
            "--tmpfs",
            "/place",
            "--tmpfs",
            "/t",
            "--ro-bind",
            source,
            "/t/x",
            "/bin/sh",
            "-c",
            script,
        ];
        let done = rootfs.start(user, &words).run();
        match done.code() {
            // Both mounts are inside, under whichever name.
            0 => {
                let directory = done.stdout == "in a directory\n2\n";
                assert!(directory || done.stdout == "a file\n2\n", "{user:?} {done:?}");
                counts[usize::from(directory)] += 1;
            }
            // The link led to nothing inside.
            125 => {
                assert!(done.stderr.contains("mount tmpfs on /place: No such file"), "{done:?}");
                counts[2] += 1;
            }
            _ => panic!("{done:?}"),
        }
    }
    assert!(counts.iter().all(|count| *count > 0), "not each of the cases came up: {counts:?}");
}

/// A thread that swaps two names, again and again.
struct Racer {
    stop: std::sync::Arc<std::sync::atomic::AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Racer {
    fn start(one: &std::path::Path, other: &std::path::Path) -> Racer {
        use std::os::unix::ffi::OsStrExt;
        use std::sync::atomic::Ordering;
        let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let name =
            |path: &std::path::Path| std::ffi::CString::new(path.as_os_str().as_bytes()).unwrap();
        let (one, other, stopped) = (name(one), name(other), stop.clone());
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                let (at, exchange) = (libc::AT_FDCWD, libc::RENAME_EXCHANGE);
                unsafe {
                    libc::syscall(
                        libc::SYS_renameat2,
                        at,
                        one.as_ptr(),
                        at,
                        other.as_ptr(),
                        exchange,
                    )
                };
                // The processor is for init, too.
                std::thread::sleep(std::time::Duration::from_micros(20));
            }
        });
        Racer { stop, thread: Some(thread) }
    }
}

impl Drop for Racer {
    fn drop(&mut self) {
        self.stop.store(true, std::sync::atomic::Ordering::Relaxed);
        self.thread.take().map(std::thread::JoinHandle::join);
    }
}
