"""What a model's input expects of an array."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """Expectations on one array.

    Attributes:
        name: the input's name, for findings.
        shape: sizes with the batch axis first; None stands for any size. None
            for the whole leaves the rank free too.
        integer: only integral values fit (token ids, categories), of any dtype.
        low: smallest value that fits, inclusive; None for no bound.
        high: largest value that fits, inclusive; None for no bound.
        max_batch: most rows that fit in one array; None for no bound.
        text: rows are texts, and go through the text chain; `shape` is
            (None,) or (None, 1). Only TensorFlow has such inputs.
    """

    name: str = "input"
    shape: tuple[int | None, ...] | None = None
    integer: bool = False
    low: float | None = None
    high: float | None = None
    max_batch: int | None = None
    text: bool = False
