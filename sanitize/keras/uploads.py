"""Raw uploads in front of a model: files, sanitized and decoded to what its input takes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from sanitize.errors import PolicyError
from sanitize.keras.contract import Contract
from sanitize.keras.intake import Intake, behind, take
from sanitize.pipeline import Pipeline
from sanitize.tensor.spec import TensorSpec
from sanitize.types import Modality


def rows_of_uploads(value: Any, contract: Contract) -> list[Any] | None:
    """The rows of a batch of files; None if the batch, or the model's input, is something else.

    Files are bytes, paths (`pathlib.Path`; a str never names a file), and PIL
    images. One alone is a batch of one row.
    """
    if modality_of(contract) is None:
        return None
    if _is_upload(value):
        return [value]
    if isinstance(value, (list, tuple)) and any(_is_upload(item) for item in value):
        return list(value)
    return None


def modality_of(contract: Contract) -> Modality | None:
    """What files a model's input can be made of: four axes are a batch of pictures."""
    if isinstance(contract, TensorSpec) and contract.shape and len(contract.shape) == 4:
        return Modality.IMAGE
    return None


def take_uploads(
    pipeline: Pipeline, contract: Contract, uploads: Sequence[Any], backend: str
) -> Intake:
    """Sanitize and decode files, and check the arrays that come of those that may pass.

    Raises:
        ContractError: the model's input is no picture of a fixed size.
        PolicyError: the pipeline only observes, and leaves files as they are.
    """
    import numpy as np

    if not pipeline.policy.enforce:
        raise PolicyError(
            f"guard: policy {pipeline.policy.name!r} only observes, and decodes nothing; give "
            "arrays, or a policy that enforces"
        )
    if not isinstance(contract, TensorSpec):
        raise TypeError("uploads: expected a contract of one input")
    _expect_fit(contract)
    verdicts = pipeline.batch(uploads, modality=modality_of(contract), spec=contract)
    arrays = [verdict.unwrap() for verdict in verdicts if verdict.allowed]
    if not arrays:
        return Intake(tuple(verdicts), None, len(verdicts))
    return behind(verdicts, take(pipeline, contract, np.stack(arrays), backend))


def _expect_fit(spec: TensorSpec) -> None:
    from sanitize.image.target import target_for

    target_for(spec, "uint8")


def _is_upload(item: Any) -> bool:
    if isinstance(item, (bytes, bytearray, memoryview, os.PathLike)):
        return True
    return type(item).__module__.partition(".")[0] == "PIL"
