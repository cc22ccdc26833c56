"""`sanitize check --report`: one self-contained page. No script, nothing from outside, no payload.

Pictures and sound are shown as the sandbox decoded them, never as the file itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from sanitize.cli.output import printable
from sanitize.types import Finding, Verdict

if TYPE_CHECKING:
    from sanitize.cli.words import Words

#: What a browser may load for this page: nothing, but pictures that are in it.
LOADS = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"

STYLE = """
:root { --ink: #1b2430; --soft: #5d6877; --line: #dde2e9; --page: #f6f7f9; --card: #fff; --one: #1769aa;
  --allow: #1b7f4b; --sanitize: #1b7f4b; --flag: #9a6200; --block: #b3261e; color-scheme: light dark; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #9aa6b5; --line: #2b3542; --page: #0f141b;
  --card: #171e27; --one: #6fb7f2; --allow: #5fd39a; --sanitize: #5fd39a; --flag: #f0b357; --block: #ff8a80; } }
* { box-sizing: border-box; }
body { font: 15px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--page); margin: 0 auto;
  max-width: 70rem; padding: 2rem 1.2rem 4rem; }
article { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.4rem 1.6rem;
  margin: 1.4rem 0; }
h1 { font-size: 1.15rem; margin: 0; overflow-wrap: anywhere; } h2 { font-size: .95rem; margin: 1.4rem 0 .5rem; }
header { display: flex; gap: .9rem; align-items: baseline; flex-wrap: wrap; }
.badge { font-weight: 700; font-size: .8rem; letter-spacing: .04em; text-transform: uppercase; color: var(--card);
  background: var(--tone); border-radius: 99px; padding: .15rem .75rem; }
.facts, figcaption, small, .none { color: var(--soft); } .facts { margin: .5rem 0 0; } .none { font-style: italic; }
.sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 0 2rem; }
figure { margin: 0 0 1rem; } figcaption, small { font-size: .82rem; }
img, svg { display: block; width: 100%; height: auto; image-rendering: pixelated; border-radius: 6px; border: 1px solid var(--line); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .45rem .7rem .45rem 0; border-top: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; font-size: .82rem; border: 0; } code { font-size: .82rem; overflow-wrap: anywhere; }
.low { color: var(--soft); } .medium { color: var(--flag); } .high, .critical { color: var(--block); font-weight: 600; }
.bar { background: var(--one); height: .5rem; border-radius: 4px; min-width: 2px; } .wide { width: 45%; }
"""  # noqa: E501


def page(parts: Sequence[str]) -> str:
    """The page of all inputs' parts."""
    head = (
        f'<meta charset=utf-8><meta http-equiv=Content-Security-Policy content="{LOADS}">'
        "<meta name=viewport content='width=device-width'><title>sanitize check</title>"
        f"<style>{STYLE}</style>"
    )
    return f"<!doctype html><html lang=en><head>{head}</head><body>{''.join(parts)}</body></html>\n"


def part(untrusted_name: str, verdict: Verdict, words: Words, sight: str) -> str:
    """One input: what was decided, what it looks like, what was found, and what took how long.

    Args:
        untrusted_name: the file's name.
        verdict: what the pipeline said.
        words: a sentence for each rule.
        sight: pictures of it, if any.
    """
    action = verdict.action.name.lower()
    covered = verdict.coverage
    facts = [verdict.modality.value, _injection(verdict.injection)]
    facts.append(f"{covered.scanned:,} of {covered.total:,} read")
    return (
        f"<article style='--tone: var(--{action})'><header><span class=badge>{action}</span>"
        f"<h1>{escape(printable(untrusted_name))}</h1></header>"
        f"<p class=facts>{' · '.join(facts)}</p>{sight}"
        f"<h2>Findings</h2>{_findings(verdict.findings, words)}"
        f"<h2>Timings</h2>{_timings(verdict.timings.items())}"
        f"<p class=facts><small>sha256 of what the model gets <code>{verdict.digest}</code><br>"
        f"policy <code>{verdict.policy}</code></small></p></article>"
    )


def _injection(probability: float | None) -> str:
    if probability is None:
        return "not scored for injection"
    return f"injection probability {probability:.1%}"


def _findings(findings: Sequence[Finding], words: Words) -> str:
    if not findings:
        return "<p class=none>None.</p>"
    rows = "".join(
        f"<tr><td class={found.severity.name.lower()}>{found.severity.name.lower()}</td>"
        f"<td>{escape(printable(words.why(found)))}<br><small>{_facts(found)}</small></td>"
        f"<td>{_where(found)}</td></tr>"
        for found in sorted(findings, key=lambda found: -found.severity)
    )
    heads = "<tr><th>severity</th><th>what was found</th><th>where</th></tr>"
    return f"<table>{heads}{rows}</table>"


def _facts(finding: Finding) -> str:
    facts = [finding.rule, f"{finding.confidence:.0%} sure"]
    for key, item in finding.detail.items():
        facts.append(f"{key} {item:.4g}" if isinstance(item, float) else f"{key} {item}")
    return escape(printable(" · ".join(facts)))


def _where(finding: Finding) -> str:
    span = f", {finding.span[0]}–{finding.span[1]}" if finding.span else ""
    return escape(printable(finding.origin) + span)


def _timings(timings: Iterable[tuple[str, float]]) -> str:
    rows = list(timings)
    longest = max((seconds for _, seconds in rows), default=0.0) or 1.0
    body = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{seconds * 1e3:.1f} ms</td>"
        f"<td class=wide><div class=bar style='width: {seconds / longest:.1%}'></div></td></tr>"
        for name, seconds in rows
    )
    return f"<table>{body}</table>" if body else "<p class=none>No stage ran.</p>"
