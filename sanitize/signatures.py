"""What the first bytes of a file say that it is.

A first look only: it routes a value to the modality whose own parser then
checks it in full. Sources: the formats' specifications, as cited per line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sanitize.types import Modality


@dataclass(frozen=True, slots=True)
class Signature:
    """Bytes at an offset that identify a media type."""

    media_type: str
    modality: Modality
    magic: bytes
    offset: int = 0

    def matches(self, untrusted_head: bytes) -> bool:
        """True if the bytes are there."""
        return untrusted_head.startswith(self.magic, self.offset)


_IMAGE, _AUDIO, _TENSOR, _NO = Modality.IMAGE, Modality.AUDIO, Modality.TENSOR, Modality.UNKNOWN

#: Longest prefix that any signature looks at.
HEAD_BYTES = 64

SIGNATURES: Sequence[Signature] = (
    Signature("image/png", _IMAGE, b"\x89PNG\r\n\x1a\n"),  # W3C PNG, 5.2
    Signature("image/jpeg", _IMAGE, b"\xff\xd8\xff"),  # ITU-T T.81, B.1
    Signature("image/gif", _IMAGE, b"GIF8"),  # GIF89a, 17
    Signature("image/webp", _IMAGE, b"WEBP", 8),  # RFC 9649, 2.4
    Signature("image/tiff", _IMAGE, b"II*\x00"),  # TIFF 6.0, section 2
    Signature("image/tiff", _IMAGE, b"MM\x00*"),
    Signature("audio/wav", _AUDIO, b"WAVE", 8),  # RFC 2361
    Signature("audio/aiff", _AUDIO, b"AIFF", 8),  # AIFF 1.3
    Signature("audio/aiff", _AUDIO, b"AIFC", 8),
    Signature("audio/flac", _AUDIO, b"fLaC"),  # RFC 9639, 6
    Signature("audio/ogg", _AUDIO, b"OggS"),  # RFC 3533, 6
    Signature("audio/mpeg", _AUDIO, b"ID3"),  # id3v2.3.0, 3.1
    Signature("audio/mpeg", _AUDIO, b"\xff\xfb"),  # ISO 11172-3, 2.4.1.3
    Signature("application/x-npy", _TENSOR, b"\x93NUMPY"),  # NEP 1
    Signature("application/zip", _NO, b"PK\x03\x04"),  # APPNOTE 4.3.7
    Signature("application/gzip", _NO, b"\x1f\x8b"),  # RFC 1952, 2.3.1
    Signature("application/x-bzip2", _NO, b"BZh"),
    Signature("application/x-xz", _NO, b"\xfd7zXZ\x00"),
    Signature("application/zstd", _NO, b"\x28\xb5\x2f\xfd"),  # RFC 8878, 3.1.1
    Signature("application/x-7z-compressed", _NO, b"7z\xbc\xaf\x27\x1c"),
    Signature("application/x-hdf5", _NO, b"\x89HDF\r\n\x1a\n"),
    Signature("application/pdf", _NO, b"%PDF-"),  # ISO 32000-1, 7.5.2
    Signature("application/x-executable", _NO, b"\x7fELF"),
    Signature("application/x-python-pickle", _NO, b"\x80\x04\x95"),  # PEP 3154, framing
    Signature("image/bmp", _IMAGE, b"\x00\x00\x00\x00", 6),  # see `identify`
)


def identify(untrusted_head: bytes) -> Signature | None:
    """The signature that the first bytes carry, if any.

    `BM` alone is also how an English sentence may start, so a bitmap must
    have its four reserved bytes at zero as well.
    """
    found = (signature for signature in SIGNATURES if signature.matches(untrusted_head))
    signature = next(found, None)
    if signature and signature.media_type == "image/bmp" and untrusted_head[:2] != b"BM":
        return None
    return signature
