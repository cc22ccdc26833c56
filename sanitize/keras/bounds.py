"""Bounds on an input's values, read from its dtype and from the layers it feeds.

Each bound keeps a silent cast from changing a value's meaning: an id that
wraps, a float that becomes infinite, a pixel outside of what was trained on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sanitize.tensor.spec import TensorSpec

#: Largest finite values (IEEE 754-2019 binary16 and binary32; bfloat16: 8 bits of precision).
FLOAT_LIMITS: dict[str, float] = {
    "float16": 65504.0,
    "bfloat16": 3.3895313892515355e38,
    "float32": 3.4028234663852886e38,
}

#: Integers up to here are exact in a float32 (24 bits of precision, IEEE 754-2019).
EXACT_FLOAT32 = 2**24

#: 32 bits, signed: what JAX keeps of a wider integer unless `jax_enable_x64` is set.
INT32_LOW, INT32_HIGH = -(2**31), 2**31 - 1

#: Layers that hand values on without widening their range; in front of a `Rescaling`, a
#: picture that is resized, padded or augmented is still one of pixels.
TRANSPARENT: frozenset[str] = frozenset(
    {
        "CenterCrop",
        "Cropping1D",
        "Cropping2D",
        "Flatten",
        "Identity",
        "InputLayer",
        "Permute",
        "RandomCrop",
        "RandomFlip",
        "RandomRotation",
        "RandomTranslation",
        "RandomZoom",
        "RepeatVector",
        "Reshape",
        "Resizing",
        "ZeroPadding1D",
        "ZeroPadding2D",
    }
)

#: Layers whose inputs are names of things, and never amounts: 5.9 is none of them.
CATEGORICAL: frozenset[str] = frozenset({"HashedCrossing", "Hashing", "IntegerLookup"})

#: `Rescaling` arguments that say "pixels, 0 to 255": scale and offset.
PIXEL_SCALES: tuple[tuple[float, float], ...] = ((1 / 255, 0.0), (1 / 127.5, -1.0))


def narrow(spec: TensorSpec, model: Any, tensor: Any) -> TensorSpec:
    """`spec` with the bounds of the tensor's dtype and of every layer it feeds."""
    spec = _within(spec, *_dtype_bounds(str(tensor.dtype)))
    for layer in _fed_by(model, tensor):
        spec = _layer_bounds(spec, layer)
    if spec.integer and tensor.dtype == "float32":
        spec = _within(spec, -EXACT_FLOAT32, EXACT_FLOAT32, True)
    return spec


def as_cast(spec: TensorSpec, array: Any, backend: str) -> TensorSpec:
    """`spec` for an array of 64-bit integers, which JAX cuts to 32 bits before any layer."""
    if backend == "jax" and array.dtype.kind in "iu" and array.dtype.itemsize > 4:
        return _within(spec, INT32_LOW, INT32_HIGH, spec.integer)
    return spec


def _within(spec: TensorSpec, low: float, high: float, integer: bool) -> TensorSpec:
    low = low if spec.low is None else max(low, spec.low)
    high = high if spec.high is None else min(high, spec.high)
    return replace(spec, low=low, high=high, integer=integer or spec.integer)


def _dtype_bounds(dtype: str) -> tuple[float, float, bool]:
    if dtype == "bool":
        return 0, 1, True
    if dtype.startswith(("int", "uint")):
        bits = int(dtype.rpartition("t")[2])
        if dtype.startswith("u"):
            return 0, 2**bits - 1, True
        return -(2 ** (bits - 1)), 2 ** (bits - 1) - 1, True
    limit = FLOAT_LIMITS.get(dtype, FLOAT_LIMITS["float32"])
    return -limit, limit, False


def _layer_bounds(spec: TensorSpec, layer: Any) -> TensorSpec:
    import keras

    limit = FLOAT_LIMITS.get(str(getattr(layer, "compute_dtype", "float32")))
    if limit is not None and not spec.integer:
        spec = _within(spec, -limit, limit, False)
    if isinstance(layer, keras.layers.Embedding):
        return _within(spec, 0, layer.input_dim - 1, True)
    if isinstance(layer, keras.layers.CategoryEncoding):
        return _within(spec, 0, layer.num_tokens - 1, True)
    if type(layer).__name__ in CATEGORICAL:
        return replace(spec, integer=True)
    if isinstance(layer, keras.layers.Rescaling) and _of_pixels(layer):
        return _within(spec, 0, 255, False)
    return spec


def _of_pixels(layer: Any) -> bool:
    try:
        scale, offset = float(layer.scale), float(layer.offset)
    except (TypeError, ValueError):  # one scale per channel
        return False
    return any(
        abs(scale - known) < 1e-6 and abs(offset - shift) < 1e-6 for known, shift in PIXEL_SCALES
    )


def _fed_by(model: Any, tensor: Any) -> Iterator[Any]:
    """Layers that compute on the tensor itself, looking through those that only hand it on."""
    functional = getattr(model, "_functional", None) or model
    for operation in functional.operations:
        for node in operation._inbound_nodes:
            places = [at for at, item in enumerate(node.input_tensors) if item is tensor]
            if not places:
                continue
            yield from _opened(operation, places)
            if type(operation).__name__ in TRANSPARENT:
                for output in node.output_tensors:
                    if output is not tensor:
                        yield from _fed_by(functional, output)


def _opened(operation: Any, places: list[int]) -> Iterator[Any]:
    """The operation, or what the same inputs feed inside of it if it is a model itself."""
    inner = getattr(operation, "_functional", None) or operation
    if not hasattr(inner, "_inputs_struct"):
        yield operation
        return
    for place in places:
        if place < len(inner.inputs):
            yield from _fed_by(inner, inner.inputs[place])
