"""MP3: MPEG audio, layer III (ISO/IEC 11172-3 and 13818-3), with the tags around it."""

from __future__ import annotations

from typing import NamedTuple

from sanitize.audio.headers import flac, id3
from sanitize.audio.headers.base import Header
from sanitize.audio.headers.tags import Tags, text
from sanitize.reader import BadHeader, Reader

#: Kilobits a second of layer III by index, of MPEG-1 and of MPEG-2 and 2.5.
RATES_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
RATES_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)

#: Version bits → kilobits, and samples a second by index.
VERSIONS: dict[int, tuple[tuple[int, ...], tuple[int, ...]]] = {
    3: (RATES_1, (44_100, 48_000, 32_000)),
    2: (RATES_2, (22_050, 24_000, 16_000)),
    0: (RATES_2, (11_025, 12_000, 8_000)),
}

#: Bytes between a tag and the first frame that may be anything: padding, mostly.
MAX_GAP = 4_096

#: Where a first frame may say that it is no sound but a table: `Xing` and `Info` behind the
#: side information, `VBRI` at a fixed place (both are conventions of encoders).
TABLES = (b"Xing", b"Info", b"VBRI")
TABLE_PLACES = (13, 21, 36)


class Frame(NamedTuple):
    """One frame's header.

    Attributes:
        version: its version bits.
        rate: samples a second.
        channels: 1 or 2.
        size: bytes, header included.
    """

    version: int
    rate: int
    channels: int
    size: int

    def follows(self, other: Frame) -> bool:
        """Could both be of one stream?"""
        return self[:3] == other[:3]


def read(data: bytes) -> Header:
    """The header of an MP3: tags skipped and read, every frame walked through.

    A FLAC behind an ID3 tag is read as the FLAC that it is.

    Raises:
        BadHeader: malformed, or no two frames in a row.
    """
    tags = Tags()
    at = id3.skip(data, 0, tags)
    if data.startswith(b"fLaC", at):
        return flac.read(data, at, tags)
    start = _first(data, at)
    count, stop, frame = _walk(data, start)
    end = _tail(data, stop, tags)
    samples = count * (1152 if frame.version == 3 else 576)
    known = Header("MP3", "mp3", frame.rate, frame.channels, samples, 0, start, stop, end)
    return tags.into(known)


def parse(data: bytes, at: int) -> Frame | None:
    """The frame header at an offset, None if there is none."""
    head = int.from_bytes(data[at : at + 4], "big")
    if len(data) - at < 4 or head >> 21 != 0x7FF or head >> 17 & 3 != 1:
        return None
    version, padding = head >> 19 & 3, head >> 9 & 1
    kilobits, rate = head >> 12 & 15, head >> 10 & 3
    if version == 1 or kilobits in (0, 15) or rate == 3:
        return None
    rates, samples = VERSIONS[version]
    factor = 144_000 if version == 3 else 72_000
    size = factor * rates[kilobits] // samples[rate] + padding
    return Frame(version, samples[rate], 1 if head >> 6 & 3 == 3 else 2, size)


def _first(data: bytes, at: int) -> int:
    """Where the first of two frames in a row begins."""
    limit = min(at + MAX_GAP, len(data))
    while (at := data.find(b"\xff", at, limit)) >= 0:
        frame = parse(data, at)
        if frame is not None:
            after = parse(data, at + frame.size)
            if at + frame.size == len(data) or (after is not None and after.follows(frame)):
                return at
        at += 1
    raise BadHeader("no-frame-header")


def _walk(data: bytes, at: int) -> tuple[int, int, Frame]:
    """Number of frames with sound, the offset behind the last, and the first frame."""
    first = parse(data, at)
    assert first is not None
    reader, count = Reader(data, at), 0
    frame: Frame | None = first
    while frame is not None and frame.follows(first):
        reader.part()
        count += 1
        reader.skip(min(frame.size, reader.left))
        frame = parse(data, reader.at)
    table = any(data.startswith(TABLES, at + place) for place in TABLE_PLACES)
    return max(1, count - table), reader.at, first


def _tail(data: bytes, at: int, tags: Tags) -> int:
    """The offset behind the tags that follow the frames: APEv2, Lyrics3 and ID3v1."""
    while True:
        if data.startswith(b"APETAGEX", at):
            at = _ape(Reader(data, at, "little"), tags)
        elif data.startswith(b"LYRICSBEGIN", at):
            close = data.find(b"LYRICS200", at)
            if close < 0:
                return at
            tags.add_bytes("lyrics", data[at + 11 : close])
            at = close + 9
        elif data.startswith(b"TAG", at) and len(data) - at == id3.V1_SIZE:
            id3.version_1(data[at:], tags)
            return len(data)
        else:
            return at


def _ape(reader: Reader, tags: Tags) -> int:
    """APEv2: a header, items, a footer of 32 bytes (https://wiki.hydrogenaud.io, APEv2)."""
    start = reader.at
    try:
        reader.skip(8 + 4)
        end = start + 32 + reader.number(4)
        count = reader.number(4)
        reader.skip(12)
        for _ in range(count):
            reader.part()
            size, flags = reader.number(4), reader.number(4)
            stop = reader.data.index(b"\x00", reader.at)
            name = text(reader.take(stop - reader.at))
            reader.skip(1)
            value = reader.take(size)
            if not flags & 0b110:  # 0 is UTF-8; others are data and links
                tags.add_bytes(name, value)
    except (BadHeader, ValueError):
        tags.unread += max(1, reader.left)
        return len(reader.data)
    return min(max(end, reader.at), len(reader.data))
