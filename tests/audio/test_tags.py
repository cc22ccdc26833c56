"""Tags: every string is found, named by its origin, and bounded."""

from __future__ import annotations

import struct
import zlib

import pytest

from sanitize.audio import headers
from sanitize.audio.headers.tags import MAX_CHARS, MAX_TAGS
from tests.audio import sounds
from tests.audio.sounds import INJECTION, chunk, comm, fmt, form, id3, riff, ssnd

SECRET = INJECTION.encode()
DATA = chunk(b"data", sounds.pcm(sounds.tone(440, 16_000)))
MP3 = sounds.encode(sounds.tone(440, 16_000), 16_000, "mp3")
FLAC = sounds.encode(sounds.tone(440, 16_000), 16_000, "flac")


def comments(*pairs: tuple[bytes, bytes]) -> bytes:
    """A Vorbis comment block."""
    entries = [name + b"=" + text for name, text in pairs]
    listed = b"".join(struct.pack("<I", len(entry)) + entry for entry in entries)
    return struct.pack("<I", 0) + struct.pack("<I", len(entries)) + listed


def flac_block(kind: int, body: bytes) -> bytes:
    """A FLAC with one metadata block more, behind STREAMINFO."""
    block = bytes([kind]) + len(body).to_bytes(3, "big") + body
    return FLAC[:42] + block + FLAC[42:]


def ape(name: bytes, text: bytes) -> bytes:
    """An APEv2 tag of one item, with header and footer."""
    item = struct.pack("<II", len(text), 0) + name + b"\0" + text
    head = b"APETAGEX" + struct.pack("<IIII", 2000, len(item) + 32, 1, 0xA0000000) + bytes(8)
    return head + item + head


PICTURE = (
    struct.pack(">II", 3, 9) + b"image/png" + struct.pack(">I", len(SECRET)) + SECRET + bytes(20)
)
VERSION_1 = b"TAG" + SECRET[:30].ljust(30) + bytes(95)
UTF_16 = b"\x01" + INJECTION.encode("utf-16")

#: Where a message may stand: title, file, and the origin that it must come with.
PLACES = (
    ("WAV INFO", riff(fmt(), chunk(b"LIST", b"INFO" + chunk(b"INAM", SECRET)), DATA), "tag:title"),
    (
        "WAV, behind the samples",
        riff(fmt(), DATA, chunk(b"LIST", b"INFO" + chunk(b"ICMT", SECRET))),
        "tag:comment",
    ),
    (
        "WAV, label of a cue point",
        riff(fmt(), DATA, chunk(b"LIST", b"adtl" + chunk(b"labl", b"\1\0\0\0" + SECRET))),
        "tag:labl",
    ),
    (
        "WAV, list of another type",
        riff(fmt(), DATA, chunk(b"LIST", b"abcd" + chunk(b"wxyz", SECRET))),
        "tag:wxyz",
    ),
    (
        "WAV, broadcast extension",
        riff(fmt(), chunk(b"bext", SECRET.ljust(602, b"\0")), DATA),
        "tag:description",
    ),
    (
        "WAV, coding history",
        riff(fmt(), chunk(b"bext", bytes(602) + SECRET), DATA),
        "tag:coding-history",
    ),
    ("WAV, iXML", riff(fmt(), DATA, chunk(b"iXML", b"<NOTE>" + SECRET + b"</NOTE>")), "tag:ixml"),
    ("WAV, XMP", riff(fmt(), DATA, chunk(b"_PMX", SECRET)), "tag:xmp"),
    ("WAV, ID3", riff(fmt(), DATA, chunk(b"id3 ", id3((b"TIT2", b"\0" + SECRET)))), "tag:title"),
    (
        "AIFF, name",
        form(b"AIFF", comm(2), ssnd(bytes(4)), chunk(b"NAME", SECRET, ">")),
        "tag:title",
    ),
    (
        "AIFF, annotation",
        form(b"AIFF", chunk(b"ANNO", SECRET, ">"), comm(2), ssnd(bytes(4))),
        "tag:comment",
    ),
    (
        "AIFF, comment",
        form(
            b"AIFF",
            comm(2),
            ssnd(bytes(4)),
            chunk(b"COMT", struct.pack(">HIHH", 1, 0, 0, len(SECRET)) + SECRET, ">"),
        ),
        "tag:comment",
    ),
    (
        "AIFF, ID3",
        form(b"AIFF", comm(2), ssnd(bytes(4)), chunk(b"ID3 ", id3((b"TPE1", b"\0" + SECRET)), ">")),
        "tag:artist",
    ),
    ("FLAC, title", flac_block(4, comments((b"TITLE", SECRET))), "tag:title"),
    ("FLAC, a name of one's own", flac_block(4, comments((b"Mood", SECRET))), "tag:mood"),
    ("FLAC, in the name itself", flac_block(4, comments((SECRET, b""))), "tag:other"),
    ("FLAC, description of the cover", flac_block(6, PICTURE), "tag:picture"),
    (
        "Vorbis",
        sounds.encode(sounds.tone(440, 16_000), 16_000, "vorbis", artist=INJECTION),
        "tag:artist",
    ),
    (
        "Opus",
        sounds.encode(sounds.tone(440, 16_000), 16_000, "opus", comment=INJECTION),
        "tag:comment",
    ),
    ("ID3, Latin-1", id3((b"TIT2", b"\0" + SECRET)) + MP3, "tag:title"),
    ("ID3, UTF-16", id3((b"TIT2", UTF_16)) + MP3, "tag:title"),
    ("ID3, UTF-8", id3((b"TALB", b"\3" + SECRET), version=4) + MP3, "tag:album"),
    ("ID3, lyrics", id3((b"USLT", b"\0eng\0" + SECRET)) + MP3, "tag:lyrics"),
    (
        "ID3, comment with a description",
        id3((b"COMM", b"\0engwhat\0" + SECRET)) + MP3,
        "tag:comment",
    ),
    ("ID3, text of one's own", id3((b"TXXX", b"\0note\0" + SECRET)) + MP3, "tag:txxx"),
    ("ID3, an address", id3((b"WOAR", b"https://example.org/?q=" + SECRET)) + MP3, "tag:woar"),
    (
        "ID3, the second tag",
        id3((b"TIT2", b"\0one")) + id3((b"TIT2", b"\0" + SECRET)) + MP3,
        "tag:title",
    ),
    (
        "ID3v2.2",
        b"ID3\2\0\0\0\0\0"
        + bytes([len(SECRET) + 7])
        + b"TT2\0\0"
        + bytes([len(SECRET) + 1])
        + b"\0"
        + SECRET
        + MP3,
        "tag:title",
    ),
    ("ID3v1", MP3 + VERSION_1, "tag:title"),
    ("APEv2", MP3 + ape(b"Title", SECRET), "tag:title"),
    ("Lyrics3", MP3 + b"LYRICSBEGIN" + SECRET + b"LYRICS200" + VERSION_1, "tag:lyrics"),
)


@pytest.mark.parametrize(("title", "data", "origin"), PLACES, ids=[row[0] for row in PLACES])
def test_a_message_is_found_wherever_it_stands(title: str, data: bytes, origin: str) -> None:
    found = headers.read(data)
    message = INJECTION[:30] if title == "ID3v1" else INJECTION
    assert any(message in text.content and text.origin == origin for text in found.texts)
    assert found.unread == 0


UNREAD = (
    ("more characters than are read", riff(fmt(), chunk(b"iXML", b"x" * (MAX_CHARS + 5)), DATA), 5),
    ("more tags than are read", flac_block(4, comments(*[(b"A", b"b")] * (MAX_TAGS + 3))), None),
    ("a comment that is longer than its block", flac_block(4, b"\xff\0\0\0short"), None),
    (
        "a compressed frame",
        b"ID3\3\0\0\0\0\0\x46"
        + b"TIT2\0\0\0\x3c\0\x80"
        + zlib.compress(SECRET)[:60].ljust(60)
        + MP3,
        60,
    ),
    ("a broken ID3 in a WAV", riff(fmt(), DATA, chunk(b"id3 ", b"ID3\3\0\0\x7f\x7f\x7f\x7f")), 10),
)


@pytest.mark.parametrize(("title", "data", "size"), UNREAD, ids=[row[0] for row in UNREAD])
def test_what_is_not_read_is_counted(title: str, data: bytes, size: int | None) -> None:
    unread = headers.read(data).unread
    assert unread == size if size is not None else unread > 0


def test_a_cover_is_no_text() -> None:
    """Base64 of a picture would fill the room that texts have."""
    cover = flac_block(
        4, comments((b"METADATA_BLOCK_PICTURE", b"QUJD" * 100_000), (b"ARTIST", b"A"))
    )
    found = headers.read(cover)
    assert [text.origin for text in found.texts if text.content == "A"] == ["tag:artist"]
    assert found.unread == 0
    assert sum(len(text.content) for text in found.texts) < 100


def test_a_tag_does_not_make_an_origin_of_its_own() -> None:
    """Origins go into verdicts and logs: names in them are short and plain."""
    found = headers.read(flac_block(4, comments((b"a\nb: " + SECRET, b"text"))))
    (text,) = (text for text in found.texts if "text" in text.content)
    assert text.origin == "tag:other"
    assert INJECTION in text.content
