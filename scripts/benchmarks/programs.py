"""The programs that are compared, and how each is told to run another."""

import os
import platform
import re
import shutil
import subprocess
from dataclasses import dataclass, replace

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))

# What a container gets: the size of the environment is part of a start's cost.
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOSTNAME": "3f1c86a1b4f7",
    "HOME": "/root",
}


@dataclass
class Program:
    name: str
    words: list  # Before the command.
    version: str = ""
    inside: str = ""  # Where the command is, with a root of its own.
    options: list = None  # What its users give most.

    @property
    def path(self):
        return self.words[0]

    def run(self, *command):
        own, *arguments = command
        return [*self.words, self.inside or own, *arguments]

    def with_options(self):
        """The same program with its options before `--`."""
        return replace(self, words=[self.path, *self.options, *self.words[1:]])


def compile_c(name, directory):
    binary = os.path.join(directory, name)
    flags = ["-O2", "-static", "-nostdlib", "-fno-stack-protector", "-Wl,--build-id=none", "-s"]
    subprocess.run(["cc", *flags, "-o", binary, os.path.join(HERE, f"{name}.c")], check=True)
    return binary


def release():
    """Builds ours, unless it is there already and new."""
    out = subprocess.run([os.path.join(ROOT, "scripts/release")], stdout=subprocess.PIPE,
                         text=True, check=True).stdout
    return os.path.join(ROOT, out.split(": ")[0])


def package_version(package):
    out = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package],
                         capture_output=True, text=True)
    return out.stdout


def inits(directory):
    """Those that run one command, ours first; a peer that is not installed is left out."""
    ours = release()
    version = subprocess.run([ours, "--version"], capture_output=True, text=True).stdout.strip()
    group = ["-g", "-e", "143"]
    programs = [Program("init", [ours, "--"], version, options=group)]
    for name, package, options in [("tini", "tini", group), ("tini-static", "tini", group),
                                   ("dumb-init", "dumb-init", ["-r", "10:12"]),
                                   ("catatonit", "catatonit", ["-g"])]:
        path = shutil.which(name)
        if path:
            version = f"{package} {package_version(package)}"
            programs.append(Program(name, [path, "--"], version, options=options))
        else:
            print(f"bench: no {name}: left out")
    return programs + [Program("floor", [compile_c("floor", directory)], "benchmarks/floor.c")]


def sandboxes(ours):
    """Those that make a small sandbox: PID, mount and UTS namespaces, and a new /proc."""
    options = ["--pid", "--mount", "--uts", "--mount-proc"]
    programs = [Program("init", [ours, *options, "--"])]
    unshare, bwrap = shutil.which("unshare"), shutil.which("bwrap")
    if unshare:
        version = f"util-linux {package_version('util-linux')}"
        programs.append(Program("unshare", [unshare, "--fork", *options, "--"], version))
    if bwrap:
        words = ["--unshare-pid", "--unshare-uts", "--dev-bind", "/", "/", "--proc", "/proc", "--"]
        version = f"bubblewrap {package_version('bubblewrap')}"
        programs.append(Program("bwrap", [bwrap, *words], version))
    return programs


def roots(ours, directory, app):
    """The same with a root of its own, which holds busybox and the app, and a new /dev where the
    program can make one."""
    root = os.path.join(directory, "root")
    for name in ("bin", "dev", "proc"):
        os.makedirs(os.path.join(root, name), exist_ok=True)
    shutil.copy(shutil.which("busybox"), os.path.join(root, "bin/busybox"))
    shutil.copy(app, os.path.join(root, "app"))
    unshare, bwrap = shutil.which("unshare"), shutil.which("bwrap")
    options = ["--pid", "--mount", "--uts", "--root", root, "--mount-proc"]
    all_words = {"init": [ours, *options, "--mount-dev", "--"]}
    if unshare:
        all_words["unshare"] = [unshare, "--fork", *options, "--"]
    if bwrap:
        all_words["bwrap"] = [bwrap, "--unshare-pid", "--unshare-uts", "--bind", root, "/",
                              "--proc", "/proc", "--dev", "/dev", "--"]
    all_words["floor"] = [compile_c("floor_root", directory), root]
    return [Program(name, words, inside="/app") for name, words in all_words.items()]


def size(program):
    """Bytes of the file, and of all files that it needs in an image without any."""
    listed = subprocess.run(["ldd", program.path], capture_output=True, text=True).stdout
    needed = {os.path.realpath(path) for path in re.findall(r"(/\S+) \(0x", listed)}
    needed.add(os.path.realpath(program.path))
    return os.path.getsize(program.path), sum(map(os.path.getsize, needed))


def machine():
    with open("/proc/cpuinfo") as info:
        model = re.search(r"model name\s*: (.*)", info.read())
    return {
        "kernel": platform.release(),
        "machine": platform.machine(),
        "cpu": model.group(1) if model else "unknown",
        "cpus": len(os.sched_getaffinity(0)),
    }
