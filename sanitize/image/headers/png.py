"""PNG, with the animation chunks of APNG (W3C Portable Network Graphics, third edition)."""

from __future__ import annotations

from sanitize.image.headers.base import BadHeader, Header, Reader

#: Colour type → channels and allowed bit depths (11.2.1, table 12).
COLOURS: dict[int, tuple[int, frozenset[int]]] = {
    0: (1, frozenset({1, 2, 4, 8, 16})),
    2: (3, frozenset({8, 16})),
    3: (1, frozenset({1, 2, 4, 8})),
    4: (2, frozenset({8, 16})),
    6: (4, frozenset({8, 16})),
}

#: A byte of deflate gives no more bytes than this (zlib's technical details: 1032 to 1).
MOST_PACKED = 1032


def read(data: bytes) -> Header:
    """The header of a PNG; every chunk's place is checked up to IEND.

    Raises:
        BadHeader: malformed.
    """
    reader = Reader(data)
    reader.expect(b"\x89PNG\r\n\x1a\n")
    length, name = reader.number(4), reader.take(4)
    if (length, name) != (13, b"IHDR"):
        raise BadHeader("no-frame-header")
    width, height, bits, colour = (reader.number(size) for size in (4, 4, 1, 1))
    if colour not in COLOURS or bits not in COLOURS[colour][1]:
        raise BadHeader("bad-frame-header")
    reader.skip(3 + 4)  # compression, filter, interlace; checksum
    names, frames, packed = _chunks(reader)
    if b"IDAT" not in names:
        raise BadHeader("no-pixels")
    row = 1 + (width * bits * COLOURS[colour][0] + 7) // 8  # a filter's number in front (7.2)
    if row * height > (packed + 1) * MOST_PACKED:
        raise BadHeader("too-little-data")
    alpha = colour in (4, 6) or b"tRNS" in names
    return Header("PNG", width, height, bits, COLOURS[colour][0], alpha, frames, reader.at)


def _chunks(reader: Reader) -> tuple[set[bytes], int, int]:
    """Names of all chunks up to IEND, the number of frames, and the bytes of pixels."""
    names: set[bytes] = set()
    frames, packed = 1, 0
    while b"IEND" not in names:
        reader.part()
        length, name = reader.number(4), reader.take(4)
        if not name.isalpha():
            raise BadHeader("bad-chunk")
        if name == b"acTL" and length == 8:
            frames = max(frames, int.from_bytes(reader.data[reader.at : reader.at + 4], "big"))
        packed += length if name == b"IDAT" else 0
        reader.skip(length + 4)
        names.add(name)
    return names, frames, packed
