"""What libmagic takes a file for. Runs inside a leaf: it is a parser in C like any other."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache

#: What libmagic calls each format (file 5.44 to 5.46).
MEDIA_TYPES: dict[str, frozenset[str]] = {
    "BMP": frozenset({"image/bmp", "image/x-ms-bmp"}),
    "GIF": frozenset({"image/gif"}),
    "JPEG": frozenset({"image/jpeg"}),
    "PNG": frozenset({"image/png", "image/apng", "image/vnd.mozilla.apng"}),
    "TIFF": frozenset({"image/tiff"}),
    "WEBP": frozenset({"image/webp"}),
}

#: Answers that say nothing.
NO_ANSWER: frozenset[str] = frozenset({"", "application/octet-stream"})


def media_type(data: bytes | memoryview) -> str:
    """The media type, by all of the bytes; empty where libmagic is not installed."""
    ask = _library()
    return ask(bytes(data))[:80] if ask is not None else ""


@lru_cache(maxsize=1)
def _library() -> Callable[[bytes], str] | None:
    found: Callable[[bytes], str] | None = None
    with suppress(ImportError, OSError):
        import magic

        with suppress(magic.MagicException):
            found = magic.Magic(mime=True).from_buffer
    return found
