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
from tests.audio.sounds import Array, chunk, fmt, riff, tone
from tests.contracts import StageContract

WAV = sounds.plain_wav()
FLAC = sounds.encode(tone(440, 44_100), 44_100, "flac", title="a title")

#: A format tag of 3: the samples are floats, and may be anything.
FLOATS = fmt(tag=3, bits=32)


def decode(data: bytes, **options: Any) -> Sample:
    (sample,) = Decode(**options)([Sample(data, Modality.AUDIO)], Context())
    return sample


def rules(sample: Sample) -> dict[str, Severity]:
    return {finding.rule: finding.severity for finding in sample.findings}


def level(samples: Array, hertz: float, rate: int) -> float:
    """Amplitude of one tone, by correlation; the ends are left out, where filters settle."""
    inner = samples[rate // 8 : -rate // 8].astype(np.float64)
    turn = np.exp(-2j * np.pi * hertz * np.arange(len(inner)) / rate)
    return float(2 * abs(np.mean(inner * turn)))


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


def test_a_tone_above_the_new_rate_does_not_come_back_below() -> None:
    """9 kHz, decimated to 8 kHz, would sound as 1 kHz: naive decimation keeps all of it."""
    original = tone(9_000, 48_000, 2.0)
    naive = original[::6]
    assert level(naive, 1_000, 8_000) > 0.49
    sample = decode(sounds.encode(original, 48_000), rate=8_000)
    assert level(sample.value, 1_000, 8_000) < 1e-4
    assert float(np.abs(sample.value[1_000:-1_000]).max()) < 1e-4


def test_a_tone_that_is_heard_stays() -> None:
    sample = decode(sounds.encode(tone(1_000, 48_000, 2.0), 48_000), rate=8_000)
    assert rules(sample) == {}
    assert level(sample.value, 1_000, 8_000) == pytest.approx(0.5, abs=0.001)


def test_a_message_on_an_ultrasonic_carrier_is_seen_and_taken_out() -> None:
    """Nobody hears a carrier at 31 kHz; naive decimation folds it to where people speak."""
    rate = 192_000
    message = (1 + tone(300, rate, level=0.8)) / 2
    carrier = tone(31_000, rate, level=0.7) * message
    data = sounds.encode(carrier, rate, "flac")
    assert np.sqrt(np.mean(carrier[::12] ** 2)) > 0.2
    sample = decode(data, rate=16_000)
    assert rules(sample) == {"audio.ultrasonic": Severity.MEDIUM}
    assert sample.findings[0].detail["removed"] == 1
    assert np.sqrt(np.mean(sample.value[500:-500] ** 2)) < 1e-3
    kept = decode(data)
    assert kept.findings[0].detail["removed"] == 0


def test_a_huge_sample_does_not_drown_an_ultrasonic_carrier() -> None:
    """One sample a block, far beyond the scale, would be nearly all of the energy."""
    samples = tone(30_000, 96_000, level=0.4).astype("<f4")
    samples[::8_000] = 1e30
    data = riff(fmt(tag=3, rate=96_000, bits=32), chunk(b"data", samples.tobytes()))
    assert "audio.ultrasonic" in rules(decode(data, rate=16_000))


def test_a_short_ultrasonic_burst_in_a_long_file_is_seen() -> None:
    rate = 96_000
    long = tone(440, rate, 10.0, level=0.2)
    long[rate : rate + rate // 2] += tone(30_000, rate, 0.5)
    assert "audio.ultrasonic" in rules(decode(sounds.encode(long, rate, "flac"), rate=16_000))


def _noise(seed: int, size: int) -> Array:
    return np.random.default_rng(seed).normal(0, 0.1, size)


def _pair(left: Array, right: Array) -> Array:
    return np.stack([left, right], axis=1)


LEFT, RIGHT = _noise(1, 16_000), _noise(2, 16_000)


#: Title, samples of shape (frames, channels), and the findings they must lead to.
SIGNALS: tuple[tuple[str, Array, dict[str, Severity]], ...] = (
    (
        "opposite channels",
        np.stack([tone(440, 16_000), -tone(440, 16_000)], axis=1),
        {"audio.phase-cancellation": Severity.HIGH},
    ),
    (
        "a quiet voice under loud opposite channels",
        np.stack([_noise(1, 16_000) + tone(300, 16_000, level=0.01), -_noise(1, 16_000)], axis=1),
        {"audio.phase-cancellation": Severity.HIGH},
    ),
    (
        "opposite for a second out of four",
        np.concatenate(
            [
                np.stack([tone(440, 16_000, 3.0)] * 2, axis=1),
                np.stack([tone(440, 16_000), -tone(440, 16_000)], axis=1),
            ]
        ),
        {"audio.phase-cancellation": Severity.MEDIUM},
    ),
    (
        "a channel without sound",
        np.stack([tone(440, 16_000), np.zeros(16_000)], axis=1),
        {"audio.silent-channel": Severity.LOW},
    ),
    (
        "one channel of eight with sound",
        np.stack([tone(440, 16_000, level=0.05), *[np.zeros(16_000)] * 7], axis=1),
        {"audio.silent-channel": Severity.MEDIUM},
    ),
    ("silence", np.zeros((16_000, 1)), {"audio.silent-channel": Severity.LOW}),
    ("off its axis", tone(440, 16_000)[:, None] / 4 + 0.3, {"audio.dc-offset": Severity.LOW}),
    (
        "cut off at times",
        np.clip(tone(440, 16_000, level=1.002)[:, None], -1, 1),
        {"audio.clipping": Severity.LOW},
    ),
    (
        "a square wave",
        np.sign(tone(440, 16_000) + 1e-9)[:, None],
        {"audio.clipping": Severity.MEDIUM},
    ),
    # benign twins
    ("channels that have nothing in common", _pair(LEFT, RIGHT), {}),
    ("the same, in four channels", np.stack([_noise(n, 16_000) for n in range(4)], axis=1), {}),
    ("a wide stereo picture", _pair(LEFT + 0.9 * RIGHT, 0.9 * LEFT - 0.4 * RIGHT), {}),
    (
        "a quarter of a turn between channels",
        _pair(tone(440, 16_000), np.roll(tone(440, 16_000), 9)),
        {},
    ),
    ("a quiet channel", np.stack([tone(440, 16_000), tone(440, 16_000, level=0.001)], axis=1), {}),
    ("loud, and not cut off", tone(440, 16_000, level=0.99)[:, None], {}),
    ("a little off", tone(440, 16_000)[:, None] + 0.01, {}),
)


@pytest.mark.parametrize(("title", "samples", "expected"), SIGNALS, ids=[r[0] for r in SIGNALS])
def test_what_is_wrong_with_the_sound_is_found(
    title: str, samples: Array, expected: dict[str, Severity]
) -> None:
    assert rules(decode(sounds.encode(samples, 16_000))) == expected


def test_white_noise_is_no_ultrasound() -> None:
    """A quarter of its energy at 48 kHz is above 18 kHz: loud for music, natural for noise."""
    assert rules(decode(sounds.encode(_noise(3, 96_000), 48_000, "flac"))) == {}


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_ends_the_way(bad: float) -> None:
    samples = tone(440, 16_000).astype("<f4")
    samples[9_000] = bad
    sample = decode(riff(FLOATS, chunk(b"data", samples.tobytes())), rate=8_000)
    assert rules(sample) == {"audio.not-finite": Severity.CRITICAL}


def test_floats_beyond_the_scale_are_cut() -> None:
    samples = np.array([1e38, -1e38, 0.5, 3e38] * 500, "<f4")
    sample = decode(riff(FLOATS, chunk(b"data", samples.tobytes())))
    assert rules(sample)["audio.clipping"] is Severity.MEDIUM
    assert (sample.value.min(), sample.value.max()) == (-1.0, 1.0)


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
