"""One input, sent to a bare model and to a guarded one; all that comes of it is measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sanitize.demo.inputs import Case, quiet
from sanitize.errors import Blocked
from sanitize.types import Action, Verdict

#: Names the answer in a prediction of one row.
Naming = Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of one input.

    Attributes:
        case: what was sent.
        verdict: the guard's verdict on it.
        bare: the bare model's answer, or its error.
        bare_after: does the bare model still answer a good input as before?
        guarded: the guarded model's answer, or `refused`.
        guarded_after: does the guarded model still answer a good input as before?
    """

    case: Case
    verdict: Verdict
    bare: str
    bare_after: bool
    guarded: str
    guarded_after: bool

    @property
    def as_meant(self) -> bool:
        """Hostile input was refused, friendly input was not."""
        return (self.verdict.action is Action.BLOCK) == self.case.hostile


@dataclass(frozen=True, slots=True)
class Stand:
    """What an input is sent to.

    Attributes:
        guarded: a model behind a guard.
        good: ids or pixels that show whether a model still works.
        name: names the answer in a prediction.
        prepare: makes ids of a text for the bare model; None for arrays.
    """

    guarded: Any
    good: Any
    name: Naming
    prepare: Callable[[list[str]], Any] | None = None

    def send(self, case: Case, bare: Any) -> Trial:
        """Send one input to the guarded model and to a bare one, and then a good input."""
        before = quiet(lambda: self.guarded.predict(self.good, verbose=0))
        sent = [case.value] if self.prepare else case.value
        return Trial(
            case,
            self.guarded.check(sent)[0],
            _answer(lambda: bare.predict(self._prepared(sent), verbose=0), self.name),
            _still(bare, self.good, before),
            _answer(lambda: self.guarded.predict(sent, verbose=0), self.name),
            _still(self.guarded, self.good, before),
        )

    def _prepared(self, sent: Any) -> Any:
        return self.prepare(sent) if self.prepare else sent


def _answer(predict: Callable[[], Any], name: Naming) -> str:
    try:
        return name(quiet(predict))
    except Blocked:
        return "refused"
    except Exception as error:  # whatever the backend makes of it
        return type(error).__name__


def _still(model: Any, good: Any, before: Any) -> bool:
    import numpy as np

    try:
        return bool(np.allclose(quiet(lambda: model.predict(good, verbose=0)), before, atol=1e-5))
    except Exception:  # a destroyed model raises one of several
        return False


def naming(labels: Sequence[str]) -> Naming:
    """Names the most probable of `labels`, with its probability."""
    import numpy as np

    def name(prediction: Any) -> str:
        row = np.asarray(prediction)[0]
        if not np.isfinite(row).all():
            return "NaN"
        best = int(row.argmax())
        return f"{labels[best]} {row[best]:.0%}"

    return name
