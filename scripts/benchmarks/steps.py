"""Counts what a program does until its child becomes another program, exactly.

Each instruction is a step under ptrace(2), so the numbers are the same in every run, and no
hardware counter is needed, which virtual machines seldom have. x86-64 only.
"""

import ctypes
import json
import os
import platform
import signal

from processes import new_pid_namespace
from programs import ENVIRONMENT

WALL = 0x40000000
TRACEME, PEEKTEXT, PEEKUSER, SINGLESTEP, SETOPTIONS = 0, 1, 3, 9, 0x4200
FORKS, EXEC = (1, 2, 3), 4
# PTRACE_O_EXITKILL, and an option bit for each event.
OPTIONS = 1 << 20 | sum(1 << number for number in (*FORKS, EXEC))
RIP = 16 * 8
SYSCALL, CPUID = 0x050F, 0xA20F

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.restype = ctypes.c_long
libc.ptrace.argtypes = [ctypes.c_long] * 4


def available():
    return platform.machine() == "x86_64"


def ptrace(request, pid, address=0, data=0):
    ctypes.set_errno(0)
    result = libc.ptrace(request, pid, address, data)
    if result == -1 and ctypes.get_errno():
        raise OSError(ctypes.get_errno(), f"ptrace {request}")
    return result


class Counter:
    def __init__(self):
        self.counts = {"instructions": 0, "system_calls": 0, "cpuids": 0}
        self.last = None

    def look(self, pid):
        """Counts the instruction that `pid` is about to execute."""
        at = ptrace(PEEKUSER, pid, RIP)
        # One that repeats itself, as `rep movsb` does, is one.
        if at == self.last:
            return
        self.last = at
        opcode = ptrace(PEEKTEXT, pid, at) & 0xFFFF
        self.counts["instructions"] += 1
        self.counts["system_calls"] += opcode == SYSCALL
        self.counts["cpuids"] += opcode == CPUID


def step(pid):
    """Lets `pid` go on for one instruction; who stopped next, and how."""
    ptrace(SINGLESTEP, pid)
    return os.waitpid(-1, WALL)


def trace(first):
    """Until the exec of the child: the steps of `first` until it forks, then those of the child."""
    os.waitpid(first, WALL)
    ptrace(SETOPTIONS, first, 0, OPTIONS)
    counter, counted, pid, event = Counter(), first, first, 0
    while event != EXEC:
        if event in FORKS:
            counted = None
        elif counted is None and pid != first:
            counted = pid
        if pid == counted:
            counter.look(pid)
        pid, status = step(pid)
        if not os.WIFSTOPPED(status):
            raise RuntimeError(f"ended with {status} before its child's exec")
        event = status >> 16
    return counter.counts


def count(words):
    """As PID 1: instructions, system calls (the app's execve among them) and CPUIDs."""
    reader, writer = os.pipe()
    # What is traced has to be a child, and what is left of it goes with the tracer.
    tracer = os.fork()
    if tracer == 0:
        with new_pid_namespace():
            first = os.fork()
        if first == 0:
            ptrace(TRACEME, 0)
            os.execve(words[0], words, ENVIRONMENT)
        try:
            os.write(writer, json.dumps(trace(first)).encode())
        finally:
            os.kill(first, signal.SIGKILL)
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    os.waitpid(tracer, 0)
    return json.loads(text) if text else None
