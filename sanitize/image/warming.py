"""What the decoder does before it is locked in: everything, once, on tiny pictures of its own."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Any

Job = Callable[[memoryview, dict[str, Any]], tuple[dict[str, Any], Iterator[bytes]]]

#: Edge of the pictures, in pixels.
SIDE = 48

#: Plug-ins by module; importing one makes its format known. MPO is what phones put in JPEG.
PLUGINS = ("Bmp", "Gif", "Jpeg", "Mpo", "Png", "Tiff", "WebP")

#: Encodings of metadata; a codec is a module that is imported when first used.
ENCODINGS = ("ascii", "latin-1", "utf-8", "utf-16", "utf-16-le", "utf-16-be")

#: Modes that a format is written in.
MODES = {
    "BMP": ("1", "L", "P", "RGB", "RGBA"),
    "GIF": ("L", "P"),
    "JPEG": ("L", "RGB", "CMYK"),
    "PNG": ("1", "L", "LA", "I;16", "P", "RGB", "RGBA"),
    "TIFF": ("L", "RGB", "CMYK"),
    "WEBP": ("RGB", "RGBA"),
}


def walk(job: Job) -> None:
    """Decode every format in every mode, whole, scaled, damaged, and with metadata."""
    from importlib import import_module

    for name in PLUGINS:
        import_module(f"PIL.{name}ImagePlugin")
    for name in ENCODINGS:
        codecs.lookup(name)
    for kind, modes in MODES.items():
        for mode in modes:
            data = _sample(kind, mode)
            _run(job, data, _options(kind))
            _run(job, data, _options(kind, size=(8, 8), channels=1, threshold=0.0))
            _run(job, data[: len(data) // 2], _options(kind))
            _run(job, data, _options(kind, width=SIDE + 1))
    for kind in MODES:
        _run(job, b"\0" * 64, _options(kind))


def rehearse(job: Job) -> None:
    """One tiny picture of the usual kind, scaled."""
    _run(job, _sample("JPEG", "RGB"), _options("JPEG", size=(8, 8)))


def _run(job: Job, data: bytes, options: dict[str, Any]) -> None:
    with suppress(Exception):
        _, payload = job(memoryview(data), options)
        for _ in payload:
            pass


def _options(kind: str, **changes: Any) -> dict[str, Any]:
    usual = {"width": SIDE, "height": SIDE, "size": None, "channels": 3}
    bounds = {"max_pixels": 10_000, "max_text": 1_000, "threshold": 1e9}
    return {"format": kind, **usual, **bounds, **changes}


@lru_cache(maxsize=64)
def _sample(kind: str, mode: str) -> bytes:
    from PIL import Image, PngImagePlugin

    picture = Image.linear_gradient("L").resize((SIDE, SIDE))
    if mode in ("RGBA", "LA"):
        picture = picture.convert("RGB")
        picture.putalpha(Image.linear_gradient("L").resize((SIDE, SIDE)).rotate(90))
    picture = picture.convert("I").convert(mode) if mode == "I;16" else picture.convert(mode)
    options: dict[str, Any] = {"icc_profile": b"an icc profile " * 4}
    exif = Image.Exif()
    exif[0x010E], exif[0x0112] = "a description of some length", 6
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\x00" + "a comment".encode("utf-16")
    if kind in ("JPEG", "PNG", "WEBP"):
        options["exif"] = exif
    if kind in ("JPEG", "WEBP"):
        options["xmp"] = b'<x:xmpmeta a="b"><c>some &amp; words</c></x:xmpmeta>'
    if kind in ("GIF", "JPEG"):
        options["comment"] = b"a comment of some length, in bytes"
    if kind == "PNG":
        options["pnginfo"] = PngImagePlugin.PngInfo()
        options["pnginfo"].add_text("Comment", "a comment of some length", zip=True)
        options["pnginfo"].add_itxt("Title", "a title of some length é", "en", "Title")
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()
