"""Image validators: what a file says about itself, before any decoder sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from sanitize import signatures
from sanitize.image.headers import PARSERS, BadHeader
from sanitize.image.headers.base import Header as Fields
from sanitize.stage import per_sample
from sanitize.types import Context, Finding, Kind, Sample, Severity

#: Pillow's names of the formats that can be allowed; about forty others cannot.
Format = Literal["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"]

#: Bytes behind a picture's end from which on they are reported; less is sloppy padding.
TRAILING_BYTES = 16


def read_header(untrusted: bytes) -> Fields:
    """The header of a picture, by our own parser.

    Raises:
        BadHeader: of no format that we know, or malformed.
    """
    signature = signatures.identify(untrusted[: signatures.HEAD_BYTES])
    parse = PARSERS.get(signature.media_type) if signature else None
    if parse is None:
        raise BadHeader("bad-signature")
    return parse(untrusted)


@dataclass(frozen=True, kw_only=True)
class Header:
    """Refuses formats that are not on the list, and headers that are not well formed.

    Attributes:
        image_formats: what may come in.
    """

    name: ClassVar[str] = "image.header"
    kind: ClassVar[Kind] = Kind.VALIDATOR

    image_formats: tuple[Format, ...] = ("PNG", "JPEG", "WEBP", "GIF", "BMP")

    @per_sample
    def __call__(self, sample: Sample, context: Context) -> Sample:
        """Report `image.format` or `image.bad-header`, which end the sample's way."""
        try:
            found = read_header(sample.value)
        except BadHeader as error:
            return sample.report(_critical("image.bad-header", reason=error.reason))
        if found.format not in self.image_formats:
            expected = " ".join(self.image_formats)
            return sample.report(
                _critical("image.format", expected=expected, received=found.format)
            )
        return sample


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Refuses pictures that are too large, and reports what is more than one picture.

    Attributes:
        max_pixels: most pixels, width times height.
        max_side: most pixels of width and of height.
        max_frames: frames from which on an animation is reported; only the
            first is ever decoded.
    """

    name: ClassVar[str] = "image.limits"
    kind: ClassVar[Kind] = Kind.VALIDATOR

    max_pixels: int = 24_000_000
    max_side: int = 16_384
    max_frames: int = 1

    @per_sample
    def __call__(self, sample: Sample, context: Context) -> Sample:
        """Report `image.too-large`, `image.frames` and `image.trailing-data`."""
        try:
            found = read_header(sample.value)
        except BadHeader as error:
            return sample.report(_critical("image.bad-header", reason=error.reason))
        side, pixels = max(found.width, found.height), found.width * found.height
        if side > self.max_side:
            return sample.report(_too_large("side", self.max_side, side))
        if pixels > self.max_pixels:
            return sample.report(_too_large("pixels", self.max_pixels, pixels))
        return sample.report(*self._more_than_one(found, len(sample.value)))

    def _more_than_one(self, found: Fields, size: int) -> list[Finding]:
        reports = []
        if found.frames > self.max_frames:
            detail = {"allowed": self.max_frames, "received": found.frames}
            reports.append(Finding("image.frames", Severity.MEDIUM, 1.0, detail=detail))
        trailing = size - found.end if found.end is not None else 0
        if trailing >= TRAILING_BYTES:
            detail = {"bytes": trailing}
            reports.append(Finding("image.trailing-data", Severity.MEDIUM, 1.0, detail=detail))
        return reports


def _too_large(limit: str, allowed: int, received: int) -> Finding:
    return _critical("image.too-large", limit=limit, allowed=allowed, received=received)


def _critical(rule: str, **detail: int | str) -> Finding:
    return Finding(rule, Severity.CRITICAL, 1.0, detail=detail)
