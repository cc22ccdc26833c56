"""Arrays that models must not get are refused, whatever they look like."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sanitize import Action, Context, Modality, PolicyError, Stage, TensorSpec
from sanitize.tensor.validators import Dtype, Range, Shape
from tests.contracts import StageContract
from tests.tensor.arrays import ACCEPTED, REFUSED, tensors

PLAIN = [np.zeros((2, 3)), np.arange(4), np.array([[True]]), np.array(1.5)]
WRONG = [np.zeros(2, complex), np.array(["a"]), np.zeros((0, 2)), np.zeros((1,) * 8)]
IDS = TensorSpec("ids", (None, 4), integer=True, low=0, high=9)


class TestDtype(StageContract):
    modality = Modality.TENSOR

    def make(self) -> Stage:
        return Dtype()

    def values(self) -> list[Any]:
        return [*PLAIN, *WRONG]


class TestShape(StageContract):
    modality = Modality.TENSOR

    def make(self) -> Stage:
        return Shape(max_batch=2)

    def values(self) -> list[Any]:
        return [*PLAIN, *WRONG]


class TestRange(StageContract):
    modality = Modality.TENSOR
    context = Context(spec=IDS)

    def make(self) -> Stage:
        return Range()

    def values(self) -> list[Any]:
        return [*PLAIN, np.array([np.nan]), np.array([0.5]), np.array([10]), np.zeros((0, 4))]


@pytest.mark.parametrize(("title", "value", "rule"), REFUSED, ids=[row[0] for row in REFUSED])
def test_refused(title: str, value: Any, rule: str) -> None:
    """Each of them is blocked by the one rule that describes it."""
    verdict = tensors()(value)
    assert verdict.action is Action.BLOCK
    assert [finding.rule for finding in verdict.findings] == [rule]


@pytest.mark.parametrize(("title", "value"), ACCEPTED, ids=[row[0] for row in ACCEPTED])
def test_accepted(title: str, value: Any) -> None:
    """Their harmless relatives pass, unchanged in dtype, shape and content."""
    verdict = tensors()(value)
    assert verdict.action is Action.ALLOW
    passed = verdict.unwrap()
    assert (passed.dtype, passed.shape) == (value.dtype, value.shape)
    assert np.array_equal(passed, value)
    assert (verdict.coverage.scanned, verdict.coverage.unread) == (value.nbytes, 0)


def test_what_passes_is_an_owned_copy() -> None:
    """Writing to the array that was given, or to the one that came out, changes nothing."""
    given = np.zeros(4)
    passed = tensors()(given).unwrap()
    given[:] = 7.0
    assert passed.tolist() == [0.0] * 4
    with pytest.raises(ValueError, match="read-only"):
        passed[0] = 1.0
    with pytest.raises(ValueError, match="WRITEABLE"):
        passed.setflags(write=True)


#: Title, array, and the rule against a spec of integers 0..9 in rows of four; None if it fits.
AGAINST_SPEC: list[tuple[str, Any, str | None]] = [
    ("fits", [[0, 9, 3, 4]], None),
    ("whole numbers as floats", [[0.0, 9.0, 3.0, 4.0]], None),
    ("bools", [[True, False, True, False]], None),
    ("any number of rows", [[1, 2, 3, 4]] * 50, None),
    ("id -1", [[0, 9, -1, 4]], "tensor.out-of-range"),
    ("id 10", [[0, 10, 1, 4]], "tensor.out-of-range"),
    ("id that a cast to 32 bits turns into 5", [[0, 1, 2, 2**40 + 5]], "tensor.out-of-range"),
    ("uint64 that a cast turns into -1", np.full((1, 4), 2**64 - 1, "u8"), "tensor.out-of-range"),
    ("id 5.9", [[0.0, 9.0, 5.9, 4.0]], "tensor.not-integer"),
    ("NaN id", [[0.0, np.nan, 5.0, 4.0]], "tensor.not-finite"),
    ("one column more", [[1, 2, 3, 4, 5]], "tensor.shape"),
    ("one axis less", [1, 2, 3, 4], "tensor.shape"),
    ("one axis more", [[[1], [2], [3], [4]]], "tensor.shape"),
    ("no rows", np.zeros((0, 4), int), "tensor.empty"),
]


@pytest.mark.parametrize(
    ("title", "value", "rule"), AGAINST_SPEC, ids=[row[0] for row in AGAINST_SPEC]
)
def test_against_a_spec(title: str, value: Any, rule: str | None) -> None:
    """What a model's input expects is compared exactly, before any cast."""
    verdict = tensors()(np.asarray(value), spec=IDS)
    assert [finding.rule for finding in verdict.findings] == ([rule] if rule else [])
    for finding in verdict.findings:
        assert finding.origin == "input:ids"


def test_a_finding_says_what_was_expected_and_what_came() -> None:
    """The detail of a wrong shape names both shapes; of a wrong number, the bounds."""
    (wrong_shape,) = tensors()(np.zeros((2, 5), int), spec=IDS).findings
    assert dict(wrong_shape.detail) == {"expected": "(any, 4)", "received": "(2, 5)"}
    (too_large,) = tensors()(np.full((1, 4), 12), spec=IDS).findings
    assert too_large.detail["allowed_high"] == 9
    assert too_large.detail["highest"] == 12


def test_rows_are_limited_by_policy_and_by_spec() -> None:
    """The smaller bound on the batch counts."""
    rows = np.zeros((5, 2))
    assert tensors(max_batch=4)(rows).findings[0].rule == "tensor.shape"
    assert tensors()(rows, spec=TensorSpec(max_batch=4)).findings[0].rule == "tensor.shape"
    assert tensors(max_batch=5)(rows, spec=TensorSpec(max_batch=5)).allowed


def test_elements_are_limited() -> None:
    """An array with more elements than the policy allows is refused."""
    assert tensors(max_elements=10)(np.zeros(11)).findings[0].rule == "tensor.shape"
    assert tensors(max_elements=10)(np.zeros(10)).allowed


def test_a_bad_option_is_a_policy_error() -> None:
    """Options are checked when the pipeline is built."""
    with pytest.raises(PolicyError, match="max_rank"):
        tensors(max_rank="many")


def test_a_shape_of_absurd_length_stays_short_in_the_finding() -> None:
    """Sixty-four axes do not fill a log line."""
    (finding,) = tensors()(np.zeros((1,) * 64)).findings
    assert len(str(finding.detail["received"])) <= 80
