"""One self-contained page: figures, curves and mistakes. No script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from sanitize.evaluation.figures import Figure
from sanitize.evaluation.judging import (
    Judged,
    Mistake,
    Summary,
    curve,
    mistakes,
    reliability,
    summaries,
)

#: Sides of a plot and of its margin, in CSS pixels.
SIDE, MARGIN = 300, 34

#: Names of the two sides, in the order of their colours.
COLOURS = ("var(--one)", "var(--two)")

STYLE = """
:root { --ink: #1c2430; --soft: #5b6675; --line: #d9dee5; --page: #fbfcfd; --one: #1769aa; --two: #b4530a;
  --bad: #b3261e; color-scheme: light dark; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #9aa6b5; --line: #2c3644; --page: #11161d;
  --one: #6fb7f2; --two: #f0a35c; --bad: #ff8a80; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); margin: 2.5rem auto;
  max-width: 62rem; padding: 0 1.2rem; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.05rem; margin: 2.2rem 0 .6rem; }
p { color: var(--soft); margin: .3rem 0; } .plots { display: flex; flex-wrap: wrap; gap: 2rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .35rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; color: var(--soft); } th:first-child, td:first-child { text-align: left; }
td small { color: var(--soft); } figure { margin: 0; } figcaption { color: var(--soft); font-size: .85rem; }
code { font-size: .85rem; overflow-wrap: anywhere; } .text { white-space: pre-wrap; overflow-wrap: anywhere;
  text-align: left; max-width: 30rem; } svg text { fill: var(--soft); font-size: 11px; }
"""  # noqa: E501


def page(title: str, sides: Sequence[tuple[str, Judged]], note: str, *, texts: bool) -> str:
    """The page.

    Args:
        title: what was judged.
        sides: one or two names, and what they made of the same rows.
        note: a line below the title.
        texts: show the texts of mistakes; else only what they are.
    """
    parts = [
        f"<h1>{escape(title)}</h1><p>{escape(note)}</p>",
        "<div class=plots>",
        _figure("ROC: recall over false alarms", _roc(sides), sides),
        _figure("Reliability: attacks among rows of a probability", _reliable(sides), sides),
        "</div>",
    ]
    for name, judged in sides:
        parts += [f"<h2>{escape(name)}</h2>", _table(summaries(judged))]
        parts += ["<h2>Surest mistakes</h2>", _mistakes(mistakes(judged, 25, texts=texts), texts)]
    body = "".join(parts)
    view = "<meta charset=utf-8><meta name=viewport content='width=device-width'>"
    head = f"<head>{view}<style>{STYLE}</style><title>{escape(title)}</title></head>"
    return f"<!doctype html><html lang=en>{head}{body}</html>\n"


def _figure(caption: str, plot: str, sides: Sequence[tuple[str, Judged]]) -> str:
    names = " ".join(
        f"<span style='color:{colour}'>■ {escape(name)}</span>"
        for (name, _), colour in zip(sides, COLOURS, strict=False)
    )
    return f"<figure>{plot}<figcaption>{escape(caption)}<br>{names}</figcaption></figure>"


def _roc(sides: Sequence[tuple[str, Judged]]) -> str:
    return _plot(
        _line(curve(judged), colour) for (_, judged), colour in zip(sides, COLOURS, strict=False)
    )


def _reliable(sides: Sequence[tuple[str, Judged]]) -> str:
    shapes = [_line([(0.0, 0.0), (1.0, 1.0)], "var(--line)")]
    for (_, judged), colour in zip(sides, COLOURS, strict=False):
        points = reliability(judged)
        most = max((rows for *_, rows in points), default=1)
        shapes.append(_line([(x, y) for x, y, _ in points], colour))
        shapes += [_dot(x, y, 2 + 5 * (rows / most) ** 0.5, colour) for x, y, rows in points]
    return _plot(shapes)


def _plot(shapes: Iterable[str]) -> str:
    whole = SIDE + 2 * MARGIN
    frame = (
        f"<rect x={MARGIN} y={MARGIN} width={SIDE} height={SIDE} fill=none stroke='var(--line)'/>"
    )
    marks = "".join(
        f"<text x={_x(at):.0f} y={SIDE + MARGIN + 16} text-anchor=middle>{at:g}</text>"
        f"<text x={MARGIN - 6} y={_y(at) + 4:.0f} text-anchor=end>{at:g}</text>"
        for at in (0, 0.25, 0.5, 0.75, 1)
    )
    content = frame + marks + "".join(shapes)
    return (
        f"<svg role=img width={whole} height={whole} viewBox='0 0 {whole} {whole}'>{content}</svg>"
    )


def _x(share: float) -> float:
    return MARGIN + share * SIDE


def _y(share: float) -> float:
    return MARGIN + (1 - share) * SIDE


def _line(points: Iterable[tuple[float, float]], colour: str) -> str:
    path = " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in points)
    return f"<polyline points='{path}' fill=none stroke='{colour}' stroke-width=2 />"


def _dot(x: float, y: float, size: float, colour: str) -> str:
    return f"<circle cx={_x(x):.1f} cy={_y(y):.1f} r={size:.1f} fill='{colour}'/>"


def _table(groups: Iterable[Summary]) -> str:
    heads = ("rows", "attacks", "benign", "AUC", "recall", "false alarms")
    rows = [
        (group.name, str(group.attacks), str(group.benign), group.area, group.recall, group.alarms)
        for group in groups
    ]
    head = "".join(f"<th>{each}</th>" for each in heads)
    body = "".join("<tr>" + "".join(map(_cell, row)) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _cell(value: str | Figure | None) -> str:
    if isinstance(value, Figure):
        low, high = f"{value.low:.3f}", f"{value.high:.3f}"
        return f"<td>{value.value:.3f} <small>{low} – {high}</small></td>"
    return f"<td>{escape(value) if value else '–'}</td>"


def _mistakes(found: Sequence[Mistake], texts: bool) -> str:
    if not found:
        return "<p>None.</p>"
    rows = []
    for one in found:
        what = "let in" if one.label else "blocked"
        shown = escape(one.text[:600]) if texts else f"sha256 {one.digest}…"
        cells = (what, f"{one.score:.3f}", str(one.characters), one.facts)
        body = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        rows.append(f"<tr>{body}<td class=text><code>{shown}</code></td></tr>")
    heads = ("was", "probability", "characters", "what it is", "text" if texts else "digest")
    head = "".join(f"<th>{each}</th>" for each in heads)
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"
