"""Values that nobody can change any more: frozen, thawed, and hashed.

A frozen value is a str, bytes, number or None; a numpy array over a `bytes`
buffer of its own (numpy refuses to make such memory writeable again); or
tuples and read-only mappings of those. What a detector has read is therefore,
byte for byte, what the model gets.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

#: A frozen array's values begin at a multiple of this, in bytes: XLA computes on such memory where
#: it is, and copies what begins elsewhere (`xla::cpu::MinAlign`).
ALIGNMENT = 64

#: Exact types that are immutable already.
ATOMS: frozenset[type] = frozenset({str, bytes, int, float, bool, type(None)})


class TooDeep(ValueError):
    """A nested value is deeper or larger than allowed.

    Attributes:
        limit: `depth` or `items`, whichever was exceeded.
        allowed: the bound that was in force.
    """

    def __init__(self, limit: str, allowed: int) -> None:
        self.limit, self.allowed = limit, allowed
        super().__init__(f"expected at most {allowed} {limit}")


class Unfreezable(TypeError):
    """A type that has no frozen form."""


def freeze_array(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """A C-ordered copy of `array` that can never be made writeable.

    Args:
        array: any shape; a dtype without Python objects.

    Raises:
        Unfreezable: the dtype holds Python objects, or nothing.
    """
    import numpy as np

    if array.dtype.hasobject:
        raise Unfreezable(f"dtype {array.dtype.kind!r} holds Python objects")
    if array.dtype.itemsize == 0:
        raise Unfreezable(f"dtype {array.dtype.kind!r} holds items of no size")
    plain = np.ascontiguousarray(array)
    content = _blank(plain.nbytes + ALIGNMENT)
    address = np.frombuffer(content, np.uint8).ctypes.data
    start = -address % ALIGNMENT
    ctypes.memset(address, 0, start)
    ctypes.memmove(address + start, plain.ctypes.data, plain.nbytes)
    ctypes.memset(address + start + plain.nbytes, 0, ALIGNMENT - start)
    return np.frombuffer(content, plain.dtype, plain.size, start).reshape(array.shape)


def _blank(size: int) -> bytes:
    """A bytes object whose content nobody has written yet: fill it before anyone can see it.

    As Python's C interface offers it (PyBytes_FromStringAndSize with NULL): numpy's own way to
    bytes, `tobytes`, decides alone where in memory the values begin.
    """
    made: bytes = _NEW_BYTES(None, size)
    return made


_NEW_BYTES = ctypes.pythonapi.PyBytes_FromStringAndSize
_NEW_BYTES.restype = ctypes.py_object
_NEW_BYTES.argtypes = [ctypes.c_void_p, ctypes.c_ssize_t]


def is_frozen_array(array: Any) -> bool:
    """True if `array` views an immutable `bytes` object and nothing else."""
    base = array
    while getattr(base, "base", None) is not None:
        base = base.base
    return type(base) is bytes


def freeze(
    value: Any, *, max_depth: int = 32, max_items: int = 100_000, max_bytes: int = 1 << 30
) -> Any:
    """The frozen form of `value`: an independent copy of everything mutable.

    Args:
        value: str, bytes-likes, numbers, None, numpy arrays, and dicts (with
            str keys), lists and tuples of those.
        max_depth: nesting levels allowed.
        max_items: keys and elements allowed, over all levels.
        max_bytes: size allowed of all strings, bytes and arrays together; a
            str counts a byte a character.

    Raises:
        TooDeep: nested deeper, or holding more items or bytes, than allowed.
        Unfreezable: a type that has no frozen form.
    """
    items, sizes = _Budget("items", max_items), _Budget("bytes", max_bytes)

    def walk(item: Any, depth: int) -> Any:
        sizes.spend(_size(item))
        if type(item) in ATOMS:
            return item
        if isinstance(item, str):
            return str.__str__(item)
        if isinstance(item, (bytes, bytearray, memoryview)):
            return bytes(item)
        if isinstance(item, (dict, list, tuple, MappingProxyType)):
            if depth == 0:
                raise TooDeep("levels", max_depth)
            items.spend(len(item))
            sizes.spend(sum(map(_size, item)) if isinstance(item, dict) else 0)
            return _freeze_container(item, lambda inner: walk(inner, depth - 1))
        return _freeze_numpy(item)

    return walk(value, max_depth)


class _Budget:
    """What may still be spent; shared by all levels of a value."""

    def __init__(self, limit: str, allowed: int) -> None:
        self.limit, self.allowed, self.left = limit, allowed, allowed

    def spend(self, amount: int) -> None:
        self.left -= amount
        if self.left < 0:
            raise TooDeep(self.limit, self.allowed)


def _size(item: Any) -> int:
    if isinstance(item, (str, bytes, bytearray)):
        return len(item)
    size = getattr(item, "nbytes", 0)  # arrays and memoryviews
    return size if isinstance(size, int) else 0


def _freeze_container(item: Any, inner: Callable[[Any], Any]) -> Any:
    if isinstance(item, (list, tuple)):
        return tuple(inner(element) for element in item)
    frozen: dict[str, Any] = {}
    for key, element in item.items():
        if not isinstance(key, str):
            raise Unfreezable(f"expected str keys, received a key of type {type(key).__name__}")
        frozen[str.__str__(key)] = inner(element)
    return MappingProxyType(frozen)


def _freeze_numpy(item: Any) -> Any:
    module = type(item).__module__
    if module == "numpy":
        import numpy as np

        if type(item) is np.ndarray:
            return freeze_array(item)
        if isinstance(item, (np.bool_, np.integer, np.floating)):
            return item.item()
    raise Unfreezable(f"no frozen form for type {type(item).__name__[:80]}")


def thaw(value: Any) -> Any:
    """An ordinary value again: tuples become lists, mappings become dicts.

    Arrays stay read-only; `array.copy()` gives a writeable one.
    """
    if isinstance(value, MappingProxyType):
        return {key: thaw(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [thaw(item) for item in value]
    return value


def digest(value: Any) -> str:
    """The sha256 of a value, in hexadecimal.

    For str it is the hash of its UTF-8 bytes, for bytes of the bytes; for an
    array of its dtype, shape and C-ordered bytes; for containers of their
    parts, length-prefixed, so that no two different values share an encoding.
    """
    if isinstance(value, str):
        return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    hasher = hashlib.sha256()
    _feed(hasher.update, value)
    return hasher.hexdigest()


def _feed(update: Callable[[bytes], None], value: Any) -> None:
    if isinstance(value, (str, bytes)):
        update(f"{type(value).__name__}:{digest(value)};".encode())
    elif isinstance(value, Mapping):
        update(f"map:{len(value)};".encode())
        for key in sorted(value):
            _feed(update, key)
            _feed(update, value[key])
    elif isinstance(value, (tuple, list)):
        update(f"seq:{len(value)};".encode())
        for item in value:
            _feed(update, item)
    elif type(value).__module__ == "numpy" and hasattr(value, "tobytes"):
        update(f"array:{value.dtype.str}:{json.dumps(value.shape)};".encode())
        update(value.tobytes())
    else:
        update(f"{type(value).__name__}:{value!r};".encode())
