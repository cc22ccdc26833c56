"""Audio validators: what a file says about itself, before any decoder sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from sanitize.audio import headers
from sanitize.audio.headers import BadHeader
from sanitize.stage import per_sample
from sanitize.types import Context, Finding, Kind, Sample, Severity

#: libsndfile's names of the formats that can be allowed; about twenty others cannot.
Format = Literal["WAV", "AIFF", "FLAC", "OGG", "MP3"]

#: Bytes behind the sound's end from which on they are reported; less is sloppy padding.
TRAILING_BYTES = 16


@dataclass(frozen=True, kw_only=True)
class Header:
    """Refuses formats that are not on the list, and headers that are not well formed.

    Attributes:
        audio_formats: what may come in.
    """

    name: ClassVar[str] = "audio.header"
    kind: ClassVar[Kind] = Kind.VALIDATOR

    audio_formats: tuple[Format, ...] = ("WAV", "AIFF", "FLAC", "OGG", "MP3")

    @per_sample
    def __call__(self, sample: Sample, context: Context) -> Sample:
        """Report `audio.format` or `audio.bad-header`, which end the sample's way."""
        try:
            found = headers.read(sample.value)
        except BadHeader as error:
            return sample.report(critical("audio.bad-header", reason=error.reason))
        if found.format not in self.audio_formats:
            expected = " ".join(self.audio_formats)
            return sample.report(critical("audio.format", expected=expected, received=found.format))
        return sample


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Refuses sound that is too long, too wide or too fast; reports what rides behind it.

    Attributes:
        max_channels: most channels.
        min_rate: lowest rate, in samples a second.
        max_rate: highest rate, in samples a second.
        max_seconds: longest duration.
        max_samples: most samples of all channels together.
    """

    name: ClassVar[str] = "audio.limits"
    kind: ClassVar[Kind] = Kind.VALIDATOR

    max_channels: int = 8
    min_rate: int = 8_000
    max_rate: int = 192_000
    max_seconds: float = 600.0
    max_samples: int = 30_000_000

    @per_sample
    def __call__(self, sample: Sample, context: Context) -> Sample:
        """Report `audio.too-large`, which ends the sample's way, and `audio.trailing-data`.

        Where a format does not tell how long it is, `audio.decode` counts.
        """
        try:
            found = headers.read(sample.value)
        except BadHeader as error:
            return sample.report(critical("audio.bad-header", reason=error.reason))
        frames = found.frames or 0
        measures: tuple[tuple[str, float, float], ...] = (
            ("channels", found.channels, self.max_channels),
            ("rate", found.rate, self.max_rate),
            ("seconds", round(frames / found.rate, 3), self.max_seconds),
            ("samples", frames * found.channels, self.max_samples),
        )
        for limit, received, allowed in measures:
            if received > allowed:
                return sample.report(_too_large(limit, allowed, received))
        if found.rate < self.min_rate:
            return sample.report(_too_large("low-rate", self.min_rate, found.rate))
        trailing = 0 if found.end is None else len(sample.value) - found.end
        if trailing < TRAILING_BYTES:
            return sample
        detail = {"bytes": trailing}
        return sample.report(Finding("audio.trailing-data", Severity.MEDIUM, 1.0, detail=detail))


def critical(rule: str, **detail: int | float | str) -> Finding:
    """A finding that ends the sample's way."""
    return Finding(rule, Severity.CRITICAL, 1.0, detail=detail)


def _too_large(limit: str, allowed: float, received: float) -> Finding:
    return critical("audio.too-large", limit=limit, allowed=allowed, received=received)
