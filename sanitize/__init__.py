"""Middleware that stands between untrusted input and a Keras model."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sanitize.errors import (
    ArtifactError,
    Blocked,
    ContractError,
    PolicyError,
    RowsError,
    SandboxError,
    SanitizeError,
    StageFailed,
    UnguardedError,
)
from sanitize.pipeline import Pipeline, pipeline
from sanitize.stage import Stage, checked, per_sample
from sanitize.types import (
    Action,
    Context,
    Coverage,
    Finding,
    Kind,
    Modality,
    Sample,
    Severity,
    Text,
    Verdict,
)
from sanitize.version import __version__

if TYPE_CHECKING:
    from sanitize.calibrate import Calibration
    from sanitize.detectors.huggingface import TransformerDetector
    from sanitize.keras.artifact import load_model
    from sanitize.keras.guard import guard
    from sanitize.keras.isolation.model import isolated
    from sanitize.tensor.spec import TensorSpec

__all__ = [
    "Action",
    "ArtifactError",
    "Blocked",
    "Calibration",
    "Context",
    "ContractError",
    "Coverage",
    "Finding",
    "Kind",
    "Modality",
    "Pipeline",
    "PolicyError",
    "RowsError",
    "Sample",
    "SandboxError",
    "SanitizeError",
    "Severity",
    "Stage",
    "StageFailed",
    "TensorSpec",
    "Text",
    "TransformerDetector",
    "UnguardedError",
    "Verdict",
    "__version__",
    "checked",
    "guard",
    "isolated",
    "load_model",
    "per_sample",
    "pipeline",
]

#: Names that are imported when they are first asked for: who guards no model need not wait for it.
_LATER = {
    "Calibration": "sanitize.calibrate",
    "TensorSpec": "sanitize.tensor.spec",
    "TransformerDetector": "sanitize.detectors.huggingface",
    "guard": "sanitize.keras.guard",
    "isolated": "sanitize.keras.isolation.model",
    "load_model": "sanitize.keras.artifact",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'sanitize' has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(_LATER[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
