"""PIL images as input: bytes again, and nothing decoded on the way."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sanitize.image.objects import as_bytes
from sanitize.opening import Door
from sanitize.types import Finding, Modality, Sample
from tests.image.pictures import encode, photo

LIMIT = 1_000_000


def opened(value: object) -> Sample:
    return Door({Modality.IMAGE: LIMIT}, 8, 100).open(value, None, None)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_an_unloaded_picture_is_the_bytes_of_its_file(kind: str) -> None:
    """And stays unloaded: the app's process decodes nothing."""
    data = encode(photo(40, 30), kind)
    picture = Image.open(io.BytesIO(data))
    sample = opened(picture)
    assert sample.value == data
    assert sample.modality is Modality.IMAGE
    assert picture._im is None
    assert np.asarray(picture).shape[:2] == (40, 30)  # and can still be loaded


def test_a_picture_opened_by_path(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(encode(photo(40, 30)))
    with Image.open(path) as picture:
        assert opened(picture).value == path.read_bytes()


@pytest.mark.parametrize(
    "mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "I;16"]
)
def test_a_loaded_picture_becomes_a_png_of_its_pixels(mode: str) -> None:
    """Of all that the object carried, only pixels are left."""
    grey = photo(40, 30).convert("L")
    picture = grey.convert("I").convert(mode) if mode == "I;16" else photo(40, 30).convert(mode)
    picture.info.update(comment=b"a comment", exif=b"Exif\x00\x00", icc_profile=b"profile")
    again = Image.open(io.BytesIO(opened(picture).value))
    assert again.format == "PNG"
    assert again.info == {}
    wanted = picture if mode == again.mode else picture.convert(again.mode)
    assert np.array_equal(np.asarray(again), np.asarray(wanted))


def test_transparency_of_a_palette_is_kept() -> None:
    picture = photo(40, 30).convert("P")
    picture.info["transparency"] = 0
    assert Image.open(io.BytesIO(opened(picture).value)).mode == "RGBA"


REFUSED = [
    ("floats", Image.new("F", (9, 9)), "open.unsupported-type"),
    ("wide integers", Image.new("I", (9, 9)), "open.unsupported-type"),
    ("no pixels", Image.new("RGB", (0, 9)), "open.unreadable-file"),
    ("more pixels than the limit allows", Image.new("RGB", (3_000, 3_000)), "open.too-large"),
]


@pytest.mark.parametrize(
    ("picture", "rule"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_what_cannot_be_a_file_is_refused(picture: Image.Image, rule: str) -> None:
    sample = opened(picture)
    assert [finding.rule for finding in sample.findings] == [rule]
    assert sample.halted


def test_a_closed_picture_is_refused() -> None:
    picture = Image.open(io.BytesIO(encode(photo(9, 9))))
    picture.close()
    found = as_bytes(picture, LIMIT)
    assert isinstance(found, Finding)
    assert found.rule == "open.unreadable-file"


def test_a_file_that_is_too_large_is_not_read_in_full() -> None:
    picture = Image.open(io.BytesIO(encode(photo(900, 900), compress_level=0)))
    assert [finding.rule for finding in opened(picture).findings] == ["open.too-large"]
