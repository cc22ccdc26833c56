"""A verdict as a person reads it: never the payload itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sanitize.cli.output import printable
from sanitize.types import Action, Severity

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from sanitize.cli.words import Words
    from sanitize.types import Finding, Verdict

_ACTIONS = {
    Action.ALLOW: ("allowed", "bold green"),
    Action.SANITIZE: ("sanitized", "bold green"),
    Action.FLAG: ("flagged", "bold yellow"),
    Action.BLOCK: ("BLOCKED", "bold red"),
}
_SEVERITIES = {
    Severity.LOW: "dim",
    Severity.MEDIUM: "yellow",
    Severity.HIGH: "red",
    Severity.CRITICAL: "bold red",
}

#: Most findings listed for one input; the rest is counted.
MAX_FINDINGS = 20


def show(console: Console, untrusted_name: str, verdict: Verdict, words: Words) -> None:
    """Print one verdict: a headline, and a table of what was found."""
    console.print(_headline(untrusted_name, verdict), soft_wrap=True)
    if verdict.findings:
        console.print(_findings(verdict.findings, words))


def _headline(untrusted_name: str, verdict: Verdict) -> Text:
    from rich.text import Text

    action, style = _ACTIONS[verdict.action]
    coverage = verdict.coverage
    unit = "characters" if verdict.modality in ("text", "record") else "bytes"
    facts = [f"{verdict.modality}", _injection(verdict.injection)]
    if coverage.total:
        facts.append(f"{coverage.scanned:,} of {coverage.total:,} {unit} read")
    name = printable(untrusted_name)
    return Text.assemble((f"{action:<9}", style), " ", (name, "bold"), " · ", " · ".join(facts))


def _injection(probability: float | None) -> str:
    if probability is None:
        return "not scored for injection"
    return f"injection probability {probability:.1%}"


def _findings(findings: tuple[Finding, ...], words: Words) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, header_style="dim")
    table.add_column("  severity", no_wrap=True)
    table.add_column("what was found", overflow="fold")
    table.add_column("where", overflow="fold")
    worst_first = sorted(findings, key=lambda finding: -finding.severity)
    for finding in worst_first[:MAX_FINDINGS]:
        severity = Text("  " + finding.severity.name.lower(), _SEVERITIES[finding.severity])
        table.add_row(severity, _what(finding, words), _where(finding))
    if len(findings) > MAX_FINDINGS:
        table.add_row("", f"and {len(findings) - MAX_FINDINGS} more; see --json", "")
    return table


def _what(finding: Finding, words: Words) -> Text:
    """The sentence, and below it the rule, how sure it is, and the figures."""
    from rich.text import Text

    facts = [finding.rule]
    if finding.confidence < 1.0:
        facts.append(f"{finding.confidence:.0%} sure")
    facts += [f"{key} {_number(item)}" for key, item in finding.detail.items()]
    sentence = printable(words.why(finding))
    return Text.assemble(sentence, "\n", (printable(" · ".join(facts)), "dim"))


def _number(item: float | str) -> str:
    return f"{item:.4g}" if isinstance(item, float) else str(item)


def _where(finding: Finding) -> str:
    if finding.span is None:
        return printable(finding.origin)
    start, end = finding.span
    return printable(f"{finding.origin}, {start}–{end}")
