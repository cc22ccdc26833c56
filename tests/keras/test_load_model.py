"""Loading a model through the door: the same model comes out, or a named refusal."""

from __future__ import annotations

import hashlib
from pathlib import Path

import keras
import numpy as np
import pytest

from sanitize import ArtifactError
from sanitize.keras.artifact import load_model


def saved(folder: Path, *layers: keras.layers.Layer) -> tuple[Path, str, keras.Model]:
    """A small model on disk, the digest of its file, and the model itself."""
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((4,)), *layers, keras.layers.Dense(2)])
    path = folder / "model.keras"
    model.save(path)
    return path, hashlib.sha256(path.read_bytes()).hexdigest(), model


def test_a_plain_model_comes_out_as_it_went_in(tmp_path: Path) -> None:
    """Predictions are equal before and after."""
    path, digest, model = saved(tmp_path, keras.layers.Dense(3, activation="relu"))
    x = np.ones((2, 4), "float32")
    loaded = load_model(path, sha256=digest)
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), model.predict(x, verbose=0))


def test_a_lambda_is_refused_before_keras_reads_it(tmp_path: Path) -> None:
    """CVE-2024-3660: a Lambda layer is code."""
    path, digest, _ = saved(tmp_path, keras.layers.Lambda(lambda x: x))
    with pytest.raises(ArtifactError, match="Lambda"):
        load_model(path, sha256=digest)


def test_another_digest_is_refused(tmp_path: Path) -> None:
    """The message names both digests."""
    path, digest, _ = saved(tmp_path)
    with pytest.raises(ArtifactError, match=digest):
        load_model(path, sha256="0" * 64)


def test_something_must_vouch_for_the_file(tmp_path: Path) -> None:
    """Unverified loading has to be asked for in so many words."""
    path, _, _ = saved(tmp_path)
    with pytest.raises(ArtifactError):
        load_model(path)
    assert load_model(path, unverified=True) is not None


@pytest.mark.parametrize("data", [b"", b"\x89HDF\r\n\x1a\n" + bytes(50), b"PK\x03\x04" + bytes(50)])
def test_what_is_no_keras_archive_is_refused(data: bytes, tmp_path: Path) -> None:
    """Empty, the old HDF5 format, a damaged archive."""
    path = tmp_path / "model.keras"
    path.write_bytes(data)
    with pytest.raises(ArtifactError):
        load_model(path, unverified=True)
