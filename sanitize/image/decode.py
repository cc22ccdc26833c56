"""The decoder's job: bytes in, plain pixels and strings out. Runs inside a leaf only.

`sanitize` is a bare name in there: modules are imported by their full names.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from sanitize.image import pixels, scaling, sniffing, strings
from sanitize.sandbox.jobs import DecodeError, LimitExceeded

#: This job, as `Sandbox.run` knows it.
MODULE = "sanitize.image.decode"
JOB = f"{MODULE}:picture"

#: Bytes of pixels that are handed over at once: no second copy of a large picture.
STRIP_BYTES = 1 << 19


def picture(data: memoryview, options: dict[str, Any]) -> tuple[dict[str, Any], Iterator[bytes]]:
    """Decode a picture.

    Args:
        data: the file.
        options: `format`, `width` and `height` that its header declared; `size`,
            width and height to come out, or None for its own; `channels`, 1 or
            3; `max_pixels`; `max_text`, characters; `threshold` of the scaling
            detector.

    Returns:
        What was found, and 8-bit pixels row by row followed by all texts in UTF-8.

    Raises:
        DecodeError: damaged, or not what the header declared.
        LimitExceeded: more pixels than allowed.
    """
    media_type = sniffing.media_type(data)
    found = open_picture(data, options)
    texts, left_out = strings.collect(found, options["max_text"])
    found = upright(found)
    flat, hidden = pixels.flatten(pixels.eight_bits(found))
    if options["channels"] == 1:
        flat = flat.convert("L")
    size = tuple(options["size"] or flat.size)
    scaled = scaling.scale(flat, size, options["threshold"])
    encoded = [text.encode("utf-8", "replace") for _, text in texts]
    header = {
        "width": size[0],
        "height": size[1],
        "channels": options["channels"],
        "media_type": media_type,
        "hidden": hidden,
        "difference": scaled.difference,
        "ratio": scaled.ratio,
        "planted": int(scaled.planted),
        "origins": [origin for origin, _ in texts],
        "text_sizes": [len(text) for text in encoded],
        "left_out": left_out,
    }
    return header, _payload(scaled.picture, encoded)


def open_picture(data: memoryview, options: dict[str, Any]) -> Any:
    """The picture, loaded, if it is what its header declared.

    Raises:
        DecodeError: it is not, or it is damaged.
        LimitExceeded: more pixels than allowed.
    """
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = options["max_pixels"]
    try:
        found = Image.open(io.BytesIO(data), formats=[options["format"]])
        declared, received = (options["width"], options["height"]), found.size
        if declared != received:
            raise DecodeError("size", width=received[0], height=received[1])
        found.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise LimitExceeded("pixels", allowed=options["max_pixels"]) from None
    return found


def upright(found: Any) -> Any:
    """As a viewer would show it, turned as EXIF says; damaged EXIF turns nothing."""
    from PIL import ImageOps

    with suppress(Exception):
        ImageOps.exif_transpose(found, in_place=True)
    return found._new(found.im)  # the pixels alone: the decoder's buffers go


def _payload(picture: Any, texts: list[bytes]) -> Iterator[bytes]:
    width, height = picture.size
    rows = max(1, STRIP_BYTES // (width * len(picture.getbands())))
    for top in range(0, height, rows):
        yield picture.crop((0, top, width, min(height, top + rows))).tobytes()
    yield from texts


def warm() -> None:
    """Before the lock: all codecs, paths and error paths, once."""
    from sanitize.image import warming

    warnings.simplefilter("ignore")  # odd metadata is not worth a line on stderr
    from PIL import Image

    warnings.simplefilter("error", Image.DecompressionBombWarning)
    warming.walk(picture)


def rehearse() -> None:
    """What each leaf does while it waits: a tiny picture."""
    from sanitize.image import warming

    warming.rehearse(picture)


JOBS = {"picture": picture}
