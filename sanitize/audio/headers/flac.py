"""FLAC (RFC 9639)."""

from __future__ import annotations

from sanitize.audio.headers.base import Header
from sanitize.audio.headers.tags import Tags, vorbis_comments
from sanitize.reader import BadHeader, Reader

#: Types of metadata blocks (RFC 9639, 8.1).
STREAMINFO, VORBIS_COMMENT, PICTURE, FORBIDDEN = 0, 4, 6, 127

#: Bytes of a frame without any samples: header, two checksums (RFC 9639, 9).
FRAME_BYTES = 8


def read(data: bytes, at: int = 0, tags: Tags | None = None) -> Header:
    """The header of a FLAC; metadata blocks are walked through, frames are not.

    Args:
        data: the file.
        at: where FLAC begins, behind an ID3 tag if there is one.
        tags: what was collected so far.

    Raises:
        BadHeader: malformed, or with more samples than so many bytes can hold.
    """
    reader, tags = Reader(data, at), tags or Tags()
    reader.expect(b"fLaC")
    if reader.take(4)[0] & 0x7F != STREAMINFO:
        raise BadHeader("no-stream-info")
    reader.at -= 4
    info = _blocks(reader, tags)
    if reader.take(2) not in (b"\xff\xf8", b"\xff\xf9"):
        raise BadHeader("no-frame-header")
    block = int.from_bytes(info[2:4], "big")
    packed = int.from_bytes(info[10:18], "big")
    rate, channels = packed >> 44, (packed >> 41 & 7) + 1
    bits, frames = (packed >> 36 & 31) + 1, packed & (1 << 36) - 1
    least = FRAME_BYTES + channels * (8 + bits) // 8  # each channel one constant
    if frames > (reader.left // least + 1) * max(block, 16):
        raise BadHeader("more-samples-than-bytes")
    return tags.into(Header("FLAC", "flac", rate, channels, frames or None, bits, at))


def _blocks(reader: Reader, tags: Tags) -> bytes:
    """The stream's STREAMINFO; the reader stands at the first frame afterwards."""
    info, last = b"", False
    while not last:
        reader.part()
        kind, size = reader.number(1), reader.number(3)
        last, kind = bool(kind & 0x80), kind & 0x7F
        body = reader.take(size)
        if kind == FORBIDDEN or (kind == STREAMINFO and (info or size != 34)):
            raise BadHeader("bad-block")
        if kind == STREAMINFO:
            info = body
        elif kind == VORBIS_COMMENT:
            vorbis_comments(body, tags)
        elif kind == PICTURE:
            _picture(body, tags)
    return info


def _picture(body: bytes, tags: Tags) -> None:
    """A picture's description; its pixels are dropped with the file."""
    reader = Reader(body, 4)
    try:
        media_type = reader.take(reader.number(4))
        if media_type not in (b"image/jpeg", b"image/png", b"-->"):
            tags.add_bytes("picture-type", media_type)
        tags.add_bytes("picture", reader.take(reader.number(4)))
    except BadHeader:
        tags.unread += len(body)
