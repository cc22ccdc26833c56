"""The pictures that one file is: as different viewers and models would see it.

Runs inside a leaf. What is written in any of them is read (`sanitize.image.reading`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sanitize.image import pixels, scaling

if TYPE_CHECKING:
    from PIL import Image

    Picture = Image.Image
else:
    Picture = Any

#: Longest side that is read; larger pictures are averaged down to it.
SIDE = 2_000

#: Radius of what counts as surroundings, in pixels: more than a stroke, less than a line.
RADIUS = 12

#: How much a difference from the surroundings is enlarged: one level of 255 becomes 48, which
#: the recogniser reads; six and more are black or white.
GAIN = 48

#: Share of pixels that must differ between two views for the second to be worth reading.
SHARE = 0.0005


def every(picture: Picture, size: tuple[int, int] | None) -> Iterator[tuple[str, Picture]]:
    """Each view with its name; the first is the picture as it is shown on white.

    Args:
        picture: decoded, upright, with 8 bits a channel.
        size: width and height that it will be brought to, if they are known.
    """
    white, _ = pixels.flatten(picture)
    yield "", _fitting(white)
    grounds = [white]
    if picture.has_transparency_data:
        alpha = picture.convert("RGBA")
        for name, view in (("black", _on_black(alpha)), ("opaque", alpha.convert("RGB"))):
            if all(_differ(view, other) for other in grounds):
                grounds.append(view)
                yield name, _fitting(view)
    for number, view in enumerate(grounds):
        faint = _contrast(_fitting(view))
        if faint is not None:
            yield "contrast" if number == 0 else f"contrast-{number + 1}", faint
    if size is not None and size != white.size:
        yield from _scaled(white, size)


def _on_black(picture: Picture) -> Picture:
    from PIL import Image

    black = Image.new("RGB", picture.size, "black")
    black.paste(picture, mask=picture.getchannel("A"))
    return black


def _fitting(picture: Picture) -> Picture:
    """The picture, averaged down to at most `SIDE` pixels a side."""
    factor = -(-max(picture.size) // SIDE)
    return picture.reduce(factor) if factor > 1 else picture


def _differ(one: Picture, other: Picture) -> bool:
    """Whether more than a few pixels do, by so little as one level."""
    from PIL import ImageChops

    counts = ImageChops.difference(one, other).convert("L").histogram()
    return sum(counts[1:]) > SHARE * sum(counts)


def _contrast(picture: Picture) -> Picture | None:
    """What differs from its surroundings by a few levels, made plain; None if nothing does.

    253 on 255 cannot be seen, and a model reads it.
    """
    from PIL import ImageChops, ImageFilter

    grey = picture.convert("L")
    around = grey.filter(ImageFilter.BoxBlur(RADIUS))
    half, limit = 128, 255 // GAIN
    signed = ImageChops.subtract(grey, around, 1, half)
    counts = signed.histogram()
    faint = sum(counts[half - limit : half]) + sum(counts[half + 1 : half + limit + 1])
    if faint <= SHARE * sum(counts):
        return None
    return signed.point(lambda level: (level - half) * GAIN + half).convert("RGB")


def _scaled(picture: Picture, size: tuple[int, int]) -> Iterator[tuple[str, Picture]]:
    """As the model gets it, and as it would be by taking single pixels."""
    from PIL import Image

    yield "scaled", scaling.scale(picture, size, float("inf")).picture
    if picture.width > size[0] or picture.height > size[1]:
        sampled = picture.resize(size, Image.Resampling.NEAREST)
        step = (picture.width / size[0], 0, 0, 0, picture.height / size[1], 0)
        method = Image.Transform.AFFINE
        blended = picture.transform(size, method, step, resample=Image.Resampling.BILINEAR)
        yield "nearest", sampled
        yield "bilinear", blended
