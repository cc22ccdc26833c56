"""AIFF 1.3 and AIFF-C (Apple, 1991): uncompressed samples of either byte order, and float."""

from __future__ import annotations

from collections.abc import Iterator

from sanitize.audio.headers import id3
from sanitize.audio.headers.base import Header
from sanitize.audio.headers.tags import Tags
from sanitize.reader import BadHeader, Reader

#: AIFF-C compression types that are none → codec and sizes of a sample in bits.
CODECS: dict[bytes, tuple[str, frozenset[int]]] = {
    b"NONE": ("pcm", frozenset({8, 16, 24, 32})),
    b"sowt": ("pcm", frozenset({16})),
    b"fl32": ("float", frozenset({32})),
    b"FL32": ("float", frozenset({32})),
}

#: Chunks that are text from end to end (AIFF 1.3, "Text Chunks").
TEXTS: frozenset[bytes] = frozenset({b"NAME", b"AUTH", b"(c) ", b"ANNO"})

#: Bias of the exponent, and bits of the mantissa, of an 80-bit number (IEEE 754 extended).
BIAS, MANTISSA = 16383, 63


def read(data: bytes) -> Header:
    """The header of an AIFF or AIFF-C; every chunk is walked through.

    Raises:
        BadHeader: malformed, or of another codec.
    """
    reader = Reader(data)
    reader.expect(b"FORM")
    end = min(8 + reader.number(4), len(data))
    form = reader.take(4)
    if form not in (b"AIFF", b"AIFC"):
        raise BadHeader("bad-signature")
    walk = Reader(data[:end], reader.at)
    tags, found = Tags(), dict[bytes, Reader]()
    for name, body in _chunks(walk):
        if name in (b"COMM", b"SSND"):
            if name in found:
                raise BadHeader("bad-chunk-order")
            found[name] = body
        else:
            _text(name, body, tags)
    if len(found) < 2:
        raise BadHeader("no-samples")
    codec, rate, channels, frames, bits = _common(found[b"COMM"], form == b"AIFC")
    _skip_offset(found[b"SSND"])
    return tags.into(Header("AIFF", codec, rate, channels, frames, bits, stop=walk.at, end=walk.at))


def _chunks(reader: Reader) -> Iterator[tuple[bytes, Reader]]:
    """Name and body of each chunk; what is no chunk ends the walk.

    Samples may end early: a file that was cut off is still sound. The reader stands
    behind the last chunk afterwards.
    """
    while reader.left >= 8:
        reader.part()
        name, size = reader.take(4), reader.number(4)
        printable = name.isascii() and name.decode().isprintable()
        if not printable or (size > reader.left and name != b"SSND"):
            reader.at -= 8
            return
        body = reader.take(min(size, reader.left))
        reader.skip(min(size & 1, reader.left))
        yield name, Reader(body)


def _common(body: Reader, compressed: bool) -> tuple[str, int, int, int, int]:
    """Codec, rate, channels, frames and bits of a stored sample."""
    channels, frames, bits = body.number(2), body.number(4), body.number(2)
    rate = _extended(body)
    codec, sizes = CODECS.get(body.take(4) if compressed else b"NONE", ("", frozenset()))
    if not codec:
        raise BadHeader("codec")
    bits = (bits + 7) // 8 * 8  # samples are padded to whole bytes
    if bits not in sizes:
        raise BadHeader("bad-format")
    return codec, rate, channels, frames, bits


def _extended(body: Reader) -> int:
    """An 80-bit float as a whole number; rates that are none are refused."""
    exponent, mantissa = body.number(2), body.number(8)
    shift = BIAS + MANTISSA - exponent
    if not MANTISSA - 32 < shift <= MANTISSA:  # 1 to 2**32 exclusive
        raise BadHeader("no-rate")
    return mantissa >> shift


def _skip_offset(body: Reader) -> None:
    """To the first sample, which need not come first in its chunk."""
    body.skip(4 + body.number(4))
    if not body.left:
        raise BadHeader("no-samples")


def _text(name: bytes, body: Reader, tags: Tags) -> None:
    """The strings of one chunk, if it has any."""
    try:
        if name in TEXTS:
            tags.add_bytes(name.decode(), body.take(body.left))
        elif name in (b"ID3 ", b"id3 "):
            id3.embedded(body.take(body.left), tags)
        elif name == b"COMT":
            for _ in range(body.number(2)):
                body.skip(4 + 2)  # time, marker
                size = body.number(2)
                tags.add_bytes("comment", body.take(size))
                body.skip(min(size & 1, body.left))
    except BadHeader:
        tags.unread += max(1, body.left)
