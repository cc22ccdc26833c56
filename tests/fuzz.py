"""`make fuzz`: our header parsers under atheris, from seeds that are made in code.

    python -m tests.fuzz [libFuzzer's options …]

A parser may answer with a header or with `BadHeader`. Anything else, or an input that takes
seconds, ends the run; libFuzzer leaves it in the current folder as `crash-…` or `timeout-…`.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["sanitize.image.headers", "sanitize.audio.headers"]):
    from sanitize.audio import headers as audio
    from sanitize.image import headers as image

#: Seconds that one input may take.
TIMEOUT = 5

PICTURES = ("BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP")
SOUNDS = {
    "WAV": ("PCM_16", "FLOAT"),
    "AIFF": ("PCM_16",),
    "FLAC": ("PCM_16",),
    "OGG": ("VORBIS", "OPUS"),
    "MP3": ("MPEG_LAYER_III",),
}


def one(data: bytes) -> None:
    """Every parser on one input."""
    for parse in image.PARSERS.values():
        try:
            found = parse(data)
        except image.BadHeader:
            continue
        assert found.end is None or 0 < found.end <= len(data)
    for listen in audio.PARSERS.values():
        try:
            heard = listen(data)
        except audio.BadHeader:
            continue
        assert heard.rate > 0
        assert heard.channels > 0
        assert heard.end is None or heard.end <= len(data)


def seeds() -> Iterator[bytes]:
    """A small file of each format."""
    import numpy as np
    import soundfile
    from PIL import Image

    picture = Image.linear_gradient("L").resize((9, 7)).convert("RGB")
    for kind in PICTURES:
        yield _file(lambda file, kind=kind: picture.save(file, kind))
    wave = np.sin(np.arange(4_800) / 9) / 2
    for kind, subtypes in SOUNDS.items():
        for subtype in subtypes:
            yield _file(
                lambda file, kind=kind, subtype=subtype: soundfile.write(
                    file, wave, 48_000, subtype=subtype, format=kind
                )
            )


def _file(write: Any) -> bytes:
    file = io.BytesIO()
    write(file)
    return file.getvalue()


def main(arguments: list[str]) -> None:
    """Fuzz until libFuzzer's options say stop."""
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(seeds()):
            Path(folder, f"seed-{number}").write_bytes(seed)
        options = [f"-timeout={TIMEOUT}", "-max_len=8192", "-rss_limit_mb=1024"]
        atheris.Setup([*arguments[:1], *options, *arguments[1:], folder], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv)
