"""NPY and NPZ files: read without pickle, and only where the header tells the truth."""

from __future__ import annotations

import contextlib
import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sanitize
from sanitize import Action
from sanitize.tensor.files import BadFile, read_npy, read_npz


def npy(array: Any, **options: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, **options)
    return buffer.getvalue()


def npz(save: Callable[..., None] = np.savez, **arrays: Any) -> bytes:
    buffer = io.BytesIO()
    save(buffer, **arrays)
    return buffer.getvalue()


def with_header(header: str, body: bytes = b"\x00" * 8, version: int = 1) -> bytes:
    raw = header.encode("latin-1")
    length = struct.pack("<H" if version == 1 else "<I", len(raw))
    return b"\x93NUMPY" + bytes([version, 0]) + length + raw + body


def zipped(*members: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6, dtype=np.float32).reshape(2, 3),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.array(7, dtype=">i8"),
        np.zeros((0, 3)),
        np.array([True, False]),
    ],
    ids=["c", "fortran", "scalar", "empty", "bool"],
)
def test_what_numpy_writes_is_read_back(array: np.ndarray[Any, Any]) -> None:
    """The same values, shape and dtype as numpy's own reader gives."""
    found = read_npy(npy(array))
    np.testing.assert_array_equal(found, np.load(io.BytesIO(npy(array))))
    assert (found.dtype, found.shape) == (array.dtype, array.shape)


HEADER = "{'descr': '<f8', 'fortran_order': False, 'shape': (%s,), }"

LIES = [
    ("pickled objects", npy(np.array([{"a": 1}]), allow_pickle=True), "dtype"),
    ("structured", npy(np.zeros(2, dtype=[("a", "f4")])), "dtype"),
    ("larger than the file", with_header(HEADER % 2**40), "size"),
    ("smaller than the file", with_header(HEADER % 0), "size"),
    ("expression as a size", with_header(HEADER % "2**62, 2**62"), "header"),
    ("huge product", with_header(HEADER % f"{2**61}, {2**61}"), "size"),
    ("negative size", with_header(HEADER % -1), "header"),
    ("bool as a size", with_header(HEADER % "True"), "header"),
    ("code", with_header("{'descr': __import__('os').getcwd(), 'shape': ()}"), "header"),
    ("extra key", with_header(HEADER[:-1] % 1 + "'x': 1}"), "header"),
    ("deep nesting", with_header("(" * 5000 + ")" * 5000), "header"),
    ("header beyond the end", b"\x93NUMPY\x01\x00\xff\xff", "header"),
    ("header of 4 GB", b"\x93NUMPY\x02\x00\xff\xff\xff\xff" + b"x" * 20, "header"),
    ("version 9", b"\x93NUMPY\x09\x00\x00\x00" + b"x" * 20, "header"),
    ("unknown dtype", with_header(HEADER.replace("<f8", "zz") % 1), "dtype"),
    ("too many axes", with_header(HEADER % ",".join("1" * 65)), "header"),
    ("truncated", npy(np.zeros(100))[:-1], "size"),
]


@pytest.mark.parametrize(("title", "data", "reason"), LIES, ids=[row[0] for row in LIES])
def test_lies_are_refused_before_anything_is_allocated(
    title: str, data: bytes, reason: str
) -> None:
    """The header is checked against the size of the file, and never run."""
    with pytest.raises(BadFile) as caught:
        read_npy(data)
    assert caught.value.reason == reason
    verdict = sanitize.pipeline()(data)
    assert verdict.findings[0].rule == "tensor.bad-file"
    assert verdict.findings[0].detail["reason"] == reason


@given(st.binary(max_size=200), st.sampled_from([0, 6, 8, 10]))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_an_array_or_refused(noise: bytes, keep: int) -> None:
    """No other exception, whatever the bytes."""
    data = npy(np.zeros(3))[:keep] + noise
    with contextlib.suppress(BadFile):
        read_npy(data)


def test_archives_of_arrays_are_records_of_arrays() -> None:
    """NPZ, packed or not: a dict of arrays."""
    for save in (np.savez, np.savez_compressed):
        data = npz(save, a=np.arange(3), b=np.eye(2))
        found = read_npz(data, 10_000)
        assert found is not None
        assert sorted(found) == ["a", "b"]
        verdict = sanitize.pipeline()(data)
        assert verdict.action is Action.ALLOW, verdict.summary()
        np.testing.assert_array_equal(verdict.unwrap()["b"], np.eye(2))


def test_unpacking_is_bounded() -> None:
    """A bomb is refused by what it claims, and by what comes out of it."""
    bomb = npz(np.savez_compressed, a=np.zeros(1_000_000))
    assert len(bomb) < 20_000
    with pytest.raises(BadFile, match="unpacked-size"):
        read_npz(bomb, 100_000)


ARCHIVES = [
    ("other archive", zipped(("word/document.xml", b"<x/>")), "open.unsupported-type"),
    ("mixed archive", zipped(("a.npy", npy(np.eye(2))), ("run.sh", b"x")), "open.unsupported-type"),
    ("empty archive", zipped(), "open.unsupported-type"),
    ("damaged archive", npz(a=np.eye(2))[:-30], "tensor.bad-file"),
    ("object member", zipped(("a.npy", npy(np.array([{}]), allow_pickle=True))), "tensor.bad-file"),
]


@pytest.mark.parametrize(("title", "data", "rule"), ARCHIVES, ids=[row[0] for row in ARCHIVES])
def test_other_archives_are_refused(title: str, data: bytes, rule: str) -> None:
    """An archive is opened only for arrays."""
    assert sanitize.pipeline()(data).findings[0].rule == rule


def test_files_reach_the_tensor_chain(tmp_path: Path) -> None:
    """A path to an NPY file is an array like any other: NaN blocks, numbers pass."""
    path = tmp_path / "x.npy"
    np.save(path, np.array([1.0, 2.0]))
    assert sanitize.pipeline()(path).unwrap().tolist() == [1.0, 2.0]
    np.save(path, np.array([1.0, np.nan]))
    assert sanitize.pipeline()(path).findings[0].rule == "tensor.not-finite"
