"""JPEG (ITU-T T.81, annex B)."""

from __future__ import annotations

import re

from sanitize.image.headers.base import BadHeader, Header, Reader

#: Start-of-frame markers: C0 to CF without DHT (C4), JPG (C8) and DAC (CC); table B.1.
FRAMES: frozenset[int] = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}

#: Markers without a length: TEM and RST0 to RST7.
BARE: frozenset[int] = frozenset({0x01, *range(0xD0, 0xD8)})

#: The next marker in entropy-coded data: not a stuffed zero, a restart, or a fill byte (B.1.1.5).
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")

#: A byte of a scan stands for no more pixels: eight blocks of 8 by 8, a bit each (F.1.2; K.3).
MOST_PACKED = 512

#: Fill bytes, any number of them, may stand in front of a marker (B.1.1.2).
_FILL = re.compile(rb"\xff*")


def read(data: bytes) -> Header:
    """The header of a JPEG; every segment is walked through up to the end of the picture.

    Raises:
        BadHeader: malformed, or of several or unknown sizes.
    """
    reader = Reader(data)
    reader.expect(b"\xff\xd8")
    frame: tuple[int, int, int, int] | None = None
    packed = 0
    while (marker := _next(reader)) != 0xD9:
        if marker in BARE:
            continue
        length = _length(reader)
        if marker in FRAMES:
            if frame is not None:
                raise BadHeader("two-frame-headers")
            frame = _frame(Reader(data[: reader.at + length], reader.at))
        reader.skip(length)
        if marker == 0xDA:
            packed += _skip_scan(reader)
    if frame is None:
        raise BadHeader("no-frame-header")
    bits, height, width, channels = frame
    if width * height > (packed + 1) * MOST_PACKED:
        raise BadHeader("too-little-data")
    return Header("JPEG", width, height, bits, channels, end=reader.at)


def _next(reader: Reader) -> int:
    """The next marker; the fill bytes in front of it are skipped."""
    reader.part()
    reader.expect(b"\xff")
    found = _FILL.match(reader.data, reader.at)
    reader.at = found.end() if found else reader.at
    marker = reader.number(1)
    if marker in (0x00, 0xD8):
        raise BadHeader("bad-segment")
    return marker


def _length(reader: Reader) -> int:
    length = int.from_bytes(reader.data[reader.at : reader.at + 2], "big")
    if length < 2 or length > reader.left:
        raise BadHeader("truncated")
    return length


def _frame(body: Reader) -> tuple[int, int, int, int]:
    body.skip(2)
    bits, height, width, channels = (body.number(size) for size in (1, 2, 2, 1))
    if height == 0:  # to be told later, by a DNL segment (B.2.5)
        raise BadHeader("unknown-height")
    if body.left != 3 * channels or channels not in (1, 3, 4):
        raise BadHeader("bad-frame-header")
    return bits, height, width, channels


def _skip_scan(reader: Reader) -> int:
    """Move on to the next marker; how many bytes that was."""
    found = _MARKER.search(reader.data, reader.at)
    if found is None:
        raise BadHeader("truncated")
    size = found.start() - reader.at
    reader.at = found.start()
    return size
