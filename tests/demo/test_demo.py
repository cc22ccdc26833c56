"""The demo runs end to end on the real pipeline, and shows what it measures."""

from __future__ import annotations

import io
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from rich.console import Console

from sanitize import demo
from sanitize.demo import classifier, inputs
from sanitize.demo.show import _shown


@pytest.fixture(scope="module")
def shown() -> tuple[int, str]:
    """One run of the demo: exit code and output."""
    written = io.StringIO()
    code = demo.run(Console(file=written, width=160))
    return code, written.getvalue()


def test_the_guard_holds(shown: tuple[int, str]) -> None:
    """No guarded model is destroyed, and no hostile array gets through."""
    code, text = shown
    assert code == 0
    assert "the guarded model: 0" in " ".join(text.split())


def test_the_table_shows_what_happens_without_a_guard(shown: tuple[int, str]) -> None:
    """On JAX some inputs destroy the bare model; others get an answer with a straight face."""
    _, text = shown
    assert "tensor.out-of-range" in text
    assert "refused" in text
    if "(jax)" in text:
        assert "model destroyed" in text


def test_the_model_has_learnt(shown: tuple[int, str]) -> None:
    """It names the voice of sentences it has not seen far better than by chance."""
    _, text = shown
    share = int(text.split("right on ")[1].split("%")[0])
    assert share > 75


def test_sentences() -> None:
    """Three voices, a thousand each, held-out ones apart, plain ASCII."""
    training, held_out = classifier.sentences()
    assert Counter(training.voices + held_out.voices) == {0: 1000, 1: 1000, 2: 1000}
    assert not set(training.texts) & set(held_out.texts)
    assert all(text.isascii() and text.isprintable() for text in training.texts)


def test_tokenizer() -> None:
    """Ids have one length and stay below the vocabulary's size, whatever the text."""
    training, _ = classifier.sentences()
    prepare = classifier.Tokenizer(training.texts[:200])
    ids = prepare(["", "the whale", "zzzqqq " * 500, "\u202e" * 10])
    assert (ids.shape, ids.dtype) == ((4, 40), np.int32)
    assert ids.min() == 0
    assert ids.max() < classifier.WORDS
    assert ids[0].tolist() == [0] * 40


def test_inputs_are_shown_escaped() -> None:
    """What a terminal would interpret, or not show, is spelt out."""
    case = inputs.Case("tags", "a" + inputs.tagged("b") + "\x1b[31m", hostile=True)
    assert _shown(case) == "tags:\na\\u{e0062}\\u{1b}[31m"
    long = inputs.Case("long", "a" * 40 + "\u200b" * 40, hostile=True)
    assert _shown(long) == "long:\n" + "a" * 30 + " … " + "\\u{200b}" * 4


def test_without_keras_it_says_what_to_install() -> None:
    """A clear message and exit code 2, no traceback."""
    program = (
        "import sys; sys.modules['keras'] = None\nfrom sanitize.demo import run\nsys.exit(run())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 2
    assert "keras-sanitize[keras]" in done.stdout
    assert "Traceback" not in done.stderr
