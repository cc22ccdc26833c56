"""Cut rows to the model's window, keeping sight of where the planted order stands."""

from __future__ import annotations

import random
from collections.abc import Iterable

from tokenizers import Tokenizer

from benchmarks.training.kinds import HARMLESS, targets
from benchmarks.training.rows import Row
from sanitize.training.example import Example, Targets
from sanitize.training.folder import MAX_TOKENS, special_ids

#: Shortest window cut out of a longer text, in tokens: shorter ones would leave too little to
#: judge.
MIN_TOKENS = 64

#: Planted orders of the template rows fill one to three lines; more changed lines mean the carrier
#: is unknown.
MAX_PLANTED_LINES = 3

#: How often a long attack without a known payload is read from its start, where most state what
#: they want.
START_SHARE = 0.7

Span = tuple[int, int]


class Carriers:
    """Lines of the benign carriers: what a template row adds to them is its planted order."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._lines = {line.strip() for text in texts for line in text.split("\n")}

    def planted(self, text: str) -> Span | None:
        """Characters of the lines that are not the carrier's; None if many or far apart."""
        spans, start, number = [], 0, 0
        for number, line in enumerate(text.split("\n")):
            if line.strip() and line.strip() not in self._lines:
                spans.append((number, start, start + len(line)))
            start += len(line) + 1
        if not spans or spans[-1][0] - spans[0][0] >= MAX_PLANTED_LINES:
            return None
        return spans[0][1], spans[-1][2]


class Cutter:
    """Turns rows into examples of at most `max_tokens` tokens, with `rng` for every choice."""

    def __init__(
        self, tokenizer: Tokenizer, rng: random.Random, *, max_tokens: int = MAX_TOKENS
    ) -> None:
        self._tokenizer, self._rng, self._room = tokenizer, rng, max_tokens - 2
        ids = special_ids(tokenizer)
        self._first, self._last = ids["cls_id"], ids["sep_id"]

    def __call__(self, row: Row, planted: Span | None = None) -> Example:
        """One window of the row; it holds the planted order if its place is known."""
        encoding = self._tokenizer.encode(row.text, add_special_tokens=False)
        room = self._room
        if len(encoding.ids) <= room:
            return self._example(encoding.ids, targets(row))
        size = (
            room if row.label or self._rng.random() < 0.4 else self._rng.randint(MIN_TOKENS, room)
        )
        start = self._start(
            len(encoding.ids), size, row.label, _token_span(encoding.offsets, planted)
        )
        return self._example(encoding.ids[start : start + size], targets(row))

    def clean(self, row: Row, planted: Span) -> Example | None:
        """A benign window beside the planted order, or None if the text leaves no room for one."""
        encoding = self._tokenizer.encode(row.text, add_special_tokens=False)
        span = _token_span(encoding.offsets, planted)
        if span is None:
            return None
        before, after = encoding.ids[: span[0]], encoding.ids[span[1] :]
        part = max(before, after, key=len)
        if len(part) < MIN_TOKENS:
            return None
        size = min(len(part), self._rng.randint(MIN_TOKENS, self._room))
        start = self._rng.randint(0, len(part) - size)
        return self._example(part[start : start + size], HARMLESS)

    def _start(self, tokens: int, size: int, label: int, span: Span | None) -> int:
        if span is None:
            at_start = label and self._rng.random() < START_SHARE
            return 0 if at_start else self._rng.randint(0, tokens - size)
        first = max(0, min(span[0], span[1] - size))
        last = min(tokens - size, max(span[0], span[1] - size))
        return self._rng.randint(min(first, last), max(first, last))

    def _example(self, ids: list[int], taught: Targets) -> Example:
        return Example([self._first, *ids, self._last], taught)


def _token_span(offsets: list[Span], planted: Span | None) -> Span | None:
    if planted is None:
        return None
    inside = [
        i for i, (start, end) in enumerate(offsets) if start < planted[1] and end > planted[0]
    ]
    return (inside[0], inside[-1] + 1) if inside else None
