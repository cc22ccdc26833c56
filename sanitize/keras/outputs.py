"""Predictions for a batch from which rows were left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sanitize.errors import ContractError
from sanitize.keras.contract import Contract
from sanitize.keras.structure import rebuild


def spread(predictions: Any, passed: Sequence[int], rows: int) -> Any:
    """Predictions in their rows' places; NaN in the places of blocked rows.

    Integer predictions become float64, which has a NaN.

    Raises:
        ContractError: an output does not have one row for each input row.
    """
    import keras

    return keras.tree.map_structure(lambda part: _spread(part, passed, rows), predictions)


def _spread(prediction: Any, passed: Sequence[int], rows: int) -> Any:
    import keras
    import numpy as np

    known = keras.ops.convert_to_numpy(prediction)
    if known.ndim == 0 or len(known) != len(passed):
        raise ContractError(
            f"on_block='nan': expected {len(passed)} rows of predictions, "
            f"received shape {known.shape}"
        )
    dtype = np.float64 if known.dtype.kind in "iub" else known.dtype
    whole = np.full((rows, *known.shape[1:]), np.nan, dtype)
    whole[np.asarray(passed)] = known
    if keras.ops.is_tensor(prediction):
        return keras.ops.convert_to_tensor(whole)
    return whole


def blank(model: Any, contract: Contract, rows: int) -> Any:
    """Predictions for a batch in which no row may pass: `rows` rows of NaN.

    Returns:
        Arrays in the structure of the model's outputs; None if their sizes
        depend on the input's.
    """
    import keras
    import numpy as np

    outputs = _output_specs(model, contract)
    if outputs is None:
        return None
    flat = keras.tree.flatten(outputs)
    if any(size is None for output in flat for size in output.shape[1:]):
        return None
    return keras.tree.map_structure(
        lambda output: np.full((rows, *output.shape[1:]), np.nan, np.float32), outputs
    )


def _output_specs(model: Any, contract: Contract) -> Any:
    import keras

    from sanitize.keras.contract import specs

    wanted = list(specs(contract))
    if any(spec.shape is None for spec in wanted):
        return None
    symbols = (
        keras.KerasTensor(spec.shape, dtype="string" if spec.text else None) for spec in wanted
    )
    try:
        return model.compute_output_spec(rebuild(contract, symbols))
    except Exception:  # a subclassed model that only computes on real arrays
        return None
