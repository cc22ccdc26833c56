"""GIF (CompuServe, GIF89a specification)."""

from __future__ import annotations

from sanitize.image.headers.base import BadHeader, Header, Reader

#: Block introducers (appendix A) and the label of a graphic control extension (23).
EXTENSION, IMAGE, TRAILER = 0x21, 0x2C, 0x3B
GRAPHIC_CONTROL = 0xF9


def read(data: bytes) -> Header:
    """The header of a GIF; every block is walked through up to the trailer.

    Raises:
        BadHeader: malformed, or a frame that reaches beyond the screen.
    """
    reader = Reader(data, order="little")
    if reader.take(6) not in (b"GIF87a", b"GIF89a"):
        raise BadHeader("bad-signature")
    width, height, flags = reader.number(2), reader.number(2), reader.number(1)
    reader.skip(2)
    _skip_table(reader, flags)
    frames, alpha = _blocks(reader, width, height)
    if frames == 0:
        raise BadHeader("no-pixels")
    return Header("GIF", width, height, 8, 1, alpha, frames, reader.at)


def _blocks(reader: Reader, width: int, height: int) -> tuple[int, bool]:
    frames, alpha = 0, False
    while (kind := reader.number(1)) != TRAILER:
        reader.part()
        if kind == EXTENSION:
            label = reader.number(1)
            body = reader.data[reader.at : reader.at + 2]
            alpha = alpha or (label == GRAPHIC_CONTROL and len(body) == 2 and bool(body[1] & 1))
        elif kind == IMAGE:
            frames += 1
            left, top, wide, high = (reader.number(2) for _ in range(4))
            if left + wide > width or top + high > height:
                raise BadHeader("frame-beyond-screen")
            _skip_table(reader, reader.number(1))
            reader.skip(1)  # minimum code size
        else:
            raise BadHeader("bad-block")
        _skip_sub_blocks(reader)
    return frames, alpha


def _skip_table(reader: Reader, flags: int) -> None:
    if flags & 0x80:
        reader.skip(3 << ((flags & 7) + 1))


def _skip_sub_blocks(reader: Reader) -> None:
    while size := reader.number(1):
        reader.part()
        reader.skip(size)
