"""ID3 tags, which stand before or behind MP3 frames and inside other containers.

Sources: id3v2-00, id3v2.3.0, id3v2.4.0-structure and -frames, and ID3v1 (https://id3.org).
"""

from __future__ import annotations

from collections.abc import Iterator

from sanitize.audio.headers.tags import Tags, text
from sanitize.reader import BadHeader, Reader

#: Encoding byte of a text frame → Python codec (id3v2.4.0-structure, section 4).
ENCODINGS = {0: "latin-1", 1: "utf-16", 2: "utf-16-be", 3: "utf-8"}

#: Header flags: unsynchronisation, extended header, footer.
UNSYNCHRONISED, EXTENDED, FOOTER = 0x80, 0x40, 0x10

#: ID3v1 fields behind `TAG`: name and bytes.
V1_FIELDS = (("title", 30), ("artist", 30), ("album", 30), ("date", 4), ("comment", 30))
V1_SIZE = 128

#: Frames with a language before their text (id3v2.3.0, 4.9 and 4.11).
WITH_LANGUAGE: frozenset[bytes] = frozenset({b"COMM", b"USLT", b"COM", b"ULT"})


def skip(data: bytes, at: int, tags: Tags) -> int:
    """The offset behind all ID3v2 tags that stand at `at`; their strings go to `tags`.

    Raises:
        BadHeader: a tag that is longer than the data.
    """
    reader = Reader(data, at)
    while reader.data.startswith(b"ID3", reader.at):
        reader.part()
        version, flags, size = _header(reader)
        body = reader.take(size)
        if flags & FOOTER:
            reader.skip(min(10, reader.left))
        read(version, flags, body, tags)
    return reader.at


def embedded(raw: bytes, tags: Tags) -> None:
    """A tag inside another container's chunk; a broken one is unread, and breaks nothing."""
    try:
        skip(raw, 0, tags)
    except BadHeader:
        tags.unread += len(raw)


def version_1(raw: bytes, tags: Tags) -> None:
    """The 128 bytes at the end of a file that begin with `TAG`."""
    at = 3
    for name, size in V1_FIELDS:
        tags.add_bytes(name, raw[at : at + size].partition(b"\x00")[0])
        at += size


def read(version: int, flags: int, body: bytes, tags: Tags) -> None:
    """Strings of one tag's frames."""
    if flags & UNSYNCHRONISED and version < 4:
        body = body.replace(b"\xff\x00", b"\xff")
    reader = Reader(body)
    try:
        if flags & EXTENDED and version > 2:
            size = _size(reader, version)
            reader.skip(size - 4 if version == 4 else size)
        for name, frame, readable in _frames(reader, version):
            if readable:
                _strings(name, frame, tags)
            elif name[:1] in b"TWCU":
                tags.unread += len(frame)
    except BadHeader:
        tags.unread += max(1, reader.left)


def _header(reader: Reader) -> tuple[int, int, int]:
    reader.expect(b"ID3")
    version, _, flags = reader.take(3)
    size = reader.take(4)
    if version not in (2, 3, 4) or max(size) > 0x7F:
        raise BadHeader("bad-id3")
    return version, flags, _synchsafe(size)


def _synchsafe(raw: bytes) -> int:
    """Seven bits a byte."""
    value = 0
    for byte in raw:
        value = value << 7 | byte & 0x7F
    return value


def _size(reader: Reader, version: int) -> int:
    if version == 4:
        return _synchsafe(reader.take(4))
    return reader.number(3 if version == 2 else 4)


def _frames(reader: Reader, version: int) -> Iterator[tuple[bytes, bytes, bool]]:
    """Name, body, and whether the body is neither compressed nor encrypted."""
    letters, flags = (3, 0) if version == 2 else (4, 2)
    while reader.left > 2 * letters + flags:
        reader.part()
        name = reader.take(letters)
        if not name.strip(b"\x00"):
            return  # padding
        if not name.isalnum():
            raise BadHeader("bad-id3")
        size = _size(reader, version)
        marks = reader.take(flags)
        body = reader.take(size)
        yield name, *_plain(version, marks, body)


def _plain(version: int, marks: bytes, body: bytes) -> tuple[bytes, bool]:
    """A frame's body without what its format flags put around it."""
    if version == 3:
        return body, not marks[1] & 0xC0
    if version == 4:
        if marks[1] & 0x02:
            body = body.replace(b"\xff\x00", b"\xff")
        start = (1 if marks[1] & 0x40 else 0) + (4 if marks[1] & 0x01 else 0)
        return body[start:], not marks[1] & 0x0C
    return body, True


def _strings(name: bytes, frame: bytes, tags: Tags) -> None:
    kind, label = name[:1], text(name)
    if name in WITH_LANGUAGE and len(frame) >= 4:
        tags.add(label, _decode(frame[0], frame[4:]))
    elif frame and (kind == b"T" or name in (b"WXXX", b"WXX")):
        tags.add(label, _decode(frame[0], frame[1:]))
    elif kind == b"W":
        tags.add_bytes(label, frame)


def _decode(encoding: int, raw: bytes) -> str:
    """Text of a frame, its parts (description, values) on lines of their own."""
    if encoding == 1 and raw[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        encoding = 3  # no byte order: what it is, is a guess
    codec = ENCODINGS.get(encoding)
    found = raw.decode(codec, "replace") if codec else text(raw)
    return found.replace("\x00", "\n").replace("\ufeff", "")
