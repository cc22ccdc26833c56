"""A small policy for the tests of the core, without weights or rule packs."""

from __future__ import annotations

from typing import Any

from sanitize import Pipeline
from sanitize.chains import checked
from sanitize.pipeline import pipeline
from sanitize.policy import load
from sanitize.types import Modality
from tests.stages import Named, Reader


def mapping(**changes: Any) -> dict[str, Any]:
    """The policy as plain data, with keys changed."""
    data: dict[str, Any] = {
        "version": 1,
        "name": "small",
        "modalities": {
            "text": {"max_bytes": 1000, "stages": [{"text.size": {"max_chars": 100}}]},
            "tensor": {"max_bytes": 1000, "verify": "none", "stages": ["tensor.dtype"]},
        },
        "detectors": [{"detectors.rules": {"packs": ["text/injection"]}}],
        "decide": {
            "severities": {"low": "allow", "medium": "flag", "high": "block", "critical": "block"},
            "rules": {"test.upper": "sanitize"},
        },
    }
    return {**data, **changes}


def small(*stages: Any, **changes: Any) -> Pipeline:
    """A text pipeline of the given stages and a detector that knows one word."""
    chain = tuple(checked(stage) for stage in (*(stages or (Named(),)), Reader()))
    return Pipeline(load(mapping(**changes)), {Modality.TEXT: chain})


def built(**changes: Any) -> Pipeline:
    """A pipeline built from the policy itself."""
    return pipeline(mapping(**changes))
