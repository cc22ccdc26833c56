"""Tags: the strings in a sound file, collected with bounds and named by their origin."""

from __future__ import annotations

import re
from dataclasses import replace

from sanitize.audio.headers.base import Header
from sanitize.reader import BadHeader, Reader
from sanitize.types import Text

#: Most tags, and most characters in all of them, that are read from one file.
MAX_TAGS, MAX_CHARS = 2_000, 200_000

#: Tag names that may stand in an origin as they are; other names are read as text.
PLAIN_NAME = re.compile(r"[a-z0-9©][a-z0-9 _:./()-]{0,31}")

#: Pictures as base64 (https://wiki.xiph.org/VorbisComment): data, not text.
PICTURES: frozenset[str] = frozenset({"metadata_block_picture", "coverart"})

#: The formats' names of what people know by another: RIFF INFO (Multimedia Programming
#: Interface 1.0), ID3 (id3v2.3.0, section 4; id3v2-00), AIFF 1.3.
NAMES = {
    "inam": "title",
    "iart": "artist",
    "icmt": "comment",
    "iprd": "album",
    "icop": "copyright",
    "ignr": "genre",
    "isft": "software",
    "icrd": "date",
    "isbj": "subject",
    "ikey": "keywords",
    "tit2": "title",
    "tpe1": "artist",
    "talb": "album",
    "tcon": "genre",
    "tcop": "copyright",
    "comm": "comment",
    "uslt": "lyrics",
    "tenc": "encoded-by",
    "tsse": "software",
    "tt2": "title",
    "tp1": "artist",
    "tal": "album",
    "com": "comment",
    "ult": "lyrics",
    "name": "title",
    "auth": "artist",
    "(c) ": "copyright",
    "anno": "comment",
}


class Tags:
    """Collects a file's strings; what is too much is counted and not kept.

    Attributes:
        unread: bytes or characters that were not kept.
    """

    def __init__(self) -> None:
        self.unread = 0
        self._texts: list[Text] = []
        self._left = MAX_CHARS

    @property
    def texts(self) -> tuple[Text, ...]:
        """All that was collected."""
        return tuple(self._texts)

    def add(self, name: str, content: str) -> None:
        """Keep a tag, as far as there is room; blank ones say nothing."""
        given, content = name.strip(), content.strip("\x00 \t\r\n")
        name = NAMES.get(name.lower(), given.lower())
        if not PLAIN_NAME.fullmatch(name):
            name, content = "other", f"{given} {content}".strip()
        if not content:
            return
        room = self._left if len(self._texts) < MAX_TAGS else 0
        kept = content[:room]
        self.unread += len(content) - len(kept)
        self._left -= len(kept)
        if kept:
            self._texts.append(Text(kept, f"tag:{name}"))

    def into(self, header: Header) -> Header:
        """The header, with what was collected."""
        return replace(header, texts=self.texts, unread=self.unread)

    def add_bytes(self, name: str, raw: bytes) -> None:
        """Keep a tag in UTF-8, or else in Windows' or any one-byte character set."""
        self.add(name, text(raw))


def text(raw: bytes) -> str:
    """Text of an undeclared character set: UTF-8 if it can be, else Latin-1."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def vorbis_comments(raw: bytes, tags: Tags) -> None:
    """Vorbis comments, as FLAC (RFC 9639, 8.6), Vorbis and Opus (RFC 7845, 5.2) have them."""
    reader = Reader(raw, order="little")
    try:
        tags.add_bytes("vendor", reader.take(reader.number(4)))
        for _ in range(reader.number(4)):
            reader.part()
            name, _, content = reader.take(reader.number(4)).partition(b"=")
            if text(name).lower() not in PICTURES:
                tags.add_bytes(text(name), content)
    except BadHeader:
        tags.unread += max(1, reader.left)
