"""What a sound file says about itself, before anything is decoded."""

from __future__ import annotations

from dataclasses import dataclass

from sanitize.reader import BadHeader
from sanitize.types import Text

__all__ = ["BadHeader", "Header"]


@dataclass(frozen=True, slots=True)
class Header:
    """A sound file's account of itself, by our own parser.

    All of it is untrusted; it is what limits are checked against and what the
    decoder must agree with later.

    Attributes:
        format: libsndfile's name of the container: WAV, AIFF, FLAC, OGG or MP3.
        codec: `pcm`, `float`, `flac`, `vorbis`, `opus` or `mp3`.
        rate: samples a second and channel, in Hz, at least 1.
        channels: at least 1.
        frames: samples of one channel; an upper bound where the codec pads, None
            where the format does not tell.
        bits: of a sample as stored; 0 where the codec has none.
        start: offset of the first byte that the decoder needs.
        stop: offset behind the last one; None for the end of the data.
        end: offset behind all that belongs to the file, tags included; None where
            the format does not tell.
        texts: its tags, in the order of the file, with origins such as `tag:title`.
        unread: bytes or characters of tags that could not be read, or were too many.
    """

    format: str
    codec: str
    rate: int
    channels: int
    frames: int | None
    bits: int = 0
    start: int = 0
    stop: int | None = None
    end: int | None = None
    texts: tuple[Text, ...] = ()
    unread: int = 0

    def __post_init__(self) -> None:
        if self.rate < 1 or self.channels < 1:
            raise BadHeader("no-channels" if self.rate else "no-rate")
        if self.frames is not None and self.frames < 1:
            raise BadHeader("no-samples")

    @property
    def seconds(self) -> float | None:
        """Duration, None where the format does not tell."""
        return None if self.frames is None else self.frames / self.rate
