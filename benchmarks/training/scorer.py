"""Score texts with a weights folder: overlapping windows, the highest counts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from sanitize.detectors.calibration import Curve

Floats = NDArray[np.float64]


class Scorer:
    """Logits and probabilities from `model.onnx`, `tokenizer.json` and `config.json`."""

    def __init__(self, folder: Path, *, model: Path | None = None, threads: int = 1) -> None:
        self.config: dict[str, Any] = json.loads(
            (folder / "config.json").read_text(encoding="utf-8")
        )
        self._tokenizer = tokenizer(folder / "tokenizer.json")
        self.labels: list[str] = self.config["labels"]
        self._session = session(model or folder / "model.onnx", threads)

    def highest(self, text: str) -> Floats:
        """Highest logit of each label over the text's windows, which are run one by one."""
        return np.max([self.run([window])[0] for window in self.windows(text)], axis=0)

    def logits(self, texts: Sequence[str]) -> Floats:
        """`highest` of each text, float64 [texts, labels]."""
        return np.array([self.highest(text) for text in texts], np.float64)

    def probabilities(self, logits: Floats, label: str = "injection") -> Floats:
        """Calibrated probabilities of a label's logits, 0..1."""
        knots = self.config["calibration"][label]
        curve = Curve(tuple(knots["logit"]), tuple(knots["calibrated"]))
        return np.array([curve(logit) for logit in logits.tolist()])

    def windows(self, text: str) -> Iterator[list[int]]:
        """Token ids with [CLS] and [SEP]; neighbours share at least `overlap` tokens."""
        ids = self._tokenizer.encode(text, add_special_tokens=False).ids
        room = self.config["max_tokens"] - 2
        last = max(0, len(ids) - room)
        for start in [*range(0, last, room - self.config["overlap"]), last]:
            yield [self.config["cls_id"], *ids[start : start + room], self.config["sep_id"]]

    def run(self, windows: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """Logits [batch, labels] of padded windows."""
        ids = np.full((len(windows), max(map(len, windows))), self.config["pad_id"], np.int64)
        mask = np.zeros_like(ids)
        for row, window in enumerate(windows):
            ids[row, : len(window)], mask[row, : len(window)] = window, 1
        logits: NDArray[np.float32] = self._session.run(
            ["logits"], {"input_ids": ids, "attention_mask": mask}
        )[0]
        return logits


def tokenizer(path: Path) -> Tokenizer:
    """The tokenizer as the package reads it; weights of the recipe are Unigram, read whole."""
    loaded: Tokenizer = Tokenizer.from_file(str(path))
    loaded.no_truncation()
    loaded.no_padding()
    return loaded


def session(model: Path, threads: int) -> onnxruntime.InferenceSession:
    """A CPU session that uses `threads` threads."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def sigmoid(logits: Floats) -> Floats:
    """1 / (1 + e^-x), without overflow."""
    return 0.5 * (1 + np.tanh(0.5 * logits))
