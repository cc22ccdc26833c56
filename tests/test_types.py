"""Findings never hold a payload, verdicts give the value only to `unwrap`."""

from __future__ import annotations

import copy
import json
import pickle
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from sanitize import Action, Blocked, Coverage, Finding, Modality, Severity, Verdict, freezing


def verdict(action: Action = Action.ALLOW, value: object = "hello") -> Verdict:
    found = Finding("test.rule", Severity.HIGH, 0.5, "exif:Artist", (1, 3), {"size": 3})
    return Verdict(
        action, (found,), 0.25, Coverage(5, 5), "p" * 64, {"text.size": 0.1}, Modality.TEXT, value
    )


def test_actions_and_severities_are_ordered() -> None:
    """The gravest wins by comparison."""
    assert Action.ALLOW < Action.SANITIZE < Action.FLAG < Action.BLOCK
    assert Severity.LOW < Severity.MEDIUM < Severity.HIGH < Severity.CRITICAL


@pytest.mark.parametrize(
    "detail",
    [{"a": "x" * 121}, {"a": "line\nbreak"}, {"a": "\x1b[31m"}, {"a": "\u202e"}],
    ids=["long", "newline", "escape", "bidi"],
)
def test_details_have_no_room_for_a_payload(detail: dict[str, str]) -> None:
    """Long or unprintable strings are refused when the finding is made."""
    with pytest.raises(ValueError, match="printable"):
        Finding("test.rule", Severity.LOW, 1.0, detail=detail)


@pytest.mark.parametrize("confidence", [-0.1, 1.1, float("nan")])
def test_confidence_is_a_probability(confidence: float) -> None:
    """Outside 0..1 is a programming error."""
    with pytest.raises(ValueError, match="confidence"):
        Finding("test.rule", Severity.LOW, confidence)


def test_findings_are_immutable() -> None:
    """Neither the fields nor the detail can be written; the caller's dict is not shared."""
    detail = {"size": 1}
    found = Finding("test.rule", Severity.LOW, 1.0, detail=detail)
    detail["size"] = 2
    assert found.detail["size"] == 1
    with pytest.raises(TypeError):
        found.detail["size"] = 3  # type: ignore[index]
    with pytest.raises(FrozenInstanceError):
        found.rule = "other"  # type: ignore[misc]


def test_unwrap_gives_the_value_or_raises() -> None:
    """Allowed, sanitized and flagged values come out; blocked ones never do."""
    for action in (Action.ALLOW, Action.SANITIZE, Action.FLAG):
        assert verdict(action).unwrap() == "hello"
    with pytest.raises(Blocked, match=r"test\.rule") as caught:
        verdict(Action.BLOCK).unwrap()
    assert caught.value.rows == (0,)


def test_a_blocked_value_is_forgotten() -> None:
    """Only its hash stays: no attribute of the verdict holds it."""
    blocked = verdict(Action.BLOCK, "the payload")
    held = [getattr(blocked, name) for name in blocked.__slots__]
    assert "the payload" not in map(str, held)
    assert blocked.digest == freezing.digest("the payload")


def test_verdicts_show_no_payload() -> None:
    """Neither repr nor JSON holds the value."""
    allowed = verdict(value="the payload")
    assert "the payload" not in repr(allowed) + json.dumps(allowed.to_dict())
    assert allowed.to_dict()["findings"][0]["origin"] == "exif:Artist"


@pytest.mark.parametrize("value", ["text", b"bytes", {"a": [1, "b"]}, np.eye(2)])
def test_verdicts_survive_pickling_and_copying(value: object) -> None:
    """Value, digest and findings arrive; arrays are read-only on the other side too."""
    original = verdict(value=freezing.freeze(value))
    for copied in (pickle.loads(pickle.dumps(original)), copy.deepcopy(original)):
        assert copied == original
        assert copied.digest == original.digest
        np.testing.assert_equal(copied.unwrap(), value)


def test_blocked_survives_pickling() -> None:
    """Errors cross process borders with their verdicts and rows."""
    error = pickle.loads(pickle.dumps(Blocked([verdict(Action.BLOCK)], [7])))
    assert (error.rows, error.verdicts[0].action) == ((7,), Action.BLOCK)
    assert "row 7" in str(error)


def test_coverage_adds_up() -> None:
    """What is left unread is the difference."""
    assert (Coverage(3, 5) + Coverage(1, 1)).unread == 2
