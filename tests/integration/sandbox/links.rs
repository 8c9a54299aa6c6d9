//! Links in the place of `/proc` and `/dev`: a tutorial's container mounts where they lead to.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::*;

/// The minimal container of the tutorials mounts on whatever `proc` and `dev` of the image lead to.
#[test]
fn links_in_the_place_of_proc_and_dev() {
    let Some(rootfs) = Rootfs::new("links_in_the_place_of_proc_and_dev") else { return };
    let outside = rootfs.beside("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("mark"), "").unwrap();
    let up = format!("../../../../../../../..{}", outside.display());
    for (name, kind) in [("proc", "proc"), ("dev", "tmpfs")] {
        for to in [outside.to_str().unwrap(), &up] {
            let link = rootfs.path().join(name);
            symlink(to, &link).unwrap();
            // A user namespace of its own makes everybody root.
            let script = format!("mount -t {kind} none \"$0/{name}\" && ls \"$1\" | grep -c mark");
            let words = ["-Urmpf", "sh", "-c", &script, &rootfs.word(), outside.to_str().unwrap()];
            let naive = Start::new("unshare", words).run();
            assert_eq!(naive.stdout, "0\n", "outside is covered: {naive:?}");
            for (user, old) in users().flat_map(|user| [(user, false), (user, true)]) {
                let option = format!("--mount-{name}");
                let mut start = rootfs.start(user, &["--unshare-all", "-q", &option, "true"]);
                if old {
                    // Linux before 5.6.
                    start = start.before_exec(|| refuse(&[libc::SYS_openat2], libc::ENOSYS));
                }
                let out = start.run().expect(125);
                out.one_line("Symbolic link loop (a symbolic link in the path is refused; ");
            }
            fs::remove_file(&link).unwrap();
        }
    }
    assert!(outside.join("mark").exists());
}
