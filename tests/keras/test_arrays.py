"""Known tensors become numpy arrays; everything else stays, and is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sanitize import Blocked
from sanitize.keras.arrays import as_array
from sanitize.keras.guard import guard
from tests.keras import models
from tests.tensor.arrays import tensors


def test_jax_arrays() -> None:
    """A jax array is checked like a numpy array, and bfloat16 keeps its values."""
    jnp = pytest.importorskip("jax.numpy")
    guarded = guard(models.words(), tensors())
    ids = models.batch(2)
    found = guarded.predict(jnp.asarray(ids), verbose=0)
    assert np.array_equal(found, guarded.predict(ids, verbose=0))
    with pytest.raises(Blocked):
        guarded.predict(jnp.full((2, 8), jnp.nan), verbose=0)
    half = as_array(jnp.asarray([1.5, -2.0], "bfloat16"))
    assert (half.dtype, half.tolist()) == (np.float32, [1.5, -2.0])


def test_traced_values_are_refused() -> None:
    """Inside of a compiled function there are no values to check."""
    jax = pytest.importorskip("jax")
    guarded = guard(models.words(), tensors())
    with pytest.raises(Blocked):
        jax.jit(guarded)(models.batch())


def test_byte_order() -> None:
    """Big-endian numbers are the same numbers; the model gets them in its own order."""
    guarded = guard(models.pictures(), tensors())
    pixels = models.images()
    found = guarded.predict(pixels.astype(">f4"), verbose=0)
    assert np.allclose(found, guarded.predict(pixels, verbose=0), atol=1e-6)


def test_numpy_scalars() -> None:
    """A scalar is an array without axes."""
    array = as_array(np.float32(1.5))
    assert type(array) is np.ndarray
    assert array.shape == ()


@pytest.mark.parametrize("value", [None, 5, "x", [1.0], np.ma.masked_array([1.0]), object()])
def test_anything_else_stays(value: Any) -> None:
    """Nothing is converted by guessing."""
    assert as_array(value) is value


class Liar:
    """Says that it is an array, and gives other data each time it is asked."""

    shape = (2, 8)
    ndim = 2
    dtype = np.dtype("int64")

    def __array__(self, *arguments: Any, **options: Any) -> Any:
        raise AssertionError("nobody may ask")

    def __len__(self) -> int:
        return 2


class Odd:
    """Has the names of an array's attributes, and nothing behind them."""

    ndim = 2
    dtype = "int64"


@pytest.mark.parametrize("value", [Liar(), Odd(), [Odd()], Liar, np.ndarray])
def test_objects_that_pretend_to_be_arrays_are_refused(value: Any) -> None:
    """`__array__` is never called: what it returned could differ from what the model gets."""
    with pytest.raises(Blocked):
        guard(models.words(), tensors()).predict(value, verbose=0)


def test_deleted_jax_arrays_are_refused() -> None:
    """There is nothing left to check."""
    jnp = pytest.importorskip("jax.numpy")
    gone = jnp.asarray(models.batch())
    gone.delete()
    with pytest.raises(Blocked):
        guard(models.words(), tensors()).predict(gone, verbose=0)
