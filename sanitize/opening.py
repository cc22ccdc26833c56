"""The way in: an untrusted value becomes a frozen sample of a known modality.

Pictures and sound are not decoded here. What cannot be identified, read in
full or frozen comes out with a critical finding, which no policy lets through.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sanitize import freezing, signatures
from sanitize.reading import critical, declared_type, decode_text, read_arrays, read_file
from sanitize.types import Coverage, Finding, Modality, Sample

#: Files that hold arrays, if the policy takes arrays.
ARRAY_FILES: frozenset[str] = frozenset({"application/x-npy", "application/zip"})


@dataclass(frozen=True, slots=True)
class Door:
    """What may come in: bytes per modality, and nesting."""

    max_bytes: Mapping[Modality, int]
    max_depth: int
    max_items: int

    def open(self, value: Any, modality: Modality | None, content_type: str | None) -> Sample:
        """The sample for `value`; its findings say why it cannot go on, if so."""
        if isinstance(value, os.PathLike):
            value = read_file(value, max(self.max_bytes.values(), default=0))
        if isinstance(value, Finding):
            return _refused(modality, value)
        if isinstance(value, str):
            return self._text(value, modality, content_type)
        if isinstance(value, (bytes, bytearray, memoryview)):
            return self._bytes(bytes(value), modality, content_type)
        if _is_picture(value) and Modality.IMAGE in self.max_bytes:
            return self._picture(value, modality, content_type)
        return self._object(value, modality)

    def _text(
        self, value: str, modality: Modality | None, content_type: str | None = None
    ) -> Sample:
        if modality is Modality.RECORD:
            return self._record(value, content_type)
        if modality not in (None, Modality.TEXT):
            return _refused(modality, _mismatch(modality, "text"))
        value = str.__str__(value)
        return self._bounded(Sample(value, Modality.TEXT), _utf8_size(value), len(value))

    def _bytes(self, data: bytes, modality: Modality | None, content_type: str | None) -> Sample:
        signature = signatures.identify(data[: signatures.HEAD_BYTES])
        sniffed = signature.modality if signature else Modality.TEXT
        name = signature.media_type if signature else "text/plain"
        declared = declared_type(content_type)
        if declared and not _agree(declared, name):
            return Sample(data, sniffed).report(_mismatch(declared, name))
        if name in ARRAY_FILES and Modality.TENSOR in self.max_bytes:
            return self._arrays(data, name, modality)
        sample = self._bounded(Sample(data, sniffed), len(data), len(data))
        wanted = Modality.TEXT if modality is Modality.RECORD else modality  # JSON is text first
        if wanted not in (None, sniffed):
            return sample.report(_mismatch(modality, name))
        if sniffed is Modality.UNKNOWN:
            return sample.report(critical("open.unsupported-type", received=name))
        if sniffed is not Modality.TEXT or sample.halted:
            return sample
        return self._decoded(sample, data, modality, content_type)

    def _decoded(
        self, sample: Sample, data: bytes, modality: Modality | None, content_type: str | None
    ) -> Sample:
        text = decode_text(data, content_type)
        if isinstance(text, Finding):
            return sample.report(text)
        return self._text(text, modality, content_type)

    def _record(self, text: str, content_type: str | None) -> Sample:
        """Text that was asked for as a record: JSON, or CSV where that is declared."""
        from sanitize.record.parsing import parse

        sample = self._bounded(Sample(None, Modality.RECORD), _utf8_size(text), len(text))
        if sample.halted:
            return sample
        parsed = parse(text, declared_type(content_type), self.max_items)
        if isinstance(parsed, Finding):
            return _refused(Modality.RECORD, parsed)
        if not isinstance(parsed, (dict, list)):
            return _refused(Modality.RECORD, _mismatch("record", type(parsed).__name__))
        return self._object(parsed, Modality.RECORD)

    def _picture(self, value: Any, modality: Modality | None, content_type: str | None) -> Sample:
        """A PIL image goes the way of the file that it was, or of the PNG that it can be."""
        from sanitize.image.objects import as_bytes

        data = as_bytes(value, self.max_bytes[Modality.IMAGE])
        if isinstance(data, Finding):
            return _refused(modality or Modality.IMAGE, data)
        return self._bytes(data, modality, content_type)

    def _arrays(self, data: bytes, name: str, modality: Modality | None) -> Sample:
        allowed = self.max_bytes[Modality.TENSOR]
        if len(data) > allowed:
            return self._bounded(Sample(data, Modality.TENSOR), len(data), len(data))
        return self.open(read_arrays(data, name, allowed), modality, None)

    def _object(self, value: Any, modality: Modality | None) -> Sample:
        found, size = _classify(value)
        if modality not in (None, found):
            return _refused(modality, _mismatch(modality, type(value).__name__))
        if found is Modality.UNKNOWN:
            received = type(value).__name__
            return _refused(found, critical("open.unsupported-type", received=received))
        allowed = self.max_bytes.get(found, 0)
        if size > allowed:
            return self._bounded(Sample(None, found), size, size)
        limits = {"max_depth": self.max_depth, "max_items": self.max_items, "max_bytes": allowed}
        try:
            frozen = freezing.freeze(value, **limits)
        except freezing.TooDeep as error:
            problem = critical("open.too-nested", limit=error.limit, allowed=error.allowed)
            return _refused(found, problem)
        except (freezing.Unfreezable, RecursionError) as error:
            return _refused(found, critical("open.unsupported-type", received=str(error)))
        return Sample(frozen, found, coverage=Coverage(0, size))

    def _bounded(self, sample: Sample, size: int, total: int) -> Sample:
        """The sample, refused if it is larger than its modality's limit in bytes."""
        sample = Sample(sample.value, sample.modality, coverage=Coverage(0, total))
        allowed = self.max_bytes.get(sample.modality)
        if allowed is None or size <= allowed:
            return sample
        return sample.report(critical("open.too-large", allowed=allowed, received=size))


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
    if _is_picture(value):
        return Modality.IMAGE, 0
    return Modality.UNKNOWN, 0


def _is_picture(value: Any) -> bool:
    """A PIL image; told by its class, so that Pillow need not be imported."""
    return type(value).__module__.partition(".")[0] == "PIL" and hasattr(value, "tobytes")


def _agree(declared: str, sniffed: str) -> bool:
    """Does the declared media type name what the bytes are?"""
    same_text = sniffed == "text/plain" and declared.startswith(
        ("text/", "application/", "message/")
    )
    return declared == sniffed or same_text or declared == "application/octet-stream"


def _refused(modality: Modality | None, finding: Finding) -> Sample:
    return Sample(None, modality or Modality.UNKNOWN, findings=(finding,))


def _mismatch(expected: Any, received: str) -> Finding:
    return critical("open.type-mismatch", expected=str(expected), received=received)
