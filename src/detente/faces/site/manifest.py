"""The manifest: a signed note (C2SP) over the digest of every file of a site.

    detente-site/v1
    neutral 9f…                                  party and accord
    9c56cc51b374c3ba189210d5b6d4bf57790d351c96c47c02190ecf1e430635ab  data.json
    …

    — neutral/site 3Zt…

It is signed by the node's record key under the name `PARTY/site`: a text that is neither a checkpoint nor an
envelope, so that the signature says nothing else anywhere.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from detente.node import durable
from detente.trust import note
from detente.trust.errors import BadSignature, Malformed, WrongContext
from detente.trust.key import PrivateKey, PublicKey
from detente.trust.note import ED25519, Note, NoteKey

NAME, FIRST, SUMS = "manifest", "detente-site/v1", "SHA256SUMS"


def write(folder: Path, files: Mapping[str, bytes], by: tuple[str, str], key: PrivateKey) -> None:
    """Write a site with its manifest; files of an earlier one that are no more in it are removed.

    Args:
        folder: where to; made if it is not there.
        files: name to content.
        by: party and genesis.
        key: Ed25519.

    Raises:
        Malformed: `site.1` the folder holds something else. DiskFailed: `disk.1`.
    """
    before = _listed(folder)
    here = {one.name for one in folder.iterdir()} if folder.is_dir() else set()
    # 1. The folder is empty, or holds a site of ours.
    if here - before - {NAME, SUMS}:
        what = f"{folder} holds what is no part of a site: {min(here - before - {NAME, SUMS})[:40]!a}."
        raise Malformed("site.1", what, "Name an empty folder, or one with an earlier site.")
    lines = [f"{hashlib.sha256(data).hexdigest()}  {name}" for name, data in sorted(files.items())]
    text = "\n".join((FIRST, " ".join(by), *lines, "")).encode()
    signed = Note(text, (note.sign(text, f"{by[0]}/site", key),))
    for name, data in files.items():
        durable.place(folder / name, data)
    durable.place(folder / SUMS, "\n".join((*lines, "")).encode())
    durable.place(folder / NAME, note.dump(signed))
    for name in before - files.keys() - {SUMS}:
        (folder / name).unlink(missing_ok=True)


def verify(folder: Path, keys: Mapping[str, PublicKey]) -> tuple[str, str]:
    """Check the signature, and every file; return party and genesis.

    Args:
        folder: of the site.
        keys: keyid to key, of the record keys of the party that published it, as the accord has them.

    Raises:
        Malformed: `site.2` no manifest; as `note.parse`. BadSignature: `site.3` nobody's; as `note.verify`.
        WrongContext: `site.4` another file than was signed, `site.5` one that was not signed.
    """
    data = durable.read(folder / NAME) or b""
    signed = note.parse(data)
    lines = signed.text.decode().splitlines()
    parts = lines[1].split(" ") if len(lines) > 1 else []
    # 2. It is a manifest.
    if lines[:1] != [FIRST] or len(parts) != 2 or not all(len(one) > 66 for one in lines[2:]):  # noqa: PLR2004 (party and genesis; a digest and a name)
        raise Malformed("site.2", f"{folder / NAME} is no manifest.", "Fetch the site again.")
    known = [NoteKey(f"{parts[0]}/site", ED25519, key) for key in keys.values() if key.algorithm == "ed25519"]
    # 3. A key signed it that the accord has for this party.
    if not known:
        raise BadSignature(
            "site.3", f"No key of {parts[0][:40]!a} is known.", "Name the home of a node of that accord."
        )
    note.verify(signed, known)
    wanted = {line[66:]: line[:64] for line in lines[2:]}
    for name, digest in wanted.items():
        # 4. Each file is as it was signed.
        found = durable.read(folder / Path(name).name)
        if found is None or hashlib.sha256(found).hexdigest() != digest:
            raise WrongContext(
                "site.4",
                f"The file {name[:60]!a} is not what was signed.",
                "Fetch the site again; if it stays so, tell its publisher.",
            )
    here = {one.name for one in folder.iterdir()} - {NAME, SUMS}
    # 5. There is nothing beside what was signed.
    if here - wanted.keys():
        raise WrongContext(
            "site.5",
            f"The file {min(here - wanted.keys())[:60]!a} was not signed.",
            "Leave it aside: it is not the publisher's.",
        )
    return parts[0], parts[1]


def _listed(folder: Path) -> set[str]:
    """The files that an earlier manifest in the folder names."""
    data = durable.read(folder / NAME)
    if data is None or not data.startswith(FIRST.encode()):
        return set()
    lines = data.decode("utf-8", "replace").split("\n\n", 1)[0].splitlines()[2:]
    return {Path(line[66:]).name for line in lines}
