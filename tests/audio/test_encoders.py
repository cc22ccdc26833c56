"""Decoding in the sandbox: what comes out is safe sound, and says what was wrong with it."""

from __future__ import annotations

import struct
from typing import Any, Literal

import numpy as np
import pytest
import soundfile

from sanitize.audio import headers
from sanitize.audio.encoders import Decode, wav
from sanitize.errors import PolicyError
from sanitize.freezing import is_frozen_array
from sanitize.stage import Stage
from sanitize.types import Context, Modality, Sample, Severity, Text
from tests.audio import sounds
from tests.audio.decoding import FLOATS, decode, level, rules
from tests.audio.sounds import chunk, fmt, riff, tone
from tests.contracts import StageContract

WAV = sounds.plain_wav()
FLAC = sounds.encode(tone(440, 44_100), 44_100, "flac", title="a title")


class TestDecode(StageContract):
    modality = Modality.AUDIO

    def make(self) -> Stage:
        return Decode(rate=8_000)

    def values(self) -> list[Any]:
        silent = riff(fmt(), chunk(b"data", bytes(3_200)))
        return [WAV, FLAC, silent, b"not sound", WAV[:60], FLAC[:200]]

    def hostile(self) -> list[Any]:
        huge = np.full(2_000, 3e38, "<f4").tobytes()
        return [b"", FLAC[:-100] + bytes(100), riff(FLOATS, chunk(b"data", huge)), FLAC[:90] * 30]


@pytest.mark.parametrize("kind", sounds.KINDS)
def test_every_format_becomes_frozen_float32_of_one_channel(kind: str) -> None:
    two = np.stack([tone(1_000, 48_000), tone(1_000, 48_000)], axis=1)
    sample = decode(sounds.encode(two, 48_000, kind, title="a title"), rate=16_000)
    assert rules(sample) == {}
    assert sample.value.dtype == np.float32
    assert sample.value.ndim == 1
    assert is_frozen_array(sample.value)
    assert abs(len(sample.value) - 16_000) <= (1_200 if kind == "mp3" else 0)
    assert level(sample.value, 1_000, 16_000) == pytest.approx(0.5, abs=0.02)
    assert Text("a title", "tag:title") in sample.texts
    assert sample.coverage.scanned == 0


def test_samples_keep_their_values_where_nothing_is_resampled() -> None:
    original = tone(440, 16_000)
    sample = decode(sounds.encode(original, 16_000, "flac"))
    np.testing.assert_allclose(sample.value, original, atol=1.1 / 32_768)


def test_channels_are_mixed() -> None:
    two = np.stack([tone(440, 16_000, level=0.5), tone(440, 16_000, level=0.1)], axis=1)
    sample = decode(sounds.encode(two, 16_000))
    np.testing.assert_allclose(sample.value, tone(440, 16_000, level=0.3), atol=1e-4)


def test_sound_shorter_than_a_sample_is_one() -> None:
    """Two samples at 48 kHz are less than one at 8 kHz: their mean."""
    data = sounds.encode(np.array([0.5, 0.25], np.float32), 48_000, "wav")
    sample = decode(data, rate=8_000)
    assert sample.value.tolist() == pytest.approx([0.375], abs=1e-4)


def test_a_file_that_was_cut_off_is_flagged() -> None:
    for data in (WAV[:-8_000], FLAC[:-300]):
        sample = decode(data)
        assert sample.findings
        assert sample.halted or rules(sample)["audio.samples-missing"] is Severity.MEDIUM


def test_a_flac_of_unknown_length_is_read_to_its_end() -> None:
    sample = decode(sounds.stream_info(FLAC, frames=0))
    assert rules(sample) == {}
    assert len(sample.value) == 44_100


def test_a_flac_of_unknown_length_is_bounded_all_the_same() -> None:
    data = sounds.stream_info(FLAC, frames=0)
    sample = decode(data, max_seconds=0.5)
    assert rules(sample) == {"sandbox.limit": Severity.CRITICAL}


def test_a_higher_rate_does_not_multiply_without_end() -> None:
    """Sixteen times the samples of a file that just fits."""
    sample = decode(sounds.encode(tone(440, 8_000), 8_000), rate=128_000, max_samples=20_000)
    assert rules(sample) == {"sandbox.limit": Severity.CRITICAL}


def test_more_samples_than_announced_are_refused() -> None:
    """Limits were checked against the announcement: it is held to."""
    long = sounds.encode(tone(440, 16_000, 4.0), 16_000, "vorbis")
    last = long.rindex(b"OggS")
    lying = long[: last + 6] + struct.pack("<Q", 16_000) + long[last + 14 :]
    found = headers.read(lying).frames
    sample = decode(lying)
    assert sample.halted or len(sample.value) <= (found or 0) + 4_096


def test_the_decoder_sees_nothing_but_the_sound() -> None:
    """What stands behind the file's end does not reach it, nor do tags in front of an MP3."""
    mp3 = sounds.encode(tone(440, 16_000), 16_000, "mp3")
    tagged = sounds.id3((b"TIT2", b"\0a title")) + mp3 + b"trailing data" * 10
    assert np.array_equal(decode(tagged).value, decode(mp3).value)


def test_a_wav_without_tags() -> None:
    sample = decode(FLAC, rate=16_000, output="wav")
    found = headers.read(sample.value)
    assert (found.codec, found.bits, found.rate, found.texts) == ("pcm", 16, 16_000, ())
    assert found.end == len(sample.value) == 44 + 2 * 16_000
    assert b"title" not in sample.value
    again = decode(sample.value)
    np.testing.assert_allclose(again.value, decode(FLAC, rate=16_000).value, atol=1.1 / 32_767)


def test_a_wav_holds_the_ends_of_the_scale() -> None:
    import io

    made = wav(np.array([-1.0, 0.0, 1.0], np.float32), 8_000)
    samples, rate = soundfile.read(io.BytesIO(made), dtype="int16")
    assert (samples.tolist(), rate) == ([-32_767, 0, 32_767], 8_000)


@pytest.mark.parametrize("kind", ["process", "in-process"])
def test_no_sandbox_is_said(kind: Literal["process", "in-process"]) -> None:
    sample = decode(WAV, sandbox=kind)
    assert rules(sample) == {"sandbox.not-sandboxed": Severity.MEDIUM}
    assert np.array_equal(sample.value, decode(WAV).value)


@pytest.mark.parametrize("rate", [0, -8_000, 999, 1_000_000])
def test_an_impossible_rate_is_bad_configuration(rate: int) -> None:
    with pytest.raises(PolicyError, match="rate"):
        Decode(rate=rate)


def test_a_batch_keeps_its_order() -> None:
    """Good and bad rows, decoded at the same time."""
    rows = [WAV, b"bad", FLAC, WAV[:30], FLAC]
    stage = Decode(rate=8_000)
    samples = stage([Sample(row, Modality.AUDIO) for row in rows], Context())
    assert [sample.halted for sample in samples] == [False, True, False, True, False]
    assert np.array_equal(samples[2].value, samples[4].value)
