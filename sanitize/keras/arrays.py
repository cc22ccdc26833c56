"""Batches as numpy arrays: the only form that the checks read and the model gets."""

from __future__ import annotations

import sys
from typing import Any


def as_array(value: Any) -> Any:
    """Known tensors as numpy arrays; anything else as it is.

    What is no exact `numpy.ndarray` afterwards, the pipeline refuses: masked
    arrays, matrices, lists, data frames, values traced by a compiler.
    """
    import numpy as np

    try:
        value = _from_jax(_from_torch(_from_tensorflow(value)))
    except Exception:  # deleted, on a device that is gone, or without data: nothing to check
        return value
    if isinstance(value, np.generic) and value.dtype.kind in "fiub":
        return np.asarray(value)
    return value


def has_rows(value: Any) -> bool:
    """True for a numpy array, of a subclass too, with at least one axis."""
    import numpy as np

    return isinstance(value, np.ndarray) and value.ndim > 0


def native(array: Any) -> Any:
    """The same numbers in this machine's byte order, which is all that backends read."""
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def is_symbolic(value: Any) -> bool:
    """True for a placeholder: calling a model on one builds a graph and computes nothing."""
    import keras

    return isinstance(value, keras.KerasTensor)


def _from_jax(value: Any) -> Any:
    jax = sys.modules.get("jax")
    if jax is None or not isinstance(value, jax.Array) or isinstance(value, jax.core.Tracer):
        return value
    if str(value.dtype) == "bfloat16":
        value = value.astype("float32")  # exact, and a dtype that numpy knows
    import numpy as np

    return np.asarray(value)


def _from_torch(value: Any) -> Any:
    torch = sys.modules.get("torch")
    if torch is None or type(value) not in (torch.Tensor, torch.nn.Parameter):
        return value
    if value.layout is not torch.strided or value.is_quantized:
        return value
    if value.dtype is torch.bfloat16:
        value = value.float()
    return value.detach().cpu().numpy()


def _from_tensorflow(value: Any) -> Any:
    tensorflow = sys.modules.get("tensorflow")
    if tensorflow is None or type(value).__name__ != "EagerTensor":
        return value
    if not tensorflow.is_tensor(value):
        return value
    if value.dtype == tensorflow.bfloat16:
        value = tensorflow.cast(value, tensorflow.float32)
    return value.numpy()
