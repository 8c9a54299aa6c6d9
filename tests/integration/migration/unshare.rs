//! The rows of the manual's table about unshare(1).

use super::rows::*;

const MAP: &str = r#"exec "$@" sh -c 'echo $(cat /proc/self/uid_map) $(id -u)'"#;
/// With lines for a user in /etc/subuid and /etc/subgid, in a mount namespace of the run's own.
const RANGE: &str = r#"exec unshare -m sh -c 'for file in subuid subgid; do echo ann:100000:65536 >$file; done
    echo ann:x:54321:54321::/:/bin/sh >passwd; echo ann:x:54321: >group
    for file in subuid subgid passwd group; do mount --bind $file /etc/$file; done
    exec setpriv --reuid=54321 --regid=54321 --clear-groups "$@" sh -c "echo \$(cat /proc/self/uid_map)"' sh "$@""#;
const KEEPS: &str = r#"exec unshare -m sh -c ': >net; "$@" readlink /proc/self/ns/net >id
    [ "$(nsenter --net=net readlink /proc/self/ns/net)" = "$(cat id)" ] && echo kept' sh "$@""#;
const MASTER: &str = r#"exec unshare -m sh -c 'mount -t tmpfs none "$PWD" && mount --make-shared "$PWD"
    "$@" sh -c "grep \" $PWD \" /proc/self/mountinfo | grep -c master:"' sh "$@""#;
const ROOT: &str =
    r#"mkdir -p root/bin; cp "$(command -v busybox)" root/bin/sh; exec "$@" /bin/sh -c 'echo /*'"#;
const PROCESSES: &str = r#"exec "$@" sh -c 'echo /proc/[0-9]*'"#;

pub const UNSHARE: Table = Table {
    heading: "From unshare",
    program: "unshare",
    rows: &[
        row(
            "`-f`, `--fork`",
            "nothing: always so; `--fork` is accepted",
            &[
                same("unshare -f -p", "init --pid --", SEVEN, (7, "")),
                same("unshare --fork -p", "init --fork --pid --", SEVEN, (7, "")),
            ],
        ),
        row(
            "`-p`, `--pid`, `-m`, `--mount`, `-u`, `--uts`, `-i`, `--ipc`, `-n`, `--net`, `-U`, `--user`, `-C`, `--cgroup`, `-T`, `--time`",
            "the long options",
            &[
                same(
                    "unshare -f -p -m -u -i -n -C -T --mount-proc",
                    "init --pid --mount --uts --ipc --net --cgroup --time --mount-proc --",
                    new!("pid mnt uts ipc net user cgroup time"),
                    (0, "pid mnt uts ipc net cgroup time"),
                ),
                same(
                    "unshare --pid --fork --mount-proc --uts --ipc --net --cgroup --time",
                    "init --pid --mount-proc --uts --ipc --net --cgroup --time --",
                    new!("pid mnt uts ipc net user cgroup time"),
                    (0, "pid mnt uts ipc net cgroup time"),
                ),
                same(user!("unshare -U"), user!("init --user --"), new!("user uts"), (0, "user")),
            ],
        ),
        row(
            "`--net=FILE` and the like",
            "`--persist net=FILE`",
            &[same("unshare --net=@/net", "init --persist net=@/net --", KEEPS, (0, "kept"))],
        ),
        row(
            "`-r`, `--map-root-user`",
            "`--map-root-user`",
            &[
                same(
                    user!("unshare -r"),
                    user!("init --map-root-user --"),
                    MAP,
                    (0, "0 54321 1 0"),
                ),
                same(
                    user!("unshare --map-root-user"),
                    user!("init --map-root-user --"),
                    MAP,
                    (0, "0 54321 1 0"),
                ),
            ],
        ),
        row(
            "`-c`, `--map-current-user`",
            "nothing: the default of a user namespace; `--map-current-user` is accepted",
            &[
                same(user!("unshare -c"), user!("init --user --"), MAP, (0, "54321 54321 1 54321")),
                same(
                    user!("unshare --map-current-user"),
                    user!("init --map-current-user --"),
                    MAP,
                    (0, "54321 54321 1 54321"),
                ),
            ],
        ),
        row(
            "`--map-user UID`, `--map-group GID`",
            "`--map-users UID:OWN:1`, `--map-groups GID:OWN:1`",
            &[same(
                user!("unshare --map-user=7 --map-group=8"),
                user!("init --map-users 7:54321:1 --map-groups 8:54321:1 --"),
                r#"exec "$@" sh -c 'echo $(cat /proc/self/uid_map /proc/self/gid_map)'"#,
                (0, "7 54321 1 8 54321 1"),
            )],
        ),
        row(
            "`--map-root-user --map-auto`",
            "`--map-auto`, with the whole range",
            &[other(
                "unshare --map-root-user --map-auto",
                "init --map-auto --",
                RANGE,
                (0, "0 54321 1 1 100000 65535"),
                (0, "0 54321 1 1 100000 65536"),
            )],
        ),
        row(
            "`--map-users OUTSIDE,INSIDE,COUNT`, `--map-groups OUTSIDE,INSIDE,COUNT`",
            "`--map-users INSIDE:OUTSIDE:COUNT`, `--map-groups INSIDE:OUTSIDE:COUNT`",
            &[same(
                "unshare --map-users=100000,5,10 --map-groups=100000,5,10",
                "init --map-users 5:100000:10 --map-groups 5:100000:10 --",
                RANGE,
                (0, "5 100000 10"),
            )],
        ),
        row(
            "`--setgroups WHAT`",
            "the same",
            &[same(
                user!("unshare -U --setgroups deny"),
                user!("init --user --setgroups deny --"),
                r#"exec "$@" cat /proc/self/setgroups"#,
                (0, "deny"),
            )],
        ),
        row(
            "`--keep-caps`",
            "`--cap-add ALL`",
            &[same(
                user!("unshare -c --keep-caps"),
                user!("init --map-current-user --cap-add ALL --"),
                r#"exec "$@" sh -c 'grep -q "CapEff.*1ff" /proc/self/status && echo kept'"#,
                (0, "kept"),
            )],
        ),
        row(
            "`--kill-child`",
            "nothing: always so; `--kill-child` is accepted",
            &[
                same("unshare --kill-child", "init --uts --", DIES, (0, "gone")),
                same("unshare --kill-child", "init --uts --kill-child --", DIES, (0, "gone")),
            ],
        ),
        row("`--kill-child=SIGNAL`", "no option: the signal is KILL", &[]),
        row(
            "`--mount-proc`",
            "the same; the command is PID 2",
            &[other(
                "unshare -f -p --mount-proc",
                "init --pid --mount-proc --",
                PROCESSES,
                (0, "/proc/1"),
                (0, "/proc/1 /proc/2"),
            )],
        ),
        row(
            "`--propagation TYPE`",
            "the same",
            &[
                same(
                    "unshare -m --propagation slave",
                    "init --mount --propagation slave --",
                    MASTER,
                    (0, "1"),
                ),
                same(
                    "unshare -m --propagation private",
                    "init --mount --propagation private --",
                    MASTER,
                    (1, "0"),
                ),
            ],
        ),
        row(
            "`-R DIR`, `--root DIR`",
            "`--root DIR`, by pivot_root(2) and not by chroot(2)",
            &[
                same("unshare -R @/root", "init --root @/root --", ROOT, (0, "/bin")),
                same("unshare --root=@/root", "init --root @/root --", ROOT, (0, "/bin")),
            ],
        ),
        row(
            "`-w DIR`, `--wd DIR`",
            "`--wd DIR`, `--chdir DIR`",
            &[
                same("unshare -w /usr", "init --wd /usr --", r#"exec "$@" pwd"#, (0, "/usr")),
                same("unshare --wd=/usr", "init --chdir /usr --", r#"exec "$@" pwd"#, (0, "/usr")),
            ],
        ),
        row(
            "`-S UID`, `--setuid UID`, `-G GID`, `--setgid GID`",
            "`--setuid UID`, `--setgid GID`",
            &[
                same("unshare -S 5 -G 6", "init --setuid 5 --setgid 6 --", SET_IDS, (0, "5 6")),
                same(
                    "unshare --setuid 5 --setgid 6",
                    "init --setuid 5 --setgid 6 --",
                    SET_IDS,
                    (0, "5 6"),
                ),
            ],
        ),
        row(
            "`--monotonic SECONDS`, `--boottime SECONDS`",
            "the same",
            &[same(
                "unshare -T -f --monotonic 100 --boottime 200",
                "init --monotonic 100 --boottime 200 --",
                r#"exec "$@" sh -c 'echo $(cat /proc/self/timens_offsets)'"#,
                (0, "monotonic 100 0 boottime 200 0"),
            )],
        ),
        row(
            "`-h`, `--help`, `-V`, `--version`",
            "the same",
            &[
                same("unshare -h", "init -h", TEXT, (0, "text")),
                same("unshare --help", "init --help", TEXT, (0, "text")),
                same("unshare -V", "init -V", TEXT, (0, "text")),
                same("unshare --version", "init --version", TEXT, (0, "text")),
            ],
        ),
    ],
};
