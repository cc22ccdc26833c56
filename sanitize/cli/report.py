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
    for heading in ("what was found", "where", "rule"):
        table.add_column(heading, overflow="fold")
    worst_first = sorted(findings, key=lambda finding: -finding.severity)
    for finding in worst_first[:MAX_FINDINGS]:
        severity = Text("  " + finding.severity.name.lower(), _SEVERITIES[finding.severity])
        rule = Text(printable(finding.rule), "dim")
        table.add_row(severity, _what(finding, words), _where(finding), rule)
    if len(findings) > MAX_FINDINGS:
        table.add_row("", f"and {len(findings) - MAX_FINDINGS} more; see --json", "", "")
    return table


def _what(finding: Finding, words: Words) -> str:
    details = ", ".join(f"{key} {item}" for key, item in finding.detail.items())
    sure = "" if finding.confidence == 1.0 else f" ({finding.confidence:.0%} sure)"
    return printable(words.why(finding) + sure + (f": {details}" if details else ""))


def _where(finding: Finding) -> str:
    if finding.span is None:
        return printable(finding.origin)
    start, end = finding.span
    return printable(f"{finding.origin}, {start}–{end}")
