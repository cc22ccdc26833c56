"""Model files with one thing changed: the holes of Keras's loader, inert."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
Members = dict[str, bytes]
Change = Callable[[Members], None]


def written(path: Path, members: Members) -> Path:
    """The members as an archive."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def config(edit: Callable[[dict[str, Any]], None]) -> Change:
    """A change of `config.json`."""

    def change(members: Members) -> None:
        parsed = json.loads(members[CONFIG])
        edit(parsed)
        members[CONFIG] = json.dumps(parsed).encode()

    return change


def weights(edit: Callable[[h5py.File], None]) -> Change:
    """A change of the HDF5 file."""

    def change(members: Members) -> None:
        held = io.BytesIO(members[WEIGHTS])
        with h5py.File(held, "r+") as file:
            edit(file)
        members[WEIGHTS] = held.getvalue()

    return change


def order(module: str | None, name: str, /, **inner: Any) -> dict[str, Any]:
    """A dict that asks Keras for an object."""
    return {"module": module, "class_name": name, "config": inner, "registered_name": name}


def layer(module: str, name: str, /, **inner: Any) -> Change:
    """A further layer that nothing is connected to."""
    made = {**order(module, name, name="x", **inner), "name": "x", "inbound_nodes": []}
    return config(lambda parsed: parsed["config"]["layers"].append(made))


def dense(**inner: Any) -> Change:
    """Other options of the Dense layer."""
    return config(lambda parsed: parsed["config"]["layers"][1]["config"].update(inner))


def top(key: str, value: Any) -> Change:
    """Another key beside the model's config."""
    return config(lambda parsed: parsed.update({key: value}))


def node_argument(value: Any) -> Change:
    """A further argument in the node that connects the Dense layer."""

    def edit(parsed: dict[str, Any]) -> None:
        parsed["config"]["layers"][1]["inbound_nodes"][0]["kwargs"]["x"] = value

    return config(edit)


#: What a Lambda layer holds: marshalled code, here too short to be any.
CODE = {"class_name": "__lambda__", "config": {"code": "4wEAAAA=", "defaults": None}}
#: A function that runs commands.
SYSTEM = {"module": "os", "class_name": "function", "config": "system", "registered_name": "system"}
#: A shape of a million million numbers.
LISTED = (1_000_000, 1_000_000)


def replaced_dataset(make: Callable[[h5py.Group], None]) -> Change:
    """Another thing under the name of the bias."""

    def edit(file: h5py.File) -> None:
        group = file["layers/dense/vars"]
        del group["1"]
        make(group)

    return weights(edit)


def virtual(group: h5py.Group) -> None:
    """A dataset that shows another file's values."""
    layout = h5py.VirtualLayout((2,), "float32")
    layout[:] = h5py.VirtualSource("/etc/hostname", "x", shape=(2,))
    group.create_virtual_dataset("1", layout)


def bomb(group: h5py.Group) -> None:
    """A terabyte in a few bytes: chunks that were never written."""
    group.create_dataset("1", LISTED, "float32", chunks=(1000, 1000), compression="gzip")


def external(group: h5py.Group) -> None:
    """A dataset whose values lie in another file."""
    group.create_dataset("1", (2,), "float32", external=[("/etc/hostname", 0, 8)])


def linked(link: Any) -> Change:
    """A link under the name of the bias."""
    return replaced_dataset(lambda group: group.__setitem__("1", link))
