"""To the model's exact size, with nothing hidden between the pixels that scaling looks at.

An image-scaling attack (Xiao et al., "Seeing is Not Believing", USENIX Security
2019) plants another picture in the few pixels that scaling without antialiasing
reads. Scaling here always antialiases, which leaves a faint shadow of it at
most; where one is found, odd pixels are taken out first. Runs inside a leaf.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from PIL import Image

    Picture = Image.Image
else:
    Picture = Any

#: Pixels up to which a whole picture is looked at; of larger ones the oddest cells of a grid.
WHOLE_PIXELS = 1_500_000
GRID, CELLS = 8, 8

#: A shadow of a hidden picture begins about here (mean square of differences over 0..255) …
FAINT = 60.0

#: … if the pixels that are read differ from their neighbours by at least this mean square …
ODD_PIXELS = 400.0

#: … and by this factor more than all pixels do. Planted 4 to 1 and 16 to 1, both give 4 or more.
ODD_RATIO = 2.5


class Scaled(NamedTuple):
    """A picture of the size asked for.

    Attributes:
        picture: the picture.
        difference: mean square, over 0..255, of what scaling without
            antialiasing makes of the picture less what averaging makes of it.
        ratio: how much odder the pixels are that such scaling reads.
        planted: True if there seems to be a hidden picture.
    """

    picture: Picture
    difference: float = 0.0
    ratio: float = 0.0
    planted: bool = False


def scale(picture: Picture, size: tuple[int, int], threshold: float) -> Scaled:
    """The picture in another size.

    Args:
        picture: RGB or L.
        size: width and height.
        threshold: the difference from which on a hidden picture is assumed,
            whatever single pixels look like.
    """
    from PIL import Image, ImageFilter

    if picture.size == size:
        return Scaled(picture)
    if max(picture.width / size[0], picture.height / size[1]) < 2:
        return Scaled(picture.resize(size, Image.Resampling.BILINEAR))
    map_, difference = _difference(picture, size)
    odd, ratio = _odd(picture, size, map_) if difference >= FAINT else (0.0, 0.0)
    planted = difference >= threshold or (odd >= ODD_PIXELS and ratio >= ODD_RATIO)
    if planted:
        # Averaging alone leaves payloads readable; without the odd pixels, none is.
        picture = picture.filter(ImageFilter.MedianFilter(3))
    filter_ = Image.Resampling.BOX if planted else Image.Resampling.BILINEAR
    # Averaged to twice the size or more first: three times as fast, and hardly another result.
    small = picture.resize(size, filter_, reducing_gap=2.0)
    return Scaled(small, difference, ratio, planted)


def _difference(picture: Picture, size: tuple[int, int]) -> tuple[Picture, float]:
    """Scaling without antialiasing less averaging: as a picture, and its mean square."""
    from PIL import Image, ImageChops

    step = (picture.width / size[0], 0, 0, 0, picture.height / size[1], 0)
    sparse = picture.transform(
        size, Image.Transform.AFFINE, step, resample=Image.Resampling.BILINEAR
    )
    found = ImageChops.difference(
        sparse, picture.resize(size, Image.Resampling.BOX, reducing_gap=2.0)
    )
    return found, _mean_square(found)


def _odd(picture: Picture, size: tuple[int, int], differences: Picture) -> tuple[float, float]:
    """How far the pixels that are read differ from their neighbours, and against all pixels."""
    from PIL import Image, ImageChops, ImageFilter

    step = (picture.width / size[0], picture.height / size[1])
    read = every = 0.0
    for box in _cells(picture, size, differences):
        left, top = int(box[0] * step[0]), int(box[1] * step[1])
        part = picture.crop((left, top, round(box[2] * step[0]), round(box[3] * step[1])))
        part = part.convert("L")
        odd = ImageChops.difference(part, part.filter(ImageFilter.MedianFilter(3)))
        start = (box[0] * step[0] - left, box[1] * step[1] - top)
        sampled = odd.transform(
            (box[2] - box[0], box[3] - box[1]),
            Image.Transform.AFFINE,
            (step[0], 0, start[0], 0, step[1], start[1]),
            resample=Image.Resampling.NEAREST,
        )
        read, every = max((read, every), (_mean_square(sampled), _mean_square(odd)))
    return read, read / max(every, 1.0)


def _cells(
    picture: Picture, size: tuple[int, int], differences: Picture
) -> Iterator[tuple[int, int, int, int]]:
    """Boxes of the small picture to look at: all, or those that differ most."""
    if picture.width * picture.height <= WHOLE_PIXELS or min(size) < 2 * GRID:
        yield (0, 0, *size)
        return
    from PIL import Image

    weights = differences.convert("L").resize((GRID, GRID), Image.Resampling.BOX).tobytes()
    for cell in sorted(range(GRID * GRID), key=lambda place: -weights[place])[:CELLS]:
        row, column = divmod(cell, GRID)
        edges = (column * size[0], row * size[1], (column + 1) * size[0], (row + 1) * size[1])
        left, top, right, bottom = (edge // GRID for edge in edges)
        yield left, top, right, bottom


def _mean_square(picture: Picture) -> float:
    from PIL import ImageStat

    squares = ImageStat.Stat(picture).sum2
    return float(sum(squares)) / (len(squares) * picture.width * picture.height)
