"""Strings in front of a model: rows of raw text, and the tensors that TensorFlow makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sanitize import freezing
from sanitize.errors import ContractError
from sanitize.tensor.spec import TensorSpec
from sanitize.types import Verdict

#: The one backend that has tensors of strings.
BACKEND = "tensorflow"

#: What may follow the batch axis of an input of strings: each row is one text.
SIZES: tuple[tuple[int, ...], ...] = ((), (1,))


def rows_of_text(value: Any) -> list[Any] | None:
    """The rows of a batch of raw text; None if the batch is no text.

    A single string is a batch of one row: a str is one text, and never a
    sequence of characters.
    """
    import numpy as np

    if isinstance(value, (str, bytes)):
        return [value]
    if is_tensor(value):
        value = value.numpy()
    if type(value) is np.ndarray and value.dtype.kind in "OSU" and value.shape[1:] in SIZES:
        return [_plain(item) for item in value.reshape(-1).tolist()]
    if isinstance(value, (list, tuple)) and any(isinstance(item, (str, bytes)) for item in value):
        return [_plain(item) for item in value]
    return None


def is_tensor(value: Any) -> bool:
    """True for one of TensorFlow's tensors of strings."""
    if type(value).__name__ != "EagerTensor":
        return False
    return getattr(getattr(value, "dtype", None), "name", "") == "string"


def column(rows: Sequence[Any]) -> Any:
    """Rows of text as an array of objects, (rows,)."""
    import numpy as np

    made = np.empty(len(rows), object)
    made[:] = rows
    return made


def tensor(verdicts: Sequence[Verdict], spec: TensorSpec) -> Any:
    """Sanitized texts as the model takes them: a tensor of strings, (rows, …)."""
    import keras

    texts = column([checked_text(verdict) for verdict in verdicts])
    sizes = (spec.shape or (None,))[1:]
    return keras.ops.convert_to_tensor(texts.reshape(-1, *sizes), "string")


def checked_text(verdict: Verdict) -> str:
    """The sanitized text: exactly what the verdict was given for."""
    text = verdict.unwrap()
    if not isinstance(text, str) or freezing.digest(text) != verdict.digest:
        raise ContractError("guard: expected a text with the digest of its verdict")
    return text


def _plain(item: Any) -> Any:
    """A row as text; a path stays no path, since nothing untrusted may name a file to open."""
    return item if isinstance(item, (str, bytes)) else _NoText(type(item).__name__)


class _NoText:
    """Stands for a row that is no text; the pipeline refuses it."""

    def __init__(self, received: str) -> None:
        self.received = received
