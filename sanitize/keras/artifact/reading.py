"""One look at the disk: the bytes that are hashed are the bytes that are used."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from sanitize.keras.artifact.refusal import refused, shown

#: A scheme as RFC 3986 spells it. Keras itself follows hf://, gs:// and more.
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/")

#: What other formats begin with.
_OTHER_FORMATS: tuple[tuple[bytes, str], ...] = (
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file (.h5), whose layers Keras builds without safe mode"),
    (b"\x80", "a pickle, which is a program"),
    (b"\x1f\x8b", "a gzip file"),
    (b"ustar", "a tar file"),
)


def local(path: str | os.PathLike[str]) -> Path:
    """A path on this machine's file system.

    Raises:
        ArtifactError: `artifact.location`: a URL or an address such as hf://.
    """
    name = os.fspath(path)
    if _URL.match(name):
        expected = "a file on this machine: fetch it, look at it, hash it, then load it"
        raise refused("location", "path", expected, shown(name))
    return Path(name)


def read(path: Path, most: int) -> bytes:
    """A regular file's bytes, read once.

    Args:
        path: of the file.
        most: bytes that are taken at most.

    Raises:
        ArtifactError: `artifact.unreadable`, `artifact.format` for a directory or
            another kind of file, `artifact.too-large`.
    """
    try:
        # Without O_NONBLOCK, opening a named pipe would wait for ever.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _BINARY)
    except OSError as error:
        raise refused("unreadable", path.name, "a file", error.strerror or "an error") from None
    with open(descriptor, "rb") as file:
        _check(path, os.fstat(descriptor), most)
        data = file.read(most + 1)
    if len(data) > most:
        raise refused("too-large", path.name, f"at most {most:,} bytes", "more")
    return data


_BINARY = getattr(os, "O_BINARY", 0)


def _check(path: Path, found: os.stat_result, most: int) -> None:
    if stat.S_ISDIR(found.st_mode):
        expected = "one .keras file"
        raise refused("format", path.name, expected, "a directory, such as a SavedModel")
    if not stat.S_ISREG(found.st_mode):
        raise refused("format", path.name, "one .keras file", "a device, pipe or socket")
    if found.st_size > most:
        size = f"{found.st_size:,} bytes"
        raise refused("too-large", path.name, f"at most {most:,} bytes", size)


def check_format(name: str, data: bytes) -> None:
    """Is it a `.keras` file, by its name and its first bytes?

    Raises:
        ArtifactError: `artifact.format`.
    """
    for start, what in _OTHER_FORMATS:
        if data.startswith(start):
            raise refused("format", name, "a .keras file", what)
    if not name.endswith(".keras"):
        raise refused("format", name, "a name that ends in .keras", shown(name))
    if not data.startswith(b"PK\x03\x04"):
        raise refused("format", name, "a zip archive from its first byte on", "other bytes")
