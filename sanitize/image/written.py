"""What is written in a picture, as texts for the detectors: the app's side of `reading`."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from sanitize.errors import PolicyError
from sanitize.image import answers
from sanitize.image.reading import JOB
from sanitize.sandbox import Outcome, Question
from sanitize.types import Finding, Sample, Severity, Text

#: Where the texts come from, in findings.
ORIGIN = "ocr"

#: What the extra `ocr` installs.
PACKAGES = ("rapidocr", "cv2")


def require(stage: str) -> None:
    """Look whether pictures can be read.

    Raises:
        PolicyError: the extra is missing.
    """
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        raise PolicyError(
            f"{stage}: ocr: expected {missing[0]}, which is not installed: "
            "pip install 'keras-sanitize[ocr]'"
        )


def read(
    sample: Sample, data: bytes, options: dict[str, Any], *, sandbox: str, timeout: float
) -> Sample:
    """The sample with what is written in its picture, or with findings on why it was not read.

    Args:
        sample: where texts and findings go.
        data: the picture's file.
        options: of the job; see `reading.text`.
        sandbox: the kind of sandbox; it is another one than the decoder's, since the
            recogniser takes memory.
        timeout: seconds that reading may take.
    """
    size = 4 * options["max_text"]  # UTF-8: four bytes a character
    question = Question(
        job=JOB, options=options, sandbox=sandbox, timeout=timeout, max_output=size, origin=ORIGIN
    )
    sample, answer = question.ask(sample, data, _texts)
    if answer is None:
        return sample
    texts, left_out = answer
    if left_out:
        detail = {"characters": left_out}
        unread = Finding("image.writing-unread", Severity.MEDIUM, 1.0, ORIGIN, detail=detail)
        sample = sample.report(unread)
    return sample.read(*texts)


def _texts(outcome: Outcome) -> tuple[tuple[Text, ...], int]:
    """What was read, and how many characters were left out."""
    texts = answers.read_texts(outcome.untrusted_header, outcome.untrusted_output)
    return texts, int(answers.number(outcome.untrusted_header, "left_out"))
