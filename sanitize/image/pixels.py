"""From whatever a decoder gives to plain RGB, without losing what other viewers would see.

Runs inside a leaf; Pillow is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sanitize.sandbox.jobs import DecodeError

if TYPE_CHECKING:
    from PIL import Image

    Picture = Image.Image
else:
    Picture = Any

#: Largest picture in which edges are looked for; larger ones are averaged down first.
EDGE_PIXELS = 2_000_000

#: Response of Pillow's FIND_EDGES kernel to a step of 32 grey levels.
EDGE_LEVEL = 96

#: Alpha up to which a pixel cannot be seen, and how far from seen ones it must be to count:
#: pictures fade out, and the last of them is not meant to hide.
UNSEEN, MARGIN = 8, 3


def eight_bits(picture: Picture) -> Picture:
    """The picture with 8 bits a channel, scaled: plain conversion clips 16 bits to white.

    Raises:
        DecodeError: floats, or integers beyond 16 bits, whose range nobody knows.
    """
    if picture.mode == "F":
        raise DecodeError("mode", received=picture.mode)
    if not picture.mode.startswith("I"):
        return picture
    untrusted_range: Any = picture.getextrema()
    if untrusted_range[0] < 0 or untrusted_range[1] > 65_535:
        raise DecodeError("mode", received="I")
    picture = picture.convert("I").point(lambda level: level * (1 / 257) + 0.5)
    return picture.convert("L")


def flatten(picture: Picture) -> tuple[Picture, int]:
    """The picture in RGB on white, and how many pixels' worth of edges that hides.

    A viewer may drop alpha or draw on black: what shows then, and does not on
    white, is hidden from whoever looks at the result, or at the original.
    """
    from PIL import Image

    if not picture.has_transparency_data:  # conversion copies, even from RGB to RGB
        return picture if picture.mode == "RGB" else picture.convert("RGB"), 0
    picture = picture if picture.mode == "RGBA" else picture.convert("RGBA")
    alpha = picture.getchannel("A")
    if alpha.getextrema()[0] == 255:
        return picture.convert("RGB"), 0
    plain = Image.new("RGB", picture.size, "white")
    plain.paste(picture, mask=alpha)
    return plain, _hidden_edges(picture.convert("L"), alpha)


def _hidden_edges(grey: Picture, alpha: Picture) -> int:
    """Pixels with an edge on black, or without alpha, and none nearby on white."""
    from PIL import ImageChops, ImageFilter, ImageStat

    factor = 1
    while grey.width * grey.height > EDGE_PIXELS * factor * factor:
        factor += 1
    black = ImageChops.multiply(grey, alpha)
    white = ImageChops.add(black, ImageChops.invert(alpha))
    views = (black, white, grey, alpha)
    black, white, grey, alpha = (view.reduce(factor) for view in views)
    if min(grey.size) < 3:
        return 0
    for _ in range(MARGIN):
        alpha = alpha.filter(ImageFilter.MaxFilter(3))
    unseen = _inside(alpha.point(lambda level: 255 * (level <= UNSEEN)))
    dropped = ImageChops.darker(_edges(grey), unseen)
    seen = ImageChops.invert(_edges(white).filter(ImageFilter.MaxFilter(5)))
    found = ImageChops.darker(ImageChops.lighter(_edges(black), dropped), seen)
    return int(ImageStat.Stat(found).sum[0] // 255)


def _edges(grey: Picture) -> Picture:
    """White where neighbours differ, without the frame of a pixel that Pillow leaves unfiltered."""
    from PIL import ImageFilter

    found = _inside(grey.filter(ImageFilter.FIND_EDGES))
    return found.point(lambda level: 255 * (level >= EDGE_LEVEL))


def _inside(picture: Picture) -> Picture:
    """All but the outermost pixels."""
    return picture.crop((1, 1, picture.width - 1, picture.height - 1))
