"""What the binaries are made of, in CycloneDX 1.6: https://cyclonedx.org/docs/1.6/json/"""

import hashlib
import json
import subprocess
from datetime import datetime, timezone

from product import checksums


def reference(identifier):
    """cargo's id of a package (...#NAME@VERSION, for ours perhaps without NAME) as a package URL."""
    name, _, version = identifier.rpartition("#")[2].rpartition("@")
    return f"pkg:cargo/{name or 'container-init'}@{version}"


def component(package, sums):
    """A crate."""
    name, version = package["name"], package["version"]
    found = {"type": "library", "bom-ref": reference(package["id"]),
             "purl": reference(package["id"]), "name": name, "version": version,
             "licenses": [{"expression": package["license"].replace("/", " OR ")}]}
    if checksum := sums.get((name, version)):
        found["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    if package.get("repository"):
        found["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
    return found


def runtime():
    """What rustc adds: its standard library and, for these targets, musl."""
    version = subprocess.run(["rustc", "--version"], check=True, text=True,
                             stdout=subprocess.PIPE).stdout.split()[1]
    standard = {"type": "library", "bom-ref": "rust-std", "name": "rust-std", "version": version,
                "licenses": [{"expression": "MIT OR Apache-2.0"}]}
    musl = {"type": "library", "bom-ref": "musl", "name": "musl",
            "licenses": [{"license": {"id": "MIT"}}]}
    return [standard, musl]


def file(name, data):
    """A binary, to be recognised by its checksum."""
    return {"type": "file", "bom-ref": name, "name": name,
            "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(data).hexdigest()}]}


def bill(product, binaries):
    """The document; `binaries` is a list of names and contents."""
    sums = checksums()
    parts = [component(package, sums) for package in product.crates] + runtime()
    own = f"pkg:cargo/container-init@{product.version}"
    time = datetime.fromtimestamp(product.time, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    edges = {reference(of): sorted(map(reference, on)) for of, on in product.dependencies.items()}
    edges[own] += ["musl", "rust-std"]
    document = {
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        "metadata": {
            "timestamp": time,
            "component": {"type": "application", "bom-ref": own, "purl": own,
                          "name": "container-init", "version": product.version,
                          "description": product.description,
                          "licenses": [{"expression": product.license}]},
            "properties": [{"name": "commit", "value": product.commit}],
        },
        "components": parts + [file(*each) for each in binaries],
        "dependencies": [{"ref": of, "dependsOn": on} for of, on in sorted(edges.items())],
    }
    return json.dumps(document, indent=1).encode() + b"\n"
