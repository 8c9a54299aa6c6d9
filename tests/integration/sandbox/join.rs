//! `--join`: existing namespaces are entered, as nsenter(1) does it.

use std::fs;

use crate::support::engine::engine;
use crate::support::places::own;
use crate::support::*;

/// Every type that there is, by the kernel's name.
const TYPES: [&str; 8] = ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"];

/// The namespaces of a process.
fn namespaces(pid: i32) -> Vec<String> {
    let link = |kind: &&str| fs::read_link(format!("/proc/{pid}/ns/{kind}"));
    TYPES.iter().map(|kind| link(kind).unwrap().display().to_string()).collect()
}

/// The same, as the script of a shell prints it.
const PRINT: &str =
    "for n in cgroup ipc mnt net pid time user uts; do readlink /proc/self/ns/$n; done";

const EVERYTHING: [&str; 4] = ["--unshare-all", "--time", "--mount-proc", "--hostname=box"];

#[test]
fn all_namespaces_of_a_sandbox() {
    for user in users() {
        let maps: &[&str] = if user == User::Root { &["--map-root-user"] } else { &[] };
        for map in [maps, &["--map-root-user"]] {
            let sandbox = Sandbox::start(user, &[&EVERYTHING, map].concat());
            let script =
                format!("{PRINT}; id -u; hostname; pwd; echo $PWD; cat /proc/1/comm; exit 7");
            let words = ["--join", &sandbox.pid(), "--", "sh", "-c", &script];
            let done = user.run(init(words)).unwrap().run().expect(7).silent();
            let mut all = namespaces(sandbox.app);
            let id = if map.is_empty() { "54321" } else { "0" };
            all.extend([id, "box", "/", "/", "init"].map(str::to_owned));
            assert_eq!(done.stdout.lines().collect::<Vec<_>>(), all, "{user:?} {map:?}");
            // Its init hides.
            if user == User::Ordinary {
                let inner = parent(sandbox.app).to_string();
                let refused = user.run(init(["--join", &inner, "true"])).unwrap().run().expect(125);
                refused.one_line("Permission denied (you may not look into that process; for a ");
            }
        }
    }
}

/// The same from files, one for each type, in any order, beside nsenter(1).
#[test]
fn each_namespace_by_its_file() {
    for user in users() {
        let sandbox = Sandbox::start(user, &[&EVERYTHING[..], &["--map-root-user"]].concat());
        let file = |kind: &str| format!("--join={kind}=/proc/{}/ns/{kind}", sandbox.app);
        let mut files: Vec<String> = TYPES.iter().map(|kind| file(kind)).collect();
        for _ in 0..2 {
            let words = files.iter().map(String::as_str).chain(["--", "sh", "-c", PRINT]);
            let done = user.run(init(words)).unwrap().run().expect(0).silent();
            assert_eq!(
                done.stdout.lines().collect::<Vec<_>>(),
                namespaces(sandbox.app),
                "{user:?}"
            );
            files.reverse();
        }
        let pid = sandbox.pid();
        // As an ordinary user nsenter(1) fails at setgroups(2) unless it is told not to try.
        let preserve = &["--preserve-credentials"][..(user == User::Ordinary).into()];
        let others = [preserve, &["-a", "-t", &pid, "sh", "-c", PRINT]].concat();
        let others = user.run(Start::new("nsenter", others)).unwrap().run().expect(0);
        assert_eq!(others.stdout.lines().collect::<Vec<_>>(), namespaces(sandbox.app), "{user:?}");
    }
    if !root() {
        return skip("each_namespace_by_its_file", "needs root, for one type alone");
    }
    let sandbox = Sandbox::start(User::Root, &[&EVERYTHING[..], &["--map-root-user"]].concat());
    let (own, theirs) = (namespaces(std::process::id() as i32), namespaces(sandbox.app));
    for (n, kind) in TYPES.iter().enumerate() {
        // Through our own /proc, which shows the child by another number.
        let join = format!("--join={kind}=/proc/{}/ns/{kind}", sandbox.app);
        let mut run = init([&*join, "--", "sleep", "1000"]).start();
        let expected: Vec<_> = (0..8).map(|m| if m == n { &theirs[m] } else { &own[m] }).collect();
        until("it is entered", || {
            let app = children(run.pid()).first().copied();
            app.and_then(name).is_some_and(|name| name == "sleep")
        });
        let app = run.main_child();
        assert_eq!(namespaces(app).iter().collect::<Vec<_>>(), expected, "{kind}");
    }
}

#[test]
fn what_is_no_namespace_or_not_to_be_entered() {
    let scratch = Scratch::new();
    let file = scratch.path("file");
    fs::write(&file, "").unwrap();
    let fifo = scratch.path("fifo");
    Start::new("mkfifo", [&fifo]).run().expect(0);
    let file = format!("net={}", file.display());
    for (options, line) in [
        (&["--join", "net=/nosuch"][..], "open for --join net=/nosuch: No such file or directory"),
        (&["--join", &file], "Invalid argument (it stands for no namespace)"),
        (&["--join", &format!("net={}", fifo.display())], "(it stands for no namespace)"),
        (&["--join=net=/proc/self/ns/uts"], "(it stands for a namespace of type uts)"),
        (&["--join=uts=/proc/self/ns/uts"], "(init is in it already; leave it out)"),
        (&["--join=4194305"], "open for --join 4194305: No such process"),
        (&["--join=0"], "bad value '0' (accepted: a process's number, or a type as in net=FILE)"),
        (&["--net=/run/netns/x"], "option --net takes no value"),
        (&["--persist=pid=/x"], "bad value 'pid=/x' (accepted: a type but pid, and a file, as in"),
        (&["--join-cgroup=/nosuch"], "move to cgroup /nosuch: No such file or directory (the dire"),
    ] {
        init([options, &["true"]].concat()).run().expect(125).one_line(line);
    }
    // In nothing but our own: nothing to enter, and nothing is lost.
    let ours = std::process::id().to_string();
    init(["--join", &ours, "true"]).run().expect(0).silent();
    let sandbox = Sandbox::start(User::Ordinary, &["--pid", "--net"]);
    let net = format!("net=/proc/{}/ns/net", sandbox.app);
    for (options, line) in [
        (&["--join", &net, "--net"][..], "--join, and a new namespace of type net: leave one of "),
        (&["--join", &net, "--join", &net], "--join, twice for type net: leave one of them out"),
        (&["--join", &sandbox.pid(), "--uts"], "--join of a user namespace, and new namespaces: "),
    ] {
        User::Ordinary
            .run(init([options, &["true"]].concat()))
            .unwrap()
            .run()
            .expect(125)
            .one_line(line);
    }
    // Without the user namespace that owns it.
    let refused = User::Ordinary.run(init(["--join", &net, "true"])).unwrap().run().expect(125);
    refused.one_line(&format!(
        "init: join {net}: Operation not permitted (joining needs CAP_SYS_ADMIN, "
    ));
    if !root() {
        return skip(
            "what_is_no_namespace_or_not_to_be_entered",
            "needs root, for a dead PID namespace",
        );
    }
    let words = ["--user", "--join", &net, "sh", "-c", "readlink /proc/self/ns/net"];
    let done = init([&["-q"], &words[..]].concat()).run().expect(0).silent();
    assert_eq!(done.stdout.trim_end(), namespaces(sandbox.app)[3], "outer enters it for the child");
    // A descriptor keeps the namespace, but not its PID 1.
    let held = fs::File::open(format!("/proc/{}/ns/pid", sandbox.app)).unwrap();
    drop(sandbox.run);
    let path =
        format!("pid=/proc/{}/fd/{}", std::process::id(), std::os::fd::AsRawFd::as_raw_fd(&held));
    let dead = init(["--join", &path, "true"]).run().expect(125);
    dead.one_line("init: clone: Out of memory (its PID 1 has ended, so no process can enter the ");
    let words = ["--bounding-set=-sys_admin", "--inh-caps=-sys_admin", &own(), "--join", &path];
    let weak = Start::new("setpriv", [&words[..], &["true"]].concat()).run().expect(125);
    weak.one_line("Operation not permitted (joining needs CAP_SYS_ADMIN, here");
    let filtered =
        init(["--join", &path, "true"]).before_exec(|| refuse(&[libc::SYS_setns], libc::EPERM));
    filtered
        .run()
        .expect(125)
        .one_line("Operation not permitted (a seccomp filter blocks it; use ");
}

/// A network of two namespaces that ip(8) has made, with a pair of devices between them.
#[test]
fn a_network_made_by_ip() {
    let test = "a_network_made_by_ip";
    if !root() || !installed("ip") || !installed("busybox") {
        return skip(test, "needs root, iproute2 and busybox-static");
    }
    let set_up = "mount --make-rprivate / && mount -t tmpfs none /run && ip netns add one && \
        ip netns add two && ip link add left netns one type veth peer name right netns two && \
        ip -n one addr add 10.201.7.1/24 dev left && ip -n two addr add 10.201.7.2/24 dev right && \
        ip -n one link set left up && ip -n two link set right up && ";
    let ping = "busybox ping -c 1 -W 10 10.201.7.2 2>&1 | grep -o '1 packets received'";
    for (enter, answers) in [
        ("\"$0\" --join net=/run/netns/one --", true),
        ("\"$0\" --unshare-all --mount-proc --join net=/run/netns/one --", true),
        ("nsenter --net=/run/netns/one --", true),
        ("\"$0\" --net --", false),
        ("", false),
    ] {
        let script = format!("{set_up} {enter} sh -c \"{ping}\"");
        // The namespaces go with their only mounts.
        let done = Start::new("unshare", ["-m", "sh", "-c", &script, &own()]).run();
        assert_eq!(done.stdout.contains("1 packets received"), answers, "{enter:?} {done:?}");
    }
    // Root of a new user namespace is no root of this network, but is in it.
    let enter =
        "-q --user --pid --mount-proc --join net=/run/netns/one -- grep -o left: /proc/net/dev";
    let script = format!("{set_up} \"$0\" {enter}");
    let done = Start::new("unshare", ["-m", "sh", "-c", &script, &own()]).run().expect(0).silent();
    assert_eq!(done.stdout, "left:\n");
}

#[test]
fn a_docker_container() {
    let Some(engine) = engine("a_docker_container") else { return };
    let container =
        engine.start_container(&["--hostname=inside", "--init", "--entrypoint=sh"], &["/app.sh"]);
    container.wait_for("app: ready");
    let pid = engine.run(&["inspect", "--format={{.State.Pid}}", &container.id]);
    let script = "hostname; ls /app.sh; pwd; cat /proc/1/comm; tr '\\0' ' ' </proc/$$/cmdline; \
                  wget -q -O - http://127.0.0.1:8080/";
    let done = init(["--join", &pid, "--", "sh", "-c", script]).run().expect(0).silent();
    let expected = format!("inside\n/app.sh\n/\ndocker-init\nsh -c {script} served under init\n");
    assert_eq!(done.stdout, expected);
    // Beside docker-exec, which starts as the image has it.
    assert_eq!(container.exec(&["sh", "-c", "hostname; cat /proc/1/comm"]), "inside\ndocker-init");
    // Its processes are not ours: nobody of them is told to end.
    init(["--join", &pid, "--", "sh", "-c", "exit 3"]).run().expect(3).silent();
    assert_eq!(container.exec(&["cat", "/proc/1/comm"]), "docker-init");
}
