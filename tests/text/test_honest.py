"""Honest text survives: byte by byte the same after the policy for chat, and not flagged."""

from __future__ import annotations

import pytest

import sanitize
from sanitize import Action
from sanitize.pipeline import Pipeline
from tests.text.honest import cases

CASES = cases()

#: Languages whose letters the shipped detector does not know. It says so, which flags them, and
#: that is all that is found: their text could not be searched for orders.
UNREAD = {"languages: Tibetan", "languages: Inuktitut", "languages: N'Ko"}


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
    assert verdict.unwrap() == text
    if title in UNREAD:
        assert [found.rule for found in verdict.findings] == ["detectors.unknown-script"]
    else:
        assert verdict.action is Action.ALLOW, verdict.summary()
