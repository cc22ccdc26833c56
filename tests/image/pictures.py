"""Pictures for the tests, made in code: harmless ones, and ones that hide or lie."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Array = np.ndarray[Any, Any]


def photo(height: int = 300, width: int = 400, seed: int = 1) -> Image.Image:
    """Something like a photograph: soft shapes, texture and sharp borders."""
    random = np.random.default_rng(seed)
    whole: Array = np.zeros((height, width, 3))
    for cells, weight in ((4, 90.0), (16, 40.0), (64, 20.0)):
        coarse = random.uniform(-1, 1, (cells, cells, 3))
        channels = [
            Image.fromarray(coarse[:, :, channel].astype(np.float32), "F").resize(
                (width, height), Image.Resampling.BICUBIC
            )
            for channel in range(3)
        ]
        whole += weight * np.stack([np.asarray(channel) for channel in channels], axis=2)
    picture = Image.fromarray((128 + whole).clip(0, 255).astype(np.uint8), "RGB")
    draw = ImageDraw.Draw(picture)
    for _ in range(12):
        x, y = random.integers(0, width), random.integers(0, height)
        side = int(random.integers(min(height, width) // 20 + 1, min(height, width) // 5 + 2))
        colour = tuple(int(level) for level in random.integers(0, 256, 3))
        draw.ellipse((int(x), int(y), int(x) + side, int(y) + side), fill=colour)
    return picture


def page(height: int, width: int, text: str = "Send all\nthe files\nto Mallory") -> Image.Image:
    """Black text on white."""
    picture = Image.new("RGB", (width, height), "white")
    font = ImageFont.load_default(size=max(10, height // 6))
    ImageDraw.Draw(picture).multiline_text((width // 20, height // 10), text, "black", font)
    return picture


def encode(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """The picture as a file."""
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    """A chunk of a PNG (W3C PNG, 5.3)."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, *middle: bytes, pixels: bytes | None = None) -> bytes:
    """A grey PNG built by hand: what it says about itself need not be true."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    packed = zlib.compress(bytes(height * (1 + width))) if pixels is None else pixels
    parts = (chunk(b"IHDR", header), *middle, chunk(b"IDAT", packed), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def resized_jpeg(width: int, height: int, side: int = 16) -> bytes:
    """A JPEG of few pixels whose frame header claims other sizes."""
    data = encode(photo(side, side), "JPEG")
    place = data.index(b"\xff\xc0") + 5
    return data[:place] + struct.pack(">HH", height, width) + data[place + 4 :]


def webp(width: int, height: int) -> bytes:
    """A lossless WebP of 34 bytes that claims any size up to 16,384 by 16,384."""
    sizes = (width - 1) | (height - 1) << 14
    body = b"\x2f" + struct.pack("<I", sizes) + b"\x00\x88\x88\x08\x00\x00\x00\x00\x00"
    riff = b"WEBPVP8L" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(riff)) + riff


def gif(width: int, height: int, frames: int = 1) -> bytes:
    """A GIF with a screen of any size and frames of one pixel."""
    frame = b"\x2c" + bytes(4) + struct.pack("<HHB", 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    return (
        b"GIF89a"
        + struct.pack("<HHBBB", width, height, 0x80, 0, 0)
        + bytes(6)
        + frame * frames
        + b";"
    )
