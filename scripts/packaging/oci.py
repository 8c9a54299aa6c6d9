"""An image of the binary alone for all architectures: an OCI layout in a tar archive.

`docker load` before version 25 reads manifest.json instead, so that is there too and gives each
architecture's image a tag. https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md
"""

import hashlib
import json
from datetime import datetime, timezone

import archive
from archive import File

MEDIA = "application/vnd.oci.image."


def encode(value):
    """JSON in one form only."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


class Layout:
    """The files of a layout."""

    def __init__(self):
        self.tree = {"oci-layout": File(encode({"imageLayoutVersion": "1.0.0"}))}

    def blob(self, kind, data):
        """Adds a blob and returns its descriptor."""
        digest = hashlib.sha256(data).hexdigest()
        self.tree[f"blobs/sha256/{digest}"] = File(data)
        return {"mediaType": MEDIA + kind, "digest": f"sha256:{digest}", "size": len(data)}


def image(layout, product, architecture, binary):
    """Adds one architecture's image; returns its descriptor and docker's old form of it."""
    platform = {"os": "linux", "architecture": architecture.debian}
    created = datetime.fromtimestamp(product.time, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    files = archive.pack({"usr/bin/init": File(binary, 0o755)}, product.time)
    layer = layout.blob("layer.v1.tar+gzip", archive.compress(files))
    config = layout.blob("config.v1+json", encode(platform | {
        "created": created,
        "config": {"Entrypoint": ["/usr/bin/init"], "Labels": labels(product)},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(files).hexdigest()}"]},
        "history": [{"created": created, "created_by": "scripts/release"}],
    }))
    manifest = layout.blob("manifest.v1+json", encode({
        "schemaVersion": 2, "mediaType": MEDIA + "manifest.v1+json",
        "config": config, "layers": [layer], "annotations": labels(product),
    }))
    blob = lambda descriptor: "blobs/" + descriptor["digest"].replace(":", "/")
    old = {"Config": blob(config), "Layers": [blob(layer)],
           "RepoTags": [f"container-init:{product.version}-{architecture.debian}"]}
    return manifest | {"platform": platform}, old


def labels(product):
    """What the image says of itself."""
    prefix = "org.opencontainers.image."
    return {f"{prefix}title": "container-init", f"{prefix}version": product.version,
            f"{prefix}revision": product.commit, f"{prefix}licenses": product.license,
            f"{prefix}description": product.description}


def pack(product, binaries):
    """The archive; `binaries` is a list of architectures and their binaries."""
    layout = Layout()
    images = [image(layout, product, *each) for each in binaries]
    # One name for all: whoever pulls it takes the manifest of their own architecture.
    index = layout.blob("index.v1+json", encode({
        "schemaVersion": 2, "mediaType": MEDIA + "index.v1+json",
        "manifests": [manifest for manifest, _ in images], "annotations": labels(product),
    }))
    # containerd, Docker with its image store and podman take the whole name, others the version.
    name = {"io.containerd.image.name": f"docker.io/library/container-init:{product.version}",
            "org.opencontainers.image.ref.name": product.version}
    layout.tree["index.json"] = File(encode({
        "schemaVersion": 2, "mediaType": MEDIA + "index.v1+json",
        "manifests": [index | {"annotations": name}],
    }))
    layout.tree["manifest.json"] = File(encode([old for _, old in images]))
    return archive.pack(layout.tree, product.time)
