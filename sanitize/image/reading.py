"""The job that reads what is written in a picture. Runs inside a leaf only, of a zygote of its own.

The recogniser (rapidocr, PP-OCR models) is loaded before the lock, from its own wheel.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from sanitize.image import decode, pixels, views

#: This job, as `Sandbox.run` knows it.
MODULE = "sanitize.image.reading"
JOB = f"{MODULE}:text"

#: Lines that the recogniser is less sure of are noise, mostly.
SURE = 0.5

#: Side of what is read at once, and how much neighbours share, in pixels.
TILE, OVERLAP = 960, 96

#: One thread: a leaf may not start any.
PARAMETERS = {
    "Global.use_cls": False,
    "Global.text_score": SURE,
    "Global.max_side_len": views.SIDE,
    "Global.log_level": "critical",
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
}


def text(data: memoryview, options: dict[str, Any]) -> tuple[dict[str, Any], Iterator[bytes]]:
    """Read a picture, in all the ways that it can be seen.

    Args:
        data: the file.
        options: as of `sanitize.image.decode:picture`, and `frames`, how many frames
            of an animation are read.

    Returns:
        Origins and sizes of the texts, and the texts in UTF-8.

    Raises:
        DecodeError: damaged, or not what the header declared.
        LimitExceeded: more pixels than allowed.
    """
    found: dict[str, str] = {}
    budget, left_out = options["max_text"], 0
    for origin, view in _views(data, options):
        written = _read(view)
        if not written or written in found.values():
            continue
        part = written[:budget]
        budget -= len(part)
        left_out += len(written) - len(part)
        if part:
            found[origin] = part
    encoded = [part.encode("utf-8", "replace") for part in found.values()]
    sizes = [len(part) for part in encoded]
    header = {"origins": list(found), "text_sizes": sizes, "left_out": left_out}
    return header, iter(encoded)


def _views(data: memoryview, options: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    opened = decode.open_picture(data, options)
    frames = min(options["frames"], getattr(opened, "n_frames", 1))
    for frame in range(frames):
        if frame:
            opened.seek(frame)
            opened.load()
        upright = pixels.eight_bits(decode.upright(opened.copy()))
        for name, view in views.every(upright, options["size"] and tuple(options["size"])):
            parts = ("ocr", f"frame-{frame + 1}" if frame else "", name)
            yield ":".join(part for part in parts if part), view


def _read(view: Any) -> str:
    """All lines, tile by tile: the recogniser overlooks small lines on large sheets."""
    import numpy as np

    lines: list[str] = []
    for tile in _tiles(view.convert("RGB")):
        answer = _recogniser()(np.asarray(tile)[:, :, ::-1])
        lines += [line for line in answer.txts or () if line not in lines]
    return "\n".join(lines)


def _tiles(view: Any) -> Iterator[Any]:
    """Parts that overlap; those of one colour are left out."""
    step = TILE - OVERLAP
    for top in range(0, max(1, view.height - OVERLAP), step):
        for left in range(0, max(1, view.width - OVERLAP), step):
            box = (left, top, min(view.width, left + TILE), min(view.height, top + TILE))
            tile = view.crop(box)
            if any(low != high for low, high in tile.getextrema()):
                yield tile


@lru_cache(maxsize=1)
def _recogniser() -> Any:
    import cv2
    from rapidocr import RapidOCR

    cv2.setNumThreads(0)
    return RapidOCR(params=PARAMETERS)


def warm() -> None:
    """Before the lock: the codecs' paths, and the recogniser with and without lines."""
    from PIL import Image, ImageDraw, ImageFont

    decode.warm()
    sheet = Image.new("RGB", (240, 240), "white")
    _read(sheet)
    drawing, font = ImageDraw.Draw(sheet), ImageFont.load_default(14)
    drawing.text((8, 40), "Words", "black", font)
    drawing.text((8, 100), "Several words in a line", "black", font)
    _read(sheet)


JOBS = {"text": text}
