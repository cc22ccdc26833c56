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

#: Sizes that programs write when they cannot go back: "until the end".
STREAMED: frozenset[int] = frozenset({0, 0x7FFFFFFF, 0x7FFFFFFF + 1, 0xFFFFFFFF})

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
    tags, found, end = Tags(), dict[bytes, Reader](), reader.at
    for name, body, end in chunks(Reader(data[:limit], 12, "little")):  # noqa: B007  (read after the loop)
        if name in (b"fmt ", b"data"):
            if name in found or (name == b"data" and b"fmt " not in found):
                raise BadHeader("bad-chunk-order")
            found[name] = body
        elif name in TEXTS:
            TEXTS[name](body, tags)
    if b"data" not in found:
        raise BadHeader("no-samples")
    codec, channels, rate, bits = _format(found[b"fmt "])
    frames = found[b"data"].left // (channels * bits // 8)
    known = Header("WAV", codec, rate, channels, frames, bits, stop=end, end=end)
    return tags.into(known)


def chunks(reader: Reader) -> Iterator[tuple[bytes, Reader, int]]:
    """Name, body and end of each chunk; what is no chunk ends the walk.

    Raises:
        BadHeader: samples that are not all there.
    """
    while reader.left >= 8:
        reader.part()
        name, size = reader.take(4), reader.number(4)
        if not name.isascii() or not name.decode().isprintable():
            return
        if name == b"data" and size in STREAMED - {0}:
            size = min(size, reader.left)
        if size > reader.left and name != b"data":
            return
        start = reader.at
        reader.skip(size)
        reader.skip(min(size & 1, reader.left))
        yield name, Reader(reader.data[: start + size], start, "little"), reader.at


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
    for name, inner, _ in chunks(body):
        if kind == b"adtl" and name in (b"labl", b"note"):
            inner.skip(min(4, inner.left))
        tags.add_bytes(name.decode("latin-1"), inner.take(inner.left).rstrip(b"\x00"))
    tags.unread += body.left


def _bext(body: Reader, tags: Tags) -> None:
    for name, size in BEXT:
        tags.add_bytes(name, body.take(min(size, body.left)).rstrip(b"\x00"))
    history = body.data[min(len(body.data), body.at - 320 + BEXT_HISTORY) :]
    tags.add_bytes("coding-history", history.rstrip(b"\x00"))


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
