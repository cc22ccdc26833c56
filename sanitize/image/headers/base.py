"""What all header parsers share: a header, its errors, and a reader that stops at the end."""

from __future__ import annotations

from dataclasses import dataclass

#: Most chunks, segments, blocks or directories that a parser walks through.
MAX_PARTS = 200_000


class BadHeader(ValueError):
    """The file is not what its format asks for.

    Attributes:
        reason: an identifier such as `truncated` or `no-frame-header`.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


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


class Reader:
    """Numbers out of bytes; reading past the end raises `BadHeader`.

    Attributes:
        data: the untrusted bytes.
        at: offset of the next byte.
    """

    def __init__(self, data: bytes, at: int = 0, order: str = "big") -> None:
        self.data, self.at = data, at
        self._order = order
        self._parts = 0

    @property
    def left(self) -> int:
        """Bytes from here to the end."""
        return len(self.data) - self.at

    def take(self, count: int) -> bytes:
        """The next bytes."""
        if not 0 <= count <= self.left:
            raise BadHeader("truncated")
        self.at += count
        return self.data[self.at - count : self.at]

    def skip(self, count: int) -> None:
        """Move on without looking."""
        if not 0 <= count <= self.left:
            raise BadHeader("truncated")
        self.at += count

    def number(self, size: int, *, signed: bool = False) -> int:
        """An integer of `size` bytes."""
        order = "big" if self._order == "big" else "little"
        return int.from_bytes(self.take(size), order, signed=signed)  # type: ignore[arg-type]

    def expect(self, magic: bytes) -> None:
        """The next bytes must be these."""
        if self.take(len(magic)) != magic:
            raise BadHeader("bad-signature")

    def part(self) -> None:
        """Count one chunk, segment or block more.

        Raises:
            BadHeader: there are too many.
        """
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise BadHeader("too-many-parts")
