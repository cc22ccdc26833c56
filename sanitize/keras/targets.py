"""Targets and sample weights, which go the way of their rows and are not checked."""

from __future__ import annotations

from typing import Any

from sanitize.errors import ContractError
from sanitize.keras.arrays import as_array, has_rows
from sanitize.keras.intake import Intake


def kept(intake: Intake, *parts: Any) -> tuple[Any, ...]:
    """The rows of targets and weights that belong to the rows that may pass.

    Args:
        intake: the batch that they belong to.
        parts: arrays, dicts and lists of arrays, or None.

    Raises:
        ContractError: a part is no array, or has another number of rows.
    """
    import keras
    import numpy as np

    passed = np.asarray(intake.passed, np.int64)

    def rows_of(part: Any) -> Any:
        array = as_array(part)
        if array is None:
            return None
        if not has_rows(array) or len(array) != intake.rows:
            raise ContractError(
                f"targets: expected arrays of {intake.rows} rows, received {_described(array)}"
            )
        return array[passed]

    return tuple(
        None if part is None else keras.tree.map_structure(rows_of, part) for part in parts
    )


def _described(value: Any) -> str:
    shape = getattr(value, "shape", None)
    return f"{type(value).__name__} of shape {shape}" if shape else type(value).__name__
