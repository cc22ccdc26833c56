"""BMP: Windows bitmaps from version 3 on, and OS/2's with their short header.

Sources: Microsoft, "Bitmap Header Types"; IBM, OS/2 2.0 Presentation Manager,
"Bitmap file format".
"""

from __future__ import annotations

from sanitize.image.headers.base import BadHeader, Header, Reader

#: Sizes of the information header that there are: OS/2 1 and 2, Windows 3, 4 and 5.
SIZES: frozenset[int] = frozenset({12, 16, 40, 52, 56, 64, 108, 124})

#: Compressions that are read: none, RLE8, RLE4, bit fields, alpha bit fields.
COMPRESSIONS: frozenset[int] = frozenset({0, 1, 2, 3, 6})

BIT_COUNTS: frozenset[int] = frozenset({1, 4, 8, 16, 24, 32})


def read(data: bytes) -> Header:
    """The header of a BMP.

    Raises:
        BadHeader: malformed, or with pixels that reach beyond the file.
    """
    reader = Reader(data, order="little")
    reader.expect(b"BM")
    reader.skip(8)
    offset, size = reader.number(4), reader.number(4)
    if size not in SIZES:
        raise BadHeader("bad-frame-header")
    width, height = _sizes(reader, size)
    planes, bits = reader.number(2), reader.number(2)
    compression = reader.number(4) if size > 16 else 0
    if planes != 1 or bits not in BIT_COUNTS or compression not in COMPRESSIONS:
        raise BadHeader("bad-frame-header")
    if offset < 14 + size or offset > len(data):
        raise BadHeader("truncated")
    end = _end(offset, width, height, bits) if compression not in (1, 2) else None
    if end is not None and end > len(data):
        raise BadHeader("truncated")
    channels = {24: 3, 32: 4, 16: 3}.get(bits, 1)
    return Header("BMP", width, height, 8, channels, bits == 32, 1, end)


def _sizes(reader: Reader, size: int) -> tuple[int, int]:
    """Width and height; a negative height means rows from top to bottom."""
    if size == 12:
        return reader.number(2), reader.number(2)
    return reader.number(4, signed=True), abs(reader.number(4, signed=True))


def _end(offset: int, width: int, height: int, bits: int) -> int:
    row = (width * bits + 31) // 32 * 4  # rows are padded to four bytes
    return offset + row * height
