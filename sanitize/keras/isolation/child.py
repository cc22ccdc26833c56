"""Inside: load, warm up, lock, and answer one order after the other until the app hangs up."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Mapping, Sequence
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any

from sanitize.keras.contract import Contract, contract_for, inputs_of, takes_text
from sanitize.keras.isolation import lock
from sanitize.keras.isolation.drills import DRILLS
from sanitize.keras.isolation.frames import MAX_MESSAGE, pack, unpack
from sanitize.keras.isolation.mapping import mapped
from sanitize.keras.pinned import dump
from sanitize.keras.structure import rebuild


def main(control: socket.socket, config: Mapping[str, Any]) -> None:
    """Become the model's process. Never returns normally: the app hangs up, or kills it."""
    os.environ.update(config["environment"])
    os.environ.update({"TMPDIR": config["folder"], "HOME": config["folder"]})
    readable = [*config["paths"], config["package"], config["rules"]]
    layers = lock.before(readable, [config["folder"]])
    _mount_rules(config["rules"])
    try:
        model = _load(config)
        contract = contract_for(model)
        if takes_text(contract):
            raise ValueError("string_input")
        _warm(model, config["buckets"])
        layers = {**layers, **lock.after(config["memory"])}
    except Exception as error:  # whatever a model file makes Keras raise
        control.send(json.dumps({"error": _name(error)}).encode())
        return
    shapes = [list(output.shape) for output in model.outputs]
    hello = {"layers": layers, "contract": dump(contract), "outputs": shapes}
    control.send(json.dumps(hello).encode())
    while _answer(control, model, contract):
        pass


def _mount_rules(folder: str) -> None:
    """`sanitize.rules`, wherever the installation keeps it."""
    places = [folder]
    file = os.path.join(folder, "__init__.py")
    spec = spec_from_file_location("sanitize.rules", file, submodule_search_locations=places)
    if spec is None:
        raise ImportError("sanitize.rules")
    sys.modules["sanitize.rules"] = module_from_spec(spec)


def _load(config: Mapping[str, Any]) -> Any:
    from sanitize.keras.artifact.door import load_model

    # Its bytes were hashed by the app, in whose sealed memory they lie.
    path = os.path.join(config["folder"], "model.keras")
    return load_model(path, sha256=config["sha256"], allow=config["allow"])


def _warm(model: Any, buckets: Sequence[int]) -> None:
    """Compile for every bucket: no code can be made executable afterwards."""
    import keras
    import numpy as np

    for rows in buckets:
        zeros = keras.tree.map_structure(
            lambda each, rows=rows: np.zeros(_sizes(each.shape, rows), each.dtype),
            inputs_of(model),
        )
        model.predict_on_batch(zeros)


def _sizes(shape: Sequence[int | None], rows: int) -> tuple[int, ...]:
    if any(size is None for size in shape[1:]):
        raise ValueError("unfixed-shape")
    return (rows, *(int(size) for size in shape[1:] if size is not None))


def _answer(control: socket.socket, model: Any, contract: Contract) -> bool:
    message, descriptors, _, _ = socket.recv_fds(control, MAX_MESSAGE, 2)
    if not message:
        return False
    source, output = descriptors
    try:
        order = json.loads(message)
        if "drill" in order:
            reply: dict[str, Any] = {"drill": _drill(order["drill"])}
        else:
            reply = _predict(model, contract, order, (source, output))
    except Exception as error:  # the app gets a name, never a message with content
        reply = {"error": _name(error)}
    finally:
        os.close(source)
        os.close(output)
    control.send(json.dumps(reply).encode())
    return True


def _predict(
    model: Any, contract: Contract, order: Mapping[str, Any], ends: tuple[int, int]
) -> dict[str, Any]:
    import keras
    import numpy as np

    source, output = ends
    with mapped(source) as content:
        inputs = unpack(order["arrays"], lambda size, at: content[at : at + size])
        made = model.predict_on_batch(rebuild(contract, iter(inputs)))
        specs, data = pack([np.asarray(part) for part in keras.tree.flatten(made)])
        os.pwrite(output, data, 0)
    return {"arrays": specs}


def _drill(name: str) -> str:
    """Try what must not work; answers what the kernel said, if it lets us live."""
    try:
        DRILLS[name]()
    except OSError as error:
        return error.strerror or "refused"
    return "allowed"


def _name(error: Exception) -> str:
    code = getattr(error, "code", "") or type(error).__name__
    text = str(error) if isinstance(error, ValueError) and str(error).isidentifier() else ""
    return str(text or code)[:64]
