#!/usr/bin/env python3
"""images.py INIT FILE: the images of a node's pods, an OCI layout in a tar archive.

One layer, of busybox, init, Debian's tini and the two programs of the manifests in
docker/kubernetes; an image for each of the names that the manifests use.
"""

import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile

MEDIA = "application/vnd.oci.image."
PATH = "/usr/local/bin:/usr/bin:/bin"
HOST = "registry.example.org/"

SERVER = """#!/bin/sh
# Ends in order, with 3.
trap 'echo "TERM came, closing"; exit 3' TERM
echo ready
while :; do sleep 0.1; done
"""
JOB = """#!/bin/sh
# Leaves a worker behind.
sleep 1000 &
exit 7
"""

# The name, the entry point, the user.
IMAGES = [
    ("container-init-pause:0.1.0", ["/pause"], "65535:65535"),
    ("my-server:1.0.0", ["/usr/bin/init", "--"], ""),
    ("my-job:1.0.0", ["/usr/bin/init"], ""),
    ("my-tools:1.0.0", [], ""),
]


def layer(init):
    """The tree of all images."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tree:
        def add(name, data, mode=0o755):
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(data), mode
            tree.addfile(member, io.BytesIO(data))

        def directory(name, mode=0o755):
            member = tarfile.TarInfo(name)
            member.type, member.mode = tarfile.DIRTYPE, mode
            tree.addfile(member)

        for name in ("bin", "usr", "usr/bin", "etc", "proc", "sys", "dev"):
            directory(name)
        directory("tmp", 0o1777)
        busybox = shutil.which("busybox")
        for name, path in (("usr/bin/init", init), ("bin/busybox", busybox),
                           ("usr/bin/tini", shutil.which("tini-static"))):
            with open(path, "rb") as file:
                add(name, file.read())
        links = subprocess.run([busybox, "--list"], check=True, capture_output=True, text=True)
        names = [(f"bin/{name}", "/bin/busybox") for name in links.stdout.split()]
        for name, target in [*names, ("pause", "/usr/bin/init")]:
            if name != "bin/busybox":
                member = tarfile.TarInfo(name)
                member.type, member.linkname = tarfile.SYMTYPE, target
                tree.addfile(member)
        add("usr/bin/my-server", SERVER.encode())
        add("usr/bin/my-job", JOB.encode())
    return buffer.getvalue()


def main(init, path):
    blobs = {}

    def blob(kind, data):
        digest = hashlib.sha256(data).hexdigest()
        blobs[f"blobs/sha256/{digest}"] = data
        return {"mediaType": MEDIA + kind, "digest": f"sha256:{digest}", "size": len(data)}

    def image(name, entry, user):
        machine = subprocess.run(["dpkg", "--print-architecture"], check=True,
                                 capture_output=True, text=True).stdout.strip()
        config = blob("config.v1+json", json.dumps({
            "architecture": machine, "os": "linux",
            "config": {"Entrypoint": entry, "Env": [f"PATH={PATH}"], "User": user},
            "rootfs": {"type": "layers", "diff_ids": [tree["digest"]]},
        }).encode())
        manifest = blob("manifest.v1+json", json.dumps({
            "schemaVersion": 2, "config": config, "layers": [tree],
        }).encode())
        return manifest | {"annotations": {"io.containerd.image.name": HOST + name}}

    tree = blob("layer.v1.tar", layer(init))
    index = {"schemaVersion": 2, "manifests": [image(*each) for each in IMAGES]}
    files = {"oci-layout": json.dumps({"imageLayoutVersion": "1.0.0"}).encode(),
             "index.json": json.dumps(index).encode(), **blobs}
    with tarfile.open(path, "w") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


main(*sys.argv[1:])
