"""Starting programs as PID 1, and asking the kernel about them. Needs root."""

import contextlib
import ctypes
import os
import signal
import struct
import time

from programs import ENVIRONMENT

CLONE_NEWPID = 0x20000000
libc = ctypes.CDLL(None, use_errno=True)


OURS = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)


@contextlib.contextmanager
def new_pid_namespace():
    """The first child that is started meanwhile is PID 1 of a namespace of its own."""
    if libc.unshare(CLONE_NEWPID) != 0:
        raise OSError(ctypes.get_errno(), "unshare: the benchmark needs root")
    try:
        yield
    finally:
        libc.setns(OURS, CLONE_NEWPID)


class Running:
    """A program that was started, as PID 1 unless said otherwise, with a pipe as its stdout."""

    def __init__(self, words, first=True):
        self.reader, writer = os.pipe()
        actions = [(os.POSIX_SPAWN_DUP2, writer, 1)]
        with new_pid_namespace() if first else contextlib.nullcontext():
            self.started = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
            self.pid = os.posix_spawn(words[0], words, ENVIRONMENT, file_actions=actions)
        os.close(writer)

    def stamp(self):
        """The next time that the app wrote, in nanoseconds; None at the end of the stream."""
        data = os.read(self.reader, 16)
        if len(data) < 16:
            return None
        seconds, nanos = struct.unpack("qq", data)
        return seconds * 1_000_000_000 + nanos

    def finish(self):
        """Waits for the end: when it was, and the CPU time of all, in nanoseconds."""
        _, _, usage = os.wait4(self.pid, 0)
        ended = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        os.close(self.reader)
        return ended, int((usage.ru_utime + usage.ru_stime) * 1e9)

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        self.finish()

    def proc(self, name):
        with open(f"/proc/{self.pid}/{name}") as file:
            return file.read()

    def cpu(self):
        """CPU time of this process alone so far, in nanoseconds."""
        return int(self.proc("schedstat").split()[0])

    def memory(self):
        """Private_Dirty and Pss in kB."""
        fields = dict(line.split(":") for line in self.proc("smaps_rollup").splitlines()[1:])
        return [int(fields[name].split()[0]) for name in ("Private_Dirty", "Pss")]

    def family(self):
        """This process, its first child, the first child of that, and so on."""
        pids = [self.pid]
        while True:
            with open(f"/proc/{pids[-1]}/task/{pids[-1]}/children") as file:
                children = file.read().split()
            if not children:
                return pids
            pids.append(int(children[0]))

    def wakeups(self):
        status = self.proc("status")
        return sum(int(line.split()[1]) for line in status.splitlines() if "ctxt_switches" in line)

    def children(self):
        return self.proc(f"task/{self.pid}/children").split()


def private_dirty(pid):
    """In kB."""
    with open(f"/proc/{pid}/smaps_rollup") as file:
        fields = dict(line.split(":") for line in file.read().splitlines()[1:])
    return int(fields["Private_Dirty"].split()[0])


def until(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.002)
    return True
