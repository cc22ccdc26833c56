"""Record validators against a schema, and against strings that spreadsheets would run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from sanitize.record.paths import leaves, origin, step
from sanitize.record.schema import Schema, load
from sanitize.stage import per_sample
from sanitize.types import Context, Finding, Kind, Sample, Severity

#: What spreadsheets take for the beginning of a formula (OWASP, "CSV Injection").
FORMULA = re.compile(r"[=+\-@\t\r]")

#: Numbers, dates, telephone numbers and lone signs begin like that too, and do nothing; so do
#: list marks in front of words.
HARMLESS = re.compile(r"[+\-][\d\s.,:()/%€$£-]*|[-+@]\s.*|@[\w.]{1,40}|[-+=@\s]*", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Fields:
    """Refuses records whose fields are not those of a schema.

    A list holds records, each checked for itself.

    Attributes:
        schema: a YAML file's path, or a mapping of the same form; see docs/records.md.

    Raises:
        PolicyError: the schema cannot be read or does not fit.
    """

    name: ClassVar[str] = "record.fields"
    kind: ClassVar[Kind] = Kind.VALIDATOR

    schema: str | dict[str, Any]
    _schema: Schema = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_schema", load(self.schema))

    @per_sample
    def __call__(self, sample: Sample, context: Context) -> Sample:
        """Report `record.unknown-field`, `record.missing-field` and what is wrong in the others."""
        return sample.report(*self._findings(sample.value))

    def _findings(self, value: Any) -> Iterator[Finding]:
        rows = value if isinstance(value, tuple) else (value,)
        for number, row in enumerate(rows):
            path = str(number) if isinstance(value, tuple) else ""
            if isinstance(row, Mapping):
                yield from findings(self._schema, row, path)
            else:
                received = type(row).__name__[:40]
                detail: dict[str, int | float | str] = {"expected": "record", "received": received}
                yield Finding(
                    "record.field-type", Severity.CRITICAL, 1.0, origin(path), detail=detail
                )


def findings(schema: Schema, record: Mapping[str, Any], path: str = "") -> Iterator[Finding]:
    """What is wrong with one record."""
    for name, place, rule, detail in schema.problems(record):
        below = step(path, name, place)
        yield Finding(rule, Severity.CRITICAL, 1.0, origin(below), detail=detail)


@dataclass(frozen=True, kw_only=True)
class Formulas:
    """Reports strings that a spreadsheet would run once somebody opens the data in one."""

    name: ClassVar[str] = "record.formulas"
    kind: ClassVar[Kind] = Kind.VALIDATOR

    @per_sample
    def __call__(self, sample: Sample, context: Context) -> Sample:
        """Report `record.formula` for each."""
        found = (
            Finding("record.formula", Severity.HIGH, 0.9, origin(path), (0, 1))
            for path, leaf in leaves(sample.value)
            if type(leaf) is str and is_formula(leaf)
        )
        return sample.report(*found)


def is_formula(text: str) -> bool:
    """Would a spreadsheet compute it?"""
    return bool(FORMULA.match(text)) and not HARMLESS.fullmatch(text)
