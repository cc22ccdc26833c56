"""The contract: what each input of a model expects, derived from the model or given.

A contract is a tree of `TensorSpec`s in the shape of the model's inputs: one
spec, or dicts and tuples of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sanitize.errors import ContractError
from sanitize.keras.bounds import narrow
from sanitize.keras.strings import BACKEND, SIZES
from sanitize.tensor.spec import TensorSpec

#: A spec, or dicts and tuples of them.
Contract = TensorSpec | dict[str, Any] | tuple[Any, ...]


def contract_for(model: Any, given: Any = None) -> Contract:
    """The contract of a model.

    Args:
        model: a Keras model.
        given: an explicit contract: a `TensorSpec`, or dicts, lists and tuples
            of them in the shape of the model's inputs; None derives one.

    Raises:
        ContractError: none can be derived, or the given one does not fit.
    """
    if given is None:
        _refuse_undeclared(model)
        found = _map(inputs_of(model), lambda tensor: _derive(model, tensor))
    else:
        found = _named(given, "input")
    for spec in specs(found):
        _expect_strings(spec)
    return found


def specs(contract: Contract) -> Iterator[TensorSpec]:
    """All specs of a contract, in order."""
    if isinstance(contract, TensorSpec):
        yield contract
        return
    parts = contract.values() if isinstance(contract, dict) else contract
    for part in parts:
        yield from specs(part)


def takes_text(contract: Contract) -> bool:
    """Is any input one of strings?"""
    return any(spec.text for spec in specs(contract))


def _named(given: Any, name: str) -> Contract:
    """An explicit contract as a tree; nameless specs are called after their place."""
    if isinstance(given, TensorSpec):
        return replace(given, name=name) if given.name == "input" else given
    if isinstance(given, Mapping) and given:
        return {str(key): _named(item, str(key)) for key, item in given.items()}
    if isinstance(given, (list, tuple)) and given:
        return tuple(_named(item, f"{name}_{place}") for place, item in enumerate(given))
    received = type(given).__name__
    raise ContractError(f"contract: expected TensorSpecs in dicts or lists, received {received}")


def _refuse_undeclared(model: Any) -> None:
    """Models that say nothing about their inputs, or only echo the first batch they saw."""
    import keras

    name = getattr(model, "name", type(model).__name__)
    advice = f"give one: guard(model, contract=TensorSpec(shape=(None, …))); model {name!r}"
    if isinstance(model, keras.Sequential):
        first = model._layers[0] if model._layers else None
        # Built by a first batch, a Sequential claims that batch's size for an input of its own.
        if not isinstance(first, keras.layers.InputLayer) or first.batch_shape[0] is not None:
            raise ContractError(
                f"contract: a Sequential model without a keras.Input of any batch size; {advice}"
            )
    elif not hasattr(model, "_inputs_struct"):
        raise ContractError(f"contract: a subclassed model declares no inputs; {advice}")


def inputs_of(model: Any) -> Any:
    """The model's symbolic inputs in their structure: a tensor, or dicts and lists."""
    functional = getattr(model, "_functional", None) or model
    structure = functional._inputs_struct
    if isinstance(structure, (list, tuple)) and len(structure) == 1:
        return structure[0]
    return structure


def _map(structure: Any, function: Any) -> Contract:
    if isinstance(structure, dict):
        return {str(key): _map(item, function) for key, item in structure.items()}
    if isinstance(structure, (list, tuple)):
        return tuple(_map(item, function) for item in structure)
    spec: TensorSpec = function(structure)
    return spec


def _derive(model: Any, tensor: Any) -> TensorSpec:
    dtype = str(tensor.dtype)
    if tensor.sparse:
        raise ContractError(
            f"contract: expected dense numbers, received sparse input {tensor.name!r}; "
            "give the model ids and the guard a prepare= function that makes them"
        )
    # Any number of rows: how many go to the model at once is predict's batch_size.
    spec = TensorSpec(tensor.name, (None, *tensor.shape[1:]), text=dtype == "string")
    return spec if spec.text else narrow(spec, model, tensor)


def _expect_strings(spec: TensorSpec) -> None:
    import keras

    if not spec.text:
        return
    if keras.backend.backend() != BACKEND:
        raise ContractError(
            f"contract: expected numbers on {keras.backend.backend()}, received string input "
            f"{spec.name!r}; give the model ids and the guard a prepare= function that makes them"
        )
    if spec.integer or spec.low is not None or spec.high is not None:
        raise ContractError(
            f"contract: expected no integer, low or high for string input {spec.name!r}, which "
            "holds no numbers"
        )
    if spec.shape is None or spec.shape[1:] not in SIZES:
        raise ContractError(
            f"contract: expected one text a row, shape (None,) or (None, 1), received string input "
            f"{spec.name!r} of shape {spec.shape}"
        )
