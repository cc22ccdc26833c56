"""Pictures that the app holds as PIL objects, as bytes again: nothing is decoded here."""

from __future__ import annotations

import io
from typing import Any

from sanitize.reading import critical
from sanitize.types import Finding

#: Modes that PNG can hold as they are; others are converted to RGB, with alpha if they have it.
PNG_MODES: frozenset[str] = frozenset({"1", "L", "LA", "RGB", "RGBA", "I;16"})

#: Modes whose range nobody knows: integers of 32 bits and floats.
UNBOUNDED_MODES: frozenset[str] = frozenset({"I", "F"})

#: Pixels of a loaded picture may take this many times the bytes of the largest file.
PIXEL_FACTOR = 8


def as_bytes(picture: Any, max_bytes: int) -> bytes | Finding:
    """The picture as a file.

    A picture that was opened and not loaded yet is still bytes: those of its
    file. Pixels that the app has loaded itself become a PNG.

    Args:
        picture: an exact `PIL` type; not changed, and not loaded.
        max_bytes: most bytes of a file.
    """
    try:
        source = _source(picture)
        if source is not None:
            return _whole(source, max_bytes)
        return _rebuilt(picture, max_bytes)
    except Exception as error:  # closed files, broken objects: whatever Pillow raises
        return critical("open.unreadable-file", error=type(error).__name__)


def _source(picture: Any) -> Any:
    """The open file behind a picture that has no pixels yet."""
    if getattr(picture, "_im", None) is not None or not hasattr(picture, "fp"):
        return None
    return picture.fp


def _whole(source: Any, max_bytes: int) -> bytes | Finding:
    place = source.tell()
    try:
        source.seek(0)
        data: bytes = source.read(max_bytes + 1)
    finally:
        source.seek(place)
    if len(data) > max_bytes:
        return critical("open.too-large", allowed=max_bytes, received=len(data))
    return data


def _rebuilt(picture: Any, max_bytes: int) -> bytes | Finding:
    """A PNG of the pixels alone: whatever else the object carries stays behind."""
    from PIL import Image

    size = picture.width * picture.height * len(picture.getbands())
    if size > PIXEL_FACTOR * max_bytes:
        return critical("open.too-large", allowed=PIXEL_FACTOR * max_bytes, received=size)
    if picture.mode in UNBOUNDED_MODES:
        return critical("open.unsupported-type", received=f"Image of mode {picture.mode}")
    keeps = picture.mode in PNG_MODES and "transparency" not in picture.info
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    plain = picture if keeps else picture.convert(mode)
    fresh = Image.frombytes(plain.mode, plain.size, plain.tobytes())
    file = io.BytesIO()
    fresh.save(file, "PNG", compress_level=1)
    return file.getvalue()
