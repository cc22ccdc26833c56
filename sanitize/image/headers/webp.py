"""WebP: a RIFF container with VP8, VP8L or extended content (RFC 9649)."""

from __future__ import annotations

from sanitize.image.headers.base import BadHeader, Header, Reader

#: Flags of the VP8X chunk (2.7.1).
ALPHA, ANIMATION = 0x10, 0x02


def read(data: bytes) -> Header:
    """The header of a WebP; every chunk is walked through.

    Raises:
        BadHeader: malformed.
    """
    reader = Reader(data, order="little")
    reader.expect(b"RIFF")
    size = reader.number(4)
    end = 8 + size + (size & 1)
    if end > len(data) + 1 or size < 12:  # the padding byte may be missing at the very end
        raise BadHeader("truncated")
    reader.expect(b"WEBP")
    chunks = Reader(data[: min(end, len(data))], 12, "little")
    first = chunks.data[12:16]
    body = Reader(chunks.data, 20, "little")
    width, height, alpha = _PARSERS.get(first, _unknown)(body)
    frames = _frames(chunks)
    return Header("WEBP", width, height, 8, 4 if alpha else 3, alpha, frames, min(end, len(data)))


def _lossy(body: Reader) -> tuple[int, int, bool]:
    """RFC 6386, 9.1: a key frame's tag, start code and dimensions."""
    if body.number(3) & 1:
        raise BadHeader("no-frame-header")
    body.expect(b"\x9d\x01\x2a")
    return body.number(2) & 0x3FFF, body.number(2) & 0x3FFF, False


def _lossless(body: Reader) -> tuple[int, int, bool]:
    """RFC 9649, 3.4: signature, two 14-bit sizes less one, and a hint about alpha."""
    body.expect(b"\x2f")
    bits = body.number(4)
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, bool(bits >> 28 & 1)


def _extended(body: Reader) -> tuple[int, int, bool]:
    """RFC 9649, 2.7.1: flags and the canvas, two 24-bit sizes less one."""
    flags = body.number(1)
    body.skip(3)
    return body.number(3) + 1, body.number(3) + 1, bool(flags & ALPHA)


def _unknown(body: Reader) -> tuple[int, int, bool]:
    raise BadHeader("no-frame-header")


_PARSERS = {b"VP8 ": _lossy, b"VP8L": _lossless, b"VP8X": _extended}


def _frames(chunks: Reader) -> int:
    """Frames in all chunks; one for a still picture."""
    frames = pictures = 0
    while chunks.left >= 8:
        chunks.part()
        name, size = chunks.take(4), chunks.number(4)
        chunks.skip(min(size + (size & 1), chunks.left) if size <= chunks.left else size)
        frames += name == b"ANMF"
        pictures += name in (b"VP8 ", b"VP8L")
    if frames + pictures == 0:
        raise BadHeader("no-pixels")
    return max(1, frames)
