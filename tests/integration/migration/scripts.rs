//! What the runs of the table about bubblewrap do, with the words of each side as their arguments.

pub const CAPABILITIES: &str = r#"exec "$@" grep CapEff /proc/self/status"#;
pub const READ_ONLY: &str = r#"exec "$@" touch "$PWD/x" 2>&-"#;
pub const BOUND: &str = r#"mkdir from to; echo text >from/file; exec "$@" cat "$PWD/to/file""#;
pub const BOUND_READ_ONLY: &str =
    r#"mkdir from to; exec "$@" sh -c ': >to/file && echo written' 2>&-"#;
pub const NOT_BOUND: &str = r#"mkdir to; exec "$@" sh -c 'echo to/*'"#;
pub const DEVICE: &str = r#": >zero; exec "$@" head -c 1 "$PWD/zero" | wc -c"#;
pub const NEW_DEVICES: &str = r#"export old=$(stat -c %d /dev); exec "$@" sh -c 'cd /dev; [ "$(stat -c %d .)" = "$old" ] || echo new
    echo $(ls -d null zero full random urandom tty pts shm)'"#;
pub const SIZE: &str = r#"mkdir to; "$@" df -k to | awk 'END { print $2 }'"#;
pub const ENTERS: &str = r#"unshare -r sh -c ': >up; exec sleep 1000' & until [ -e up ]; do sleep 0.01; done
    exec 9</proc/$!/ns/user; [ "$("$@" readlink /proc/self/ns/user)" = "$(readlink /proc/$!/ns/user)" ] && echo entered
    kill -KILL $!"#;
pub const ENTERS_PID: &str = r#"unshare -pf --kill-child sh -c ': >up; exec sleep 1000' & until [ -e up ]; do sleep 0.01; done
    exec 9</proc/$!/ns/pid_for_children; [ "$("$@" readlink /proc/self/ns/pid)" = "$(readlink /proc/$!/ns/pid_for_children)" ] && echo entered
    kill -KILL $!"#;
pub const REPORTS: &str =
    r#""$@" sh -c 'exit 7' 9>>out; tr -d ' ' <out | grep -oE 'exit.code":7' | tr _ -"#;
pub const FILTERED: &str = r#"printf '\006\0\0\0\0\0\377\177' >filter; exec "$@" grep Seccomp: /proc/self/status 9<filter"#;
pub const NO_USERS: &str = r#"exec "$@" unshare -U true 2>&-"#;
