"""Sound that is not what people hear: aliases, carriers, opposite channels, no numbers at all."""

from __future__ import annotations

import numpy as np
import pytest

from sanitize.types import Severity
from tests.audio import sounds
from tests.audio.decoding import FLOATS, decode, level, rules
from tests.audio.sounds import Array, chunk, fmt, riff, tone


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
