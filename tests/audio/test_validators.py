"""Audio validators: formats on the list, and sizes that the policy takes."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from sanitize.audio.validators import Header, Limits
from sanitize.stage import Stage
from sanitize.types import Context, Finding, Modality, Sample
from tests.audio import sounds
from tests.audio.sounds import chunk, fmt, riff
from tests.contracts import StageContract

WAV = sounds.plain_wav()
MP3 = sounds.encode(sounds.tone(440, 16_000), 16_000, "mp3")
BROKEN = (
    b"",
    b"RIFF",
    b"OggS" * 9,
    b"ID3" * 9,
    b"fLaC" * 9,
    bytes(1_000_000),
    b"\xff\xfb" * 50_000,
)


def announce(frames: int, **options: int) -> bytes:
    """A WAV that announces many samples and holds two bytes."""
    size = frames * options.get("channels", 1) * 2
    body = riff(fmt(**options))[8:] + b"data" + struct.pack("<I", size)
    return b"RIFF" + struct.pack("<I", len(body) + size) + body + b"\0\0"


def findings(stage: Stage, data: bytes) -> tuple[Finding, ...]:
    (sample,) = stage([Sample(data, Modality.AUDIO)], Context())
    return sample.findings


class TestHeader(StageContract):
    modality = Modality.AUDIO

    def make(self) -> Stage:
        return Header(audio_formats=("WAV", "FLAC"))

    def values(self) -> list[Any]:
        return [WAV, MP3, b"not sound"]

    def hostile(self) -> list[Any]:
        return list(BROKEN)

    def test_a_format_that_is_not_on_the_list_is_refused(self) -> None:
        (found,) = findings(self.make(), MP3)
        assert (found.rule, found.detail["received"]) == ("audio.format", "MP3")
        assert findings(Header(), MP3) == ()

    def test_a_broken_header_is_refused_with_its_reason(self) -> None:
        (found,) = findings(self.make(), riff(fmt(tag=2), chunk(b"data", b"\0\0")))
        assert (found.rule, dict(found.detail)) == ("audio.bad-header", {"reason": "codec"})


TOO_LARGE = (
    ("nine channels", announce(1, channels=9), "channels"),
    ("601 seconds", announce(601 * 16_000), "seconds"),
    ("eight channels for 100 s", announce(48_000 * 100, channels=8, rate=48_000), "samples"),
    ("384 kHz", announce(1, rate=384_000), "rate"),
    ("4 kHz", announce(1, rate=4_000), "low-rate"),
)

FITS = (
    ("eight channels", announce(1, channels=8)),
    ("600 seconds", announce(600 * 16_000)),
    ("192 kHz", announce(1, rate=192_000)),
    ("8 kHz", announce(1, rate=8_000)),
    ("a bit of padding", WAV + bytes(15)),
)


class TestLimits(StageContract):
    modality = Modality.AUDIO

    def make(self) -> Stage:
        return Limits()

    def values(self) -> list[Any]:
        return [WAV, WAV + bytes(100), announce(1 << 30), b"not sound"]

    def hostile(self) -> list[Any]:
        return list(BROKEN)

    @pytest.mark.parametrize(("title", "data", "limit"), TOO_LARGE, ids=[r[0] for r in TOO_LARGE])
    def test_too_large_is_refused(self, title: str, data: bytes, limit: str) -> None:
        (found,) = findings(self.make(), data)
        assert (found.rule, found.detail["limit"]) == ("audio.too-large", limit)

    @pytest.mark.parametrize(("title", "data"), FITS, ids=[row[0] for row in FITS])
    def test_what_just_fits_is_let_through(self, title: str, data: bytes) -> None:
        assert findings(self.make(), data) == ()

    def test_what_rides_behind_the_sound_is_reported(self) -> None:
        """A file that is two files: a WAV, and an archive behind it."""
        (found,) = findings(self.make(), WAV + b"PK\x03\x04" + bytes(30))
        assert (found.rule, found.detail["bytes"]) == ("audio.trailing-data", 34)
