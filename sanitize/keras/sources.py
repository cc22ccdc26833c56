"""Sources of batches: generators, `tf.data`, torch's DataLoader, PyDataset, Grain."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from sanitize.errors import ContractError

#: Iterables that are one value: a batch, a row, or part of one.
VALUES: tuple[type, ...] = (str, bytes, bytearray, memoryview, list, tuple, set, frozenset, Mapping)

#: One batch: inputs, targets, sample weights.
Batch = tuple[Any, Any, Any]


def is_source(value: Any) -> bool:
    """True for what yields batches; False for arrays, tables, open files and plain values.

    An iterable of no known kind counts as a source too: whatever it yields is
    checked, and what is no batch is refused.
    """
    if isinstance(value, (*VALUES, type)) or hasattr(value, "shape") or hasattr(value, "read"):
        return False
    return isinstance(value, Iterable)


def batches(source: Any, steps: int | None = None) -> Iterator[Any]:
    """Batches as they come, one at a time and no more than `steps`.

    A PyDataset is read in this thread: its `workers` are not started.

    Raises:
        ContractError: the source says that it never ends, and `steps` is None.
        Exception: whatever the source raises.
    """
    if steps is not None and (not isinstance(steps, int) or steps < 1):
        raise ContractError(f"steps: expected a whole number from 1, received {steps!r:.20}")
    if steps is None and _is_endless(source):
        raise ContractError(f"steps: expected a number for an endless {type(source).__name__}")
    return _read(source, steps)


def _read(source: Any, steps: int | None) -> Iterator[Any]:
    begin = getattr(source, "on_epoch_begin", None)
    if begin is not None:
        begin()
    yield from islice(iter(source), steps)
    end = getattr(source, "on_epoch_end", None)
    if end is not None:
        end()


def parted(batch: Any) -> Batch:
    """A batch as inputs, targets and sample weights, by Keras's rules.

    A tuple or list of one to three is `(x, y, sample_weight)`; anything else
    is inputs alone. A model of several inputs gets them as a dict, or as a
    list inside of the tuple.

    Raises:
        ContractError: a tuple or list of no such length.
    """
    if not isinstance(batch, (list, tuple)):
        return batch, None, None
    if not 1 <= len(batch) <= 3:
        raise ContractError(
            f"batch: expected x, (x, y) or (x, y, sample_weight), received {len(batch)} parts"
        )
    x, y, sample_weight = (*batch, None, None)[:3]
    return x, y, sample_weight


def length(source: Any, steps: int | None) -> int | None:
    """How many batches will come, for a progress bar; None if nobody can tell."""
    known = _known_length(source)
    if known is None or known == sys.maxsize:
        return steps
    return known if steps is None else min(known, steps)


def _known_length(source: Any) -> int | None:
    try:
        known = source.num_batches if hasattr(source, "num_batches") else len(source)
    except (TypeError, NotImplementedError):
        return None
    return known if isinstance(known, int) and known >= 0 else None


def _is_endless(source: Any) -> bool:
    """True for what says so itself: a PyDataset without a length, and what is repeated."""
    if hasattr(source, "num_batches"):
        return source.num_batches is None
    cardinality = getattr(source, "cardinality", None)
    if cardinality is not None:
        return int(cardinality()) == -1  # tf.data.INFINITE_CARDINALITY
    return _known_length(source) == sys.maxsize  # what Grain says of `repeat()`


def refuse_options(source: Any, **options: Any) -> None:
    """Refuse what a source of batches brings along itself: Keras ignores it, or refuses it late.

    Raises:
        ContractError: an option is given beside a source.
    """
    for name, value in options.items():
        if value is not None:
            raise ContractError(
                f"{name}: expected None beside a {type(source).__name__}, which brings its own"
            )
