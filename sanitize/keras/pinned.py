"""Contracts in YAML: printed for review, and pinned by giving the file to `guard`.

A pinned contract stays as it was reviewed, whatever the next version of the
model says about itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sanitize import yamlfile
from sanitize.errors import PolicyError
from sanitize.keras.contract import Contract
from sanitize.tensor.spec import TensorSpec

#: Of the file's form; another number is refused.
VERSION = 1

#: Keys of one input, and the types that YAML may give them.
_TYPES: dict[str, tuple[type, ...]] = {
    "name": (str,),
    "shape": (list, type(None)),
    "integer": (bool,),
    "low": (int, float, type(None)),
    "high": (int, float, type(None)),
    "max_batch": (int, type(None)),
    "text": (bool,),
}


def dump(contract: Contract) -> str:
    """A contract as YAML, which `load` reads again."""
    return yamlfile.dump({"version": VERSION, "inputs": _plain(contract)})


def load(path: Path) -> Contract:
    """A contract from a YAML file.

    Raises:
        PolicyError: the file cannot be read, or is no contract; it names the line.
    """
    return _parsed(yamlfile.read(path))


def parse(text: str, name: str) -> Contract:
    """As `load`, from the file's content."""
    return _parsed(yamlfile.parse(text, name))


def _parsed(document: yamlfile.Document) -> Contract:
    data = document.data
    if not isinstance(data, dict) or set(data) != {"version", "inputs"}:
        raise document.error((), "expected the keys version and inputs")
    if data["version"] != VERSION:
        raise document.error(("version",), f"expected {VERSION}")
    return _contract(document, data["inputs"], ("inputs",))


def _plain(contract: Contract) -> Any:
    if isinstance(contract, TensorSpec):
        return asdict(contract)
    if isinstance(contract, dict):
        return {name: _plain(part) for name, part in contract.items()}
    return [_plain(part) for part in contract]


def _contract(document: yamlfile.Document, data: Any, path: Sequence[str | int]) -> Contract:
    if isinstance(data, list) and data:
        return tuple(_contract(document, part, (*path, at)) for at, part in enumerate(data))
    if isinstance(data, dict) and data:
        if isinstance(data.get("shape", {}), dict):  # a model may call an input "shape"
            return {
                str(key): _contract(document, part, (*path, str(key))) for key, part in data.items()
            }
        return _spec(document, data, path)
    raise document.error(path, "expected an input with its shape, or inputs by name or in a list")


def _spec(document: yamlfile.Document, data: Any, path: Sequence[str | int]) -> TensorSpec:
    for key, value in data.items():
        if key not in _TYPES:
            raise document.error((*path, str(key)), f"expected one of {', '.join(_TYPES)}")
        if not _fits(key, value):
            raise document.error((*path, key), f"unexpected {type(value).__name__}")
    shape = data["shape"]
    return TensorSpec(**{**data, "shape": None if shape is None else _sizes(document, shape, path)})


def _fits(key: str, value: Any) -> bool:
    # bool is an int to Python, and NaN a bound that nothing exceeds.
    if isinstance(value, bool) is not (key in {"integer", "text"}):
        return False
    return isinstance(value, _TYPES[key]) and value == value  # noqa: PLR0124


def _sizes(
    document: yamlfile.Document, shape: list[Any], path: Sequence[str | int]
) -> tuple[int | None, ...]:
    for size in shape:
        if size is not None and (type(size) is not int or size < 0):
            raise _unsized(document, path)
    if not shape or shape[0] is not None:
        raise _unsized(document, path)
    return tuple(shape)


def _unsized(document: yamlfile.Document, path: Sequence[str | int]) -> PolicyError:
    expected = "expected null for the batch axis, then whole numbers, or null for any size"
    return document.error((*path, "shape"), expected)
