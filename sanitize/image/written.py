"""What is written in a picture, as texts for the detectors: the app's side of `reading`."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from sanitize.errors import PolicyError, SandboxError
from sanitize.image import answers
from sanitize.image.reading import JOB, MODULE
from sanitize.sandbox import shared
from sanitize.types import Finding, Sample, Severity

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
    try:
        runner = shared(sandbox, (MODULE,))
    except SandboxError:
        return sample.report(_critical("sandbox.unavailable", sandbox=sandbox))
    size = 4 * options["max_text"]  # UTF-8: four bytes a character
    outcome = runner.run(JOB, data, options, timeout=timeout, max_output=size)
    sample = sample.report(*outcome.findings("ocr"))
    if not outcome.ok:
        return sample
    try:
        texts = answers.read_texts(outcome.untrusted_header, outcome.untrusted_output)
        left_out = answers.number(outcome.untrusted_header, "left_out")
    except answers.Lie:
        return sample.report(_critical("sandbox.violation", reason="reply"))
    if left_out:
        detail = {"characters": int(left_out)}
        unread = Finding("image.writing-unread", Severity.MEDIUM, 1.0, "ocr", detail=detail)
        sample = sample.report(unread)
    return sample.read(*texts)


def _critical(rule: str, **detail: str) -> Finding:
    return Finding(rule, Severity.CRITICAL, 1.0, "ocr", detail=detail)
