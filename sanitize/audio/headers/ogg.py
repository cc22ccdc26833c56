"""Ogg (RFC 3533) with one stream of Vorbis I or Opus (RFC 7845)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from sanitize.audio.headers.base import Header
from sanitize.audio.headers.tags import Tags, vorbis_comments
from sanitize.reader import BadHeader, Reader

#: Page flags (RFC 3533, 6).
CONTINUED, FIRST, LAST = 1, 2, 4

#: A position that says nothing: no packet ends on the page.
NOWHERE = (1 << 64) - 1

#: Most bytes of a comment packet that are read; covers as base64 make them long.
MAX_COMMENTS = 16 << 20

#: Opus counts in 48 kHz whatever its rate (RFC 7845, 4).
OPUS_RATE = 48_000

#: Rates that libsndfile 1.2.2 decodes Opus to, the smallest that holds the original's.
OPUS_RATES = (8_000, 12_000, 16_000, 24_000, 48_000)

#: Most samples that a byte can stand for: an Opus packet of 120 ms (RFC 6716, 3.1) or
#: half a Vorbis block of 8192, and the byte that gives its length.
SAMPLES_A_BYTE = 5_760


class _Page(NamedTuple):
    """One page as it stands in the file."""

    version: int
    flags: int
    position: int
    serial: int
    segments: bytes
    body: bytes


@dataclass
class _Stream:
    """What the pages of one stream add up to."""

    serial: int
    position: int = 0
    packets: list[bytes] = field(default_factory=list)
    open: bytearray = field(default_factory=bytearray)

    def feed(self, segments: bytes, body: bytes) -> None:
        """Collect the first two packets: identification and comments."""
        at = 0
        for size in segments:
            if len(self.packets) > 1:
                return
            self.open += body[at : at + size]
            at += size
            if len(self.open) > MAX_COMMENTS:
                raise BadHeader("too-many-comments")
            if size < 255:
                self.packets.append(bytes(self.open))
                self.open.clear()


def read(data: bytes) -> Header:
    """The header of an Ogg file; every page is walked through, up to the last.

    Raises:
        BadHeader: malformed, more than one stream, another codec, or more samples
            than so many bytes can hold.
    """
    reader = Reader(data, order="little")
    stream = _pages(reader)
    if len(stream.packets) < 2:
        raise BadHeader("truncated")
    first, comments = stream.packets
    codec, rate, channels, skipped = _identify(first)
    magic = b"\x03vorbis" if codec == "vorbis" else b"OpusTags"
    if not comments.startswith(magic):
        raise BadHeader("no-comments")
    if stream.position > SAMPLES_A_BYTE * len(data):
        raise BadHeader("more-samples-than-bytes")
    tags = Tags()
    vorbis_comments(comments[len(magic) :], tags)
    frames = max(0, stream.position - skipped)
    if codec == "opus":
        frames = -(-frames * rate // OPUS_RATE)
    return tags.into(Header("OGG", codec, rate, channels, frames, stop=reader.at, end=reader.at))


def _pages(reader: Reader) -> _Stream:
    """The only stream; the reader stands behind its last page afterwards."""
    stream: _Stream | None = None
    while (page := _page(reader)) is not None:
        if page.version or bool(page.flags & FIRST) != (stream is None):
            raise BadHeader("more-than-one-stream" if not page.version and stream else "bad-page")
        stream = stream or _Stream(page.serial)
        if page.serial != stream.serial:
            raise BadHeader("more-than-one-stream")
        stream.feed(page.segments, page.body)
        if page.position != NOWHERE:
            stream.position = max(stream.position, page.position)
        if page.flags & LAST:
            break
    if stream is None:
        raise BadHeader("bad-signature")
    return stream


def _page(reader: Reader) -> _Page | None:
    """The next page; None where there is none, or only a part of one."""
    start = reader.at
    if not reader.data.startswith(b"OggS", start):
        return None
    reader.part()
    try:
        reader.skip(4)
        version, flags, position = reader.number(1), reader.number(1), reader.number(8)
        serial = reader.number(4)
        reader.skip(4 + 4)  # number of the page, checksum
        segments = reader.take(reader.number(1))
        return _Page(version, flags, position, serial, segments, reader.take(sum(segments)))
    except BadHeader:
        reader.at = start
        return None


def _identify(packet: bytes) -> tuple[str, int, int, int]:
    """Codec, rate, channels, and samples at the start that are not played."""
    reader = Reader(packet, order="little")
    if packet.startswith(b"\x01vorbis"):  # Vorbis I, 4.2.2
        reader.skip(7 + 4)
        channels, rate = reader.number(1), reader.number(4)
        return "vorbis", rate, channels, 0
    if packet.startswith(b"OpusHead"):  # RFC 7845, 5.1
        reader.skip(8 + 1)
        channels, skipped, original = reader.number(1), reader.number(2), reader.number(4)
        rate = next((rate for rate in OPUS_RATES if 0 < original <= rate), OPUS_RATE)
        return "opus", rate, channels, skipped
    raise BadHeader("codec")
