"""From bytes to a value: files read, text decoded, arrays taken out of NPY and NPZ.

All strict and bounded; what goes wrong comes back as a critical finding.
"""

from __future__ import annotations

import codecs
import os
import re
import stat
from collections.abc import Mapping
from typing import Any

from sanitize.types import Finding, Severity

#: Character sets that a caller may declare for text bytes (WHATWG Encoding labels).
CHARSETS: Mapping[str, str] = {
    "utf-8": "utf-8-sig",
    "utf8": "utf-8-sig",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "iso-8859-1": "latin-1",
    "latin-1": "latin-1",
    "windows-1252": "cp1252",
    "utf-16": "utf-16",
}

#: RFC 6838, 4.2: the characters and the length of a media type's name.
MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}")


#: Other names of sound's media types: WHATWG MIME Sniffing (`audio/wave`), RFC 2361, RFC 5334,
#: and what browsers and Python's `mimetypes` say.
ALIASES: Mapping[str, str] = {
    "audio/mp3": "audio/mpeg",
    "audio/mpeg3": "audio/mpeg",
    "audio/opus": "audio/ogg",
    "audio/vnd.wave": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/x-aiff": "audio/aiff",
    "audio/x-flac": "audio/flac",
    "audio/x-wav": "audio/wav",
    "application/ogg": "audio/ogg",
}


def read_file(path: os.PathLike[str], max_bytes: int) -> bytes | Finding:
    """A regular file's bytes: never a pipe, a device or a directory."""
    try:
        # O_NONBLOCK: opening a pipe nobody writes to must not hang.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        return _unreadable(error)
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        os.close(handle)
        return critical("open.unreadable-file", expected="regular file")
    with os.fdopen(handle, "rb") as file:
        if status.st_size > max_bytes:
            return critical("open.too-large", allowed=max_bytes, received=status.st_size)
        try:
            data = file.read(max_bytes + 1)
        except OSError as error:
            return _unreadable(error)
    if len(data) > max_bytes:
        return critical("open.too-large", allowed=max_bytes, received=len(data))
    return data


def decode_text(data: bytes, content_type: str | None) -> str | Finding:
    """Text in the declared character set, or that of its byte order mark, or UTF-8; strictly.

    Two readings of one file are a way past whoever reads the other: where the bytes speak
    against what was declared, or could be either order of UTF-16, there is no text.
    """
    declared, mark = _charset(content_type), _mark(data)
    label = declared or mark or "utf-8"
    if label not in CHARSETS:
        return critical("open.unsupported-charset", expected="utf-8")
    if declared and (seen := _contradicts(label, mark, data)):
        return critical("open.charset-disagreement", expected=label, received=seen)
    try:
        return data.decode(CHARSETS[label])
    except UnicodeDecodeError as error:
        where = {"offset": error.start, "received": len(data)}
        return critical("text.invalid-encoding", charset=label, **where)


def read_arrays(data: bytes, media_type: str, max_bytes: int) -> Any:
    """The array of an NPY file, a dict of the arrays of an NPZ file, or a finding."""
    from sanitize.tensor import files

    try:
        if media_type == "application/x-npy":
            return files.read_npy(data)
        arrays = files.read_npz(data, max_bytes)
    except files.BadFile as error:
        return critical("tensor.bad-file", reason=error.reason, **error.detail)
    if arrays is None:
        return critical("open.unsupported-type", received=media_type)
    return arrays


def declared_type(content_type: str | None) -> str:
    """The declared media type, or `invalid`: it may be as untrusted as the value."""
    declared = (content_type or "").partition(";")[0].strip().lower()
    if declared and not MEDIA_TYPE.fullmatch(declared):
        return "invalid"
    return ALIASES.get(declared, declared)


def _mark(data: bytes) -> str:
    """The character set of a byte order mark (Unicode 16, 23.8), if there is one."""
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"  # not taken: `open.unsupported-charset`
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-8" if data.startswith(codecs.BOM_UTF8) else ""


def _contradicts(label: str, mark: str, data: bytes) -> str:
    """What the bytes say that they are, if it is not `label`."""
    wide = CHARSETS[label] == "utf-16"
    if mark:
        same = CHARSETS.get(mark) == CHARSETS[label]
        return "" if same else mark
    if wide and data:
        return "utf-16 without a byte order mark"
    if CHARSETS[label] in ("latin-1", "cp1252") and not data.isascii():
        return "utf-8" if _is_utf8(data) else ""
    return ""


def _is_utf8(data: bytes) -> bool:
    """Whether it can be read as that; by chance it hardly ever can, beyond ASCII."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _charset(content_type: str | None) -> str:
    """The declared character set, if any."""
    for part in (content_type or "").lower().split(";")[1:]:
        key, _, value = part.strip().partition("=")
        if key == "charset":
            return value.strip("\"' ")
    return ""


def _unreadable(error: Exception) -> Finding:
    return critical("open.unreadable-file", error=type(error).__name__)


def critical(rule: str, **detail: int | float | str) -> Finding:
    """A critical finding; its detail is made short and printable."""
    short = {
        key: "".join(char if char.isprintable() else "?" for char in item[:80])
        if isinstance(item, str)
        else item
        for key, item in detail.items()
    }
    return Finding(rule, Severity.CRITICAL, 1.0, detail=short)
