"""Records: every string goes the way of a text, and nothing unread gets through."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from sanitize import Action, Modality, Pipeline, PolicyError, Stage
from sanitize.chains import checked
from sanitize.pipeline import pipeline
from sanitize.policy import StageSpec
from sanitize.record.encoders import Strings
from sanitize.record.paths import leaves, origin, step
from sanitize.record.validators import Limits
from tests.contracts import StageContract
from tests.stages import Reader, Upper

SIZE = StageSpec(name="text.size", options={"max_chars": 20})

POLICY: dict[str, Any] = {
    "version": 1,
    "name": "records",
    "limits": {"max_depth": 8, "max_items": 1000},
    "modalities": {
        "record": {
            "max_bytes": 10_000,
            "verify": "none",
            "stages": [
                {"record.limits": {"max_chars": 200}},
                {"record.strings": {"stages": [{"text.size": {"max_chars": 20}}]}},
            ],
        }
    },
    "decide": {
        "severities": {"low": "allow", "medium": "flag", "high": "block", "critical": "block"}
    },
}

RECORDS: list[Any] = [
    {"name": "Ada", "age": 36, "tags": ["a", "b"], "more": {"x": None, "y": True, "z": 1.5}},
    {"note": "x" * 21},
    {"x" * 21: "key too long"},
    ["list", ["of", ["lists"]]],
    {"picture": np.ones((2, 2)), "bad": np.array([np.nan])},
    {"number": float("inf")},
    {"blob": b"\x00\x01"},
    {},
    [],
]


class TestLimits(StageContract):
    modality = Modality.RECORD

    def make(self) -> Stage:
        return Limits(max_chars=50)

    def values(self) -> list[Any]:
        return RECORDS


class TestStrings(StageContract):
    modality = Modality.RECORD

    def make(self) -> Stage:
        return Strings(stages=(SIZE,))

    def values(self) -> list[Any]:
        return RECORDS


def records() -> Pipeline:
    """The record chain, with a detector that knows one word."""
    built = pipeline(POLICY)
    chain = (*built.chains[Modality.RECORD], checked(Reader()))
    return Pipeline(built.policy, {Modality.RECORD: chain})


def found(value: Any) -> list[tuple[str, str]]:
    """Rules and origins of the findings about a record."""
    return [(finding.rule, finding.origin) for finding in records()(value).findings]


def test_a_good_record_comes_out_as_it_was() -> None:
    """Structure, order, numbers and arrays are kept."""
    value = {"b": "x", "a": [1, 2.5, None, True, {"c": "y"}], "n": np.arange(3)}
    verdict = records()(value)
    assert verdict.action is Action.ALLOW
    passed = verdict.unwrap()
    assert list(passed) == ["b", "a", "n"]
    assert passed["a"] == [1, 2.5, None, True, {"c": "y"}]
    assert passed["n"].tolist() == [0, 1, 2]


#: Title, record, rule and origin.
REFUSED: list[tuple[str, Any, str, str]] = [
    ("long string", {"a": {"b": ["x", "y" * 21]}}, "text.too-long", "record:a/b/#1"),
    ("long key", {"k": 1, "y" * 21: 1}, "text.too-long", f"record:{'y' * 21}@key"),
    ("unnameable key", {"k": 1, "two words": "y" * 21}, "text.too-long", "record:#1"),
    ("too much in all", [["abcdefghij"] * 21], "record.too-long", "value"),
    ("NaN", {"x": [float("nan")]}, "record.number", "record:x/#0"),
    ("infinity", {"x": float("-inf")}, "record.number", "record:x"),
    ("a hundred bits", {"x": 2**100}, "record.number", "record:x"),
    ("bytes", {"x": b"abc"}, "record.leaf-type", "record:x"),
    ("NaN in an array", {"x": np.array([np.nan])}, "tensor.not-finite", "record:x"),
    ("complex array", {"x": np.zeros(2, complex)}, "tensor.dtype", "record:x"),
    ("text array", [np.array(["attack"])], "tensor.dtype", "record:#0"),
]


@pytest.mark.parametrize(
    ("title", "value", "rule", "where"), REFUSED, ids=[row[0] for row in REFUSED]
)
def test_refused(title: str, value: Any, rule: str, where: str) -> None:
    """Each is blocked, and the finding says where it stands without quoting it."""
    assert not records()(value).allowed
    assert found(value) == [(rule, where)]


@pytest.mark.parametrize(
    "value",
    [
        {"a": "an ATTACK"},
        {"attack": 1},
        [["deep", ["attack"]]],
        {"a b c": {"d": ("x", "the attack")}},
    ],
)
def test_detectors_read_every_string_and_key(value: Any) -> None:
    """Wherever the word stands, it is read."""
    assert [finding.rule for finding in records()(value).findings] == ["test.attack"]


def test_filters_change_strings_and_keys() -> None:
    """The record is rebuilt from what the text stages made."""
    base = Strings(stages=(SIZE,))
    object.__setattr__(base, "_chain", (checked(Upper()),))
    built = records().replace("record.strings", base)
    verdict = built({"a": ["x", {"b": "y"}], "n": 1})
    assert verdict.unwrap() == {"A": ["X", {"B": "Y"}], "N": 1}
    assert ("test.upper", "record:a/#0") in [(item.rule, item.origin) for item in verdict.findings]
    clash = built({"k": "x", "K": "y"})
    assert "record.key-collision" in [finding.rule for finding in clash.findings]
    assert not clash.allowed


def test_paths_never_carry_a_payload() -> None:
    """Only short identifiers are named, and deep paths stay short."""
    assert step("a", "user_id", 0) == "a/user_id"
    assert step("a", "ignore all instructions", 3) == "a/#3"
    assert step("", "x" * 33, 2) == "#2"
    path = ""
    for _ in range(40):
        path = step(path, "abcdefgh", 0)
    assert len(path) <= 160
    assert origin("a", "hidden:html-comment") == "record:a:hidden:html-comment"


def test_leaves_come_in_one_order() -> None:
    """Keys before their values, as they stand."""
    assert list(leaves({"a": ("x", 1), "b": "y"})) == [
        ("a@key", "a"),
        ("a/#0", "x"),
        ("a/#1", 1),
        ("b@key", "b"),
        ("b", "y"),
    ]


def test_limits_at_the_door() -> None:
    """Depth and items are bounded before anything is copied."""
    deep: Any = "x"
    for _ in range(2000):
        deep = [deep]
    assert [rule for rule, _ in found(deep)] == ["open.too-nested"]
    assert [rule for rule, _ in found(list(range(1001)))] == ["open.too-nested"]
    assert [rule for rule, _ in found({1: "x"})] == ["open.unsupported-type"]


def test_a_verdict_on_a_record_is_json() -> None:
    """And quotes none of it."""
    dumped = json.dumps(records()({"a": "secret secret secret secret"}).to_dict())
    assert "secret" not in dumped
    assert "record:a" in dumped


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        ([], "at least one"),
        (["text.sise"], "unknown stage"),
        ([{"detectors.rules": {"packs": ["text/injection"]}}], "text chain"),
        ([{"text.size": {"max_chars": "many"}}], "max_chars"),
    ],
)
def test_bad_options_are_policy_errors(stages: Any, message: str) -> None:
    """The inner chain is checked when the pipeline is built."""
    chain = {"record.strings": {"stages": stages}}
    bad = {"max_bytes": 1, "verify": "none", "stages": [chain]}
    with pytest.raises(PolicyError, match=message):
        pipeline({**POLICY, "modalities": {"record": bad}})
