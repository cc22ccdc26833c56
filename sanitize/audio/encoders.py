"""Audio encoders: from a file to fresh samples, decoded in the sandbox and nowhere else."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from sanitize.audio import answers, headers
from sanitize.audio.headers import BadHeader
from sanitize.audio.speech import heard
from sanitize.audio.validators import critical
from sanitize.errors import PolicyError
from sanitize.sandbox import Question, decoded, each
from sanitize.types import Context, Kind, Sample

if TYPE_CHECKING:
    import numpy as np

#: The decoder module, and its job.
MODULE = "sanitize.audio.decode"
JOB = f"{MODULE}:mono"

#: Rates in Hz that sound can be brought to.
RATES = range(1_000, 192_001)

#: Room for what a resampler and a lossy codec add at the end, in samples.
SLACK = 8_192


@dataclass(frozen=True, kw_only=True)
class Decode:
    """Decodes sound in a sandbox: one channel, at the rate that is wanted.

    The value becomes a read-only float32 array of shape (samples,) within -1..1, or
    a WAV without tags. Its strings become texts for the detectors.

    Attributes:
        rate: samples a second to come out, in Hz, by soxr's HQ recipe, which lets
            nothing through above half of it; None keeps the file's own.
        output: `array`, or `wav`: bytes of a 16-bit PCM file.
        sandbox: `zygote`; `process` and `in-process` are none, and every
            verdict says so. Where none can be had, nothing is decoded.
        timeout: seconds that decoding may take.
        max_seconds: longest duration that is decoded, whatever the header said.
        max_samples: most samples of all channels that are decoded, likewise, and
            most that come out.
        speech: whether what is said is written down and read too, in a sandbox of its
            own (extra `speech`): English.
        speech_seconds: how much of the sound is listened to, from its beginning.
        speech_timeout: seconds that listening may take.

    Raises:
        PolicyError: a rate or a time that cannot be; `speech` without the extra.
    """

    name: ClassVar[str] = "audio.decode"
    kind: ClassVar[Kind] = Kind.ENCODER

    rate: int | None = None
    output: Literal["array", "wav"] = "array"
    sandbox: Literal["zygote", "process", "in-process"] = "zygote"
    timeout: float = 10.0
    max_seconds: float = 600.0
    max_samples: int = 30_000_000
    speech: bool = False
    speech_seconds: float = 120.0
    speech_timeout: float = 60.0

    def __post_init__(self) -> None:
        if self.rate is not None and self.rate not in RATES:
            raise PolicyError(
                f"{self.name}: rate: expected {RATES[0]}..{RATES[-1]} Hz, received {self.rate}"
            )
        if not self.speech_seconds > 0:
            raise PolicyError(
                f"{self.name}: speech_seconds: expected more than 0, received {self.speech_seconds}"
            )
        if self.speech:
            heard.require(self.name)

    def __call__(self, samples: Sequence[Sample], context: Context) -> Sequence[Sample]:
        """Decode all, as many at once as there are cores."""
        return each(samples, self._decode)

    def _decode(self, sample: Sample) -> Sample:
        try:
            header = headers.read(sample.value)
        except BadHeader as error:
            return sample.report(critical("audio.bad-header", reason=error.reason))
        options, size = self.options(header), len(sample.value)
        frames = math.ceil(options["max_frames"] * options["target"] / header.rate)
        frames = min(frames, self.max_samples)  # a higher rate makes more of them
        data = memoryview(sample.value)[header.start : header.stop]
        question = Question(
            job=JOB,
            options=options,
            sandbox=self.sandbox,
            timeout=self.timeout,
            max_output=4 * (frames + SLACK),
        )
        sample, answer = question.ask(sample, data, answers.read)
        if answer is None:
            return sample
        value = answer.samples if self.output == "array" else wav(answer.samples, options["target"])
        found = answers.findings(answer, header, options["target"])
        sample = sample.read(*header.texts).become(value, *found)
        if self.speech and not sample.halted:
            sample = self._heard(sample, data, options)
        return decoded(sample, size)

    def _heard(self, sample: Sample, data: memoryview, options: dict[str, Any]) -> Sample:
        options = {**options, "seconds": self.speech_seconds}
        limits: dict[str, Any] = {"sandbox": self.sandbox, "timeout": self.speech_timeout}
        return heard.read(sample, data, options, **limits)

    def options(self, header: headers.Header) -> dict[str, Any]:
        """What the job is told: what to expect, how much of it, and what is wanted."""
        longest = min(int(self.max_seconds * header.rate), self.max_samples // header.channels)
        announced = longest if header.frames is None else header.frames + SLACK // 2
        return {
            "format": header.format,
            "codec": header.codec,
            "rate": header.rate,
            "channels": header.channels,
            "max_frames": min(longest, announced),
            "target": self.rate or header.rate,
        }


def wav(samples: np.ndarray[Any, np.dtype[np.float32]], rate: int) -> bytes:
    """A WAV of 16-bit PCM, one channel, without any tag.

    Args:
        samples: float32 of shape (samples,), -1..1.
        rate: samples a second, in Hz.
    """
    import numpy as np

    body: bytes = np.rint(samples * 32767.0).astype("<i2").tobytes()
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16)
    data = struct.pack("<4sI", b"data", len(body))
    return struct.pack("<4sI4s", b"RIFF", 36 + len(body), b"WAVE") + form + data + body
