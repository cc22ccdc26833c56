"""Image encoders: from a file to fresh pixels, decoded in the sandbox and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from sanitize.image import answers, written
from sanitize.image.decode import JOB
from sanitize.image.headers import BadHeader, Header
from sanitize.image.target import Pixels, Target, target_for
from sanitize.image.validators import read_header
from sanitize.sandbox import Question, decoded, each
from sanitize.types import Context, Finding, Kind, Sample, Severity


@dataclass(frozen=True, kw_only=True)
class Decode:
    """Decodes a picture in a sandbox, into an array of the size that is wanted.

    The value becomes a read-only array of height, width and channels, upright,
    on white, without alpha, palette, colour profile or metadata. The strings
    that rode along become texts for the detectors. With a model's spec in the
    context, size, channels and layout are the model's.

    Attributes:
        sandbox: `zygote`; `process` and `in-process` are none, and every
            verdict says so. Where none can be had, nothing is decoded.
        size: height and width to come out; None keeps the picture's own.
        channels: 3 for RGB, 1 for grey.
        pixels: `uint8`, `float32` (both 0..255), or `unit`: float32 in 0..1.
        timeout: seconds that decoding may take.
        max_pixels: most pixels that are decoded, whatever the header said.
        max_text: most characters of metadata that are read.
        scaling_threshold: mean square difference, over 0..255, between scaling
            with and without antialiasing from which on a hidden picture is assumed.
        output: `array`, or `png`: bytes of a PNG of those pixels and nothing else; in
            front of a model it is always an array.
        ocr: whether what is written in the picture is read too, in a sandbox of its
            own (extra `ocr`); in frames, faint, behind alpha and scaled down.
        ocr_frames: how many frames of an animation are read.
        ocr_timeout: seconds that reading may take.

    Raises:
        PolicyError: `ocr` without the extra.
    """

    name: ClassVar[str] = "image.decode"
    kind: ClassVar[Kind] = Kind.ENCODER

    sandbox: Literal["zygote", "process", "in-process"] = "zygote"
    size: tuple[int, int] | None = None
    channels: Literal[1, 3] = 3
    pixels: Pixels = "uint8"
    timeout: float = 10.0
    max_pixels: int = 24_000_000
    max_text: int = 32_768
    scaling_threshold: float = 8_000.0
    output: Literal["array", "png"] = "array"
    ocr: bool = False
    ocr_frames: int = 4
    ocr_timeout: float = 60.0

    def __post_init__(self) -> None:
        if self.ocr:
            written.require(self.name)

    def __call__(self, samples: Sequence[Sample], context: Context) -> Sequence[Sample]:
        """Decode all, as many at once as there are cores."""
        return each(samples, lambda sample: self._decode(sample, context))

    def _decode(self, sample: Sample, context: Context) -> Sample:
        try:
            header = read_header(sample.value)
        except BadHeader as error:
            return sample.report(_critical("image.bad-header", reason=error.reason))
        data, target = sample.value, self._target(context)
        options = self._options(header, target)
        question = Question(
            job=JOB,
            options=options,
            sandbox=self.sandbox,
            timeout=self.timeout,
            max_output=self._max_output(header.width * header.height, target),
        )
        sample, answer = question.ask(
            sample, data, lambda outcome: answers.read(outcome, header, target)
        )
        if answer is None:
            return sample
        sample = sample.read(*answer.texts)
        if self.ocr:
            sample = self._written(sample, data, options)
        plain = self.output == "png" and context.spec is None  # a model takes arrays
        value = answer.png() if plain else answer.array(target)
        return decoded(sample.become(value, *answers.findings(answer, header)), len(data))

    def _options(self, header: Header, target: Target) -> dict[str, Any]:
        return {
            "format": header.format,
            "width": header.width,
            "height": header.height,
            "size": target.size and target.size[::-1],
            "channels": target.channels,
            "max_pixels": self.max_pixels,
            "max_text": self.max_text,
            "threshold": self.scaling_threshold,
        }

    def _written(self, sample: Sample, data: bytes, options: dict[str, Any]) -> Sample:
        options = {**options, "frames": self.ocr_frames}
        return written.read(sample, data, options, sandbox=self.sandbox, timeout=self.ocr_timeout)

    def _target(self, context: Context) -> Target:
        if context.spec is not None:
            return target_for(context.spec, self.pixels)
        return Target(self.size, self.channels, "hwc", self.pixels)

    def _max_output(self, source_pixels: int, target: Target) -> int:
        pixels = target.size[0] * target.size[1] if target.size else source_pixels
        return pixels * target.channels + 4 * self.max_text  # UTF-8: four bytes a character


def _critical(rule: str, **detail: str) -> Finding:
    return Finding(rule, Severity.CRITICAL, 1.0, detail=detail)
