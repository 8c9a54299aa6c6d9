# Runs on a RAM disk, under an init that the kernel has started itself (scripts/kernels --first).
# Prints lines as guest.sh does.
mount -t proc none /proc && mount -t sysfs none /sys && mount -t devtmpfs none /dev
echo "kernel|$(uname -r)||"

# NAME COMMAND...
try() {
    name=$1
    shift
    "$@" >/dev/null 2>/tmp/err
    echo "$name|root|$?|$(head -n 1 /tmp/err)"
}
# NAME CONDITION: waits until it holds.
holds() {
    n=0
    until eval "$2"; do
        n=$((n + 1))
        [ $n -lt 1200 ] || break
        sleep 0.1
    done
    eval "$2"
    echo "$1|root|$?|"
}

trap 'got="$got INT"' INT
trap 'got="$got PWR"' PWR
echo 0 >/proc/sys/kernel/ctrl-alt-del
echo 'sendkey ctrl-alt-delete' >/dev/ttyS1
holds 'Ctrl-Alt-Del' '[ "$got" = " INT" ]'
kill -PWR 1
holds 'SIGPWR' '[ "$got" = " INT PWR" ]'
kill -STOP 1
kill -KILL 1
n=0
while [ $n -lt 50 ]; do
    (: &)
    n=$((n + 1))
done
holds 'orphans are reaped' '! grep -q "^State:.Z" /proc/[0-9]*/status 2>/dev/null'

mkdir -p /tree/bin && cp /bin/busybox /tree/bin && ln -s busybox /tree/bin/true
try '--root from a RAM disk' container-init --root /tree -- /bin/true
try '--root --no-pivot from a RAM disk' container-init --root /tree --no-pivot -- /bin/true
(
    trap '' TERM
    exec sleep 1000
) &
exit 3
