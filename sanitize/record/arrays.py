"""Records as the arrays that a model of tables takes, in the order of a schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from sanitize.errors import PolicyError
from sanitize.freezing import freeze
from sanitize.record.fields import findings
from sanitize.record.paths import origin, step
from sanitize.record.schema import FieldSpec, Schema, load
from sanitize.stage import per_sample
from sanitize.types import Context, Finding, Kind, Sample, Severity

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

#: Smallest and largest whole number of an int64.
INT64 = (-(2**63), 2**63 - 1)

#: Largest finite float32, and the whole numbers up to which it is exact (IEEE 754-2019, binary32).
FLOAT32, EXACT = 3.4028234663852886e38, 2**24


@dataclass(frozen=True, kw_only=True)
class Arrays:
    """Makes arrays of a record, or of a list of them: a row for each.

    Fields that are no numbers become some: a string its place among the schema's
    categories, from 0; a bool 0 or 1. A field that may be left out needs a `default`.

    Attributes:
        schema: a YAML file's path, or a mapping of the same form; see docs/records.md.
        together: False for a dict with an array for each field, (rows, 1), int64 or
            float32; True for one float32 array, (rows, fields).

    Raises:
        PolicyError: the schema cannot be read, or has a field that no number stands for.
    """

    name: ClassVar[str] = "record.arrays"
    kind: ClassVar[Kind] = Kind.ENCODER

    schema: str | dict[str, Any]
    together: bool = False
    _schema: Schema = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        schema = load(self.schema)
        for name, spec in schema.fields.items():
            if spec.type == "str" and not spec.categories:
                raise PolicyError(f"schema: {name}: expected categories, a string is no number")
            if not spec.required and spec.default is None:
                raise PolicyError(f"schema: {name}: expected a default, it may be left out")
            if spec.default is not None and not self._holds(spec, spec.default):
                low, high = self._limits(spec)
                raise PolicyError(f"schema: {name}: expected a default in {low}..{high}")
        object.__setattr__(self, "_schema", schema)

    @per_sample
    def __call__(self, sample: Sample, context: Context) -> Sample:
        """Report what `record.fields` reports, and `record.out-of-range` for the array's dtype."""
        listed = isinstance(sample.value, tuple)
        rows = sample.value if listed else (sample.value,)
        found = [item for at, row in enumerate(rows) for item in self._wrong(row, at, listed)]
        if found or not rows:
            return sample.report(*(found or [_NOTHING]))
        return sample.become(freeze(self._encoded(rows)))

    def _wrong(self, row: Any, number: int, listed: bool) -> Iterator[Finding]:
        path = str(number) if listed else ""
        if not isinstance(row, Mapping):
            received = type(row).__name__[:40]
            detail: dict[str, int | float | str] = {"expected": "record", "received": received}
            yield Finding("record.field-type", Severity.CRITICAL, 1.0, origin(path), detail=detail)
            return
        wrong = tuple(findings(self._schema, row, path))
        yield from wrong
        if wrong:
            return
        for place, (name, spec) in enumerate(self._schema.fields.items()):
            if name in row and not self._holds(spec, row[name]):
                low, high = self._limits(spec)
                below = origin(step(path, name, place))
                bounds: dict[str, int | float | str] = {"low": low, "high": high}
                yield Finding("record.out-of-range", Severity.CRITICAL, 1.0, below, detail=bounds)

    def _holds(self, spec: FieldSpec, value: Any) -> bool:
        low, high = self._limits(spec)
        return low <= number_of(spec, value) <= high

    def _limits(self, spec: FieldSpec) -> tuple[float, float]:
        if spec.type == "float":
            return -FLOAT32, FLOAT32
        return (-EXACT, EXACT) if self.together else INT64

    def _encoded(self, rows: Sequence[Mapping[str, Any]]) -> Any:
        import numpy as np

        columns = {
            name: column([row.get(name, spec.default) for row in rows], spec)
            for name, spec in self._schema.fields.items()
        }
        if not self.together:
            return columns
        return np.concatenate([each.astype(np.float32) for each in columns.values()], 1)


#: A list without records makes no array that a model takes.
_NOTHING = Finding("record.missing-field", Severity.CRITICAL, 1.0, detail={"received": 0})


def number_of(spec: FieldSpec, value: Any) -> int | float:
    """The number that stands for a field's value."""
    if spec.type == "str":
        return (spec.categories or ()).index(value)
    return int(value) if spec.type == "bool" else value


def column(values: Sequence[Any], spec: FieldSpec) -> Array:
    """One field of all rows, (rows, 1): int64, or float32 for a field of floats.

    Raises:
        OverflowError: a whole number that int64 does not hold.
    """
    import numpy as np

    wide = np.float64 if spec.type == "float" else np.int64
    array = np.array([number_of(spec, value) for value in values], wide).reshape(-1, 1)
    return array.astype(np.float32) if spec.type == "float" else array
