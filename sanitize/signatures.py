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
    """Bytes at offsets that identify a media type; all parts must be there."""

    media_type: str
    modality: Modality
    parts: tuple[tuple[int, bytes], ...]

    def matches(self, untrusted_head: bytes) -> bool:
        """True if every part is where it should be."""
        return all(untrusted_head.startswith(magic, offset) for offset, magic in self.parts)


def _at_start(media_type: str, modality: Modality, *magics: bytes) -> list[Signature]:
    return [Signature(media_type, modality, ((0, magic),)) for magic in magics]


_IMAGE, _AUDIO, _TENSOR, _NO = Modality.IMAGE, Modality.AUDIO, Modality.TENSOR, Modality.UNKNOWN

#: Longest prefix that any signature looks at.
HEAD_BYTES = 512

#: The first that matches counts.
SIGNATURES: Sequence[Signature] = (
    *_at_start("image/png", _IMAGE, b"\x89PNG\r\n\x1a\n"),  # W3C PNG, 5.2
    *_at_start("image/jpeg", _IMAGE, b"\xff\xd8\xff"),  # ITU-T T.81, B.1
    *_at_start("image/gif", _IMAGE, b"GIF87a", b"GIF89a"),  # GIF89a, 17
    *_at_start("image/tiff", _IMAGE, b"II*\x00", b"MM\x00*"),  # TIFF 6.0, section 2
    Signature("image/webp", _IMAGE, ((0, b"RIFF"), (8, b"WEBP"))),  # RFC 9649, 2.4
    # `BM` alone is also how an English sentence may start: the reserved bytes must be zero too.
    Signature("image/bmp", _IMAGE, ((0, b"BM"), (6, b"\x00\x00\x00\x00"))),  # BITMAPFILEHEADER
    Signature("audio/wav", _AUDIO, ((0, b"RIFF"), (8, b"WAVE"))),  # RFC 2361
    Signature("audio/aiff", _AUDIO, ((0, b"FORM"), (8, b"AIFF"))),  # AIFF 1.3
    Signature("audio/aiff", _AUDIO, ((0, b"FORM"), (8, b"AIFC"))),
    *_at_start("audio/flac", _AUDIO, b"fLaC"),  # RFC 9639, 6
    *_at_start("audio/ogg", _AUDIO, b"OggS"),  # RFC 3533, 6
    *_at_start("audio/mpeg", _AUDIO, b"ID3"),  # id3v2.3.0, 3.1
    *_at_start("audio/mpeg", _AUDIO, b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xf2"),
    *_at_start("audio/mpeg", _AUDIO, b"\xff\xe3", b"\xff\xe2"),  # MPEG-2.5, layer III
    *_at_start("application/x-npy", _TENSOR, b"\x93NUMPY"),  # NEP 1
    *_at_start("application/zip", _NO, b"PK\x03\x04", b"PK\x05\x06"),  # APPNOTE 4.3.7, 4.3.16
    *_at_start("application/gzip", _NO, b"\x1f\x8b"),  # RFC 1952, 2.3.1
    *_at_start("application/x-bzip2", _NO, b"BZh91AY&SY"),
    *_at_start("application/x-xz", _NO, b"\xfd7zXZ\x00"),
    *_at_start("application/zstd", _NO, b"\x28\xb5\x2f\xfd"),  # RFC 8878, 3.1.1
    *_at_start("application/x-7z-compressed", _NO, b"7z\xbc\xaf\x27\x1c"),
    *_at_start("application/vnd.rar", _NO, b"Rar!\x1a\x07"),
    Signature("application/x-tar", _NO, ((257, b"ustar"),)),  # POSIX.1-1988
    *_at_start("application/x-hdf5", _NO, b"\x89HDF\r\n\x1a\n"),
    *_at_start("application/pdf", _NO, b"%PDF-"),  # ISO 32000-1, 7.5.2
    *_at_start("application/x-executable", _NO, b"\x7fELF"),
    *_at_start("application/x-python-pickle", _NO, *(b"\x80" + bytes([n]) for n in (2, 3, 4, 5))),
)


def identify(untrusted_head: bytes) -> Signature | None:
    """The signature that the first bytes carry, if any."""
    return next((found for found in SIGNATURES if found.matches(untrusted_head)), None)
