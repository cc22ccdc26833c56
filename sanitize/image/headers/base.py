"""What a picture says about itself, and the errors and the reader that its parsers use."""

from __future__ import annotations

from dataclasses import dataclass

from sanitize.reader import MAX_PARTS, BadHeader, Reader

__all__ = ["MAX_PARTS", "BadHeader", "Header", "Reader"]


@dataclass(frozen=True, slots=True)
class Header:
    """What a picture says about itself, before anything is decoded.

    All of it is untrusted; it is what limits are checked against and what the
    decoder must agree with later.

    Attributes:
        format: Pillow's name of the format: PNG, JPEG, WEBP, GIF, BMP or TIFF.
        width: pixels in a row, at least 1.
        height: rows, at least 1.
        bits: bits of a channel.
        channels: channels as stored; a palette counts as one.
        alpha: whether pixels may be transparent.
        frames: pictures in the file.
        end: offset behind the picture's last byte; None where the format does not tell.
    """

    format: str
    width: int
    height: int
    bits: int
    channels: int
    alpha: bool = False
    frames: int = 1
    end: int | None = None

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise BadHeader("no-pixels")
