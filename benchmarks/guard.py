"""What the guard costs in front of a small CNN: medians of paired, interleaved runs.

Bare and guarded calls take turns, so that a busy machine slows both alike; the
ratio is the median over the pairs, not the ratio of two medians.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

#: Pairs of calls that are measured, after as many as a tenth of them to warm up.
PAIRS = 100


def run(pairs: int = PAIRS) -> dict[str, dict[str, Any]]:
    """Measure the guard.

    Args:
        pairs: bare and guarded calls for each row of the result.

    Returns:
        Name → median of the guarded call in milliseconds, and its ratio
        against the bare call.
    """
    os.environ.setdefault("KERAS_BACKEND", "jax")
    from sanitize.keras.guard import guard
    from sanitize.pipeline import pipeline

    model = small_cnn()
    guarded = guard(model, pipeline(TENSORS))
    found: dict[str, dict[str, Any]] = {}
    for rows in (1, 32):
        pixels = images(rows)
        ways: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
            "predict": (
                lambda pixels=pixels: model.predict(pixels, verbose=0),
                lambda pixels=pixels: guarded.predict(pixels, verbose=0),
            ),
            "predict_on_batch": (
                lambda pixels=pixels: model.predict_on_batch(pixels),
                lambda pixels=pixels: guarded.predict_on_batch(pixels),
            ),
        }
        for way, (bare, safe) in ways.items():
            found[f"guard.{way}.batch_{rows}"] = compare(bare, safe, pairs) | {
                "against": f"bare {way}"
            }
    return found


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


def images(rows: int) -> Any:
    """Random pixels, 0..255, float32, (rows, 224, 224, 3)."""
    import numpy as np

    generator = np.random.default_rng(1)
    return generator.integers(0, 256, (rows, 224, 224, 3)).astype("float32")


def compare(bare: Callable[[], Any], safe: Callable[[], Any], pairs: int) -> dict[str, Any]:
    """The median of `safe` in ms, and the median ratio to the `bare` call beside it."""
    for _ in range(max(2, pairs // 10)):
        bare(), safe()
    times = [(_seconds(bare), _seconds(safe)) for _ in range(pairs)]
    return {
        "median": round(1000 * median(after for _, after in times), 4),
        "unit": "ms",
        "ratio": round(median(after / before for before, after in times), 4),
    }


def _seconds(call: Callable[[], Any]) -> float:
    start = perf_counter()
    call()
    return perf_counter() - start


if __name__ == "__main__":
    for name, row in run().items():
        print(
            f"{name:32} {row['median']:9.3f} {row['unit']}  {row['ratio']:.3f} × {row['against']}"
        )
