"""TIFF (Adobe, TIFF revision 6.0). Only the first directory's sizes are read."""

from __future__ import annotations

from sanitize.image.headers.base import BadHeader, Header, Reader

#: Tags of the fields that matter (section 8 and appendix A).
WIDTH, HEIGHT, BITS, SAMPLES, EXTRA = 256, 257, 258, 277, 338

#: Field types that hold a plain number: BYTE, SHORT and LONG, with their sizes.
NUMBERS: dict[int, int] = {1: 1, 3: 2, 4: 4}

#: Most entries of a directory, and most directories, that are walked through.
MAX_ENTRIES, MAX_DIRECTORIES = 1000, 64


def read(data: bytes) -> Header:
    """The header of a TIFF.

    Raises:
        BadHeader: malformed, BigTIFF, or with directories in a circle.
    """
    order = {b"II": "little", b"MM": "big"}.get(data[:2])
    if order is None:
        raise BadHeader("bad-signature")
    reader = Reader(data, 2, order)
    if reader.number(2) != 42:
        raise BadHeader("bad-signature")
    seen: list[int] = []
    fields: dict[int, int] = {}
    offset = reader.number(4)
    while offset:
        if offset in seen or len(seen) >= MAX_DIRECTORIES:
            raise BadHeader("directory-loop")
        found, following = _directory(Reader(data, min(offset, len(data)), order))
        fields = fields or found
        seen.append(offset)
        offset = following
    if WIDTH not in fields or HEIGHT not in fields:
        raise BadHeader("no-frame-header")
    bits, samples = fields.get(BITS, 1), fields.get(SAMPLES, 1)
    size = (fields[WIDTH], fields[HEIGHT])
    return Header("TIFF", *size, bits, samples, EXTRA in fields, len(seen))


def _directory(reader: Reader) -> tuple[dict[int, int], int]:
    """The numbers in a directory's entries, and the offset of the next directory."""
    count = reader.number(2)
    if count > MAX_ENTRIES:
        raise BadHeader("too-many-parts")
    fields: dict[int, int] = {}
    for _ in range(count):
        tag, kind, length = reader.number(2), reader.number(2), reader.number(4)
        start = reader.at
        if kind in NUMBERS and length >= 1 and NUMBERS[kind] * length <= 4:
            fields[tag] = reader.number(NUMBERS[kind])
        elif tag in (BITS, EXTRA):
            fields[tag] = 8  # several values, one per sample: Pillow reads them in the sandbox
        reader.at = start
        reader.skip(4)
    return fields, reader.number(4)
