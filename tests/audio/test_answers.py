"""What a leaf answers is untrusted: numbers, sizes and samples that cannot be are lies."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sanitize.audio import answers
from sanitize.sandbox import Outcome, Status

HONEST: dict[str, Any] = {
    "frames": 4,
    "not_finite": 0,
    "dc": 0.0,
    "silent": 0,
    "clipped": 0.0,
    "cancelled": 0.0,
    "ultrasonic": 0.0,
}
SAMPLES = np.array([0.0, 0.5, -1.0, 1.0], np.float32)


def answer(payload: bytes, **changes: Any) -> Outcome:
    return Outcome(Status.OK, untrusted_header={**HONEST, **changes}, untrusted_output=payload)


def test_an_honest_answer_is_read() -> None:
    found = answers.read(answer(SAMPLES.tobytes()))
    assert np.array_equal(found.samples, SAMPLES)
    assert not found.samples.flags.writeable
    assert found.numbers["frames"] == 4


def _with(value: float) -> bytes:
    return np.array([0.0, value], np.float32).tobytes()


LIES = (
    ("half a sample", answer(SAMPLES.tobytes()[:-2])),
    ("no samples", answer(b"")),
    ("beyond the scale", answer(_with(1.001))),
    ("far beyond it", answer(_with(-3e38))),
    ("not a number", answer(_with(float("nan")))),
    ("infinity", answer(_with(float("inf")))),
    ("a share above one", answer(SAMPLES.tobytes(), clipped=1.5)),
    ("a negative count", answer(SAMPLES.tobytes(), silent=-1)),
    ("a word for a number", answer(SAMPLES.tobytes(), frames="many")),
    ("a truth for a number", answer(SAMPLES.tobytes(), silent=True)),
    ("nothing for a number", answer(SAMPLES.tobytes(), dc=None)),
    ("no numbers", Outcome(Status.OK, untrusted_output=SAMPLES.tobytes())),
)


@pytest.mark.parametrize(("title", "outcome"), LIES, ids=[row[0] for row in LIES])
def test_a_lie_is_noticed(title: str, outcome: Outcome) -> None:
    with pytest.raises(answers.Lie):
        answers.read(outcome)
