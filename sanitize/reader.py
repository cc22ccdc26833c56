"""Numbers out of untrusted bytes: what all header parsers share.

Pure, bounded Python: it stops at the end of the data, and after a number of parts.
"""

from __future__ import annotations

#: Most chunks, segments, blocks, pages, frames or directories that a parser walks through.
MAX_PARTS = 200_000


class BadHeader(ValueError):
    """The file is not what its format asks for.

    Attributes:
        reason: an identifier such as `truncated` or `no-frame-header`.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


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
