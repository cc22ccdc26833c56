"""Our own header parsers: right about good files, and never anything but an answer or a no."""

from __future__ import annotations

import io
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from sanitize.image.headers import PARSERS, BadHeader, Header
from sanitize.image.validators import read_header
from tests.image.pictures import chunk, encode, gif, photo, png, resized_jpeg, webp

#: Format and mode of ordinary files, with the options that they are written with.
ORDINARY = [
    ("PNG", "1", {}),
    ("PNG", "L", {}),
    ("PNG", "LA", {}),
    ("PNG", "P", {}),
    ("PNG", "RGB", {}),
    ("PNG", "RGBA", {"optimize": True}),
    ("PNG", "I;16", {}),
    ("JPEG", "L", {}),
    ("JPEG", "RGB", {"quality": 95}),
    ("JPEG", "RGB", {"progressive": True}),
    ("JPEG", "RGB", {"restart_marker_rows": 1}),
    ("JPEG", "CMYK", {}),
    ("WEBP", "RGB", {}),
    ("WEBP", "RGB", {"lossless": True}),
    ("WEBP", "RGBA", {"lossless": True}),
    ("WEBP", "RGBA", {}),
    ("GIF", "L", {}),
    ("GIF", "P", {}),
    ("BMP", "1", {}),
    ("BMP", "L", {}),
    ("BMP", "RGB", {}),
    ("BMP", "RGBA", {}),
    ("TIFF", "L", {}),
    ("TIFF", "RGB", {"compression": "tiff_lzw"}),
    ("TIFF", "RGB", {"compression": "jpeg"}),
]


def _file(kind: str, mode: str, options: dict[str, object], size: tuple[int, int]) -> bytes:
    picture = photo(size[1], size[0])
    if mode == "I;16":
        picture = picture.convert("L").convert("I").point(lambda level: level * 257)
    return encode(picture.convert(mode), kind, **options)


@pytest.mark.parametrize(("kind", "mode", "options"), ORDINARY, ids=str)
@pytest.mark.parametrize("size", [(1, 1), (37, 21), (400, 300)], ids=str)
def test_an_ordinary_file_is_understood(
    kind: str, mode: str, options: dict[str, object], size: tuple[int, int]
) -> None:
    """Format, size and end are what Pillow wrote."""
    data = _file(kind, mode, options, size)
    found = read_header(data)
    assert (found.format, found.width, found.height) == (kind, *size)
    assert found.frames == 1
    assert found.end in (None, len(data))


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_frames_are_counted(kind: str) -> None:
    """An animation says how many pictures it has."""
    frames = [photo(20, 30, seed) for seed in range(5)]
    data = encode(frames[0], kind, save_all=True, append_images=frames[1:])
    assert read_header(data).frames == 5


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
def test_what_follows_the_end_is_not_part_of_the_picture(kind: str) -> None:
    """The offset of the end is that of the picture, whatever was appended."""
    data = encode(photo(20, 30), kind)
    assert read_header(data + b"PK\x03\x04" * 50).end == len(data)


def test_an_os2_bitmap_is_understood() -> None:
    """Its header is twelve bytes long (IBM, OS/2 1.x)."""
    rows = bytes(8) * 3
    head = b"BM" + (26 + len(rows)).to_bytes(4, "little") + bytes(4) + (26).to_bytes(4, "little")
    info = b"".join(
        value.to_bytes(size, "little") for value, size in ((12, 4), (2, 2), (3, 2), (1, 2), (24, 2))
    )
    found = read_header(head + info + rows)
    assert (found.width, found.height, found.end) == (2, 3, 26 + len(rows))
    assert Image.open(io.BytesIO(head + info + rows)).size == (2, 3)


MALFORMED = [
    ("nothing", b"", "bad-signature"),
    ("text", b"hello", "bad-signature"),
    ("a PNG's signature alone", b"\x89PNG\r\n\x1a\n", "truncated"),
    ("a PNG cut in the middle", encode(photo(20, 20))[:200], "truncated"),
    ("a PNG without its end", encode(photo(20, 20))[:-12], "truncated"),
    ("a PNG without pixels", png(1, 1).replace(b"IDAT", b"tEXt"), "no-pixels"),
    ("a PNG of no width", png(0, 1, pixels=b"x"), "no-pixels"),
    (
        "a PNG of an unknown colour type",
        png(1, 1)[:25] + b"\x07" + png(1, 1)[26:],
        "bad-frame-header",
    ),
    ("a PNG with a chunk of no name", png(1, 1, chunk(b"\x00\x01\x02\x03", b"")), "bad-chunk"),
    ("a PNG with more pixels than data", png(20_000, 1_000, pixels=b"x" * 100), "too-little-data"),
    ("a JPEG cut in the middle", encode(photo(50, 50), "JPEG")[:400], "truncated"),
    ("a JPEG with more pixels than data", resized_jpeg(5_000, 4_000), "too-little-data"),
    ("a JPEG of no height", resized_jpeg(16, 0), "unknown-height"),
    (
        "a JPEG with two frame headers",
        encode(photo(16, 16), "JPEG").replace(
            b"\xff\xc4", encode(photo(8, 8), "JPEG")[158:177] + b"\xff\xc4", 1
        ),
        "two-frame-headers",
    ),
    ("a JPEG of fill bytes", b"\xff\xd8" + b"\xff" * 1_000_000, "truncated"),
    ("a JPEG of segments", b"\xff\xd8" + b"\xff\xe0\x00\x02" * 1_000_000, "too-many-parts"),
    (
        "a GIF whose frame is larger than its screen",
        gif(1, 1).replace(b",\0\0", b",\1\0"),
        "frame-beyond-screen",
    ),
    ("a GIF without frames", gif(1, 1, 0), "no-pixels"),
    ("a GIF of blocks", gif(1, 1, 0)[:-1] + b"!\xfe" + b"\x01a" * 1_000_000, "too-many-parts"),
    ("a WebP longer than its file", webp(8, 8)[:-4], "truncated"),
    ("a BMP with pixels beyond its file", encode(photo(20, 20), "BMP")[:-100], "truncated"),
    ("a TIFF with directories in a circle", b"II*\0\x08\0\0\0\0\0\x08\0\0\0", "directory-loop"),
]


@pytest.mark.parametrize(
    ("data", "reason"), [row[1:] for row in MALFORMED], ids=[row[0] for row in MALFORMED]
)
def test_a_malformed_file_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(BadHeader) as caught:
        read_header(data)
    assert caught.value.reason == reason


#: First bytes of each format, so that chance gets past them.
_STARTS = [
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    b"\xff\xd8\xff",
    b"GIF89a",
    b"RIFF\x40\x00\x00\x00WEBP",
    b"BM",
    b"II*\x00",
    b"MM\x00*",
]
_WHOLE = [_file(kind, mode, options, (9, 7)) for kind, mode, options in ORDINARY]


def _answers(data: bytes) -> None:
    for parse in PARSERS.values():
        with suppress(BadHeader):
            found = parse(data)
            assert isinstance(found, Header)
            assert found.end is None or 0 < found.end <= len(data)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(_STARTS), st.binary(max_size=300))
def test_any_bytes_get_an_answer(start: bytes, rest: bytes) -> None:
    """A header or `BadHeader`: never another error, whatever comes."""
    _answers(start + rest)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(_WHOLE), st.data())
def test_any_damage_gets_an_answer(whole: bytes, data: st.DataObject) -> None:
    """Bytes changed, cut out, or doubled."""
    damaged = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(damaged)))
        width = data.draw(st.integers(0, 8))
        damaged[place : place + width] = data.draw(st.binary(max_size=8))
    _answers(bytes(damaged))
