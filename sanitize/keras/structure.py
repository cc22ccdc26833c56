"""Nested inputs: each value beside the spec that it must meet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sanitize.keras.arrays import has_rows
from sanitize.keras.contract import Contract, specs
from sanitize.keras.strings import column, rows_of_text
from sanitize.tensor.spec import TensorSpec
from sanitize.types import Finding, Severity


class Mismatch(Exception):
    """The inputs' structure is not the contract's; `finding` says how."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__(finding.rule)


def pairs(contract: Contract, value: Any) -> Iterator[tuple[TensorSpec, Any]]:
    """Each spec with the value for it, in the contract's order.

    Raises:
        Mismatch: a missing or unknown name, a wrong count, or a container in
            the place of an array.
    """
    if isinstance(contract, dict):
        yield from _by_key(contract, value)
    elif isinstance(contract, tuple):
        yield from _by_place(contract, value)
    else:
        yield contract, _single(contract, value)


def rebuild(contract: Contract, arrays: Iterator[Any]) -> Any:
    """Arrays, one for each spec, in the contract's structure.

    Sequences become lists: Keras takes a tuple for `(x, y, sample_weight)`.
    """
    if isinstance(contract, dict):
        return {key: rebuild(item, arrays) for key, item in contract.items()}
    if isinstance(contract, tuple):
        return [rebuild(item, arrays) for item in contract]
    return next(arrays)


def _by_key(contract: dict[str, Any], value: Any) -> Iterator[tuple[TensorSpec, Any]]:
    if not isinstance(value, dict):
        raise _mismatch("inputs", f"dict with keys {_names(contract)}", type(value).__name__)
    if set(value) != set(contract):
        raise _mismatch("inputs", f"exactly the keys {_names(contract)}", f"{len(value)} keys")
    for key, item in contract.items():
        yield from pairs(item, value[key])


def _by_place(contract: tuple[Any, ...], value: Any) -> Iterator[tuple[TensorSpec, Any]]:
    if isinstance(value, dict) and all(isinstance(item, TensorSpec) for item in contract):
        yield from _by_key({item.name: item for item in contract}, value)
        return
    if not isinstance(value, (list, tuple)):
        raise _mismatch("inputs", f"list of {len(contract)} arrays", type(value).__name__)
    if len(value) != len(contract):
        raise _mismatch("inputs", f"list of {len(contract)}", f"list of {len(value)}")
    for item, part in zip(contract, value, strict=True):
        yield from pairs(item, part)


def _single(spec: TensorSpec, value: Any) -> Any:
    """The array for one spec; Keras also takes it alone in a list, or under its name."""
    if spec.text:
        return _texts(spec, value)
    if isinstance(value, (list, tuple)) and len(value) == 1 and not _is_plain(value[0]):
        return value[0]
    if isinstance(value, dict) and set(value) == {spec.name}:
        return value[spec.name]
    if isinstance(value, (dict, list, tuple)) or _is_plain(value):
        raise _mismatch(spec.name, f"array {_hint(value)}".strip(), _described(value))
    return value


def _texts(spec: TensorSpec, value: Any) -> Any:
    """Rows of text, as an array of objects."""
    if isinstance(value, dict) and set(value) == {spec.name}:
        value = value[spec.name]
    rows = rows_of_text(value)
    alone = isinstance(value, (list, tuple)) and len(value) == 1
    if rows is None and alone and not _is_plain(value[0]):
        rows = rows_of_text(value[0])
    if not rows:
        raise _mismatch(spec.name, "texts: a list or an array of str, not empty", _described(value))
    return column(rows)


def _is_plain(value: Any) -> bool:
    return isinstance(value, (str, bytes, int, float, list, tuple, dict)) or value is None


def _hint(value: Any) -> str:
    first = value[0] if isinstance(value, Sequence) and len(value) else value
    return "(text needs guard(prepare=...))" if isinstance(first, (str, bytes)) else ""


def _described(value: Any) -> str:
    counted = isinstance(value, (str, bytes, list, tuple, dict))
    return f"{type(value).__name__} of {len(value)}" if counted else type(value).__name__


def _names(contract: dict[str, Any]) -> str:
    return ", ".join(contract)[:60]


def _mismatch(name: str, expected: str, received: str) -> Mismatch:
    detail = {"expected": expected[:120], "received": received[:120]}
    origin = f"input:{name}"
    return Mismatch(Finding("guard.structure", Severity.CRITICAL, 1.0, origin, detail=detail))


def row_count(contract: Contract, arrays: Sequence[Any]) -> int | None:
    """Rows of all inputs together; None where no input has a first axis.

    Raises:
        Mismatch: the inputs differ in their number of rows.
    """
    sized = [
        (spec.name, len(array))
        for spec, array in zip(specs(contract), arrays, strict=True)
        if has_rows(array)
    ]
    if not sized:
        return None
    first, rows = sized[0]
    for name, found in sized[1:]:
        if found != rows:
            raise Mismatch(
                _uneven(name, {"expected": rows, "received": found, "as_in": first[:60]})
            )
    return rows


def _uneven(name: str, detail: dict[str, int | str]) -> Finding:
    return Finding("guard.row-count", Severity.CRITICAL, 1.0, f"input:{name}", detail=detail)
