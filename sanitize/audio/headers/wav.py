"""WAV (Multimedia Programming Interface 1.0; RFC 2361; WAVEFORMATEXTENSIBLE): PCM and float."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sanitize.audio.headers import id3
from sanitize.audio.headers.base import Header
from sanitize.audio.headers.tags import Tags
from sanitize.reader import BadHeader, Reader

#: Format tags (RFC 2361, appendix A) → codec and sizes of a sample in bits. Compressed
#: codecs, ADPCM among them, are refused: their decoders in libsndfile 1.2.2 have open holes.
CODECS: dict[int, tuple[str, frozenset[int]]] = {
    1: ("pcm", frozenset({8, 16, 24, 32})),
    3: ("float", frozenset({32, 64})),
}
EXTENSIBLE = 0xFFFE

#: What follows the format tag in a WAVEFORMATEXTENSIBLE's GUID (KSDATAFORMAT_SUBTYPE_*).
GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")

#: Sizes that programs write when they cannot go back: "until the end". Some subtract the
#: bytes ahead of the samples from the largest number.
STREAMED: frozenset[int] = frozenset({0, *range(0x7FFFFF00, 0x80000001)}) | frozenset(
    range(0xFFFFFF00, 0x100000000)
)

#: Fields of a `bext` chunk that hold text: name and bytes (EBU Tech 3285, 2.3).
BEXT = (("description", 256), ("originator", 32), ("originator-reference", 32))
BEXT_HISTORY = 602


def read(data: bytes) -> Header:
    """The header of a WAV; every chunk is walked through.

    Raises:
        BadHeader: malformed, or of another codec.
    """
    reader = Reader(data, order="little")
    reader.expect(b"RIFF")
    size = reader.number(4)
    reader.expect(b"WAVE")
    limit = len(data) if size in STREAMED else min(8 + size, len(data))
    walk = Reader(data[:limit], reader.at, "little")
    tags, form, samples = Tags(), None, None
    for name, size, body in chunks(walk):
        if name == b"fmt " and form is None:
            form = _format(body)
        elif name == b"data" and form and samples is None:
            samples = body.left if size in STREAMED else size
        elif name in (b"fmt ", b"data"):
            raise BadHeader("bad-chunk-order")
        elif name in TEXTS:
            TEXTS[name](body, tags)
    if form is None or not samples:
        raise BadHeader("no-samples")
    codec, channels, rate, bits = form
    frames = samples // (channels * bits // 8)
    return tags.into(Header("WAV", codec, rate, channels, frames, bits, stop=walk.at, end=walk.at))


def chunks(reader: Reader) -> Iterator[tuple[bytes, int, Reader]]:
    """Name, announced size and body of each chunk; what is no chunk ends the walk.

    Samples may end early: a file that was cut off is still sound. The reader stands
    behind the last chunk afterwards.
    """
    while reader.left >= 8:
        reader.part()
        name, size = reader.take(4), reader.number(4)
        printable = name.isascii() and name.decode().isprintable()
        if not printable or (size > reader.left and name != b"data"):
            reader.at -= 8
            return
        body = reader.take(min(size, reader.left))
        reader.skip(min(size & 1, reader.left))
        yield name, size, Reader(body, order="little")


def _format(body: Reader) -> tuple[str, int, int, int]:
    """Codec, channels, rate and bits of a sample."""
    tag, channels, rate = body.number(2), body.number(2), body.number(4)
    body.skip(4)
    align, bits = body.number(2), body.number(2)
    if tag == EXTENSIBLE:
        body.skip(2 + 2 + 4)  # size, valid bits, which speakers
        tag = body.number(2)
        body.expect(GUID_TAIL)
    codec, sizes = CODECS.get(tag, ("", frozenset()))
    if not codec:
        raise BadHeader("codec")
    if bits not in sizes or align != channels * bits // 8:
        raise BadHeader("bad-format")
    if channels == 0:
        raise BadHeader("no-channels")
    return codec, channels, rate, bits


def _list(body: Reader, tags: Tags) -> None:
    """LIST chunks: INFO with tags, adtl with labels and notes of cue points."""
    kind = body.take(4) if body.left >= 4 else b""
    for name, _, inner in chunks(body):
        if kind == b"adtl" and name in (b"labl", b"note"):
            inner.skip(min(4, inner.left))
        tags.add_bytes(name.decode("latin-1"), inner.take(inner.left).rstrip(b"\x00"))
    tags.unread += body.left


def _bext(body: Reader, tags: Tags) -> None:
    for name, size in BEXT:
        tags.add_bytes(name, body.take(min(size, body.left)).rstrip(b"\x00"))
    tags.add_bytes("coding-history", body.data[BEXT_HISTORY:].rstrip(b"\x00"))


def _whole(name: str) -> Callable[[Reader, Tags], None]:
    return lambda body, tags: tags.add_bytes(name, body.take(body.left).rstrip(b"\x00"))


def _id3(body: Reader, tags: Tags) -> None:
    id3.embedded(body.take(body.left), tags)


#: Chunks that hold text → what reads it.
TEXTS: dict[bytes, Callable[[Reader, Tags], None]] = {
    b"LIST": _list,
    b"bext": _bext,
    b"id3 ": _id3,
    b"ID3 ": _id3,
    b"iXML": _whole("ixml"),
    b"_PMX": _whole("xmp"),
    b"DISP": _whole("display"),
}
