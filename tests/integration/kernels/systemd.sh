# Runs in a guest where systemd is PID 1 (scripts/kernels --systemd), with the words of the manual's
# command for my-server. Prints lines as guest.sh does.
exec 2>/dev/null
echo "kernel|$(uname -r)||"

# Two workers, and a main process with a TERM or two, which ends a moment after the first.
cat >/usr/bin/my-server <<'SERVER'
#!/bin/sh
log=/tmp/$(sed 's|.*/||; s|.service$||' /proc/self/cgroup)
worker() {
    trap "${1:-echo worker TERM >>$log; exit}" TERM
    echo up >>$log.up
    while :; do sleep 1000 & wait; done
}
worker & worker &
[ "$1" = stubborn ] && worker : &
[ "$1" = stubborn ] || echo up >>$log.up
trap 'n=$((n + 1)); echo "main TERM" >>$log' TERM
n=0
echo up >>$log.up
sleep 1000 &
while [ $n = 0 ]; do wait; done
sleep 1
echo "main ends" >>$log
exit 7
SERVER
chmod +x /usr/bin/my-server

# CONDITION: waits until it holds.
until_it_holds() {
    n=0
    until eval "$1"; do
        n=$((n + 1))
        [ $n -lt 1200 ] || return 1
        sleep 0.1
    done
}
# NAME CONDITION
holds() {
    until_it_holds "$2"
    echo "$1|root|$?|"
}
# UNIT: how systemd says that it ended, with the first line on its stderr.
ended() {
    line=$(head -n 1 /tmp/$1.err)
    echo "$1|root|$(systemctl show -P ExecMainStatus $1)|$(systemctl show -P Result $1)${line:+ $line}"
}
# UNIT systemd-run WORD...
start() {
    unit=$1
    shift 2
    systemd-run --unit=$unit -p StandardError=file:/tmp/$unit.err "$@" >/dev/null
}
# UNIT: stops it when it is up, and says how it ended.
stop() {
    unit=$1
    until_it_holds '[ "$(wc -l </tmp/$unit.up)" = 4 ]'
    systemctl stop $unit
    echo "systemctl stop $unit|root|$?|"
    ended $unit
    holds "nothing is left of $unit" '[ ! -e /sys/fs/cgroup/system.slice/$unit.service ]'
}

start manual "$@" && stop manual
echo "manual: its log|root|0|$(tr '\n' , </tmp/manual)"
start boxed systemd-run -p KillMode=mixed container-init --pid --mount-proc -- my-server && stop boxed
echo "boxed: its log|root|0|$(tr '\n' , </tmp/boxed)"
start stubborn systemd-run -p KillMode=mixed \
    container-init --grace-period=2s -- my-server stubborn && stop stubborn
echo "stubborn: what init says|root|0|$(grep killed /tmp/stubborn.err)"

# The default: TERM for all. In a box there are two inits that get it.
for unit in all all-boxed; do
    options=${unit#all}
    start $unit systemd-run container-init ${options:+--pid --mount-proc} -- my-server && stop $unit
    echo "$unit: workers|root|$(grep -c 'worker TERM' /tmp/$unit)|"
    [ "$(grep -c 'main TERM' /tmp/$unit)" -le 2 ]
    echo "$unit: TERM at most 2 times|root|$?|"
done

start job systemd-run -p Type=exec container-init --report /tmp/report -- sh -c 'exit 3'
until_it_holds '! systemctl is-active -q job'
ended job
grep -q '"exit_code":3,' /tmp/report
echo "job: its report|root|$?|"

# A main child that ends by TERM, where systemd takes 143 for a success or not.
cat >/usr/bin/plain <<'PLAIN'
#!/bin/sh
unit=$(sed 's|.*/||; s|.service$||' /proc/self/cgroup)
case $unit in
notify*) systemd-notify --ready ;;
fifo) read word <&3; echo "$((LISTEN_PID - $$)) $LISTEN_FDS $word" >/tmp/fifo ;;
esac
echo up >/tmp/$unit.up
exec sleep 1000
PLAIN
chmod +x /usr/bin/plain
for success in 0 143; do
    start success-$success systemd-run -p SuccessExitStatus=$success container-init -- plain
    until_it_holds '[ -s /tmp/$unit.up ]'
    systemctl stop $unit
    echo "143, success is $success|root|0|$(systemctl is-failed $unit)"
done

# What the main child says to systemd, which takes init for the main process.
for who in main all; do
    [ $who = main ] && limit=5s || limit=90s
    start notify-$who systemd-run -p Type=notify -p NotifyAccess=$who -p TimeoutStartSec=$limit \
        container-init -- plain
    echo "NotifyAccess=$who|root|$?|"
done
start fifo systemd-run --socket-property=ListenFIFO=/run/fifo container-init -- plain
echo hello >/run/fifo
until_it_holds '[ -s /tmp/fifo ]'
echo "a socket's unit|root|$?|$(cat /tmp/fifo)"
