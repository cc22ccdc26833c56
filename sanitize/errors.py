"""Every error the package raises on purpose.

Bad configuration raises; bad input yields findings. A message says what was
expected and what came (type, size, digest), never the payload.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sanitize.types import Verdict


class SanitizeError(Exception):
    """Base of all errors of this package; `code` is stable across releases."""

    code = "sanitize.error"


class PolicyError(SanitizeError, ValueError):
    """A policy, rule pack or pipeline cannot be built as asked."""

    code = "policy.invalid"


class StageFailed(SanitizeError):
    """A stage broke its contract: wrong count, lost findings, changed value."""

    code = "pipeline.stage-failed"


class ArtifactError(SanitizeError):
    """A file (weights, a model) is not what its digest says, or holds what is not let in.

    Attributes:
        code: why; `artifact.mismatch` unless said otherwise. The reasons stand in
            docs/artifacts.md.
    """

    code = "artifact.mismatch"

    def __init__(self, message: str, code: str = "artifact.mismatch") -> None:
        self.code = code
        super().__init__(message)


class SandboxError(SanitizeError):
    """The sandbox could not be set up or could not be trusted."""

    code = "sandbox.error"


class ContractError(SanitizeError, ValueError):
    """A model's input contract cannot be derived, or a given one does not fit."""

    code = "contract.invalid"


class RowsError(SanitizeError, ValueError):
    """A file of labelled rows is not what it should be."""

    code = "rows.invalid"


class UnguardedError(SanitizeError, AttributeError):
    """A method of a guarded model that would carry unchecked input."""

    code = "guard.unguarded"


class Blocked(SanitizeError):
    """Untrusted input was refused.

    Attributes:
        verdicts: one verdict per refused row.
        rows: the index of each refused row in the batch that was given;
            `(0,)` for a single input.
    """

    code = "input.blocked"

    def __init__(self, verdicts: Sequence[Verdict], rows: Sequence[int] = (0,)) -> None:
        self.verdicts = tuple(verdicts)
        self.rows = tuple(rows)
        super().__init__(self._message())

    def _message(self) -> str:
        lines = []
        for row, verdict in list(zip(self.rows, self.verdicts, strict=False))[:5]:
            lines.append(f"row {row}: {verdict.summary()}")
        if len(self.rows) > len(lines):
            lines.append(f"and {len(self.rows) - len(lines)} more rows")
        return f"{len(self.rows)} of the inputs blocked; " + "; ".join(lines)

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.verdicts, self.rows))
