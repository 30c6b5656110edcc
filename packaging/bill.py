"""The bill of materials of a pack: CycloneDX 1.6 (ECMA-424) as JSON, made from the wheels alone.

A component for each wheel, with its digest, its licence as its author states it, its package URL, and which
others of this pack it asks for. What only an extra requires is left out; what is required under any other
condition is kept, so the graph is that of the lock, not of one machine.
"""

import email
import hashlib
import json
import re
import uuid
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime
from email.message import Message
from pathlib import Path

FORMAT = "1.6"
NAMESPACE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")  # RFC 9562's for URLs


def bill(wheels: Iterable[Path], top: str, commit: str, epoch: int) -> str:
    """Return the document.

    Args:
        wheels: every wheel of the pack.
        top: the distribution that is packed; the others are there for its sake.
        commit: what the top was built from, or "".
        epoch: seconds since 1970, said as the time of making.
    """
    read = {normal(str(said["Name"])): (path, said) for path, said in ((p, metadata(p)) for p in wheels)}
    components = {name: component(path, said) for name, (path, said) in read.items()}
    head = components.pop(top) | {"type": "application"}
    if commit:
        head["properties"] = [{"name": "detente:commit", "value": commit}]
    reference = {name: purl(name, said) for name, (_, said) in read.items()}
    document = {
        "$schema": f"http://cyclonedx.org/schema/bom-{FORMAT}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": FORMAT,
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": head,
        },
        "components": [components[name] for name in sorted(components)],
        "dependencies": [
            {"ref": reference[name], "dependsOn": sorted(reference[n] for n in asked(said) & read.keys())}
            for name, (_, said) in sorted(read.items())
        ],
    }
    content = json.dumps(document, sort_keys=True)
    document["serialNumber"] = uuid.uuid5(NAMESPACE, content).urn
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


def metadata(wheel: Path) -> Message:
    """Return what a wheel's author states about it."""
    with zipfile.ZipFile(wheel) as opened:
        name = next(n for n in opened.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", n))
        return email.message_from_bytes(opened.read(name))


def component(wheel: Path, said: Message) -> dict[str, object]:
    """Return the component of one wheel."""
    name = normal(str(said["Name"]))
    return {
        "type": "library",
        "bom-ref": purl(name, said),
        "name": name,
        "version": str(said["Version"]),
        "purl": purl(name, said),
        "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(wheel.read_bytes()).hexdigest()}],
        "licenses": licences(said),
        "properties": [{"name": "detente:wheel", "value": wheel.name}],
    }


def licences(said: Message) -> list[dict[str, object]]:
    """Return the licence: an SPDX expression where the author gives one, else the author's own words."""
    if said["License-Expression"]:
        return [{"expression": str(said["License-Expression"])}]
    named = [
        str(one).rsplit(" :: ", 1)[-1]
        for one in said.get_all("Classifier", [])
        if one.startswith("License ::")
    ]
    stated = str(said["License"] or "").strip().splitlines()[:1]
    return [{"license": {"name": name}} for name in named or stated]


def asked(said: Message) -> set[str]:
    """Return the names of what a distribution asks for without an extra."""
    wanted = [str(one) for one in said.get_all("Requires-Dist", []) if "extra ==" not in one]
    return {normal(re.split(r"[^A-Za-z0-9._-]", one)[0]) for one in wanted}


def purl(name: str, said: Message) -> str:
    """Return the package URL."""
    return f"pkg:pypi/{name}@{said['Version']}"


def normal(name: str) -> str:
    """Return a distribution's name in its one spelling."""
    return re.sub(r"[-_.]+", "-", name).lower()
