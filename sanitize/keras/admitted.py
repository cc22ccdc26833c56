"""Training data through a guard: rows that pass are trained on, the others are put on record."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TextIO

from sanitize.errors import ContractError
from sanitize.keras.gate import Gate
from sanitize.keras.intake import Intake
from sanitize.keras.sources import batches, is_source
from sanitize.keras.streams import Dtypes, packed, parts_of
from sanitize.types import Verdict


class Admitted:
    """The batches of a source without the rows that may not pass; made by `Guarded.admitted`.

    Iterating yields numpy batches in the form they came: x, `(x, y)` or
    `(x, y, sample_weight)`. A batch that loses all its rows is left out. Each
    rejected row is in the quarantine file before its batch is yielded.

    Attributes:
        passes: how many times the source was read, or begun to be.
        passed: rows that passed, in the last pass.
        rejected: rows that did not, in the last pass; a batch whose rows
            cannot be told apart counts as one.
    """

    def __init__(self, gate: Gate, source: Any, quarantine: str) -> None:
        if not is_source(source):
            raise ContractError(
                f"admitted: expected a source of batches, received {type(source).__name__}"
            )
        # Neither NaN nor an error: the rows that pass are what is asked for.
        self._gate = replace(gate, on_block="drop")
        self._source = source
        self._quarantine = quarantine
        self.passes = self.passed = self.rejected = 0

    def __iter__(self) -> Iterator[Any]:
        self.passes += 1
        self.passed = self.rejected = 0
        dtypes = Dtypes()
        with _appending(self._quarantine) as file:
            for number, batch in enumerate(batches(self._source)):
                x, y, sample_weight = parts_of(self._gate, batch)
                intake = self._gate.take(x)
                self._record(file, number, intake)
                if intake.batch is None:
                    continue
                parts = packed(*self._gate.admit(intake, y, sample_weight))
                yield _as_given(batch, dtypes.expect(parts))

    def _record(self, file: TextIO, number: int, intake: Intake) -> None:
        """Count the batch's rows, and write down those that may not pass."""
        before = self.passed + self.rejected
        self.passed += len(intake.passed)
        blocked = intake.blocked
        if blocked is None:
            return
        self.rejected += len(blocked.rows)
        for row, verdict in zip(blocked.rows, blocked.verdicts, strict=True):
            place = {"pass": self.passes, "batch": number}
            known = {"row": before + row} if intake.rows is not None else {"row": None}
            file.write(_line({**place, **known}, verdict))
        file.flush()


def _line(place: dict[str, Any], verdict: Verdict) -> str:
    # ASCII: a line is one line in every reader, whatever a finding's detail says.
    return json.dumps({**place, **verdict.to_dict()}, default=str) + "\n"


def _appending(path: str) -> TextIO:
    """A file to add to, which nobody else may read: findings tell about users' data."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    return os.fdopen(handle, "a", encoding="ascii")


def _as_given(batch: Any, parts: tuple[Any, ...]) -> Any:
    alone = len(parts) == 1 and not isinstance(batch, (list, tuple))
    return parts[0] if alone else parts
