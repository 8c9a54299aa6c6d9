//! Mounts that cross the mount namespace in both directions (`--propagation unchanged`).

use std::fs;

use crate::support::*;

/// `--propagation unchanged` beside `--root`, next to unshare(1): what is mounted later in the
/// root appears on both sides, and nothing that init mounts for the app appears outside.
#[test]
fn a_root_that_shares_its_mounts() {
    let test = "a_root_that_shares_its_mounts";
    let Some(rootfs) = Rootfs::new(test) else { return };
    if !root() {
        return skip(test, "needs root, for shared mounts");
    }
    for place in ["in", "out", "sub/in", "sub/out", "own", "etc"] {
        fs::create_dir_all(rootfs.path().join(place)).unwrap();
    }
    fs::write(rootfs.path().join("etc/file"), "").unwrap();
    let own = init_path();
    let ours = [
        own.to_str().unwrap(),
        "-q --unshare-all --propagation unchanged --mount-proc --mount-dev --mount-sys --no-mask \
         --tmpfs /own/tmp --ro-bind /etc/passwd /etc/file --root \"$0\"",
    ]
    .join(" ");
    let moved = format!("{ours} --no-pivot --unshare-all");
    let slave = format!("{ours} --user --map-root-user");
    let unshare = "unshare -m --propagation unchanged -R \"$0\"".to_owned();
    // A mount namespace of the test's own, with shared mounts, and one below the root.
    for (sandbox, inside, both) in
        [(&unshare, true, true), (&ours, true, true), (&moved, false, true), (&slave, true, false)]
    {
        let script = format!(
            "mount --make-rprivate / && mount --bind \"$0\" \"$0\" && cd \"$0\" && \
             mount -t tmpfs none sub && mkdir sub/in sub/out && \
             mount -t tmpfs none own && mkdir own/tmp && mount --make-rshared / && \
             before=$(cat /proc/self/mountinfo); mkfifo \"$0/go\"; \
             {sandbox} /bin/sh -c 'for d in /in /sub/in; do mount -t tmpfs inside $d; done; \
                echo ready; read x </go; for d in /out /sub/out; do [ -e $d/mark ] && echo $d; done; :' | \
             {{ read ready; for d in out sub/out; do mount -t tmpfs outside $d && touch $d/mark; done; \
                echo >\"$0/go\"; cat; }}; \
             grep -vxF \"$before\" /proc/self/mountinfo | grep -v ' - tmpfs outside ' | cut -d ' ' -f 5 | sort; \
             rm \"$0/go\""
        );
        let words = ["-m", "sh", "-c", &script, &rootfs.word()];
        let path = "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin";
        let done = Start::new("unshare", words).env("PATH", path).run().expect(0);
        let place = |name: &str| rootfs.path().join(name).display().to_string();
        let mut expected = vec!["/out".to_owned(), "/sub/out".to_owned()];
        if inside && both {
            expected.extend([place("in"), place("sub/in")]);
        }
        assert_eq!(done.stdout.lines().collect::<Vec<_>>(), expected, "{sandbox} {done:?}");
    }
    // The whole machine as the root.
    let script = format!(
        "mount --make-rprivate / && mount -t tmpfs none /mnt && mkdir /mnt/t && touch /mnt/f && \
         mount --make-rshared / && before=$(cat /proc/self/mountinfo); \
         {} -q --root / --pid --mount-proc --mount-dev --tmpfs /mnt/t --bind /etc/passwd /mnt/f \
            --propagation unchanged -- sh -c 'mount -t tmpfs inside /opt; grep -c . /mnt/f'; \
         grep -vxF \"$before\" /proc/self/mountinfo | cut -d ' ' -f 5",
        own.display()
    );
    let done = Start::new("unshare", ["-m", "sh", "-c", &script]).run().expect(0);
    let count = fs::read_to_string("/etc/passwd").unwrap().lines().count();
    assert_eq!(done.stdout, format!("{count}\n/opt\n"), "{done:?}");
}

/// An overlay is a mount of its own: nobody outside has a peer of it.
#[test]
fn an_overlay_shares_with_nobody() {
    let test = "an_overlay_shares_with_nobody";
    let Some(rootfs) = Rootfs::new(test) else { return };
    if !root() {
        return skip(test, "needs root, for shared mounts");
    }
    for place in ["in", "sub"] {
        fs::create_dir_all(rootfs.path().join(place)).unwrap();
    }
    let own = init_path();
    for layers in ["--ephemeral", "--overlay . /mnt/upper"] {
        let script = format!(
            "mount --make-rprivate / && mount -t tmpfs none /mnt && mkdir /mnt/root /mnt/upper && \
             mount --bind \"$0\" /mnt/root && cd /mnt/root && mount -t tmpfs none sub && mkdir sub/in && mount --make-rshared / && \
             before=$(cat /proc/self/mountinfo); \
             {} -q --root /mnt/root {layers} --pid --mount-proc --tmpfs /t --propagation unchanged -- \
                /bin/sh -c 'mount -t tmpfs inside /in && echo mounted'; \
             grep -vxF \"$before\" /proc/self/mountinfo",
            own.display()
        );
        let done = Start::new("unshare", ["-m", "sh", "-c", &script, &rootfs.word()]).run();
        assert_eq!(done.stdout, "mounted\n", "{layers} {done:?}");
    }
}
