"""Frozen values cannot change, share nothing with the original, and hash by content."""

from __future__ import annotations

import hashlib
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanitize import freezing

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(PLAIN)
@settings(max_examples=60, deadline=None)
def test_thaw_undoes_freeze(value: Any) -> None:
    """What comes out equals what went in."""
    assert freezing.thaw(freezing.freeze(value)) == value


def test_arrays_cannot_be_made_writeable_again() -> None:
    """Numpy refuses: the memory belongs to a bytes object."""
    original = np.arange(6, dtype=np.float32).reshape(2, 3)
    frozen = freezing.freeze(original)
    original[0, 0] = 99
    assert frozen[0, 0] == 0
    assert freezing.is_frozen_array(frozen)
    assert not freezing.is_frozen_array(original)
    with pytest.raises(ValueError, match="WRITEABLE"):
        frozen.setflags(write=True)


@pytest.mark.parametrize(
    "array",
    [
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(6.0)[::-1],
        np.arange(12.0).reshape(3, 4)[:, ::2],
        np.zeros((0, 3)),
        np.array(5.0),
        np.arange(4, dtype=">i4"),
        np.array([True, False]),
    ],
    ids=["fortran", "reversed", "strided", "empty", "scalar", "big-endian", "bool"],
)
def test_odd_layouts_keep_their_values(array: np.ndarray[Any, Any]) -> None:
    """Order, strides and byte order change nothing about shape and content."""
    frozen = freezing.freeze_array(array)
    np.testing.assert_array_equal(frozen, array)
    assert frozen.dtype == array.dtype
    assert frozen.flags.c_contiguous


def test_containers_become_read_only() -> None:
    """Nested dicts and lists are copied, and no level can be written."""
    original = {"a": [1, {"b": "c"}]}
    frozen = freezing.freeze(original)
    original["a"][1]["b"] = "changed"  # type: ignore[index]
    assert isinstance(frozen, MappingProxyType)
    assert freezing.thaw(frozen) == {"a": [1, {"b": "c"}]}
    with pytest.raises(TypeError):
        frozen["a"] = 1


def _nested(levels: int) -> Any:
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("value", [_nested(40), _nested(5000)], ids=["deep", "very deep"])
def test_nesting_is_bounded(value: Any) -> None:
    """A nesting bomb is refused at the limit, not at Python's recursion limit."""
    with pytest.raises(freezing.TooDeep, match="32 levels"):
        freezing.freeze(value)


def test_items_are_bounded_over_all_levels() -> None:
    """Many small lists count like one large."""
    freezing.freeze([[1] * 4, [1] * 4], max_items=10)
    with pytest.raises(freezing.TooDeep, match="9 items"):
        freezing.freeze([[1] * 4, [1] * 4], max_items=9)


def test_a_list_that_contains_itself_is_refused() -> None:
    """A cycle is only a very deep nesting."""
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(freezing.TooDeep):
        freezing.freeze(loop)


@pytest.mark.parametrize(
    "value",
    [
        object(),
        {1: "int key"},
        {"a": {1, 2}},
        np.array([object()]),
        np.ma.masked_array([1.0], mask=[True]),
        np.array([1 + 2j])[0],
    ],
    ids=["object", "int key", "set", "object array", "masked array", "complex scalar"],
)
def test_other_types_have_no_frozen_form(value: Any) -> None:
    """Refused by name of type, never by content."""
    with pytest.raises(freezing.Unfreezable):
        freezing.freeze(value)


def test_str_subclasses_lose_their_tricks() -> None:
    """A subclass may lie about its content; an exact str cannot."""

    class Liar(str):
        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = str.__hash__

    assert type(freezing.freeze(Liar("x"))) is str


def test_digest_of_text_and_bytes_is_plain_sha256() -> None:
    """Anybody can check it with other tools."""
    assert freezing.digest("héllo") == hashlib.sha256("héllo".encode()).hexdigest()
    assert freezing.digest(b"x") == hashlib.sha256(b"x").hexdigest()


def test_digest_tells_apart_what_is_different() -> None:
    """Type, shape, dtype and nesting all count."""
    values = [
        ["ab", "c"],
        ["a", "bc"],
        ["abc"],
        {"a": "bc"},
        {"ab": "c"},
        [1],
        ["1"],
        [True],
        [b"1"],
        np.zeros(4, np.float32),
        np.zeros((2, 2), np.float32),
        np.zeros(4, np.int32),
    ]
    digests = [freezing.digest(freezing.freeze(value)) for value in values]
    assert len(set(digests)) == len(values)


def test_digest_ignores_the_order_of_keys() -> None:
    """Two dicts that are equal hash the same."""
    assert freezing.digest({"a": 1, "b": 2}) == freezing.digest({"b": 2, "a": 1})


def test_bytes_are_bounded_over_all_levels() -> None:
    """A large array inside of a small dict is refused before it is copied."""
    value = {"a": {"b": np.zeros(1000)}}
    freezing.freeze(value, max_bytes=8002)
    with pytest.raises(freezing.TooDeep, match="8001 bytes"):
        freezing.freeze(value, max_bytes=8001)
