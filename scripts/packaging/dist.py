#!/usr/bin/env python3
"""dist.py DIRECTORY DOCUMENTS TARGET=BINARY...

Makes what is published from binaries that are built: an archive and packages for each target,
an image, a bill of materials and checksums for all. DOCUMENTS has the man page and the shells'
completions, laid out as /usr/share is. The environment tells the commit (INIT_COMMIT), the time of every
file (SOURCE_DATE_EPOCH) and who publishes (RELEASE_MAINTAINER). scripts/release calls this.
"""

import hashlib
import os
import sys

sys.dont_write_bytecode = True
import archive
import debian
import oci
import product
import rpm
import sbom

MAINTAINER = "container-init developers <developers@container-init.invalid>"


def store(directory, name, data, mode=0o644):
    """Writes a file and gives it its mode, whatever the umask."""
    path = os.path.join(directory, name)
    with open(path, "wb") as out:
        out.write(data)
    os.chmod(path, mode)


def describe(targets, documents):
    """The facts that all packages share."""
    own, crates, dependencies = product.crates(targets)
    return product.Product(
        version=own["version"], description=own["description"], license=own["license"],
        commit=os.environ["INIT_COMMIT"], time=int(os.environ["SOURCE_DATE_EPOCH"]),
        maintainer=os.environ.get("RELEASE_MAINTAINER") or MAINTAINER,
        documents=product.documents_below(documents), crates=crates, dependencies=dependencies)


def main(directory, documents, *builds):
    """All files of `directory` but the signature."""
    known = {each.target: each for each in product.ARCHITECTURES}
    builds = sorted(build.split("=") for build in builds)
    release = describe([target for target, _ in builds], documents)
    binaries = []
    for target, path in builds:
        with open(path, "rb") as file:
            binaries.append((known[target], file.read()))
    for architecture, binary in binaries:
        store(directory, f"container-init-{architecture.debian}", binary, 0o755)
        tree = product.archive_tree(release, architecture, binary)
        store(directory, f"container-init-{release.version}-{architecture.debian}.tar.gz",
              archive.compress(archive.pack(tree, release.time)))
        for kind in (debian, rpm):
            os.chmod(kind.package(release, architecture, binary, directory), 0o644)
    store(directory, f"container-init-{release.version}.oci.tar", oci.pack(release, binaries))
    named = [(f"container-init-{each.debian}", binary) for each, binary in binaries]
    store(directory, f"container-init-{release.version}.cdx.json", sbom.bill(release, named))
    lines = []
    for name in sorted(os.listdir(directory)):
        with open(os.path.join(directory, name), "rb") as file:
            lines.append(f"{hashlib.sha256(file.read()).hexdigest()}  {name}\n")
    store(directory, "SHA256SUMS", "".join(lines).encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
