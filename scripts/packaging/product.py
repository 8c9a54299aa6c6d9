"""What is packed: the program's facts, its documents, and the crates inside it."""

import json
import os
import re
import subprocess
from dataclasses import dataclass

from archive import File, Link, compress

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
# Other programs' names, under which it speaks their command lines, and its short name.
NAMES = ["catatonit", "docker-init", "dumb-init", "init", "pause", "tini", "tini-static"]


@dataclass(frozen=True)
class Architecture:
    """Rust's target, and the names that others have for its architecture."""
    target: str
    # Of Debian, Docker and Go; of rpm.
    debian: str
    rpm: str


ARCHITECTURES = [
    Architecture("aarch64-unknown-linux-musl", "arm64", "aarch64"),
    Architecture("x86_64-unknown-linux-musl", "amd64", "x86_64"),
]


@dataclass
class Product:
    """Everything that is the same for all architectures."""
    version: str
    description: str
    license: str
    commit: str
    # Seconds since 1970: the time of every file.
    time: int
    maintainer: str
    # The man page and the shells' completions: path below /usr/share -> bytes.
    documents: dict
    # Inside the binary, as `cargo metadata` describes them; what each depends on, by its id.
    crates: list
    dependencies: dict


def read(name):
    """A file of the repository."""
    with open(os.path.join(ROOT, name), "rb") as file:
        return file.read()


def cargo(*words):
    """What cargo prints."""
    return subprocess.run(["cargo", *words], cwd=ROOT, check=True, text=True,
                          stdout=subprocess.PIPE).stdout


def crates(targets):
    """Our package, the crates inside the binary, and the dependencies of all: id -> ids."""
    inside = set()
    for target in targets:
        tree = cargo("tree", "--locked", "--edges", "normal", "--target", target,
                     "--prefix", "none", "--format", "{p}")
        inside |= {tuple(line.split()[:2]) for line in tree.splitlines()}
    metadata = json.loads(cargo("metadata", "--format-version", "1", "--locked"))
    found = [p for p in metadata["packages"] if (p["name"], "v" + p["version"]) in inside]
    found.sort(key=lambda p: (p["name"], p["version"]))
    own = next(p for p in found if p["source"] is None)
    known = {p["id"] for p in found}
    edges = {node["id"]: [other for other in node["dependencies"] if other in known]
             for node in metadata["resolve"]["nodes"] if node["id"] in known}
    return own, [p for p in found if p is not own], edges


def checksums():
    """Name and version of a crate -> its SHA-256 in Cargo.lock."""
    entry = r'name = "(.+)"\nversion = "(.+)"\nsource = ".+"\nchecksum = "(.+)"'
    return {(n, v): c for n, v, c in re.findall(entry, read("Cargo.lock").decode())}


def third_party(found):
    """The licences of everything in the binary that is not ours, as one text."""
    parts = ["Licences of what the static binary holds besides container-init.\n"]
    parts.append("Rust's standard library: MIT OR Apache-2.0, the Rust Project contributors.\n"
                 "musl libc: MIT, Copyright (c) 2005-2025 Rich Felker, et al.\n")
    texts = {}
    for package in found:
        directory = os.path.dirname(package["manifest_path"])
        names = [n for n in sorted(os.listdir(directory)) if re.match(r"LICEN[CS]E", n)]
        # Where there is a choice the short one is enough.
        names = [n for n in names if "MIT" in n] or names
        text = "\n".join(open(os.path.join(directory, n), encoding="utf-8").read() for n in names)
        title = f"{package['name']} {package['version']} ({package['license']})"
        texts.setdefault(text.strip(), []).append(title)
    for text, titles in texts.items():
        parts.append("\n".join([*titles, "", text, ""]))
    return ("\n" + "=" * 72 + "\n\n").join(parts).encode()


def documents_below(share):
    """What build.rs has written for people and shells: path -> bytes."""
    found = {}
    for place, _, names in os.walk(share):
        for name in names:
            path = os.path.join(place, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, share)] = file.read()
    return dict(sorted(found.items()))


def archive_tree(product, architecture, binary):
    """The tree of the .tar.gz."""
    folder = f"container-init-{product.version}-{architecture.debian}"
    tree = {
        "container-init": File(binary, 0o755),
        "LICENSE": File(read("LICENSE")),
        "THIRD-PARTY-LICENSES": File(third_party(product.crates)),
        "CHANGELOG.md": File(read("CHANGELOG.md")),
    }
    for path, data in product.documents.items():
        shell, name = path.split("/")[0].removesuffix("-completion"), os.path.basename(path)
        tree[name if shell == "man" else f"completions/{shell}/{name}"] = File(data)
    return {f"{folder}/{path}": entry for path, entry in tree.items()}


def installed_tree(product, binary, zsh):
    """The tree of a package; `zsh` is the directory where the system's zsh looks."""
    tree = {"usr/bin/container-init": File(binary, 0o755)}
    for name in NAMES:
        tree[f"usr/lib/container-init/{name}"] = Link("../../bin/container-init")
    for path, data in product.documents.items():
        if path.startswith("man/"):
            path, data = f"{path}.gz", compress(data)
        tree["usr/share/" + path.replace("zsh/site-functions", zsh)] = File(data)
    return tree
