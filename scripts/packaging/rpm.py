"""An RPM package, by rpmbuild."""

import os
import shutil
import subprocess
import tempfile

import archive
from archive import File, Link
from product import installed_tree, read, third_party

RELEASE = 1

SPEC = """\
Name: container-init
Version: {version}
Release: {release}
Summary: Tiny static init for containers
License: {license}
Packager: {maintainer}
# A static binary needs nothing, and nothing needs its names.
AutoReqProv: no

%description
The first process of a container: it runs a command as its child, forwards every signal to it,
reaps the zombies that land on PID 1, and ends with the command's status. Processes that are left
are told to end and given time. Under their names in /usr/lib/container-init it speaks the command
lines of tini, dumb-init, catatonit and the Kubernetes pause. On a shell it is a small sandbox.

%install
cp -a %{{tree}}/. %{{buildroot}}

%files
{files}
"""

# Nothing of the machine, the time and the directory; the files are packed as they are.
MACROS = {
    "_buildhost": "localhost",
    "use_source_date_epoch_as_buildtime": "1",
    "source_date_epoch_from_changelog": "0",
    "__os_install_post": "%{nil}",
    "debug_package": "%{nil}",
    "_build_id_links": "none",
    "_binary_payload": "w9.gzdio",
}


def package(product, architecture, binary, directory):
    """Writes the .rpm into the directory and returns its path."""
    documents = "usr/share/doc/container-init"
    tree = installed_tree(product, binary, "zsh/site-functions") | {
        f"{documents}/CHANGELOG.md": File(read("CHANGELOG.md")),
        "usr/share/licenses/container-init/LICENSE": File(read("LICENSE")),
        "usr/share/licenses/container-init/THIRD-PARTY-LICENSES":
            File(third_party(product.crates)),
    }
    mark = {"usr/share/doc": "%doc ", "usr/share/man": "%doc ", "usr/share/lic": "%license "}
    files = ["%dir %attr(0755, root, root) /usr/lib/container-init"]
    for path, entry in sorted(tree.items()):
        mode = "-" if isinstance(entry, Link) else f"{entry.mode:04o}"
        files.append(f"{mark.get(path[:13], '')}%attr({mode}, root, root) /{path}")
    spec = SPEC.format(version=product.version, release=RELEASE, license=product.license,
                       maintainer=product.maintainer, files="\n".join(files))
    name = f"container-init-{product.version}-{RELEASE}.{architecture.rpm}.rpm"
    with tempfile.TemporaryDirectory() as work:
        archive.write(tree, os.path.join(work, "tree"), product.time)
        with open(os.path.join(work, "container-init.spec"), "w", encoding="utf-8") as out:
            out.write(spec)
        macros = MACROS | {"_topdir": work, "_dbpath": f"{work}/db", "tree": f"{work}/tree"}
        words = [word for key, value in macros.items() for word in ("--define", f"{key} {value}")]
        done = subprocess.run(
            ["rpmbuild", "-bb", "--quiet", "--target", f"{architecture.rpm}-linux", *words,
             f"{work}/container-init.spec"], check=False, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, env=os.environ | {"SOURCE_DATE_EPOCH": str(product.time)})
        if done.returncode != 0:
            raise RuntimeError(f"rpmbuild: {done.stdout}")
        return shutil.copy(os.path.join(work, "RPMS", architecture.rpm, name), directory)
