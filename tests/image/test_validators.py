"""What is refused or reported before any decoder sees a byte."""

from __future__ import annotations

from typing import Any

import pytest

from sanitize.image.validators import Header, Limits
from sanitize.stage import Stage
from sanitize.types import Context, Modality, Sample, Severity
from tests.contracts import StageContract
from tests.image.pictures import encode, gif, photo, png, resized_jpeg, webp

PICTURE = encode(photo(20, 30))


class TestHeader(StageContract):
    modality = Modality.IMAGE

    def make(self) -> Stage:
        return Header()

    def values(self) -> list[Any]:
        return [PICTURE, encode(photo(9, 9), "TIFF"), PICTURE[:50], b"", b"text"]

    def hostile(self) -> list[Any]:
        return [b"\xff\xd8" + b"\xff" * 5_000_000, b"\x89PNG\r\n\x1a\n" + bytes(5_000_000)]


class TestLimits(StageContract):
    modality = Modality.IMAGE

    def make(self) -> Stage:
        return Limits(max_pixels=1_000)

    def values(self) -> list[Any]:
        animation = encode(photo(9, 9), "GIF", save_all=True, append_images=[photo(9, 9, 2)])
        return [PICTURE, encode(photo(40, 40)), animation, PICTURE + bytes(100), b"text"]

    def hostile(self) -> list[Any]:
        return [webp(16_384, 16_384), gif(65_535, 65_535), resized_jpeg(65_500, 65_500)]


REFUSED = [
    ("a WebP of 34 bytes and 1 GB", webp(16_384, 16_384), "image.too-large"),
    ("a GIF of 35 bytes and 600 MB", gif(13_000, 13_000), "image.too-large"),
    ("a PNG of a few kB and 170 MB", png(13_000, 13_000), "image.too-large"),
    ("a picture of one row", png(16_385, 1), "image.too-large"),
    ("a JPEG that claims 20 MP", resized_jpeg(5_000, 4_000), "image.bad-header"),
    ("a damaged file", PICTURE[:100], "image.bad-header"),
    ("TIFF, which is not on the list", encode(photo(9, 9), "TIFF"), "image.format"),
]


@pytest.mark.parametrize(
    ("data", "rule"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_a_bomb_or_a_lie_goes_no_further(data: bytes, rule: str) -> None:
    """By what its header says; nothing is decoded."""
    sample = _checked(data)
    assert [finding.rule for finding in sample.findings] == [rule]
    assert sample.halted


REPORTED = [
    ("an animation", gif(1, 1, 2), "image.frames"),
    ("a zip archive behind a PNG", PICTURE + b"PK\x03\x04" + bytes(30), "image.trailing-data"),
    (
        "PHP behind a JPEG",
        encode(photo(9, 9), "JPEG") + b"<?php eval($_GET[0]); ?>",
        "image.trailing-data",
    ),
    ("a script behind a GIF", gif(1, 1) + b"<script>alert(1)</script>", "image.trailing-data"),
]


@pytest.mark.parametrize(
    ("data", "rule"), [row[1:] for row in REPORTED], ids=[row[0] for row in REPORTED]
)
def test_more_than_a_picture_is_reported(data: bytes, rule: str) -> None:
    """The first picture is used, and nothing else; the policy decides whether that will do."""
    (finding,) = _checked(data).findings
    assert (finding.rule, finding.severity) == (rule, Severity.MEDIUM)


HARMLESS = [
    ("a panorama", png(16_384, 10)),
    ("a picture at the limit", png(6_000, 4_000)),
    ("a blank picture, which packs well", png(4_000, 4_000)),
    ("sloppy padding behind the end", PICTURE + bytes(15)),
    ("one frame of GIF", gif(1, 1)),
    (
        "a blank JPEG, which packs well",
        encode(photo(9, 9).resize((1_000, 1_000)).point(lambda _: 9), "JPEG", quality=1),
    ),
]


@pytest.mark.parametrize("data", [row[1] for row in HARMLESS], ids=[row[0] for row in HARMLESS])
def test_an_odd_but_honest_picture_passes(data: bytes) -> None:
    assert _checked(data).findings == ()


def test_tiff_can_be_allowed() -> None:
    """It is parsed like the others."""
    (sample,) = Header(image_formats=("TIFF",))(
        [Sample(encode(photo(9, 9), "TIFF"), Modality.IMAGE)], Context()
    )
    assert sample.findings == ()


def _checked(data: bytes) -> Sample:
    sample = Sample(data, Modality.IMAGE)
    for stage in (Header(), Limits()):
        (sample,) = stage([sample], Context())
        if sample.halted:
            break
    return sample
