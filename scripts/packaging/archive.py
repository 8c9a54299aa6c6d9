"""Archives that are the same bytes wherever and whenever they are made.

A tree is a dictionary: path without a leading slash -> File or Link. Directories follow from
the paths. What enters is the tree and one time for all of it; owner is root, order is by name.
"""

import gzip
import io
import os
import tarfile
from dataclasses import dataclass


@dataclass(frozen=True)
class File:
    """A regular file."""
    data: bytes
    mode: int = 0o644


@dataclass(frozen=True)
class Link:
    """A symbolic link."""
    target: str


def compress(data):
    """gzip without a name and a time."""
    return gzip.compress(data, 9, mtime=0)


def directories(tree):
    """All directories above the tree's files."""
    found = set()
    for path in tree:
        while path := os.path.dirname(path):
            found.add(path)
    return found


def pack(tree, time):
    """The tree as a tar archive."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path in sorted(set(tree) | directories(tree)):
            entry = tree.get(path)
            info = tarfile.TarInfo(path)
            info.mtime = time
            if entry is None:
                info.type, info.mode = tarfile.DIRTYPE, 0o755
            elif isinstance(entry, Link):
                info.type, info.mode, info.linkname = tarfile.SYMTYPE, 0o777, entry.target
            else:
                info.mode, info.size = entry.mode, len(entry.data)
            archive.addfile(info, io.BytesIO(entry.data) if isinstance(entry, File) else None)
    return out.getvalue()


def write(tree, root, time):
    """Writes the tree below the directory `root`."""
    os.makedirs(root, exist_ok=True)
    for path in sorted(directories(tree)):
        os.makedirs(os.path.join(root, path), exist_ok=True)
    for path, entry in tree.items():
        place = os.path.join(root, path)
        if isinstance(entry, Link):
            os.symlink(entry.target, place)
        else:
            with open(place, "wb") as out:
                out.write(entry.data)
            os.chmod(place, entry.mode)
        os.utime(place, (time, time), follow_symlinks=False)
    for path in directories(tree) | {""}:
        place = os.path.join(root, path)
        os.chmod(place, 0o755)
        os.utime(place, (time, time))
