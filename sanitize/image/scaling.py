"""To the model's exact size, with nothing hidden between the pixels that scaling looks at.

An image-scaling attack (Xiao et al., "Seeing is Not Believing", USENIX Security
2019) plants another picture in the few pixels that scaling without antialiasing
reads. Runs inside a leaf; Pillow is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from PIL import Image

    Picture = Image.Image
else:
    Picture = Any


class Scaled(NamedTuple):
    """A picture of the size asked for.

    Attributes:
        picture: the picture.
        difference: mean square, over 0..255, of what scaling without
            antialiasing makes of the picture less what averaging makes of it.
        filtered: True if single pixels were taken out before averaging.
    """

    picture: Picture
    difference: float
    filtered: bool


def scale(picture: Picture, size: tuple[int, int], threshold: float) -> Scaled:
    """The picture in another size.

    Args:
        picture: RGB or L.
        size: width and height.
        threshold: the difference from which on a hidden picture is assumed.
    """
    from PIL import Image, ImageFilter

    if picture.size == size:
        return Scaled(picture, 0.0, False)
    ratio = max(picture.width / size[0], picture.height / size[1])
    difference = _difference(picture, size) if ratio > 1 else 0.0
    if difference >= threshold and ratio >= 2:
        # Averaging alone leaves payloads readable; without the odd pixels, none is.
        clean = picture.filter(ImageFilter.MedianFilter(3))
        return Scaled(clean.resize(size, Image.Resampling.BOX), difference, True)
    return Scaled(picture.resize(size, Image.Resampling.BILINEAR), difference, False)


def _difference(picture: Picture, size: tuple[int, int]) -> float:
    from PIL import Image, ImageChops, ImageStat

    step = (picture.width / size[0], 0, 0, 0, picture.height / size[1], 0)
    sparse = picture.transform(
        size, Image.Transform.AFFINE, step, resample=Image.Resampling.BILINEAR
    )
    average = picture.resize(size, Image.Resampling.BOX)
    squares = ImageStat.Stat(ImageChops.difference(sparse, average)).sum2
    return sum(squares) / (len(squares) * size[0] * size[1])
