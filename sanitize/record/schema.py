"""What the fields of a record must be: names, types, ranges, categories, lengths."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sanitize import yamlfile
from sanitize.errors import ContractError, PolicyError

if TYPE_CHECKING:
    from sanitize.tensor.spec import TensorSpec

#: Names of types, as schemas write them, and what may stand there. A bool is no int here.
TYPES: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (int, float),
    "str": (str,),
    "bool": (bool,),
}


class FieldSpec(BaseModel):
    """One field.

    Attributes:
        type: `int`, `float` (whole numbers too), `str` or `bool`.
        required: False if it may be left out.
        low: smallest value, inclusive.
        high: largest value, inclusive.
        categories: the only values that fit.
        max_chars: longest string.
        default: what stands for a field that is left out, in arrays.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["int", "float", "str", "bool"]
    required: bool = True
    low: float | None = None
    high: float | None = None
    categories: tuple[int | float | str, ...] | None = None
    max_chars: int = Field(default=1000, ge=0)
    default: bool | int | float | str | None = None

    @model_validator(mode="after")
    def _bounds(self) -> FieldSpec:
        if self.type in ("str", "bool") and (self.low is not None or self.high is not None):
            raise ValueError(f"expected no range for {self.type}")
        if self.default is not None and self.problem(self.default) is not None:
            raise ValueError("expected a default that fits the field itself")
        return self

    def problem(self, value: Any) -> tuple[str, dict[str, int | float | str]] | None:
        """What is wrong with a value, as a rule's id and its detail; None if it fits."""
        if type(value) not in TYPES[self.type]:
            received = type(value).__name__[:40]
            return "record.field-type", {"expected": self.type, "received": received}
        if isinstance(value, str) and len(value) > self.max_chars:
            return "record.field-length", {"allowed": self.max_chars, "received": len(value)}
        if self.categories is not None and value not in self.categories:
            return "record.category", {"known": len(self.categories)}
        if isinstance(value, (int, float)) and not self._inside(value):
            bounds = {"low": self.low, "high": self.high}
            return "record.out-of-range", {k: v for k, v in bounds.items() if v is not None}
        return None

    def _inside(self, value: float) -> bool:
        if isinstance(value, float) and not math.isfinite(value):
            return False
        low_enough = self.high is None or value <= self.high
        return low_enough and (self.low is None or value >= self.low)


class Schema(BaseModel):
    """The fields of a record, in the model's order; no others may be there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    fields: dict[str, FieldSpec] = Field(min_length=1)

    def problems(
        self, record: Mapping[str, Any]
    ) -> Iterator[tuple[str, int, str, dict[str, int | float | str]]]:
        """Each problem: the field's name, its place, a rule's id, and the detail."""
        for place, name in enumerate(record):
            if name not in self.fields:
                yield name, place, "record.unknown-field", {"known": len(self.fields)}
        for place, (name, spec) in enumerate(self.fields.items()):
            if name not in record:
                if spec.required:
                    yield name, place, "record.missing-field", {"expected": spec.type}
                continue
            found = spec.problem(record[name])
            if found is not None:
                yield name, place, *found


def load(source: str | os.PathLike[str] | Mapping[str, Any] | Schema) -> Schema:
    """A schema from a YAML file or a mapping: `{fields: {age: {type: int, low: 0}}}`.

    Raises:
        PolicyError: it cannot be read or does not fit.
    """
    if isinstance(source, Schema):
        return source
    if isinstance(source, Mapping):
        try:
            return Schema.model_validate(dict(source))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise PolicyError(f"schema: {where}: {first['msg']}") from None
    return yamlfile.read(Path(source)).parse(Schema)


def of_inputs(contract: Any) -> Schema:
    """The schema that a guarded model's named inputs of one number each make.

    Raises:
        ContractError: inputs without names, or of more than one number a row.
    """
    if not isinstance(contract, dict):
        raise ContractError("records: expected a model with named inputs")
    return Schema(fields={name: _field(name, spec) for name, spec in contract.items()})


def _field(name: str, spec: TensorSpec) -> FieldSpec:
    if spec.text:
        raise ContractError(
            f"records: input {name!r} takes text: give a dict of lists, not records"
        )
    sizes = getattr(spec, "shape", None)
    if not sizes or len(sizes) > 2 or sizes[1:] not in ((), (1,)):
        raise ContractError(f"records: input {name!r}: expected one number a row, received {sizes}")
    kind: Literal["int", "float"] = "int" if spec.integer else "float"
    return FieldSpec(type=kind, low=spec.low, high=spec.high)
