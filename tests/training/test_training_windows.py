from __future__ import annotations

import random

import pytest

pytest.importorskip("tokenizers")

from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from benchmarks.training.kinds import HARMLESS
from benchmarks.training.rows import Row
from benchmarks.training.windows import MAX_TOKENS, Carriers, Cutter


def tokenizer() -> Tokenizer:
    words = {"[UNK]": 100, "[CLS]": 101, "[SEP]": 102, "[PAD]": 0, "order": 7, "word": 5}
    made = Tokenizer(WordLevel(words, unk_token="[UNK]"))
    made.pre_tokenizer = Whitespace()
    return made


def row(text: str, label: int) -> Row:
    return Row(text, label, "s", "k", "en", "CC0-1.0", "f")


def test_short_rows_stay_whole() -> None:
    """A text that fits is framed by [CLS] and [SEP], nothing else."""
    example = Cutter(tokenizer(), random.Random(0))(row("word order", 1))
    assert example.ids == [101, 5, 7, 102]


@pytest.mark.parametrize("place", [0, 130, 399, 700, 999])
def test_windows_hold_the_planted_order(place: int) -> None:
    """Wherever the order stands, the attack window contains it."""
    words = ["word"] * 1000
    words[place] = "order"
    text = " ".join(words)
    start = text.index("order")
    for seed in range(20):
        example = Cutter(tokenizer(), random.Random(seed))(row(text, 1), (start, start + 5))
        assert 7 in example.ids
        assert len(example.ids) <= MAX_TOKENS


def test_clean_windows_lack_the_planted_order() -> None:
    """A window beside the order is benign and labelled so."""
    text = " ".join(["word"] * 500 + ["order"] + ["word"] * 100)
    start = text.index("order")
    example = Cutter(tokenizer(), random.Random(3)).clean(row(text, 1), (start, start + 5))
    assert example is not None
    assert example.targets == HARMLESS
    assert 7 not in example.ids


def test_lines_that_the_carrier_lacks_are_the_planted_order() -> None:
    """One to three neighbouring new lines are the order; scattered ones are not."""
    carriers = Carriers(["a\nb\nc"])
    assert carriers.planted("a\nNEW\nb") == (2, 5)
    assert carriers.planted("a\nb") is None
    assert carriers.planted("x\na\nb\nc\na\ny") is None
