"""A Debian package, by dpkg-deb."""

import hashlib
import os
import subprocess
import tempfile
from email.utils import formatdate

import archive
from archive import File, compress
from product import installed_tree, read, third_party

REVISION = 1

CONTROL = """\
Package: container-init
Version: {version}
Architecture: {architecture}
Maintainer: {maintainer}
Installed-Size: {size}
Section: admin
Priority: optional
Description: tiny static init for containers
 The first process of a container: it runs a command as its child, forwards
 every signal to it, reaps the zombies that land on PID 1, and ends with the
 command's status. Processes that are left are told to end and given time.
 .
 Under their names in /usr/lib/container-init it speaks the command lines of
 tini, dumb-init, catatonit and the Kubernetes pause. On a shell it is a small
 sandbox.
"""

CHANGELOG = """\
container-init ({version}) unstable; urgency=medium

  * The release of this version; see changelog.gz.

 -- {maintainer}  {date}
"""

COPYRIGHT = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: container-init

Files: *
Copyright: {holder}
License: MIT
{text}
"""

# The binary has to run in images without a libc.
OVERRIDES = "container-init: statically-linked-binary [usr/bin/container-init]\n"


def copyright_file():
    """LICENSE in Debian's form; a blank line is a dot there."""
    title, notice, *text = [part.strip() for part in read("LICENSE").decode().split("\n\n")]
    lines = "\n\n".join(text).splitlines()
    return COPYRIGHT.format(holder=notice.removeprefix("Copyright ").removeprefix("(c) "),
                            text="\n".join(f" {line}" if line else " ." for line in lines))


def tree_of(product, binary, version):
    """All files but the control files."""
    documents = "usr/share/doc/container-init"
    changelog = CHANGELOG.format(version=version, maintainer=product.maintainer,
                                 date=formatdate(product.time))
    return installed_tree(product, binary, "zsh/vendor-completions") | {
        f"{documents}/copyright": File(copyright_file().encode()),
        f"{documents}/THIRD-PARTY-LICENSES.gz": File(compress(third_party(product.crates))),
        f"{documents}/changelog.gz": File(compress(read("CHANGELOG.md"))),
        f"{documents}/changelog.Debian.gz": File(compress(changelog.encode())),
        "usr/share/lintian/overrides/container-init": File(OVERRIDES.encode()),
    }


def package(product, architecture, binary, directory):
    """Writes the .deb into the directory and returns its path."""
    version = f"{product.version}-{REVISION}"
    tree = tree_of(product, binary, version)
    files = {path: entry for path, entry in tree.items() if isinstance(entry, File)}
    sums = [f"{hashlib.md5(entry.data).hexdigest()}  {path}\n" for path, entry in files.items()]
    # In KiB, each directory and link as one.
    size = sum(-(-len(entry.data) // 1024) for entry in files.values())
    size += len(tree) - len(files) + len(archive.directories(tree))
    control = CONTROL.format(version=version, architecture=architecture.debian, size=size,
                             maintainer=product.maintainer)
    tree |= {
        "DEBIAN/control": File(control.encode()),
        "DEBIAN/md5sums": File("".join(sorted(sums, key=lambda line: line[34:])).encode()),
    }
    path = os.path.join(directory, f"container-init_{version}_{architecture.debian}.deb")
    with tempfile.TemporaryDirectory() as root:
        archive.write(tree, root, product.time)
        # The time of the archive's own members; one thread, as their number shows in xz's blocks.
        environment = os.environ | {"SOURCE_DATE_EPOCH": str(product.time)}
        subprocess.run(["dpkg-deb", "--build", "--root-owner-group", "-Zxz", "--threads-max=1",
                        root, path], check=True, stdout=subprocess.DEVNULL, env=environment)
    return path
