"""Manifests: for every file its sha256 and its size."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sanitize.errors import ArtifactError
from sanitize.keras.artifact.refusal import refused, shown

#: Version of the format; `detectors/weights/manifest.json` has the same.
FORMAT = 1

#: Bytes of a manifest, about a million files.
MAX_BYTES = 1 << 27

_SHA256 = re.compile(r"[0-9a-f]{64}")
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """What a manifest says of a file.

    Attributes:
        sha256: 64 lowercase hexadecimal digits.
        size: in bytes.
    """

    sha256: str
    size: int

    def check(self, name: str, data: bytes) -> None:
        """Compare a file's bytes.

        Raises:
            ArtifactError: `artifact.mismatch`.
        """
        if len(data) != self.size:
            raise refused("mismatch", name, f"{self.size:,} bytes", f"{len(data):,} bytes")
        check_digest(name, data, self.sha256)


def digest(text: str) -> str:
    """A sha256 in hexadecimal, in lower case.

    Raises:
        ArtifactError: `artifact.mismatch`: it is none.
    """
    lower = text.lower() if isinstance(text, str) else ""
    if not _SHA256.fullmatch(lower):
        raise refused("mismatch", "sha256", "64 hexadecimal digits", shown(text))
    return lower


def check_digest(name: str, data: bytes, expected: str) -> None:
    """Compare a sha256.

    Raises:
        ArtifactError: `artifact.mismatch`, with both digests.
    """
    received = hashlib.sha256(data).hexdigest()
    if received != expected:
        raise refused("mismatch", name, f"sha256 {expected}", f"sha256 {received}")


def parse(raw: bytes, name: str) -> dict[str, Entry]:
    """The files that a manifest lists.

    Raises:
        ArtifactError: `artifact.manifest`: no manifest of this format.
    """
    try:
        data = json.loads(raw.decode("utf-8"), object_pairs_hook=_unique)
        if data["format"] != FORMAT:
            raise ValueError("format")
        return {str(key): _entry(item) for key, item in data["files"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, ArtifactError):
        expected = f'{{"format": {FORMAT}, "files": {{NAME: {{"sha256": …, "bytes": …}}}}}}'
        raise refused("manifest", name, expected, f"{len(raw):,} bytes of something else") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate keys")
    return found


def _entry(item: Mapping[str, Any]) -> Entry:
    size = item["bytes"]
    if type(size) is not int or size < 0:
        raise ValueError("bytes")
    return Entry(digest(item["sha256"]), size)


def build(paths: Sequence[Path]) -> dict[str, Entry]:
    """Hash files, and whole directories.

    Args:
        paths: a directory's files are named relative to it, others by their names.

    Raises:
        ArtifactError: `artifact.manifest`: a name twice, a link, or neither file nor
            directory; `artifact.unreadable`.
    """
    found: dict[str, Entry] = {}
    for path in paths:
        for name, file in files(path):
            if name in found:
                raise refused("manifest", name, "every name once", "it twice")
            found[name] = hash_file(file)
    return dict(sorted(found.items()))


def files(path: Path) -> Iterator[tuple[str, Path]]:
    """Names and paths of a file or of everything below a directory.

    Raises:
        ArtifactError: `artifact.manifest`: a symbolic link, or no file at all.
    """
    if not path.is_dir():
        yield path.name, path
        return
    for folder, folders, names in os.walk(path, onerror=_unreadable):
        folders.sort()
        for name in sorted(names + folders):
            file = Path(folder, name)
            if file.is_symlink():
                raise refused("manifest", file.name, "a file, not a link to one", "a symbolic link")
        for name in sorted(names):
            file = Path(folder, name)
            yield file.relative_to(path).as_posix(), file


def _unreadable(error: OSError) -> None:
    where = Path(error.filename or "").name
    raise refused("unreadable", where, "a directory", error.strerror or "an error")


def hash_file(path: Path) -> Entry:
    """A file's digest and size, in little memory.

    Raises:
        ArtifactError: `artifact.unreadable`.
    """
    if not path.is_file():
        raise refused("unreadable", path.name, "a file", "nothing, a device, pipe or socket")
    state, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                state.update(chunk)
                size += len(chunk)
    except OSError as error:
        raise refused("unreadable", path.name, "a file", error.strerror or "an error") from None
    return Entry(state.hexdigest(), size)


def dump(entries: Mapping[str, Entry]) -> str:
    """The manifest as JSON, ASCII only, in the order of the names."""
    listed = {
        name: {"sha256": entry.sha256, "bytes": entry.size} for name, entry in entries.items()
    }
    return json.dumps({"format": FORMAT, "files": listed}, indent=2)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A directory against its manifest.

    Attributes:
        same: names of files that are as listed.
        changed: names of files whose size or digest differ.
        missing: listed, not there.
        extra: there, not listed.
    """

    same: tuple[str, ...]
    changed: tuple[str, ...]
    missing: tuple[str, ...]
    extra: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Nothing changed, missing or extra."""
        return not (self.changed or self.missing or self.extra)


def compare(manifest: Path, root: Path | None = None) -> Comparison:
    """Check every file of a directory, the manifest itself left out.

    Args:
        manifest: its file.
        root: the directory; the manifest's own if None.

    Raises:
        ArtifactError: no manifest, or something in the directory cannot be read.
    """
    from sanitize.keras.artifact.reading import read

    listed = parse(read(manifest, MAX_BYTES), manifest.name)
    own = manifest.resolve()
    there = {name: path for name, path in files(root or own.parent) if path.resolve() != own}
    both = sorted(listed.keys() & there.keys())
    same = {name for name in both if hash_file(there[name]) == listed[name]}
    return Comparison(
        tuple(sorted(same)),
        tuple(name for name in both if name not in same),
        tuple(sorted(listed.keys() - there.keys())),
        tuple(sorted(there.keys() - listed.keys())),
    )
