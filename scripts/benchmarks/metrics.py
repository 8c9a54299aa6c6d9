"""What is measured. Each function takes the programs and how often to measure, runs them in
turn, A B C A B C, and returns for each program's name a dictionary of numbers."""

import ctypes
import os
import resource
import select
import shutil
import signal
import statistics
import subprocess
import tempfile
import time

import steps
from processes import Running, private_dirty, until
from programs import ENVIRONMENT, Program, size

# A real-time signal that no libc keeps for itself.
REAL_TIME = 35
QUEUED = 10_000

DIRECT = Program("direct", [])
libc = ctypes.CDLL(None, use_errno=True)


def in_turn(programs, times, measure):
    """The samples of each program, by name."""
    samples = {program.name: [] for program in programs}
    for _ in range(times):
        for program in programs:
            samples[program.name].append(measure(program))
    return samples


def over_direct(names, samples):
    """Medians, less those of the app alone."""
    medians = {
        name: [statistics.median(values) for values in zip(*rows)]
        for name, rows in samples.items()
    }
    direct = medians.pop("direct")
    return {
        name: {what: round(value - base) for what, value, base in zip(names, values, direct)}
        for name, values in medians.items()
    }


def sizes(programs):
    return {p.name: dict(zip(("size", "size_from_scratch"), size(p))) for p in programs}


def exact(programs, app):
    """Counted, not timed."""
    if not steps.available():
        return {}
    results = {p.name: steps.count(p.run(app, "stamp")) or {} for p in programs}
    for program in programs:
        if program.options:
            counted = steps.count(program.with_options().run(app, "stamp"))
            results[program.name]["instructions_with_options"] = counted["instructions"]
    return results


def start(programs, app, times, first=True):
    """The app's start, and the CPU time of all until the end."""
    def measure(program):
        run = Running(program.run(app, "stamp"), first)
        started = run.stamp() - run.started
        _, cpu = run.finish()
        return started, cpu

    return over_direct(("start", "start_cpu"), in_turn([DIRECT, *programs], times, measure))


def sandboxes(programs, app, times):
    """Starts; the private memory of all processes but the app, in kB; and the system calls of all
    from the start to the end, less those of the app."""
    results = start(programs, app, times, first=False)
    for program in programs:
        run = Running(program.run(app, "echo"), first=False)
        run.stamp()
        time.sleep(0.05)
        family = run.family()
        # The app is the last one.
        memory = sum(private_dirty(pid) for pid in family[:-1])
        # Others leave the app behind.
        for pid in family[1:]:
            os.kill(pid, signal.SIGKILL)
        run.finish()
        results[program.name] |= {"private_dirty": memory}
        calls = traced(program.run(app, "stamp"))
        if calls is not None:
            results[program.name] |= {"system_calls": calls - traced([app, "stamp"])}
    return results


def traced(words):
    """How many system calls strace(1) counts."""
    if not shutil.which("strace"):
        return None
    with tempfile.NamedTemporaryFile() as log:
        command = ["strace", "-f", "-qq", "-e", "signal=none", "-o", log.name, "--", *words]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=ENVIRONMENT)
        return sum(" resumed>" not in line for line in log.read().decode().splitlines())


def exits(programs, app, times):
    """From the app's end until init's is known."""
    def measure(program):
        run = Running(program.run(app, "echo"))
        run.stamp()
        # As an app that has run for a while: init is asleep.
        time.sleep(0.002)
        os.kill(run.pid, signal.SIGTERM)
        stamp = run.stamp()
        ended, _ = run.finish()
        return [ended - stamp]

    return over_direct(["exit_latency"], in_turn([DIRECT, *programs], times, measure))


def memory(programs, app, many):
    """In kB, while nothing happens."""
    results = {}
    for program in programs:
        runs = [Running(program.run(app, "echo")) for _ in range(many)]
        for run in runs:
            run.stamp()
        time.sleep(0.05)
        each = [run.memory() for run in runs]
        # Where on its pages a stack starts is random.
        results[program.name] = {
            "pss_100": round(sum(pss for _, pss in each) * 100 / many),
            "private_dirty": round(statistics.median(private for private, _ in each)),
        }
        for run in runs[1:]:
            run.kill()
        results[program.name]["pss_1"] = runs[0].memory()[1]
        runs[0].kill()
    return results


def wakeups(programs, app, seconds):
    runs = [Running(program.run(app, "echo")) for program in programs]
    for run in runs:
        run.stamp()
    time.sleep(0.1)
    before = [run.wakeups() for run in runs]
    time.sleep(seconds)
    after = [run.wakeups() for run in runs]
    for run in runs:
        run.kill()
    return {
        program.name: {"wakeups_per_second": round((end - begin) / seconds, 2)}
        for program, begin, end in zip(programs, before, after)
    }


def forwarding(programs, app, times):
    """From kill(2) until the app has the signal, in nanoseconds."""
    runs = {program.name: Running(program.run(app, "echo")) for program in programs}
    for run in runs.values():
        run.stamp()

    def measure(program):
        run = runs[program.name]
        sent = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        os.kill(run.pid, signal.SIGUSR1)
        return run.stamp() - sent

    samples = in_turn(programs, times, measure)
    for run in runs.values():
        run.kill()
    cut = {name: statistics.quantiles(values, n=100) for name, values in samples.items()}
    return {
        name: {"forward_p50": round(at[49]), "forward_p99": round(at[98])}
        for name, at in cut.items()
    }


def real_time(programs, app):
    """How many of so many queued real-time signals reach the app."""
    hard = resource.getrlimit(resource.RLIMIT_SIGPENDING)[1]
    resource.setrlimit(resource.RLIMIT_SIGPENDING, (hard, hard))
    results = {}
    for program in programs:
        run = Running(program.run(app, "echo"))
        run.stamp()
        for value in range(QUEUED):
            libc.sigqueue(run.pid, REAL_TIME, value)
        arrived = 0
        while arrived < QUEUED and select.select([run.reader], [], [], 1)[0]:
            if run.stamp() is None:
                break
            arrived += 1
        results[program.name] = {"real_time_arrived": arrived}
        run.kill()
    return results


def orphans(programs, app, number, times):
    """CPU time of init for each orphan that it reaps, in nanoseconds."""
    def measure(program):
        run = Running(program.run(app, "orphans", str(number)))
        before = run.cpu()
        run.stamp()
        until(lambda: len(run.children()) == 1)
        spent = run.cpu() - before
        run.kill()
        return spent / number

    samples = in_turn(programs, times, measure)
    return {
        name: {"orphan_cpu": round(statistics.median(values))} for name, values in samples.items()
    }
