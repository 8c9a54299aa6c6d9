//! The rows of the manual's table about bubblewrap.

use super::rows::*;
use super::scripts::*;

pub const BWRAP: Table = Table {
    heading: "From bwrap",
    program: "bwrap",
    rows: &[
        row(
            "`--unshare-all`, `--share-net`",
            "the same; root adds `--user`",
            &[
                same(
                    user!("bwrap --dev-bind / / --unshare-all --share-net"),
                    user!("init --unshare-all --share-net --"),
                    new!("user pid ipc net uts cgroup"),
                    (0, "user pid ipc uts cgroup"),
                ),
                same(
                    "bwrap --dev-bind / / --unshare-all",
                    "init --unshare-all --user --",
                    new!("user pid ipc net uts cgroup"),
                    (0, "user pid ipc net uts cgroup"),
                ),
                other(
                    "bwrap --dev-bind / / --unshare-all",
                    "init --unshare-all --",
                    new!("user pid ipc net uts cgroup"),
                    (0, "user pid ipc net uts cgroup"),
                    (0, "pid ipc net uts cgroup"),
                ),
            ],
        ),
        row(
            "`--unshare-user`, `--unshare-pid`, `--unshare-ipc`, `--unshare-net`, `--unshare-uts`, `--unshare-cgroup`",
            "`--user`, `--pid`, `--ipc`, `--net`, `--uts`, `--cgroup`",
            &[
                same(
                    "bwrap --dev-bind / / --unshare-pid --unshare-ipc --unshare-net --unshare-uts --unshare-cgroup --proc /proc",
                    "init --pid --ipc --net --uts --cgroup --mount-proc --",
                    new!("pid ipc net uts cgroup user"),
                    (0, "pid ipc net uts cgroup"),
                ),
                same(
                    user!("bwrap --dev-bind / / --unshare-user"),
                    user!("init --user --"),
                    new!("user uts"),
                    (0, "user"),
                ),
            ],
        ),
        row(
            "`--unshare-user-try`, `--unshare-cgroup-try`",
            "no option: a command never runs without what was asked for; `--check` tells what is possible",
            &[],
        ),
        row(
            "`--bind SRC DST`, `--bind-try SRC DST`, `--ro-bind SRC DST`, `--ro-bind-try SRC DST`",
            "the same; devices in SRC work",
            &[
                same(
                    "bwrap --dev-bind / / --bind @/from @/to",
                    "init --bind @/from @/to --",
                    BOUND,
                    (0, "text"),
                ),
                same(
                    "bwrap --dev-bind / / --ro-bind @/from @/to",
                    "init --ro-bind @/from @/to --",
                    BOUND_READ_ONLY,
                    (2, ""),
                ),
                same(
                    "bwrap --dev-bind / / --bind-try @/no @/to --ro-bind-try @/no @/to",
                    "init --bind-try @/no @/to --ro-bind-try @/no @/to --",
                    NOT_BOUND,
                    (0, "to/*"),
                ),
                other(
                    "bwrap --dev-bind / / --bind /dev/zero @/zero",
                    "init --bind /dev/zero @/zero --",
                    DEVICE,
                    (0, "0"),
                    (0, "1"),
                ),
            ],
        ),
        row(
            "`--dev-bind SRC DST`, `--dev-bind-try SRC DST`",
            "`--bind SRC DST`, `--bind-try SRC DST`",
            &[
                same(
                    "bwrap --dev-bind / / --dev-bind /dev/zero @/zero",
                    "init --bind /dev/zero @/zero --",
                    DEVICE,
                    (0, "1"),
                ),
                same(
                    "bwrap --dev-bind / / --dev-bind-try @/no @/to",
                    "init --bind-try @/no @/to --",
                    NOT_BOUND,
                    (0, "to/*"),
                ),
            ],
        ),
        row(
            "`--ro-bind / /`",
            "`--root / --read-only`",
            &[same("bwrap --ro-bind / /", "init --root / --read-only --", READ_ONLY, (1, ""))],
        ),
        row(
            "`--remount-ro DST`",
            "`--ro-bind DST DST`",
            &[same(
                "bwrap --dev-bind / / --bind @/from @/to --remount-ro @/to",
                "init --bind @/from @/to --ro-bind @/to @/to --",
                BOUND_READ_ONLY,
                (2, ""),
            )],
        ),
        row(
            "`--proc DST`, `--dev DST`",
            "`--mount-proc=DST`, `--mount-dev=DST`",
            &[
                other(
                    "bwrap --dev-bind / / --unshare-pid --proc /proc",
                    "init --pid --mount-proc=/proc --",
                    r#"exec "$@" sh -c 'echo /proc/[0-9]*'"#,
                    (0, "/proc/1 /proc/2"),
                    (0, "/proc/1 /proc/2"),
                ),
                same(
                    "bwrap --dev-bind / / --dev /dev",
                    "init --mount-dev=/dev --",
                    NEW_DEVICES,
                    (0, "new\nfull null pts random shm tty urandom zero"),
                ),
            ],
        ),
        row(
            "`--mqueue DST`",
            "`--ipc --mount-dev`, at `/dev/mqueue`",
            &[same(
                "bwrap --dev-bind / / --unshare-ipc --dev /dev --mqueue /dev/mqueue",
                "init --ipc --mount-dev --",
                r#"exec "$@" stat -f -c %T /dev/mqueue"#,
                (0, "mqueue"),
            )],
        ),
        row(
            "`--tmpfs DST`, `--size BYTES` before it",
            "`--tmpfs DST`, `--tmpfs-size SIZE` before it",
            &[same(
                "bwrap --dev-bind / / --size 65536 --tmpfs @/to",
                "init --tmpfs-size 65536 --tmpfs @/to --",
                SIZE,
                (0, "64"),
            )],
        ),
        row(
            "`--chdir DIR`, `--hostname NAME`",
            "the same",
            &[same(
                "bwrap --dev-bind / / --unshare-uts --hostname box --chdir /usr",
                "init --hostname box --chdir /usr --",
                r#"exec "$@" sh -c 'pwd; uname -n'"#,
                (0, "/usr\nbox"),
            )],
        ),
        row(
            "`--clearenv`, `--setenv VAR VALUE`, `--unsetenv VAR`",
            "the same",
            &[same(
                "bwrap --dev-bind / / --clearenv --setenv A b --setenv C d --unsetenv C --setenv PATH /usr/bin:/bin",
                "init --clearenv --setenv A b --setenv C d --unsetenv C --setenv PATH /usr/bin:/bin --",
                r#""$@" env | grep -vE 'PATH|PWD'"#,
                (0, "A=b"),
            )],
        ),
        row(
            "`--cap-drop CAP`, `--cap-add CAP`",
            "the same",
            &[same(
                "bwrap --dev-bind / / --cap-drop ALL --cap-add CAP_KILL",
                "init --cap-drop ALL --cap-add CAP_KILL --",
                CAPABILITIES,
                (0, "CapEff:\t0000000000000020"),
            )],
        ),
        row(
            "`--uid UID`, `--gid GID`",
            "`--map-users UID:OWN:1`, `--map-groups GID:OWN:1`",
            &[same(
                user!("bwrap --dev-bind / / --unshare-user --uid 7 --gid 8"),
                user!("init --map-users 7:54321:1 --map-groups 8:54321:1 --"),
                SET_IDS,
                (0, "7 8"),
            )],
        ),
        row(
            "`--userns FD`, `--pidns FD`",
            "`--join user=FILE`, `--join pid=FILE`",
            &[
                same(
                    "bwrap --dev-bind / / --userns 9",
                    "init --join user=/proc/self/fd/9 --",
                    ENTERS,
                    (0, "entered"),
                ),
                same(
                    "bwrap --dev-bind / / --pidns 9",
                    "init --join pid=/proc/self/fd/9 --",
                    ENTERS_PID,
                    (0, "entered"),
                ),
            ],
        ),
        row(
            "`--json-status-fd FD`, `--info-fd FD`",
            "`--report FILE`, at the end",
            &[same(
                "bwrap --dev-bind / / --json-status-fd 9",
                "init --report @/out --",
                REPORTS,
                (0, "exit-code\":7"),
            )],
        ),
        row(
            "`--disable-userns`, `--assert-userns-disabled`",
            "`--no-new-user-ns`",
            &[same(
                user!(
                    "bwrap --dev-bind / / --unshare-user --disable-userns --assert-userns-disabled"
                ),
                user!("init --no-new-user-ns --"),
                NO_USERS,
                (1, ""),
            )],
        ),
        row(
            "`--seccomp FD`, `--add-seccomp-fd FD`",
            "`--seccomp FILE`",
            &[
                same(
                    "bwrap --dev-bind / / --seccomp 9",
                    "init --seccomp @/filter --",
                    FILTERED,
                    (0, "Seccomp:\t2"),
                ),
                same(
                    "bwrap --dev-bind / / --add-seccomp-fd 9",
                    "init --seccomp @/filter --",
                    FILTERED,
                    (0, "Seccomp:\t2"),
                ),
            ],
        ),
        row(
            "`--new-session`",
            "the same",
            &[same(
                "bwrap --dev-bind / / --new-session",
                "init --new-session --",
                LEADS,
                (0, "leads"),
            )],
        ),
        row(
            "`--die-with-parent`",
            "nothing: always so",
            &[same("bwrap --dev-bind / / --die-with-parent", "init --uts --", DIES, (0, "gone"))],
        ),
        row(
            "`--as-pid-1`",
            "no option: the command is PID 2, so signals have their default actions",
            &[],
        ),
        row(
            "`--dir`, `--file`, `--symlink`, `--bind-data`, `--ro-bind-data`, `--bind-fd`, `--ro-bind-fd`, `--perms`, `--chmod`",
            "no option: make the files before, and bind them; `--ephemeral` forgets what is written",
            &[],
        ),
        row(
            "`--userns2`, `--userns-block-fd`, `--block-fd`, `--sync-fd`, `--lock-file`, `--args`, `--exec-label`, `--file-label`",
            "no option",
            &[],
        ),
        row(
            "`--help`, `--version`",
            "the same",
            &[
                same("bwrap --help", "init --help", TEXT, (0, "text")),
                same("bwrap --version", "init --version", TEXT, (0, "text")),
            ],
        ),
    ],
};
