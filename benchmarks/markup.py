"""What a page costs, and whether hostile strings come out inert: `--strings DIR` for the second.

    python -m benchmarks.markup --strings DIR

DIR holds files of strings: JSON lines, or plain lines in `.txt`. Each string goes through the text
stages of the default policy; what comes out is parsed by three parsers that had no part in that:
libxml2 (lxml), the standard library's, and html5lib.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from benchmarks.timing import Row, milliseconds, paired
from sanitize.policy import load
from sanitize.registry import build
from sanitize.stage import Checked, checked
from sanitize.text import elements
from sanitize.text.filters import Markup
from sanitize.types import Context, Modality, Sample

_ROW = "<tr><td>one<td><a href=/x title='two words'>two</a></tr>\n"
_ARTICLE = """\
<div class='post'><h2 id=a>The weather</h2><p>We met on <b>Monday</b> and talked about the
<a href='https://example.org/garden?x=1&amp;y=2'>garden</a> &amp; the new roof.</p>
<img src='/a.png' alt='a roof'><!-- end --></div>
"""
#: Elements that libxml2 and we put around everything: html, body, div.
_AROUND = 3
#: Names of handlers are letters: `on%78` is an attribute like any other.
_HANDLER = re.compile("on[a-z]+")
Active = dict[str, list[tuple[str, dict[str, str]]]]


def page(chars: int) -> str:
    """An ordinary page: a head with a style sheet, a table, articles, links and comments."""
    head = "<!doctype html><html><head><title>x</title><style>p{color:red}</style></head><body>"
    table = f"<table>{_ROW * (chars // 6 // len(_ROW))}</table>"
    articles = _ARTICLE * ((chars - len(head) - len(table)) // len(_ARTICLE))
    return f"{head}{table}{articles}</body></html>"


def run() -> dict[str, Row]:
    """A page of a megabyte, beside nh3's own time for it."""
    import nh3

    text, stage = page(1_000_000), Markup()
    sample = Sample(text, Modality.TEXT)
    ours, _, ratio = paired(lambda: stage((sample,), Context()), lambda: nh3.clean(text), 9, 2)
    short = Sample(page(10_000), Modality.TEXT)
    return {
        "markup, page of 1 MB": Row(ours, "ms", ratio, "nh3.clean alone", "< 150"),
        "markup, page of 10 kB": Row(milliseconds(lambda: stage((short,), Context())), "ms"),
    }


def strings(folder: Path) -> Iterator[str]:
    """All strings of a folder's files."""
    for path in sorted(folder.rglob("*.jsonl")):
        if path.stem != "bad_bytes":
            rows = map(json.loads, path.read_text("utf-8").splitlines())
            yield from (row if isinstance(row, str) else row["s"] for row in rows)
    for path in sorted(folder.rglob("*.txt")):
        yield from path.read_text("utf-8", "replace").splitlines()


class _Tags(HTMLParser):
    """What the standard library's parser takes for a tag."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


def parsed(text: str) -> Active:
    """Elements with their attributes, as each parser sees them."""
    from bleach._vendor import html5lib
    from lxml import etree

    parser = _Tags()
    with suppress(AssertionError):  # it gives up at `<![>`
        parser.feed(text)
        parser.close()
    fragment = html5lib.parseFragment(text, namespaceHTMLElements=False)
    data = f"<div>{text}</div>".encode("utf-8", "replace")
    tree = etree.fromstring(data, etree.HTMLParser(encoding="utf-8", huge_tree=True))
    return {
        "libxml2": [_named(item) for item in tree.iter() if isinstance(item.tag, str)][_AROUND:],
        "html.parser": parser.found,
        "html5lib": [_named(item) for item in fragment.iter() if isinstance(item.tag, str)],
    }


def _named(element: Any) -> tuple[str, dict[str, str]]:
    return element.tag, dict(element.items())


def acts(name: str, attributes: dict[str, str]) -> bool:
    """Could it run, load or show anything? A letter without an address or a handler cannot."""
    acting = elements.URL_ATTRIBUTES | {"style", "xmlns"}
    return name in elements.ELEMENTS or any(
        _HANDLER.fullmatch(key) or key in acting for key in attributes
    )


def _through(stages: tuple[Checked, ...], text: str) -> Sample:
    sample = Sample(text, Modality.TEXT)
    for stage in stages:
        if not sample.halted:
            (sample,) = stage((sample,), Context())
    return sample


def report(folder: Path) -> Iterator[str]:
    """Lines of Markdown: strings that are active before and after, by parser."""
    specs = load("default").modalities[Modality.TEXT].stages
    stages = tuple(checked(build(spec.name, spec.options)) for spec in specs)
    before, after = Counter[str](), Counter[str]()
    total = halted = changed = 0
    for text in strings(folder):
        total += 1
        before.update(_active(text))
        result = _through(stages, text)
        halted += result.halted
        changed += result.value != text
        if not result.halted:
            after.update(_active(result.value))
    yield f"{total} strings, {changed} changed, {halted} refused"
    yield "| parser | active before | active after |"
    yield "|---|---:|---:|"
    for name in ("libxml2", "html.parser", "html5lib"):
        yield f"| {name} | {before[name]} | {after[name]} |"


def _active(text: str) -> Iterator[str]:
    for parser, found in parsed(text).items():
        if any(acts(name, attributes) for name, attributes in found):
            yield parser


def main() -> None:
    """Print how many strings stay active."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--strings", type=Path)
    folder = arguments.parse_args().strings
    if folder is None:
        print("Hostile strings: not run, it needs some (make bench STRINGS=folder of files)")
        return
    for line in report(folder):
        print(line, flush=True)


if __name__ == "__main__":
    main()
