"""What sound costs: ten seconds of FLAC in a leaf, and the same work in the app's own process."""

from __future__ import annotations

import io
import random
from typing import Any

from benchmarks.timing import Row, milliseconds, paired

#: The recording's rate, and the rate that models of speech take, in Hz.
RATE, TARGET = 44_100, 16_000


def recording(seconds: float = 10.0) -> bytes:
    """A FLAC of one channel: tones and a bit of noise, 16 bits."""
    import numpy as np
    import soundfile

    moments = np.arange(int(RATE * seconds)) / RATE
    noise = np.random.default_rng(random.Random(1).getrandbits(32)).normal(0, 0.01, len(moments))
    wave = 0.3 * np.sin(2 * np.pi * 440 * moments) + 0.1 * np.sin(2 * np.pi * 3_000 * moments)
    file = io.BytesIO()
    soundfile.write(file, wave + noise, RATE, format="FLAC", subtype="PCM_16")
    return file.getvalue()


def plain(data: bytes) -> Any:
    """What an app would do by itself: read all of it, resample, hope."""
    import soundfile
    import soxr

    samples, rate = soundfile.read(io.BytesIO(data), dtype="float32")
    return soxr.resample(samples, rate, TARGET, quality="HQ")


def run(rounds: int = 60) -> dict[str, Row]:
    """Measure the sandboxed stage against plain libraries, and against itself without a sandbox.

    Args:
        rounds: pairs of calls for each row.
    """
    from sanitize.audio import headers
    from sanitize.audio.encoders import Decode
    from sanitize.types import Context, Modality, Sample

    sample = Sample(recording(), Modality.AUDIO)
    sandboxed, unsandboxed = Decode(rate=TARGET), Decode(rate=TARGET, sandbox="in-process")

    def decode(stage: Decode) -> None:
        (result,) = stage([sample], Context())
        assert len(result.value) == 10 * TARGET

    leaf, bare, ratio = paired(lambda: decode(sandboxed), lambda: plain(sample.value), rounds)
    own, checked, own_ratio = paired(lambda: decode(sandboxed), lambda: decode(unsandboxed), rounds)
    return {
        "audio.flac-10s.plain": Row(bare, "ms"),
        "audio.flac-10s.in-process": Row(checked, "ms"),
        "audio.flac-10s": Row(leaf, "ms", ratio, "audio.flac-10s.plain"),
        "audio.flac-10s.sandbox": Row(own, "ms", own_ratio, "audio.flac-10s.in-process"),
        "audio.header": Row(milliseconds(lambda: headers.read(sample.value), rounds), "ms"),
    }
