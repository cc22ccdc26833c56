"""Header parsers: what honest files say, what lying ones are refused for, and any bytes at all."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanitize.audio import headers
from sanitize.audio.headers import PARSERS, BadHeader, Header
from tests.audio import sounds
from tests.audio.sounds import chunk, comm, fmt, form, page, riff, ssnd

RATE = 48_000

TWO = np.stack([sounds.tone(440, RATE, 0.5), sounds.tone(660, RATE, 0.5)], axis=1)

#: Kind, and the format, codec and bits that its header must give.
HONEST = (
    ("wav", "WAV", "pcm", 16),
    ("wav-24", "WAV", "pcm", 24),
    ("wav-float", "WAV", "float", 32),
    ("wav-double", "WAV", "float", 64),
    ("wav-extensible", "WAV", "pcm", 16),
    ("aiff", "AIFF", "pcm", 16),
    ("aiff-float", "AIFF", "float", 32),
    ("flac", "FLAC", "flac", 16),
    ("vorbis", "OGG", "vorbis", 0),
    ("opus", "OGG", "opus", 0),
    ("mp3", "MP3", "mp3", 0),
)

#: One file of each format, for cutting and mutating.
FILES = {kind: sounds.encode(TWO, RATE, kind, title="a title") for kind, *_ in HONEST}

#: A fifth of a second is enough for Opus' identification header.
OPUS_HEAD = b"OpusHead" + struct.pack("<BBHIHB", 1, 1, 312, 48_000, 0, 0)
NO_TAGS = b"OpusTags" + struct.pack("<II", 0, 0)

LIES = (
    ("no channels", riff(fmt(channels=0), chunk(b"data", b"\0\0")), "no-channels"),
    ("no rate", riff(fmt(rate=0), chunk(b"data", b"\0\0")), "no-rate"),
    ("no samples", riff(fmt(), chunk(b"data", b"")), "no-samples"),
    ("no format", riff(chunk(b"data", b"\0\0")), "bad-chunk-order"),
    ("two formats", riff(fmt(), fmt(channels=2), chunk(b"data", b"\0\0")), "bad-chunk-order"),
    ("samples twice", riff(fmt(), *[chunk(b"data", b"\0\0")] * 2), "bad-chunk-order"),
    ("ADPCM in WAV", riff(fmt(tag=0x11, bits=4), chunk(b"data", b"\0" * 64)), "codec"),
    ("A-law in WAV", riff(fmt(tag=6, bits=8), chunk(b"data", b"\0" * 64)), "codec"),
    ("12 bits", riff(fmt(bits=12), chunk(b"data", b"\0" * 64)), "bad-format"),
    ("RIFF that is no WAVE", b"RIFF\x04\0\0\0AVI ", "format"),
    ("mu-law in AIFF-C", form(b"AIFC", comm(9, compression=b"ulaw"), ssnd(b"\0" * 18)), "codec"),
    ("AIFF without samples", form(b"AIFF", comm(9)), "no-samples"),
    (
        "AIFF, infinite rate",
        form(
            b"AIFF", chunk(b"COMM", b"\0\1\0\0\0\1\0\x10\x7f\xff" + b"\0" * 8, ">"), ssnd(b"\0\0")
        ),
        "no-rate",
    ),
    (
        "FLAC of 97 bytes and 512 GiB",
        sounds.stream_info(FILES["flac"], frames=(1 << 36) - 1)[:97],
        "truncated",
    ),
    (
        "FLAC with 2^36 samples",
        sounds.stream_info(FILES["flac"], frames=(1 << 36) - 1),
        "more-samples-than-bytes",
    ),
    ("Ogg with Speex", page(b"Speex   " + bytes(72), 2, 0) + page(NO_TAGS, 0, 0), "codec"),
    ("Ogg, two streams", FILES["opus"] + FILES["opus"], None),
    (
        "Ogg, 2^60 samples",
        page(OPUS_HEAD, 2, 0) + page(NO_TAGS, 0, 0) + page(b"x", 4, 1 << 60),
        "more-samples-than-bytes",
    ),
    (
        "Ogg, two serial numbers",
        page(OPUS_HEAD, 2, 0) + page(NO_TAGS, 0, 0, serial=8),
        "more-than-one-stream",
    ),
    ("Ogg without comments", page(OPUS_HEAD, 2, 0) + page(b"x", 4, 960), "no-comments"),
    (
        "ID3 that is longer than the file",
        b"ID3\x03\0\0\x7f\x7f\x7f\x7f" + FILES["mp3"],
        "truncated",
    ),
    ("MP3 of one lonely frame header", FILES["mp3"][:40] + bytes(600), "no-frame-header"),
    ("text", b"RIFFraff and WAVEs", "format"),
    ("nothing", b"", "format"),
    ("CAF", b"caff\0\1\0\0desc" + bytes(64), "format"),
    ("AU", b".snd" + bytes(64), "format"),
    ("W64", b"riff\x2e\x91\xcf\x11" + bytes(64), "format"),
)


@pytest.mark.parametrize(("kind", "container", "codec", "bits"), HONEST, ids=str)
def test_an_honest_file_is_described(kind: str, container: str, codec: str, bits: int) -> None:
    """Format, codec, rate, channels, bits; frames exactly, or as an upper bound where MP3 pads."""
    found = headers.read(FILES[kind])
    assert (found.format, found.codec, found.rate) == (container, codec, RATE)
    assert (found.channels, found.bits) == (2, bits)
    assert found.frames is not None
    padding = 3 * 1152 if kind == "mp3" else 0
    assert len(TWO) <= found.frames <= len(TWO) + padding
    assert found.end in (None, len(FILES[kind]))
    assert [text.content for text in found.texts if text.origin == "tag:title"][:1] == ["a title"]
    assert found.unread == 0


@pytest.mark.parametrize("rate", [8_000, 12_000, 16_000, 24_000, 48_000])
def test_opus_is_described_at_the_rate_it_decodes_to(rate: int) -> None:
    found = headers.read(sounds.encode(sounds.tone(440, rate), rate, "opus"))
    assert (found.rate, found.frames) == (rate, rate)


@pytest.mark.parametrize(("title", "data", "reason"), LIES, ids=[row[0] for row in LIES])
def test_a_lie_is_refused(title: str, data: bytes, reason: str | None) -> None:
    """By its reason; a second Ogg stream behind the first is left out instead, and seen."""
    if reason is None:
        assert headers.read(data).end == len(data) // 2
        return
    with pytest.raises(BadHeader) as error:
        headers.read(data)
    assert error.value.reason == reason


def test_a_flac_that_does_not_say_how_long_it_is() -> None:
    """0 stands for unknown (RFC 9639, 8.2): legal, and counted while it is decoded."""
    assert headers.read(sounds.stream_info(FILES["flac"], frames=0)).frames is None


def test_a_flac_behind_an_id3_tag_is_a_flac() -> None:
    found = headers.read(sounds.id3((b"TIT2", b"\x03a title")) + FILES["flac"])
    assert (found.format, found.frames) == ("FLAC", len(TWO))
    assert found.start == len(sounds.id3((b"TIT2", b"\x03a title")))


@pytest.mark.parametrize("size", [0x7FFFFFFF, 0xFFFFFFFF, 0xFFFFFFA0])
def test_a_wav_written_to_a_pipe_reaches_to_its_end(size: int) -> None:
    """Sizes that nobody could go back and correct."""
    body = sounds.pcm(sounds.tone(440, 16_000))
    data = riff(fmt()) + b"data" + struct.pack("<I", size) + body
    streamed = data[:4] + struct.pack("<I", size) + data[8:]
    assert headers.read(streamed).frames == 16_000


def test_what_follows_the_end_is_not_the_file() -> None:
    """The decoder gets what stands between start and stop only."""
    for kind in ("wav", "aiff", "vorbis", "mp3"):
        data = sounds.encode(TWO, RATE, kind)
        found = headers.read(data + b"PK\x03\x04" + bytes(60))
        assert (found.stop, found.end) == (len(data), len(data)), kind


def test_aiff_c_of_little_endian_samples() -> None:
    data = form(b"AIFC", comm(4, compression=b"sowt"), ssnd(bytes(8)))
    found = headers.read(data)
    assert (found.codec, found.frames, found.rate) == ("pcm", 4, 16_000)


def check(data: bytes) -> None:
    """Any parser, on anything: a header or a refusal, never more samples than could be."""
    for parse in (*PARSERS.values(), headers.read):
        try:
            found = parse(data)
        except BadHeader:
            continue
        assert isinstance(found, Header)
        assert found.rate > 0
        assert found.channels > 0
        assert 0 <= found.start <= len(data)
        assert found.stop is None or found.start <= found.stop <= len(data)
        assert found.end is None or found.end <= len(data)


MAGICS = (
    b"RIFF\0\0\0\0WAVEfmt ",
    b"FORM\0\0\0\0AIFFCOMM",
    b"fLaC\0\0\0\x22",
    b"OggS\0\2",
    b"ID3\3\0\0",
    b"\xff\xfb\x90\x64",
)


@settings(max_examples=300, deadline=None)
@given(magic=st.sampled_from((*MAGICS, b"")), rest=st.binary(max_size=400))
def test_any_bytes_are_a_header_or_a_refusal(magic: bytes, rest: bytes) -> None:
    check(magic + rest)


@settings(max_examples=300, deadline=None)
@given(
    kind=st.sampled_from(sorted(FILES)),
    changes=st.lists(st.tuples(st.integers(0, 700), st.integers(0, 255)), max_size=6),
    cut=st.none() | st.integers(0, 3_000),
)
def test_any_damage_is_a_header_or_a_refusal(
    kind: str, changes: list[tuple[int, int]], cut: int | None
) -> None:
    """Bytes changed near the beginning, and the end cut off."""
    data = bytearray(FILES[kind][:20_000])
    for at, byte in changes:
        data[at % len(data)] = byte
    check(bytes(data[:cut]))


@pytest.mark.parametrize(
    "data",
    [
        riff(fmt(), *[chunk(b"junk", b"")] * 100_000),
        form(b"AIFF", *[chunk(b"ANNO", b"")] * 100_000),
        b"fLaC" + b"\0\0\0\x22" + bytes(34) + b"\1\0\0\0" * 100_000,
        page(OPUS_HEAD, 2, 0) + page(b"OpusTags" + b"\xff" * 60_000, 0, 0) * 100,
        b"ID3\3\0\0\0\0\0\0" * 100_000,
        riff(fmt(), chunk(b"LIST", b"INFO" + chunk(b"ICMT", b"x") * 100_000)),
    ],
    ids=["wav", "aiff", "flac", "ogg", "id3", "list"],
)
def test_many_parts_do_not_take_long(data: bytes) -> None:
    """Parsers look at each byte a bounded number of times."""
    check(data)
