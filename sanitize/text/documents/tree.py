"""Documents inside of documents, taken apart within budgets."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from sanitize.text.documents.media import READERS, sniffed
from sanitize.text.documents.parts import Malformed, OverBudget, Part
from sanitize.types import Finding, Severity, Text

#: Characters that parts may always take, however short the document is.
FLOOR = 4096


@dataclass(frozen=True, slots=True)
class Limits:
    """How far to go.

    Attributes:
        depth: documents inside of documents.
        count: parts that are read.
        growth: their characters together, as a multiple of the document's.
    """

    depth: int
    count: int
    growth: int


@dataclass(slots=True)
class Taken:
    """A document taken apart.

    Attributes:
        texts: what it says, for the detectors; origins begin with `document:` or `hidden:`.
        findings: what is wrong with it, each with the origin of the document it was in.
        exceeded: the limits that something was left out for.
        hidden: parts that nobody sees.
    """

    texts: list[Text] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    exceeded: set[str] = field(default_factory=set)
    hidden: int = 0


def take_apart(text: str, kind: str, limits: Limits) -> Taken:
    """All parts of a document, and of the documents in it.

    Args:
        text: the document.
        kind: what it was declared to be; empty if that is to be found out.
        limits: how far to go.
    """
    taken = Taken()
    queue = deque([(Part("", text, kind=kind), 0)])
    room = limits.growth * len(text) + FLOOR
    seen = {text}
    while queue and "parts" not in taken.exceeded:
        document, depth = queue.popleft()
        for part in _parts(document, depth == 0, taken):
            room -= len(part.content)
            over = {"parts": len(seen) > limits.count, "size": room < 0}
            taken.exceeded |= {limit for limit, exceeded in over.items() if exceeded}
            if taken.exceeded & over.keys():
                return taken
            if part.kind and depth + 1 >= limits.depth:
                taken.exceeded.add("depth")
            elif part.kind:
                queue.append((part, depth + 1))
            if part.content not in seen:
                seen.add(part.content)
                _add(part, taken)
    return taken


def _add(part: Part, taken: Taken) -> None:
    """Note a part that is not only what others are in."""
    if part.kind in ("", "markdown") and any(map(str.isalnum, part.content)):
        taken.texts.append(
            Text(part.content.strip(), f"{'document' if part.shown else 'hidden'}:{part.name}")
        )
        taken.hidden += not part.shown


def _parts(document: Part, outermost: bool, taken: Taken) -> Iterator[Part]:
    """The parts as the first reader gives them that can read the document."""
    if document.kind == "markdown" and not outermost:
        kinds = [kind for kind in sniffed(document.content) if kind == "markdown"]
    else:
        kinds = [document.kind] if document.kind else sniffed(document.content)
    for kind in kinds:
        origin = f"document:{document.name}/{kind}" if document.name else f"document:{kind}"
        try:
            found = list(READERS[kind](document.content))
        except OverBudget as error:
            taken.exceeded.add(str(error))
            return
        except Malformed:
            if outermost and document.kind:
                finding = Finding("text.document-invalid", Severity.MEDIUM, 1.0)
                taken.findings.append(replace(finding, detail={"declared": kind}))
            continue
        taken.findings += [
            replace(item, origin=origin) for item in found if isinstance(item, Finding)
        ]
        for part in found:
            if isinstance(part, Part):
                yield _placed(part, document, kind)
        return


def _placed(part: Part, document: Part, kind: str) -> Part:
    """The part with its whole path; what is in a hidden document is hidden."""
    path = (document.name, "" if document.kind == "markdown" and document.name else kind, part.name)
    return replace(part, name="/".join(filter(None, path)), shown=part.shown and document.shown)
