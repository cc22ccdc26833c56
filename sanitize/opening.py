"""The way in: an untrusted value becomes a frozen sample of a known modality.

Nothing is decoded here but text. What cannot be identified, read in full or
frozen comes out with a critical finding, which no policy lets through.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sanitize import freezing, signatures
from sanitize.types import Coverage, Finding, Modality, Sample, Severity

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


@dataclass(frozen=True, slots=True)
class Door:
    """What may come in: bytes per modality, and nesting."""

    max_bytes: Mapping[Modality, int]
    max_depth: int
    max_items: int

    def open(self, value: Any, modality: Modality | None, content_type: str | None) -> Sample:
        """The sample for `value`; its findings say why it cannot go on, if so."""
        if isinstance(value, os.PathLike):
            value, problem = _read_file(value, max(self.max_bytes.values(), default=0))
            if problem:
                return _refused(modality, problem)
        if isinstance(value, str):
            return self._text(value, modality)
        if isinstance(value, (bytes, bytearray, memoryview)):
            return self._bytes(bytes(value), modality, content_type)
        return self._object(value, modality)

    def _text(self, value: str, modality: Modality | None) -> Sample:
        if modality not in (None, Modality.TEXT):
            return _refused(modality, _mismatch(modality, "text"))
        value = str.__str__(value)
        return self._bounded(Sample(value, Modality.TEXT), _utf8_size(value), len(value))

    def _bytes(self, data: bytes, modality: Modality | None, content_type: str | None) -> Sample:
        signature = signatures.identify(data[: signatures.HEAD_BYTES])
        sniffed = signature.modality if signature else Modality.TEXT
        name = signature.media_type if signature else "text/plain"
        sample = self._bounded(Sample(data, sniffed), len(data), len(data))
        declared = _media_type(content_type)
        if modality not in (None, sniffed):
            return sample.report(_mismatch(modality, name))
        if declared and not _agree(declared, name):
            return sample.report(_mismatch(declared, name))
        if sniffed is Modality.UNKNOWN:
            return sample.report(_critical("open.unsupported-type", received=name))
        if sniffed is Modality.TEXT and not sample.halted:
            return _decode(sample, data, content_type)
        return sample

    def _object(self, value: Any, modality: Modality | None) -> Sample:
        found, size = _classify(value)
        if modality not in (None, found):
            return _refused(modality, _mismatch(modality, type(value).__name__))
        if found is Modality.UNKNOWN:
            received = type(value).__name__
            return _refused(found, _critical("open.unsupported-type", received=received))
        if size > self.max_bytes.get(found, 0):
            return self._bounded(Sample(None, found), size, size)
        try:
            frozen = freezing.freeze(value, max_depth=self.max_depth, max_items=self.max_items)
        except freezing.TooDeep as error:
            problem = _critical("open.too-nested", limit=error.limit, allowed=error.allowed)
            return _refused(found, problem)
        except (freezing.Unfreezable, RecursionError) as error:
            return _refused(found, _critical("open.unsupported-type", received=str(error)))
        return Sample(frozen, found, coverage=Coverage(0, size))

    def _bounded(self, sample: Sample, size: int, total: int) -> Sample:
        """The sample, refused if it is larger than its modality's limit in bytes."""
        sample = Sample(sample.value, sample.modality, coverage=Coverage(0, total))
        allowed = self.max_bytes.get(sample.modality)
        if allowed is None or size <= allowed:
            return sample
        return sample.report(_critical("open.too-large", allowed=allowed, received=size))


def _utf8_size(text: str) -> int:
    """Bytes that the text takes in UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _classify(value: Any) -> tuple[Modality, int]:
    """Modality and size in bytes of what is neither str, bytes nor path."""
    if isinstance(value, (dict, list, tuple)):
        return Modality.RECORD, 0
    module = type(value).__module__.partition(".")[0]
    if module == "numpy" and type(value).__name__ == "ndarray":
        return Modality.TENSOR, int(value.nbytes)
    if module == "PIL" and hasattr(value, "tobytes"):
        return Modality.IMAGE, 0
    return Modality.UNKNOWN, 0


def _read_file(path: os.PathLike[str], max_bytes: int) -> tuple[bytes, Finding | None]:
    """A regular file's bytes: never a pipe, a device or a directory."""
    try:
        # O_NONBLOCK: opening a pipe nobody writes to must not hang.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        return b"", _unreadable(error)
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        os.close(handle)
        return b"", _critical("open.unreadable-file", expected="regular file")
    with os.fdopen(handle, "rb") as file:
        if status.st_size > max_bytes:
            sizes = {"allowed": max_bytes, "received": status.st_size}
            return b"", _critical("open.too-large", **sizes)
        try:
            data = file.read(max_bytes + 1)
        except OSError as error:
            return b"", _unreadable(error)
    if len(data) > max_bytes:
        return b"", _critical("open.too-large", allowed=max_bytes, received=len(data))
    return data, None


def _decode(sample: Sample, data: bytes, content_type: str | None) -> Sample:
    label = _charset(content_type)
    if label not in CHARSETS:
        return sample.report(_critical("open.unsupported-charset", expected="utf-8"))
    try:
        text = data.decode(CHARSETS[label])
    except UnicodeDecodeError as error:
        where = {"offset": error.start, "received": len(data)}
        return sample.report(_critical("text.invalid-encoding", charset=label, **where))
    return Sample(text, Modality.TEXT, coverage=Coverage(0, len(text)))


def _media_type(content_type: str | None) -> str:
    """The declared media type, or `invalid`: it may be as untrusted as the value."""
    declared = (content_type or "").partition(";")[0].strip().lower()
    return declared if not declared or MEDIA_TYPE.fullmatch(declared) else "invalid"


def _charset(content_type: str | None) -> str:
    for part in (content_type or "").lower().split(";")[1:]:
        key, _, value = part.strip().partition("=")
        if key == "charset":
            return value.strip("\"' ")
    return "utf-8"


def _agree(declared: str, sniffed: str) -> bool:
    """Does the declared media type name what the bytes are?"""
    same_text = sniffed == "text/plain" and declared.startswith(("text/", "application/"))
    return declared == sniffed or same_text or declared == "application/octet-stream"


def _refused(modality: Modality | None, finding: Finding) -> Sample:
    return Sample(None, modality or Modality.UNKNOWN, findings=(finding,))


def _mismatch(expected: Any, received: str) -> Finding:
    return _critical("open.type-mismatch", expected=str(expected), received=received)


def _unreadable(error: Exception) -> Finding:
    return _critical("open.unreadable-file", error=type(error).__name__)


def _critical(rule: str, **detail: int | float | str) -> Finding:
    short = {
        key: "".join(char if char.isprintable() else "?" for char in item[:80])
        if isinstance(item, str)
        else item
        for key, item in detail.items()
    }
    return Finding(rule, Severity.CRITICAL, 1.0, detail=short)
