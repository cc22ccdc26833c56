"""What came out of a leaf, checked against what was agreed before anything is made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sanitize.audio.headers import Header
from sanitize.sandbox import Lie, Outcome
from sanitize.types import Finding, Severity

if TYPE_CHECKING:
    import numpy as np

    Samples = np.ndarray[Any, np.dtype[np.float32]]

#: Measurements that a leaf gives, each with the largest number that it can be.
MEASURED = {
    "frames": 1e12,
    "not_finite": 1e12,
    "dc": 1,
    "silent": 255,
    "clipped": 1,
    "cancelled": 1,
    "ultrasonic": 1,
}

#: Mean from which on sound is said to be off its axis; of full scale.
DC_OFFSET = 0.02

#: Share of samples at the end of the scale: noticeable, and beyond what music does.
CLIPPED, BADLY_CLIPPED = 0.001, 0.1

#: Share of spans whose channels cancel each other, from which on the mix is not the sound.
MOSTLY_CANCELLED = 0.5

#: Share of a span's energy above 18 kHz: white noise at 48 kHz has 0.25, music below 0.01.
ULTRASONIC = 0.3


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer whose sizes and ranges hold.

    Attributes:
        samples: read-only float32 of shape (samples,), finite and within -1..1.
        numbers: what was measured, by name.
    """

    samples: Samples
    numbers: dict[str, float]


def read(outcome: Outcome) -> Answer:
    """The answer.

    Raises:
        Lie: a number is missing or impossible, or samples are not what they must be.
    """
    import numpy as np

    numbers = {name: _number(outcome, name, top) for name, top in MEASURED.items()}
    payload = outcome.untrusted_output
    if len(payload) % 4 or not (payload or numbers["not_finite"]):
        raise Lie("payload")
    samples = np.frombuffer(payload, np.float32)
    if samples.size and not (samples.min() >= -1.0 and samples.max() <= 1.0):  # NaN is neither
        raise Lie("samples")
    return Answer(samples, numbers)


def _number(outcome: Outcome, name: str, top: float) -> float:
    item = outcome.untrusted_header.get(name)
    if type(item) not in (int, float) or not 0 <= item <= top:  # type: ignore[operator]
        raise Lie(name)
    return float(item)  # type: ignore[arg-type]


def findings(answer: Answer, header: Header, target: int) -> list[Finding]:
    """What the leaf measured, in findings' terms."""
    found, measured = [], answer.numbers

    def report(rule: str, severity: Severity, confidence: float, **detail: float) -> None:
        found.append(Finding(rule, severity, confidence, detail=detail))

    if measured["not_finite"]:
        report("audio.not-finite", Severity.CRITICAL, 1.0, samples=int(measured["not_finite"]))
        return found  # decoding ended there
    if measured["dc"] >= DC_OFFSET:
        report("audio.dc-offset", Severity.LOW, 1.0, mean=round(measured["dc"], 4))
    if (share := measured["clipped"]) >= CLIPPED:
        severity = Severity.MEDIUM if share >= BADLY_CLIPPED else Severity.LOW
        report("audio.clipping", severity, 0.9, share=round(share, 4))
    if share := measured["cancelled"]:
        severity = Severity.HIGH if share >= MOSTLY_CANCELLED else Severity.MEDIUM
        report("audio.phase-cancellation", severity, 0.9, share=round(share, 4))
    if silent := int(measured["silent"]):
        lonely = header.channels > 2 and header.channels / 2 <= silent < header.channels
        severity = Severity.MEDIUM if lonely else Severity.LOW
        report("audio.silent-channel", severity, 1.0, silent=silent, channels=header.channels)
    if (share := measured["ultrasonic"]) >= ULTRASONIC:
        removed = int(target <= 36_000)
        report("audio.ultrasonic", Severity.MEDIUM, 0.8, share=round(share, 4), removed=removed)
    if header.frames and header.format != "MP3" and measured["frames"] < header.frames:
        missing = header.frames - int(measured["frames"])
        report("audio.samples-missing", Severity.MEDIUM, 1.0, missing=missing)
    if header.unread:
        report("audio.tags-unread", Severity.MEDIUM, 1.0, size=header.unread)
    return found
