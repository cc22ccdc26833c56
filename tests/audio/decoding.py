"""What the tests of decoding share: one file in, one sample out, and how to look at it."""

from __future__ import annotations

from typing import Any

import numpy as np

from sanitize.audio.encoders import Decode
from sanitize.types import Context, Modality, Sample, Severity
from tests.audio.sounds import Array, fmt

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
