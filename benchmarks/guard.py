"""What the guard costs in front of a small CNN, whole and by itself, on KERAS_BACKEND."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from benchmarks.timing import Row, milliseconds, paired

#: What the project wants: the guard's share of a `predict` of 32 pictures.
GOAL = "< 1.03"

#: And of TensorFlow's `predict_on_batch` of them, which is four times as fast as its `predict`.
QUICK_GOAL = "< 1.10"


def run(rounds: int = 60) -> dict[str, Row]:
    """Measure the guard.

    Args:
        rounds: pairs of a guarded and a bare call for each figure.

    Returns:
        `guard.WAY.batch_N`: the guarded call against the bare one, in turns; with pictures
            that begin where numpy's large arrays do, and where JAX need not copy them.
        `guard.checks.batch_N`: the checks alone, against a bare `predict`.
    """
    os.environ.setdefault("KERAS_BACKEND", "jax")
    from sanitize.keras.guard import guard
    from sanitize.pipeline import pipeline

    model = small_cnn()
    guarded = guard(model, pipeline(TENSORS))
    found: dict[str, Row] = {}
    backend = os.environ["KERAS_BACKEND"]
    for rows in (1, 32):
        pixels, goal = images(rows), GOAL if rows == 32 else ""
        quick = QUICK_GOAL if goal and backend == "tensorflow" else ""
        bare = _predicting(model, pixels)
        found |= {
            f"guard.predict.batch_{rows}": _against(
                "predict", _predicting(guarded, pixels), bare, rounds, goal
            ),
            f"guard.predict_on_batch.batch_{rows}": _against(
                "predict_on_batch",
                lambda pixels=pixels: guarded.predict_on_batch(pixels),
                lambda pixels=pixels: model.predict_on_batch(pixels),
                rounds,
                quick,
            ),
            f"guard.checks.batch_{rows}": _checks(guarded, pixels, bare, rounds),
        }
    aligned = images(32, 0)
    found["guard.predict.batch_32, aligned"] = _against(
        "predict", _predicting(guarded, aligned), _predicting(model, aligned), rounds
    )
    return found


def _predicting(model: Any, pixels: Any) -> Callable[[], Any]:
    return lambda: model.predict(pixels, verbose=0)


def _against(
    way: str, safe: Callable[[], Any], bare: Callable[[], Any], rounds: int, goal: str = ""
) -> Row:
    median, _, ratio = paired(safe, bare, rounds)
    backend = os.environ["KERAS_BACKEND"]
    return Row(median, "ms", ratio, f"bare {way} on {backend}", goal)


def _checks(guarded: Any, pixels: Any, bare: Callable[[], Any], rounds: int) -> Row:
    own = milliseconds(lambda: guarded.check(pixels), rounds)
    return Row(own, "ms", own / milliseconds(bare, rounds), "bare predict")


#: Arrays meet no detector: the tensor chain of the default policy, without its weights.
TENSORS: dict[str, Any] = {
    "version": 1,
    "name": "tensors",
    "modalities": {
        "tensor": {
            "max_bytes": 268_435_456,
            "verify": "none",
            "stages": ["tensor.dtype", {"tensor.shape": {"max_rank": 6}}, "tensor.range"],
        }
    },
    "decide": {
        "severities": {"low": "allow", "medium": "flag", "high": "block", "critical": "block"}
    },
}


def small_cnn() -> Any:
    """224×224 pixels, three convolutions, ten classes: 24 thousand weights."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(1)
    return keras.Sequential(
        [
            keras.Input((224, 224, 3)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(16, 3, strides=2, activation="relu"),
            layers.Conv2D(32, 3, strides=2, activation="relu"),
            layers.Conv2D(64, 3, strides=2, activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(10, activation="softmax"),
        ]
    )


def images(rows: int, past: int = 16) -> Any:
    """Random pixels, 0..255, float32, (rows, 224, 224, 3).

    Args:
        rows: pictures.
        past: bytes by which they begin past a multiple of 64. It is 16 for an array that numpy
            takes a mapping of its own for (glibc's malloc, from 128 KiB on); XLA computes in place
            on what begins at 0, and copies the rest.
    """
    import numpy as np

    generator = np.random.default_rng(1)
    drawn = generator.integers(0, 256, (rows, 224, 224, 3)).astype("float32")
    room = np.empty(drawn.nbytes + 128, np.uint8)
    start = -room.ctypes.data % 64 + past
    pixels = room[start : start + drawn.nbytes].view("float32").reshape(drawn.shape)
    pixels[:] = drawn
    return pixels
