"""What a step of training is made of."""

from __future__ import annotations

from dataclasses import dataclass

#: 1, 0 or NaN, for not said, for each label.
Targets = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """Token ids of one window, its first and last one included, and what it teaches.

    `text` is the whole text of the row that it was cut from, where that is kept.
    """

    ids: list[int]
    targets: Targets
    text: str = ""
