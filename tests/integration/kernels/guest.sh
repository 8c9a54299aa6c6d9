# Runs as root in a guest of scripts/kernels. Prints a line for each try:
# NAME|who|status|the first line on stderr
exec 2>/dev/null
init=/usr/bin/container-init

echo "kernel|$(uname -r)||"
printf 'root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/tmp:/bin/sh\n' >/etc/passwd
printf 'root:200000:65536\nuser:100000:65536\n' | tee /etc/subuid >/etc/subgid
mkdir -p /tree/bin /tree/proc /tree/sys /tree/dev /tree/tmp /layers/upper
cp /usr/bin/busybox /tree/bin && ln -s busybox /tree/bin/true && ln -s busybox /tree/bin/sh
chown -R 1000:1000 /tree /layers

# NAME WHO COMMAND...
try() {
    name=$1 who=$2
    shift 2
    case $who in
    root) timeout 120 "$@" ;;
    user) timeout 120 setpriv --reuid 1000 --regid 1000 --clear-groups "$@" ;;
    esac >/tmp/out 2>/tmp/err </dev/null
    echo "$name|$who|$?|$(head -n 1 /tmp/err)"
}

# OPTIONS of a sandbox, for root and for an ordinary user; the command is true.
sandbox() {
    for who in root user; do
        try "$*" $who $init "$@" -- /bin/true
    done
}

try 'an exit code' root $init -- sh -c 'exit 3'
try 'a signal' root $init -- sh -c 'kill -TERM $PPID; exec sleep 100'
try 'a group' root $init -g -- sh -c 'kill -TERM $PPID; exec sleep 100'
try 'a timeout' root $init --timeout 2s -- sleep 100
try 'survivors' root $init -q --pid --mount-proc -- sh -c 'sleep 100 & sleep 100 & exit 4'
try 'no command' root $init -- nosuch

sandbox --pid --mount-proc
sandbox --mount
sandbox --uts --hostname box
sandbox --ipc
sandbox --net
sandbox --user --map-root-user
sandbox --map-auto
sandbox --cgroup
sandbox --time --monotonic 100
sandbox --time --pid --mount-proc
sandbox --unshare-all --mount-proc --mount-sys --mount-dev
sandbox --root /tree
sandbox --root /tree --no-pivot
sandbox --root /
sandbox --root /tree --unshare-all --mount-proc --mount-sys --mount-dev
sandbox --root /tree --read-only
sandbox --root /tree --ephemeral
sandbox --root /tree --overlay /tree /layers/upper
sandbox --root /tree --ro-bind /etc /etc --tmpfs /tmp
sandbox --cap-drop ALL --no-new-privs
sandbox --map-auto --root /tree --pid --mount-proc

sleep 100 &
try '--join PID' root $init --join $! -- true
$init --pid --mount-proc -- sleep 100 &
children() { cat "/proc/$1/task/$1/children"; }
until app=$(children $(children $!)) && [ "$app" ]; do :; done
try '--join PID of a sandbox' root $init --join $app -- sh -c '[ "$(id -u)" = 0 ] && exit 6'

# What only such a guest shows.
if [ -e /proc/sys/kernel/unprivileged_userns_clone ]; then
    echo 0 >/proc/sys/kernel/unprivileged_userns_clone
    try 'unprivileged_userns_clone = 0' user $init --user -- true
    echo 1 >/proc/sys/kernel/unprivileged_userns_clone
fi
cd /sys/fs/cgroup && echo '+memory +pids' >cgroup.subtree_control && mkdir small && cd small
echo 20M >memory.max
try 'a kill for memory' root sh -c 'echo 0 >cgroup.procs && exec "$@"' sh \
    $init --report /tmp/report -- sh -c 'x=$(head -c 50000000 /dev/zero | tr "\0" x)'
echo "the report of a kill for memory|root|$(grep -o '"oom_kills":[0-9]*' /tmp/report | cut -d: -f2)|"
echo max >memory.max && echo 2 >pids.max
try 'a limit of processes' root sh -c 'echo 0 >cgroup.procs && exec "$@"' sh \
    $init --pid --mount-proc -- true
echo max >pids.max
# DIRECTORY: freezes what is in it when it is up, sends TERM to the last job, and says how that ends.
freeze() {
    until [ -s /tmp/up ]; do sleep 0.05; done
    echo 1 >cgroup.freeze && until grep -q 'frozen 1' cgroup.events; do sleep 0.05; done
    kill $!
}
sh -c 'echo 0 >cgroup.procs && exec "$@"' sh $init -- sh -c 'echo up >/tmp/up; exec sleep 100' &
freeze
echo 0 >cgroup.freeze
wait $!
echo "TERM while frozen|root|$?|"
rm /tmp/up
$init -q --kill-after 1s -- \
    sh -c 'trap "" TERM; echo $$ >cgroup.procs; echo up >/tmp/up; exec sleep 100' &
freeze
wait $!
echo "a frozen app is killed|root|$?|"
cd /

# A deadline is not a time of day.
try 'a clock that jumps' root $init --timeout 30s -- sh -c 'date -s @2000000000 && exit 7'
try 'a clock that jumps back' root $init --timeout 1s -- \
    sh -c 'date -s @1000000000 && exec sleep 100'
try 'a clock that jumps while a signal is held' root $init --delay TERM=60s -- \
    sh -c 'trap "exit 9" TERM; kill -TERM $PPID; date -s @2000000000; sleep 0.3; exit 7'
rm /tmp/up
try 'a clock that jumps in the grace period' root $init -q --grace-period 60s -- \
    sh -c 'sh -c "trap \"date -s @2100000000; sleep 0.3; echo >/tmp/bye; exit\" TERM; \
        echo up >/tmp/up; while :; do sleep 0.05; done" & until [ -s /tmp/up ]; do sleep 0.05; done; exit 7'
[ -e /tmp/bye ]
echo "the survivor has ended by itself|root|$?|"
echo 400 >/proc/sys/kernel/pid_max
try 'few numbers for processes' root $init -- \
    sh -c 'n=0; while [ $n -lt 500 ]; do (: &); n=$((n + 1)); done; exit 8'

# AppArmor.
mount -t securityfs none /sys/kernel/security
cp $init /usr/bin/confined && cp /usr/bin/sleep /usr/bin/untouchable
cat >/tmp/profiles <<'PROFILES'
profile confined /usr/bin/confined {
    file, capability, network, signal, ptrace, unix,
    deny /usr/bin/false x,
}
profile untouchable /usr/bin/untouchable { file, capability, }
PROFILES
mkdir -p /etc/apparmor && : >/etc/apparmor/parser.conf
all='file, capability, network, signal, ptrace, unix, mount, umount, pivot_root,'
cat >/tmp/profiles-for-users <<PROFILES
abi <kernel>,
profile no-users /usr/bin/no-users flags=(attach_disconnected) { $all }
profile no-paths /usr/bin/no-paths { $all userns, }
PROFILES
for name in no-users no-paths; do cp $init /usr/bin/$name; done
try 'AppArmor: the profiles' root apparmor_parser --skip-cache --replace /tmp/profiles
try 'AppArmor: the profiles for users' root \
    apparmor_parser --skip-cache --replace /tmp/profiles-for-users
try 'AppArmor: no mount' root /usr/bin/confined --mount -- true
try 'AppArmor: no mount' user /usr/bin/confined --root /tree --map-root-user -- /bin/true
try 'AppArmor: no such program' root /usr/bin/confined -- /usr/bin/false
try 'AppArmor: plain' root /usr/bin/confined --timeout 2s -- sleep 100
# AppArmor answers EACCES for a signal, root or not.
try 'AppArmor: no signal' root $init --grace-period 60s -- sh -c 'untouchable 1000 & sleep 0.2; exit 3'

# Linux 6.12 mediates new user namespaces.
for who in root user; do
    try 'AppArmor: no users' $who /usr/bin/no-users -q --user -- true
    try 'AppArmor: no users, as root inside' $who /usr/bin/no-users -q --map-root-user --mount -- true
    try 'AppArmor: no users, a root' $who /usr/bin/no-users --root /tree -- /bin/true
    try 'AppArmor: no users, plain' $who /usr/bin/no-users -- sh -c 'exit 3'
done
# A descriptor that is on no visible mount, as memory or a namespace, has no path for this profile.
for who in root user; do
    try 'AppArmor: no paths' $who /usr/bin/no-paths --pid --mount-proc -- sh -c 'exit 3'
    try 'AppArmor: no paths, a root' $who /usr/bin/no-paths --root /tree -- /bin/true
done
try 'AppArmor: no paths, keep' root /usr/bin/no-paths --uts --persist uts=/tmp/kept -- true
setpriv --reuid 1000 --regid 1000 --clear-groups $init --user -- sleep 100 &
until app=$(children $!) && [ "$app" ]; do :; done
try 'AppArmor: no paths, enter' user /usr/bin/no-paths --join $app -- true
# NAME WHO OPTION...: what --check says of each option.
check() {
    profile=$1 user=$2
    shift 2
    try "AppArmor: $profile --check" $user /usr/bin/$profile --check
    for option in "$@"; do
        echo "AppArmor: $profile --check $option|$user|0|$(grep -e "^$option " /tmp/out)"
    done
}
check no-users user --user
check no-users root --user
check no-paths root --root --ephemeral --join --persist
