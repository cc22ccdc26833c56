"""`model.weights.h5`: every link and dataset is looked at, and none is followed.

HDF5 can point at other files (external links, external storage, virtual datasets:
CVE-2026-1669), at objects within itself, and can declare sizes that it does not
hold (CVE-2026-0897). Keras writes none of that: groups, and arrays of numbers.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any

from sanitize.keras.artifact.refusal import refused, shown
from sanitize.keras.artifact.rules import Limits

#: How every HDF5 file without a user block begins.
MAGIC = b"\x89HDF\r\n\x1a\n"

#: Kinds of numpy dtypes that weights have: bool, integers, floats, complex.
_KINDS = frozenset("biufc")

#: Arrays of one or two bytes an item that HDF5 has no name for; Keras adds theirs as `dtype`.
_OPAQUE_SIZES, _OPAQUE_NAMES = frozenset({1, 2}), frozenset({"bfloat16"})

#: gzip, H5Z_FILTER_DEFLATE of the HDF5 specification.
_GZIP = 1

#: A dataset below this may be all fill value: its attributes and biases cost nothing.
_FREE_BYTES = 4096


def check(name: str, data: bytes, limits: Limits) -> int:
    """Walk the HDF5 file.

    Args:
        name: of the member, for messages.
        data: all of it.
        limits: bounds.

    Returns:
        The bytes that all datasets declare together.

    Raises:
        ArtifactError: the first thing that is not let in, by its place.
    """
    import h5py

    if not data.startswith(MAGIC):
        raise refused("weights", name, "an HDF5 file from its first byte on", "other bytes")
    walk = _Walk(name, limits)
    try:
        with h5py.File(io.BytesIO(data), "r") as file:
            walk.group(name, file, 0)
    except (OSError, KeyError, ValueError, TypeError, RuntimeError, AttributeError) as error:
        received = f"one that cannot be read ({type(error).__name__})"
        raise refused("weights", name, "a whole HDF5 file", received) from None
    if walk.declared > limits.ratio * len(data):  # datasets that lie on top of each other
        expected = f"at most {limits.ratio} times the file's bytes"
        raise refused("bomb", name, expected, f"{walk.declared:,} bytes out of {len(data):,}")
    return walk.declared


@dataclass
class _Walk:
    """One walk over one file; it counts as it goes."""

    name: str
    limits: Limits
    declared: int = 0
    seen: set[int] = field(default_factory=set)

    def group(self, where: str, group: Any, depth: int) -> None:
        if depth > self.limits.weights_depth:
            raise refused("weights", where, f"at most {self.limits.weights_depth} deep", "more")
        self._once(where, group)
        _check_attributes(where, group)
        for key in group:
            place = f"{where}/{key}"
            _check_link(place, group, key)
            self._object(place, group[key], depth)

    def _object(self, where: str, found: Any, depth: int) -> None:
        import h5py

        if isinstance(found, h5py.Group):
            self.group(where, found, depth + 1)
        elif isinstance(found, h5py.Dataset):
            self._once(where, found)
            _check_attributes(where, found)
            _check_storage(where, found)
            _check_type(where, found)
            self._count(where, found)
        else:
            raise refused("type", where, "a group or an array", type(found).__name__)

    def _once(self, where: str, found: Any) -> None:
        """An object with two names is an alias, or a circle."""
        import h5py

        address = h5py.h5o.get_info(found.id).addr
        if address in self.seen:
            raise refused("hard-link", where, "an object of its own", "one met before")
        self.seen.add(address)
        if len(self.seen) > self.limits.weights_objects:
            most = f"at most {self.limits.weights_objects:,} groups and arrays"
            raise refused("weights", self.name, most, "more")

    def _count(self, where: str, found: Any) -> None:
        size = found.dtype.itemsize
        for length in found.shape or ():
            size *= int(length)
        stored = found.id.get_storage_size()
        if size > _FREE_BYTES and size > self.limits.ratio * stored:
            expected = f"at most {self.limits.ratio} times the stored bytes"
            raise refused("bomb", where, expected, f"{size:,} bytes out of {stored:,}")
        self.declared += size
        if self.declared > self.limits.weights_bytes:
            most = f"at most {self.limits.weights_bytes:,} bytes of weights"
            raise refused("too-large", where, most, f"{self.declared:,} bytes")


#: Kinds of links of `h5py.h5l`, and the reason why each is refused.
LINKS = {1: "soft-link", 64: "external-link"}


def _check_link(where: str, group: Any, key: str) -> None:
    kind = group.id.links.get_info(key.encode("utf-8")).type
    if kind != 0:  # H5L_TYPE_HARD
        reason = LINKS.get(kind, "external-link")
        raise refused(reason, where, "an object of this file", reason.replace("-", " "))


def _check_storage(where: str, found: Any) -> None:
    import h5py

    plist = found.id.get_create_plist()
    layout = plist.get_layout()
    if plist.get_external_count():
        raise refused("external-storage", where, "values in this file", "values in another file")
    if layout == h5py.h5d.VIRTUAL:
        raise refused("virtual", where, "values of its own", "a virtual dataset")
    if layout not in (h5py.h5d.COMPACT, h5py.h5d.CONTIGUOUS, h5py.h5d.CHUNKED):
        raise refused("weights", where, "an array", f"layout {layout}")
    for number in range(plist.get_nfilters()):
        code = plist.get_filter(number)[0]
        if code != _GZIP:
            raise refused("filter", where, "no filter but gzip", f"filter {code}")


def _check_type(where: str, found: Any) -> None:
    dtype = found.dtype
    opaque = dtype.kind == "V" and dtype.names is None and dtype.subdtype is None
    if opaque and dtype.itemsize in _OPAQUE_SIZES:
        name = found.attrs.get("dtype")
        if isinstance(name, str) and name in _OPAQUE_NAMES:
            return
    if dtype.kind not in _KINDS or found.shape is None:
        raise refused("type", where, "an array of numbers", shown(str(dtype)))


def _check_attributes(where: str, found: Any) -> None:
    """Attributes are short texts or numbers: no references, no nested types."""
    import h5py

    for number in range(h5py.h5a.get_num_attrs(found.id)):
        attribute = h5py.h5a.open(found.id, index=number)
        kind = attribute.get_type().get_class()
        if kind not in (h5py.h5t.STRING, h5py.h5t.INTEGER, h5py.h5t.FLOAT):
            raise refused("type", where, "attributes that are texts or numbers", f"class {kind}")
