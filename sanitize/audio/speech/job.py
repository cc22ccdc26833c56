"""The job that writes down what is said. Runs inside a leaf only, of a zygote of its own.

The recogniser's weights are read, hashed and loaded before the lock.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np

from sanitize.audio import decode
from sanitize.audio.speech import weights
from sanitize.audio.speech.model import Whisper
from sanitize.audio.speech.spectrum import RATE, SECONDS, Array
from sanitize.sandbox.jobs import Chunk

#: Seconds that neighbouring windows share, so that no word is cut in both.
OVERLAP = 2

#: Loudest sample of a window that is silence: a third of the smallest step of 16-bit sound.
SILENCE = 1e-5


def text(data: memoryview, options: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Write down what is said.

    Args:
        data: the file.
        options: as of `sanitize.audio.decode:mono`, and `seconds`, how much is listened to.

    Returns:
        `left_out`: seconds that were not listened to, or said more than the model can write
        down of them; the words in UTF-8.

    Raises:
        DecodeError: damaged, or not what the header declared.
        LimitExceeded: more samples than were announced.
    """
    _, stream = decode.mono(data, {**options, "target": RATE})
    sound = np.frombuffer(stream if isinstance(stream, Chunk) else b"".join(stream), np.float32)
    most = int(options["seconds"] * RATE)
    said, left_out = [], max(0, len(sound) - most)
    for window in _windows(sound[:most]):
        words, whole = _words(window)
        said.append(words)
        left_out += 0 if whole else len(window)
    return {"left_out": left_out / RATE}, " ".join(filter(None, said)).encode("utf-8", "replace")


def _windows(sound: Array) -> Iterator[Array]:
    size, step = SECONDS * RATE, (SECONDS - OVERLAP) * RATE
    for start in range(0, max(1, len(sound) - OVERLAP * RATE), step):
        window = sound[start : start + size]
        if window.size and np.abs(window).max() > SILENCE:
            yield window


def _words(window: Array) -> tuple[str, bool]:
    """What is said in a window, and whether that is all."""
    model, vocabulary = _recogniser()
    tokens, whole = model.hear(window)
    spoken = b"".join(vocabulary[token] for token in tokens)
    return spoken.decode("utf-8", "replace").strip(), whole


@lru_cache(maxsize=1)
def _recogniser() -> tuple[Whisper, list[bytes]]:
    found = weights.files()
    model = weights.load(found["model.bin"], json.loads(found["config.json"]))
    return model, weights.words(found["vocabulary.txt"].decode("utf-8"))


def warm() -> None:
    """Before the lock: the codecs' paths, the weights, and a second of a tone."""
    decode.warm()
    _words(np.sin(np.arange(RATE, dtype=np.float32) / 5))


JOBS = {"text": text}
