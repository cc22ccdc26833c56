"""What a model's own process costs, and what the door for model files does."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from time import perf_counter

from benchmarks.guard import images, small_cnn
from benchmarks.timing import Row, milliseconds, paired


def run(rounds: int = 40) -> dict[str, Row]:
    """A prediction of 1 and 32 pictures there and here, in turns; starting; loading."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    import keras

    import sanitize

    bare = small_cnn()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        bare.save(path)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        start = perf_counter()
        there = sanitize.isolated(path, sha256=digest, buckets=(1, 32)).model
        rows = {"isolated, start": Row(perf_counter() - start, "s")}
        for count in (1, 32):
            pixels = images(count)
            mine, _, ratio = paired(
                lambda pixels=pixels: there.predict_on_batch(pixels),
                lambda pixels=pixels: bare.predict_on_batch(pixels),
                rounds,
            )
            goal = "ratio ≤ 1.2" if count == 32 else ""
            name = f"isolated, {count} pictures"
            rows[name] = Row(mine, "ms", ratio, "bare predict_on_batch", goal)
        there.close()
        safe = milliseconds(lambda: sanitize.load_model(path, sha256=digest), 10, 2)
        plain = milliseconds(lambda: keras.saving.load_model(path), 10, 2)
    rows["load_model adds"] = Row(safe - plain, "ms", safe / plain, "Keras alone", "< 100")
    return rows
