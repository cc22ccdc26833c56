"""Pictures planted between the pixels that careless scaling reads: found, and gone."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from sanitize.image.encoders import Decode
from sanitize.types import Context, Modality, Sample
from tests.image.attacks import KERNELS, plant, shrink
from tests.image.pictures import Array, encode, page, photo

SIDE = 64

HIDDEN = {"page": page(SIDE, SIDE), "photo": photo(SIDE, SIDE, 99)}


def decode(data: bytes, side: int = SIDE) -> Sample:
    (sample,) = Decode(size=(side, side))([Sample(data, Modality.IMAGE)], Context())
    return sample


def likeness(first: Array, second: Array) -> float:
    """Correlation of two pictures, -1 to 1."""
    return float(np.corrcoef(first.ravel(), second.ravel())[0, 1])


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("times", [4, 8])
@pytest.mark.parametrize("kernel", KERNELS)
def test_a_planted_picture_is_found_and_does_not_reach_the_model(
    kernel: str, times: int, hidden: str
) -> None:
    """The victim's scaling shows it; ours shows what people see."""
    cover = np.asarray(photo(SIDE * times, SIDE * times), np.float64)
    wanted = np.asarray(HIDDEN[hidden], np.float64)
    attack = plant(cover, wanted, kernel)
    assert likeness(shrink(attack.astype(np.float64), (SIDE, SIDE), kernel), wanted) > 0.99
    found = decode(encode(Image.fromarray(attack)))
    assert [finding.rule for finding in found.findings] == ["image.scaling-attack"]
    honest = decode(encode(Image.fromarray(cover.astype(np.uint8)))).value.astype(np.float64)
    pixels = found.value.astype(np.float64)
    assert likeness(pixels, honest) > 0.75
    assert likeness(pixels - honest, wanted - honest) < 0.6
    assert np.abs(pixels - honest).mean() < np.abs(wanted - honest).mean() / 4


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_planted_picture_survives_no_compression_unseen(kernel: str) -> None:
    """As a JPEG of good quality it is found all the same."""
    cover = np.asarray(photo(SIDE * 4, SIDE * 4), np.float64)
    attack = Image.fromarray(plant(cover, np.asarray(HIDDEN["page"], np.float64), kernel))
    found = decode(encode(attack, "JPEG", quality=90))
    assert [finding.rule for finding in found.findings] == ["image.scaling-attack"]


def test_a_planted_picture_is_found_in_a_corner_of_a_large_one() -> None:
    """Large pictures are searched where they differ most, not everywhere."""
    cover = np.asarray(photo(SIDE * 4, SIDE * 4), np.float64)
    attack = Image.fromarray(plant(cover, np.asarray(HIDDEN["page"], np.float64), "bilinear"))
    large = photo(SIDE * 4 * 5, SIDE * 4 * 5)
    large.paste(attack, (SIDE * 4 * 4, SIDE * 4 * 4))
    found = decode(encode(large), SIDE * 5)
    assert [finding.rule for finding in found.findings] == ["image.scaling-attack"]


def _noise() -> Image.Image:
    random = np.random.default_rng(1)
    return Image.fromarray(random.integers(0, 256, (500, 500, 3)).astype(np.uint8))


def _screen() -> Image.Image:
    """Small text with lines of a pixel, as on a screen."""
    picture = Image.new("RGB", (800, 600), "white")
    draw = ImageDraw.Draw(picture)
    for row in range(0, 600, 20):
        text = "The quick brown fox jumps over the lazy dog, and again. " * 2
        draw.text((5, row), text, "black", ImageFont.load_default(size=12))
        draw.line((0, row + 18, 800, row + 18), "grey")
    return picture


def _night() -> Image.Image:
    """Stars: single bright pixels, at places of their own."""
    picture = np.zeros((640, 640, 3), np.uint8)
    random = np.random.default_rng(2)
    picture[random.integers(0, 640, 3_000), random.integers(0, 640, 3_000)] = 255
    return Image.fromarray(picture)


BENIGN = {
    "a photograph": photo(900, 1_200),
    "a small photograph": photo(200, 200),
    "one smaller than the model's input": photo(30, 30),
    "noise": _noise(),
    "a screen": _screen(),
    "stars": _night(),
    "a page": page(1_000, 800),
    "a gradient": Image.linear_gradient("L").resize((999, 777)),
    "a strip": photo(40, 4_000),
}


@pytest.mark.parametrize("name", BENIGN)
@pytest.mark.parametrize("side", [SIDE, 224])
def test_an_honest_picture_raises_no_alarm(name: str, side: int) -> None:
    found = decode(encode(BENIGN[name]), side)
    assert found.findings == ()
    assert found.value.shape == (side, side, 3)


FALSE_ALARMS = {
    "a checkerboard": (np.indices((399, 399)).sum(axis=0) % 2, 57),
    "fine stripes": ((np.indices((399, 399))[1] // 7) % 2, 30),
}


@pytest.mark.parametrize("name", FALSE_ALARMS)
def test_a_fine_pattern_is_a_known_false_alarm(name: str) -> None:
    """Another picture does appear, moiré, though nobody planted it."""
    pattern, side = FALSE_ALARMS[name]
    found = decode(encode(Image.fromarray((pattern * 255).astype(np.uint8))), side)
    assert [finding.rule for finding in found.findings] == ["image.scaling-attack"]
