"""Honest text survives: byte by byte the same after the policy for chat, and not flagged."""

from __future__ import annotations

import pytest

import sanitize
from sanitize import Action
from sanitize.pipeline import Pipeline
from tests.text.honest import cases

CASES = cases()

#: What the shipped detector says of scripts that its tokenizer has no letters for: true of the
#: detector, and nothing that a stage makes of the text. Its own tests count those scripts.
UNKNOWN_SCRIPT = "detectors.unknown-script"


@pytest.fixture(scope="module")
def chat() -> Pipeline:
    """The policy for chat as it is shipped, its detectors included."""
    return sanitize.pipeline("chat")


def test_there_are_enough() -> None:
    """Three hundred cases, no two alike."""
    assert len({text for _, text in CASES}) == len(CASES) >= 300


@pytest.mark.parametrize(("title", "text"), CASES)
def test_survives(chat: Pipeline, title: str, text: str) -> None:
    """It comes out as it went in, and nothing is made of it."""
    verdict = chat(text)
    made = [found for found in verdict.findings if found.rule != UNKNOWN_SCRIPT]
    assert chat.policy.action(tuple(made)) is Action.ALLOW, verdict.summary()
    assert verdict.unwrap() == text
