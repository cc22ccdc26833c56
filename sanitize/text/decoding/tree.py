"""The tree of readings: every transform on every text that a transform gave, within budgets."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from sanitize.text.decoding.hints import plausible
from sanitize.text.decoding.language import is_readable
from sanitize.text.decoding.places import Readings
from sanitize.types import Text

#: Characters that readings may always take, however short the text is.
FLOOR = 4096


@dataclass(frozen=True, slots=True)
class Limits:
    """How far the tree may grow.

    Attributes:
        depth: transforms one after the other.
        count: texts in the tree, those included that only lead to others.
        growth: their characters together, as a multiple of the text's.
    """

    depth: int
    count: int
    growth: int


@dataclass(slots=True)
class Tree:
    """What was read.

    Attributes:
        texts: the readings, for the detectors.
        exceeded: the limits that something was left out for.
        nodes: texts that were gone through, the readings and those on the way.
    """

    texts: list[Text] = field(default_factory=list)
    exceeded: set[str] = field(default_factory=set)
    nodes: int = 0


def grow(roots: Iterable[tuple[str, str]], limits: Limits) -> Tree:
    """All readings of some texts, breadth first.

    Args:
        roots: content and path of each text to begin with; the path of the
            value is empty.
        limits: how far to go.
    """
    queue = deque((content, path, 0) for content, path in roots)
    seen = {content for content, _, _ in queue}
    room = limits.growth * sum(map(len, seen)) + FLOOR
    tree = Tree()
    while queue and not tree.exceeded & {"count", "size"}:
        text, path, depth = queue.popleft()
        for name, content in _readings(text):
            if content in seen:
                continue
            tree.exceeded |= _over(tree, limits, depth, room - len(content))
            if tree.exceeded:
                break
            seen.add(content)
            tree.nodes += 1
            room -= len(content)
            step = f"{path}/{name}" if path else name
            queue.append((content, step, depth + 1))
            if is_readable(content):
                tree.texts.append(Text(content, f"decoded:{step}"))
    return tree


def _over(tree: Tree, limits: Limits, depth: int, room: int) -> set[str]:
    over = {"depth": depth >= limits.depth, "count": tree.nodes >= limits.count, "size": room < 0}
    return {limit for limit, exceeded in over.items() if exceeded}


def _readings(text: str) -> Readings:
    for transform in plausible(text):
        yield from transform(text)
