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
    names, frames = _chunks(reader)
    if b"IDAT" not in names:
        raise BadHeader("no-pixels")
    alpha = colour in (4, 6) or b"tRNS" in names
    return Header("PNG", width, height, bits, COLOURS[colour][0], alpha, frames, reader.at)


def _chunks(reader: Reader) -> tuple[set[bytes], int]:
    """Names of all chunks up to IEND, and the number of frames."""
    names: set[bytes] = set()
    frames = 1
    while b"IEND" not in names:
        reader.part()
        length, name = reader.number(4), reader.take(4)
        if not name.isalpha():
            raise BadHeader("bad-chunk")
        if name == b"acTL" and length == 8:
            frames = max(frames, int.from_bytes(reader.data[reader.at : reader.at + 4], "big"))
        reader.skip(length + 4)
        names.add(name)
    return names, frames
