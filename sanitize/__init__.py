"""Middleware that stands between untrusted input and a Keras model."""

from sanitize.calibrate import Calibration
from sanitize.detectors.huggingface import TransformerDetector
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
from sanitize.keras.artifact import load_model
from sanitize.keras.guard import guard
from sanitize.keras.isolation.model import isolated
from sanitize.pipeline import Pipeline, pipeline
from sanitize.stage import Stage, checked, per_sample
from sanitize.tensor.spec import TensorSpec
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
