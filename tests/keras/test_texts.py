"""Raw text in front of a model: what was sanitized is what gets prepared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sanitize import Blocked, ContractError, Pipeline, Verdict
from sanitize.chains import checked
from sanitize.keras.guard import guard
from sanitize.pipeline import pipeline
from sanitize.types import Modality
from tests.keras import models
from tests.stages import Reader, Upper
from tests.tensor.arrays import POLICY


def texts() -> Pipeline:
    """Texts come out in upper case; those with the word `attack`, or too long ones, do not."""
    chains = {"text": {"max_bytes": 1000, "verify": "none", "stages": ["text.size"]}}
    decide = {**POLICY["decide"], "rules": {"test.upper": "sanitize"}}
    base = {**POLICY, "modalities": {**POLICY["modalities"], **chains}, "decide": decide}
    built = pipeline(base, max_chars=100)
    chain = (*built.chains[Modality.TEXT], checked(Upper()), checked(Reader()))
    return Pipeline(built.policy, {**built.chains, Modality.TEXT: chain})


class Letters:
    """A tokenizer: the first eight letters, A is 1. It remembers what it was given."""

    def __init__(self) -> None:
        self.seen: list[list[str]] = []

    def __call__(self, strings: list[str]) -> np.ndarray[Any, Any]:
        self.seen.append(strings)
        rows = [[ord(char) - 64 for char in text[:8].ljust(8, "A")] for text in strings]
        return np.array(rows, "int64")


@pytest.fixture(scope="module")
def model() -> Any:
    return models.words()


def test_prepare_gets_exactly_the_sanitized_text(model: Any) -> None:
    """The list that `prepare` sees is what the filters made, in order."""
    letters = Letters()
    found = guard(model, texts(), prepare=letters).predict(["hello", "WORLD"], verbose=0)
    assert letters.seen == [["HELLO", "WORLD"]]
    assert np.array_equal(found, model.predict(Letters()(["HELLO", "WORLD"]), verbose=0))


@pytest.mark.parametrize(
    "batch",
    ["hello", ["hello"], ("hello",), np.array(["hello"]), np.array(["hello"], object), b"hello"],
    ids=["str", "list", "tuple", "text array", "object array", "bytes"],
)
def test_forms_of_text(model: Any, batch: Any) -> None:
    """A single text is a batch of one row."""
    letters = Letters()
    assert guard(model, texts(), prepare=letters).predict(batch, verbose=0).shape == (1, 3)
    assert letters.seen == [["HELLO"]]


def test_rows_are_blocked_one_by_one(model: Any) -> None:
    """An attack, a text too long and a row that is no text leave their neighbours alone."""
    batch = ["one", "an attack", "two", "x" * 101, None, "three"]
    with pytest.raises(Blocked) as caught:
        guard(model, texts(), prepare=Letters()).predict(batch, verbose=0)
    assert caught.value.rows == (1, 3, 4)
    letters = Letters()
    found = guard(model, texts(), prepare=letters, on_block="nan").predict(batch, verbose=0)
    assert letters.seen == [["ONE", "TWO", "THREE"]]
    assert np.isnan(found).any(axis=1).tolist() == [False, True, False, True, True, False]
    dropped = guard(model, texts(), prepare=Letters(), on_block="drop").predict(batch, verbose=0)
    assert np.array_equal(dropped, found[[0, 2, 5]])


def test_a_path_in_a_batch_of_texts_is_not_opened(model: Any, tmp_path: Path) -> None:
    """Only the application opens files."""
    path = tmp_path / "secret.txt"
    path.write_text("secret")
    letters = Letters()
    with pytest.raises(Blocked) as caught:
        guard(model, texts(), prepare=letters).predict(["hello", path], verbose=0)
    assert caught.value.rows == (1,)
    assert letters.seen == [["HELLO"]]


def test_what_prepare_makes_must_meet_the_contract(model: Any) -> None:
    """A digit gets a negative id from this tokenizer: that row is refused, not wrapped."""
    guarded = guard(model, texts(), prepare=Letters(), on_block="nan")
    found = guarded.predict(["hello", "0", "an attack", "world"], verbose=0)
    assert np.isnan(found).any(axis=1).tolist() == [False, True, True, False]
    verdicts = guarded.check(["hello", "0", "an attack", "world"])
    assert [_rules(verdict) for verdict in verdicts] == [
        ["test.upper"],
        ["tensor.out-of-range"],
        ["test.upper", "test.attack"],
        ["test.upper"],
    ]


def _rules(verdict: Verdict) -> list[str]:
    return [finding.rule for finding in verdict.findings]


def test_a_text_that_breaks_prepare_is_refused_alone(model: Any) -> None:
    """Its neighbours are prepared without it."""

    def picky(strings: list[str]) -> Any:
        assert not any("%" in text for text in strings)
        return Letters()(strings)

    with pytest.raises(Blocked) as caught:
        guard(model, texts(), prepare=picky).predict(["good", "%", "fine"], verbose=0)
    assert caught.value.rows == (1,)
    assert _rules(caught.value.verdicts[0]) == ["guard.prepare-failed"]
    lenient = guard(model, texts(), prepare=picky, on_block="drop")
    assert lenient.predict(["good", "%", "fine"], verbose=0).shape == (2, 3)


def test_prepare_that_fails_for_no_text_alone_is_the_applications_error(model: Any) -> None:
    """An error that no single text causes comes out as it is."""

    def never_two(strings: list[str]) -> Any:
        if len(strings) > 1:
            raise RuntimeError("two at once")
        return Letters()(strings)

    with pytest.raises(RuntimeError, match="two at once"):
        guard(model, texts(), prepare=never_two).predict(["good", "fine"], verbose=0)


def test_prepare_must_keep_the_rows(model: Any) -> None:
    """Otherwise a prediction would stand beside another text."""

    def merging(strings: list[str]) -> Any:
        return Letters()(["".join(strings)])

    with pytest.raises(ContractError, match="expected 2 rows"):
        guard(model, texts(), prepare=merging).predict(["good", "fine"], verbose=0)


def test_prepare_may_make_several_inputs() -> None:
    """A dict of arrays, for a model with named inputs."""

    def both(strings: list[str]) -> Any:
        return {"ids": Letters()(strings), "numbers": np.ones((len(strings), 2))}

    guarded = guard(models.mixed(), texts(), prepare=both, on_block="nan")
    found = guarded.predict(["hello", "0"], verbose=0)
    assert np.isnan(found["score"]).tolist() == [[False], [True]]


def test_arrays_still_pass_beside_text(model: Any) -> None:
    """A guard with `prepare` takes ids too, and checks them."""
    guarded = guard(model, texts(), prepare=Letters())
    assert guarded.predict(models.batch(), verbose=0).shape == (5, 3)
    with pytest.raises(Blocked):
        guarded.predict(np.full((2, 8), 50), verbose=0)
    with pytest.raises(Blocked):
        guarded.predict([], verbose=0)


def test_blank_texts(model: Any) -> None:
    """Blank text is a text like any other."""
    found = guard(model, texts(), prepare=Letters()).predict(["", "   "[:0]], verbose=0)
    assert found.shape == (2, 3)
