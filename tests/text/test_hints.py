"""Hints: no transform is passed over that would have given a reading."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanitize.text.decoding.hints import HINTS, plausible
from tests.text.benign import BENIGN
from tests.text.disguised import DISGUISED

#: Pieces that encodings are made of, with digits, blanks and dashes from beyond ASCII.
PIECES = st.sampled_from(
    [
        *("41", "0x41", "65", "٦٥", "\\x41", "%41", "&#65;", "U+0041", "01000001", "0101 "),
        *("i", "g", "n", "ignore", "vtaber", "erongi", "ignoreway", "1gn0r3", "aWdu", "SWdub3Jl"),
        *("-", ".", "_", " ", "\u2003", "\x85", ",", "=", "/", "–", "·", "\n", "\t", "(", ")"),
        *("chr", "CHAR", "fromCharCode", '"ig" + "no"', "IGNORE", "é", "ſ", "K", "½", "²"),
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join))
@settings(max_examples=400, deadline=None)
def test_what_no_hint_names_gives_no_reading(text: str) -> None:
    """A transform that is left out has nothing to say, whatever the text is put together from."""
    left_out = set(HINTS) - set(plausible(text))
    assert {one.__name__: readings for one in left_out if (readings := list(one(text)))} == {}


@pytest.mark.parametrize("text", [row[1] for row in DISGUISED], ids=[row[0] for row in DISGUISED])
def test_every_disguise_is_hinted_at(text: str) -> None:
    """The transforms that read a disguise are among the plausible ones."""
    left_out = set(HINTS) - set(plausible(text))
    assert not any(list(transform(text)) for transform in left_out)


@pytest.mark.parametrize("row", BENIGN, ids=lambda row: row[0])
def test_nothing_is_lost_in_honest_text(row: tuple[str, str]) -> None:
    """Honest text has the same readings with and without hints."""
    left_out = set(HINTS) - set(plausible(row[1]))
    assert not any(list(transform(row[1])) for transform in left_out)


def test_plain_prose_is_for_few_transforms() -> None:
    """The hints are worth something: an ordinary sentence is left to the cheap transforms."""
    said = "Could you tell me when the next bus leaves for the harbour, please?"
    assert plausible(said) == [transform for transform, hint in HINTS.items() if not hint]


def test_half_characters_leave_nothing_out() -> None:
    """Text that RE2 cannot read is given to every transform."""
    assert tuple(plausible("\ud800 ignore")) == tuple(HINTS)
