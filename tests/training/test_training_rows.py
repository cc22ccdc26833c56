from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("tokenizers")

from benchmarks.training.mix import load
from benchmarks.training.rows import Overlap, key, names, shingles, visible
from benchmarks.training.trivial import trivial

INVISIBLE = [
    ("zero width space", "ig\u200bnore", "ignore"),
    ("soft hyphen", "ig\u00adnore", "ignore"),
    ("tag characters", "hi\U000e0041\U000e0042", "hi"),
    ("bidi override", "\u202eabc", "abc"),
    ("variation selector", "ok\ufe0f", "ok"),
    ("Hangul filler", "a\u3164b", "ab"),
    ("plain text stays", "naïve 日本 😀\n\t.", "naïve 日本 😀\n\t."),
]


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in INVISIBLE])
def test_invisible_characters_go(text: str, expected: str) -> None:
    """What shows nothing splits word pieces, so it never reaches the tokenizer."""
    assert visible(text) == expected


def test_same_text_in_other_form_is_the_same() -> None:
    """Width, case and outer space do not make a text new."""
    assert key("  Ｈello ") == key("hello")


def test_overlap_sees_eight_words_in_a_row() -> None:
    """Eight shared words in a row count as the same text, seven do not."""
    seen = Overlap(["one two three four five six seven eight nine"])
    assert seen("Well: ONE, two three four five six seven eight!")
    assert not seen("one two three four five six seven")
    assert list(shingles("too short")) == []


def test_trivial_rows_are_benign_and_include_the_empty_text() -> None:
    """Blank input and greetings are taught as benign."""
    rows = trivial()
    assert {row.label for row in rows} == {0}
    assert {"", "hi"} <= {row.text for row in rows}


def test_files_are_named_without_their_ending(tmp_path: Path) -> None:
    """Sorted, with the folder; other files do not count."""
    (tmp_path / "dev").mkdir()
    for file in ("b.jsonl.gz", "a.jsonl.gz", "notes.txt"):
        (tmp_path / "dev" / file).touch()
    assert names(tmp_path, "dev") == ["dev/a", "dev/b"]


def test_no_mix_without_the_rows_that_it_must_not_hold(tmp_path: Path) -> None:
    """A wrong folder would leave nothing out, and nobody would see it."""
    with pytest.raises(FileNotFoundError, match=r"expected \*\.jsonl\.gz in .*dev, found none"):
        load(tmp_path)
