"""Scoring texts window by window, whatever the model behind it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

from sanitize.detectors.windows import buckets, windows

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer


class Model(Protocol):
    """A sequence classifier over token ids.

    Attributes:
        tokenizer: text → ids and character offsets.
        prefix: ids in front of every window, such as [CLS].
        suffix: ids behind every window, such as [SEP].
        max_tokens: ids in a window, prefix and suffix included.
        overlap: ids that neighbouring windows share.
        batch_size: windows in one run.
        unknown: id of characters that the vocabulary lacks; None if it has all.
        labels: what a window is scored for; the first is `injection`.
    """

    tokenizer: Tokenizer
    prefix: tuple[int, ...]
    suffix: tuple[int, ...]
    max_tokens: int
    overlap: int
    batch_size: int
    unknown: int | None
    labels: tuple[str, ...]

    def probabilities(self, ids: list[list[int]]) -> list[tuple[float, ...]]:
        """Calibrated probability of each label, for windows of equal length."""


@dataclass(frozen=True, slots=True)
class Peak:
    """The window with the highest score for a label.

    Attributes:
        probability: 0..1.
        span: its characters.
        others: what else that window was scored for, by label.
    """

    probability: float
    span: tuple[int, int]
    others: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Score:
    """What a model made of one text.

    Attributes:
        peaks: label → the window that looks most like it.
        scanned: characters that were in a scored window.
        total: characters in the text.
        unknown: letters that the model's vocabulary does not have.
        windows: windows that were scored.
    """

    peaks: Mapping[str, Peak]
    scanned: int
    total: int
    unknown: int
    windows: int


class Tally:
    """A count that only grows; safe to add to from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.total = 0

    def add(self, number: int) -> None:
        """Count `number` more."""
        with self._lock:
            self.total += number


#: Windows scored by this process, for metrics: no verdict says how many it took.
WINDOWS = Tally()


@dataclass(frozen=True, slots=True)
class _Window:
    text: int
    ids: list[int]
    span: tuple[int, int]


def score(model: Model, texts: Sequence[str], max_windows: int) -> list[Score]:
    """One score per text; every window of every text is run, up to `max_windows` a text.

    What lies beyond the last window that was run is counted as not scanned. A text that
    `says_nothing` is scanned, and scored 0, without a run.
    """
    silent = [says_nothing(text) for text in texts]
    said = [text for text, nothing in zip(texts, silent, strict=True) if not nothing]
    scores = iter(_score(model, said, max_windows))
    return [
        _nothing(model, text) if nothing else next(scores)
        for text, nothing in zip(texts, silent, strict=True)
    ]


def says_nothing(text: str) -> bool:
    """No letter, and nothing beyond ASCII: numbers, times, signs.

    A model of language has nothing to go by there, and guesses. What such a text spells once it is
    decoded (Morse, binary, ASCII codes) is a text of its own.
    """
    return text.isascii() and not _LETTER.search(text)


_LETTER = re.compile("[A-Za-z]")


def _nothing(model: Model, text: str) -> Score:
    whole = (0, len(text))
    others = dict.fromkeys(model.labels, 0.0)
    peaks = {label: Peak(0.0, whole, others) for label in model.labels}
    return Score(peaks, len(text), len(text), 0, 0)


def _score(model: Model, texts: Sequence[str], max_windows: int) -> list[Score]:
    encodings = [model.tokenizer.encode(text, add_special_tokens=False) for text in texts]
    pending = [
        window
        for index, text in enumerate(texts)
        for window in _cut(model, index, text, encodings[index], max_windows)
    ]
    results = _run(model, pending)
    mine: list[list[int]] = [[] for _ in texts]
    for index, window in enumerate(pending):
        mine[window.text].append(index)
    return [
        _merge(model, text, encodings[index], [(pending[i], results[i]) for i in mine[index]])
        for index, text in enumerate(texts)
    ]


def _cut(
    model: Model, index: int, text: str, encoding: Encoding, max_windows: int
) -> list[_Window]:
    ids = encoding.ids
    room = model.max_tokens - len(model.prefix) - len(model.suffix)
    spans = windows(len(ids), room, model.overlap)
    offsets = encoding.offsets if len(spans) > 1 else None
    return [
        _Window(
            index,
            [*model.prefix, *ids[start:end], *model.suffix],
            (offsets[start][0], offsets[end - 1][1]) if offsets else (0, len(text)),
        )
        for start, end in spans[:max_windows]
    ]


def _run(model: Model, pending: Sequence[_Window]) -> list[tuple[float, ...]]:
    """Probabilities in order; equal windows, as in padding by repetition, are run once."""
    distinct = list(dict.fromkeys(tuple(window.ids) for window in pending))
    WINDOWS.add(len(distinct))
    results: dict[tuple[int, ...], tuple[float, ...]] = {}
    for group in buckets([len(ids) for ids in distinct], model.batch_size):
        found = model.probabilities([list(distinct[index]) for index in group])
        results.update(zip((distinct[index] for index in group), found, strict=True))
    return [results[tuple(window.ids)] for window in pending]


def _merge(
    model: Model, text: str, encoding: Encoding, scored: Sequence[tuple[_Window, tuple[float, ...]]]
) -> Score:
    peaks = {}
    for index, label in enumerate(model.labels):
        best, found = max(scored, key=lambda pair: pair[1][index])
        peaks[label] = Peak(found[index], best.span, dict(zip(model.labels, found, strict=True)))
    last = scored[-1][0].span[1]
    complete = last >= _end(encoding, text)
    unknown = _unknown_letters(model, text, encoding)
    scanned = len(text) if complete else last
    return Score(peaks, scanned, len(text), unknown, len(scored))


def _end(encoding: Encoding, text: str) -> int:
    """Where the last token ends; behind it there is only white space."""
    return int(encoding.offsets[-1][1]) if len(encoding) else len(text)


def _unknown_letters(model: Model, text: str, encoding: Encoding) -> int:
    if model.unknown is None or model.unknown not in encoding.ids:
        return 0
    pairs: Any = zip(encoding.ids, encoding.offsets, strict=True)
    return sum(
        sum(map(str.isalpha, text[start:end]))
        for id_, (start, end) in pairs
        if id_ == model.unknown
    )
