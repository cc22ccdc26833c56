"""Windows cover every token, overlap as asked, and never depend on their neighbours."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanitize.detectors.windows import buckets, windows

SIZES = st.integers(1, 64).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size - 1)))


@given(st.integers(0, 3000), SIZES)
def test_every_token_is_in_a_window(length: int, sizes: tuple[int, int]) -> None:
    """No gap, no window beyond the end, none longer than allowed, none twice."""
    size, overlap = sizes
    found = windows(length, size, overlap)
    assert found[0][0] == 0
    assert found[-1][1] == length
    assert all(0 <= end - start <= size for start, end in found)
    assert len(set(found)) == len(found)
    for (_, end), (start, _) in pairwise(found):
        assert end - start >= overlap


def test_a_phrase_as_long_as_the_overlap_is_whole_somewhere() -> None:
    """Wherever it stands, one window holds all of it."""
    found = windows(1000, 254, 64)
    for start in range(1000 - 64):
        assert any(a <= start and start + 64 <= b for a, b in found)


@pytest.mark.parametrize(("size", "overlap"), [(4, 4), (4, 5), (0, 0), (4, -1)])
def test_sizes_that_cannot_cover_are_refused(size: int, overlap: int) -> None:
    """An overlap as large as the window would never get on."""
    with pytest.raises(ValueError, match="overlap"):
        windows(10, size, overlap)


@given(st.lists(st.integers(1, 9), max_size=60), st.integers(1, 7))
def test_buckets_hold_equal_lengths_only(lengths: list[int], batch_size: int) -> None:
    """Each index once; no group mixes lengths or outgrows the batch."""
    groups = list(buckets(lengths, batch_size))
    assert sorted(index for group in groups for index in group) == list(range(len(lengths)))
    assert all(len({lengths[index] for index in group}) == 1 for group in groups)
    assert all(len(group) <= batch_size for group in groups)
