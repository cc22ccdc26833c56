"""Overlapping windows over token ids: nothing is cut off, nothing is skipped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def windows(length: int, size: int, overlap: int) -> list[tuple[int, int]]:
    """Start and end of windows that together cover `length` tokens.

    Neighbours share at least `overlap` tokens, so that a phrase of that
    length is whole in one of them; the last window ends at the last token and
    is as long as the others.

    Args:
        length: tokens in the text; 0 gives one empty window.
        size: tokens in a window.
        overlap: tokens shared by neighbours, less than `size`.

    Raises:
        ValueError: sizes that cannot cover anything.
    """
    if not 0 <= overlap < size:
        raise ValueError(f"expected 0 <= overlap < size, received {overlap} and {size}")
    if length <= size:
        return [(0, length)]
    starts = [*range(0, length - size, size - overlap), length - size]
    return [(start, start + size) for start in starts]


def buckets(lengths: Sequence[int], batch_size: int) -> Iterator[list[int]]:
    """Indexes grouped by equal length, at most `batch_size` in a group.

    Equal lengths need no padding, so what a row shares a batch with cannot
    touch its score.
    """
    by_length: dict[int, list[int]] = {}
    for index, length in enumerate(lengths):
        by_length.setdefault(length, []).append(index)
    for length in sorted(by_length):
        members = by_length[length]
        for start in range(0, len(members), batch_size):
            yield members[start : start + batch_size]
