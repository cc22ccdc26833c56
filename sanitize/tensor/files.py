"""NPY and NPZ files, read without pickle: the header is believed only where the size agrees.

Format: NEP 1, "A Simple File Format for NumPy Arrays", and numpy.lib.format.
"""

from __future__ import annotations

import ast
import io
import math
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

MAGIC = b"\x93NUMPY"

#: Longest header in bytes; numpy's own bound against parsing bombs (`max_header_size`).
MAX_HEADER = 10_000

#: Most axes that numpy arrays have (NPY_MAXDIMS).
MAX_AXES = 64

#: Keys of a header, all of them and no other (NEP 1).
KEYS: frozenset[str] = frozenset({"descr", "fortran_order", "shape"})

#: Most arrays in one NPZ file.
MAX_MEMBERS = 256


class BadFile(ValueError):
    """The file is not what its format asks for.

    Attributes:
        reason: an identifier such as `header` or `size`.
        detail: what was expected and what came, as numbers and short names.
    """

    def __init__(self, reason: str, **detail: int | str) -> None:
        self.reason, self.detail = reason, detail
        super().__init__(reason)


def read_npy(data: bytes) -> np.ndarray[Any, Any]:
    """The array in an NPY file, over the memory of `data` itself.

    Raises:
        BadFile: malformed, of a dtype with Python objects or fields, or of another
            size than the header says.
    """
    import numpy as np

    start, header = _header(data)
    dtype, shape = _dtype(header["descr"]), header["shape"]
    expected = dtype.itemsize * math.prod(shape)
    if expected != len(data) - start:
        raise BadFile("size", expected=min(expected, 2**62), received=len(data) - start)
    array = np.frombuffer(data, dtype=dtype, offset=start)
    return array.reshape(shape, order="F" if header["fortran_order"] else "C")


def _header(data: bytes) -> tuple[int, dict[str, Any]]:
    """Where the elements start, and the header as a dict of checked types."""
    if len(data) < 12 or not data.startswith(MAGIC) or data[6] not in (1, 2, 3):
        raise BadFile("header", expected="NPY version 1 to 3")
    form, start = ("<H", 10) if data[6] == 1 else ("<I", 12)
    (length,) = struct.unpack_from(form, data, 8)
    if length > MAX_HEADER or start + length > len(data):
        raise BadFile("header", allowed=MAX_HEADER, received=length)
    try:
        text = data[start : start + length].decode("utf-8" if data[6] == 3 else "latin-1")
        header = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        raise BadFile("header", expected="a Python literal") from None
    if not isinstance(header, dict) or set(header) != KEYS:
        raise BadFile("header", expected="descr, fortran_order and shape")
    if type(header["fortran_order"]) is not bool or not _is_shape(header["shape"]):
        raise BadFile("header", expected="a bool and a tuple of sizes")
    return start + length, header


def _is_shape(shape: Any) -> bool:
    sizes = isinstance(shape, tuple) and len(shape) <= MAX_AXES
    return sizes and all(type(size) is int and 0 <= size < 2**62 for size in shape)


def _dtype(descr: Any) -> np.dtype[Any]:
    import numpy as np

    # A list describes fields: structured arrays are no model inputs.
    if not isinstance(descr, str) or len(descr) > 16:
        raise BadFile("dtype", expected="a plain numeric dtype")
    try:
        dtype = np.dtype(descr)
    except TypeError:
        raise BadFile("dtype", expected="a plain numeric dtype") from None
    if dtype.hasobject or dtype.fields is not None or dtype.itemsize == 0:
        raise BadFile("dtype", expected="a plain numeric dtype", received=str(dtype)[:40])
    return dtype


def read_npz(data: bytes, max_bytes: int) -> dict[str, np.ndarray[Any, Any]] | None:
    """The arrays in an NPZ file by name; None if the ZIP archive is something else.

    Args:
        data: the archive.
        max_bytes: most bytes that all members together may unpack to.

    Raises:
        BadFile: damaged, too large once unpacked, or with a malformed member.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise BadFile("archive", expected="a ZIP archive") from None
    with archive:
        members = archive.infolist()
        if not members or not all(member.filename.endswith(".npy") for member in members):
            return None
        return _members(archive, members, max_bytes)


def _members(
    archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], max_bytes: int
) -> dict[str, np.ndarray[Any, Any]]:
    names = [member.filename.removesuffix(".npy") for member in members]
    if len(members) > MAX_MEMBERS or len(set(names)) != len(names):
        raise BadFile("members", allowed=MAX_MEMBERS, received=len(members))
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    left = max_bytes
    for name, member in zip(names, members, strict=True):
        raw = _unpack(archive, member, left)
        left -= len(raw)
        arrays[name] = read_npy(raw)
    return arrays


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, allowed: int) -> bytes:
    """A member's bytes. What it claims to unpack to is checked, and so is what comes."""
    if member.file_size > allowed:
        raise BadFile("unpacked-size", allowed=allowed, received=member.file_size)
    try:
        with archive.open(member) as stream:
            raw = stream.read(allowed + 1)
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, EOFError, RuntimeError):
        raise BadFile("archive", expected="an undamaged member") from None
    if len(raw) > allowed:
        raise BadFile("unpacked-size", allowed=allowed)
    return raw
