"""Where verdicts go beside the caller: the audit trail, the log, and metrics. Never a payload."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sanitize.types import Action, Finding, Severity, Verdict

if TYPE_CHECKING:
    from sanitize.audit.trail import Trail

#: The package's one logger; what is done with its events is the application's business.
LOG = logging.getLogger("sanitize")
LOG.addHandler(logging.NullHandler())

#: Action → level of its event.
LEVELS = {
    Action.ALLOW: logging.DEBUG,
    Action.SANITIZE: logging.DEBUG,
    Action.FLAG: logging.INFO,
    Action.BLOCK: logging.WARNING,
}

#: Rule ids in an event; a value may have more findings than a line should hold.
MAX_RULES = 8


@dataclass(frozen=True, slots=True)
class Outlets:
    """What every verdict is published to.

    Attributes:
        audit: the trail that records every verdict, if any.
        metrics: count for Prometheus.
    """

    audit: Trail | None = None
    metrics: bool = False

    @classmethod
    def of(cls, audit: str | os.PathLike[str] | Trail | None, metrics: bool) -> Outlets:
        """From the options of `pipeline`.

        Raises:
            PolicyError: metrics are wanted and prometheus-client is not installed.
        """
        if metrics:
            from sanitize import metrics as prometheus

            prometheus.required()
        if audit is None:
            return cls(None, metrics)
        from sanitize.audit.trail import Trail

        return cls(audit if isinstance(audit, Trail) else Trail(Path(audit)), metrics)

    def publish(self, verdicts: list[Verdict]) -> list[Verdict]:
        """The verdicts, once they are written down; what cannot be recorded is not let in."""
        if self.audit is not None:
            verdicts = _recorded(self.audit, verdicts)
        for verdict in verdicts:
            _log(verdict)
        if self.metrics:
            from sanitize import metrics as prometheus

            prometheus.count(verdicts)
        return verdicts


#: Only the log, if anybody listens.
NOWHERE = Outlets()


def _recorded(audit: Trail, verdicts: Sequence[Verdict]) -> list[Verdict]:
    try:
        audit.append(verdicts)
    except (OSError, ValueError) as error:
        detail = {"error": type(error).__name__}
        finding = Finding("audit.unwritten", Severity.CRITICAL, 1.0, detail=detail)
        return [
            replace(verdict, action=Action.BLOCK, findings=(*verdict.findings, finding))
            for verdict in verdicts
        ]
    return list(verdicts)


def _log(verdict: Verdict) -> None:
    level = LEVELS[verdict.action]
    if not LOG.isEnabledFor(level):
        return
    rules = list(dict.fromkeys(finding.rule for finding in verdict.findings))[:MAX_RULES]
    # Plain values only: a handler may pickle them, and a verdict holds the value it let in.
    facts = {
        "action": verdict.action.name.lower(),
        "modality": verdict.modality.value,
        "rules": rules,
        "injection": verdict.injection,
        "policy": verdict.policy,
    }
    LOG.log(level, "%s", verdict.summary(), extra={"verdict": facts})
