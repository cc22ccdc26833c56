"""The embedded injection detector: small weights that ship inside the package.

No network, no torch: int8 weights on onnxruntime, checked against their
manifest before anything reads them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, ClassVar

from sanitize.detectors import artifact
from sanitize.detectors.calibration import Curve
from sanitize.detectors.runtime import onnxruntime
from sanitize.detectors.scoring import Model
from sanitize.detectors.windowed import WindowedDetector
from sanitize.errors import ArtifactError, PolicyError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

#: Longest run without a break that WordPiece gets as one word: it calls anything over
#: 100 characters "unknown" (Wu et al. 2016, as in BERT's reference code): an attack written
#: without spaces would be read as a single unknown token, that is, not at all.
WORD_CHARS = 64


@dataclass(frozen=True, kw_only=True)
class EmbeddedDetector(WindowedDetector):
    """Transformer over every text, in overlapping windows.

    Attributes:
        weights: `embedded`, or a directory of the same form.
        threshold: probability, 0..1, at or above which a text is an injection;
            or the name of one of the tables made with the weights, which may have
            levels for kinds of attack as well.
        suspicion: a lower probability, or its name, from which a text is reported
            as suspected; None reports detected ones only.
        max_windows: windows run for one text; what lies beyond is reported as unread.
        threads: cores that one call may use.

    Raises:
        PolicyError: no such weights or threshold.
    """

    name: ClassVar[str] = "detectors.transformer"

    weights: str = "embedded"
    threshold: float | str = "default"
    suspicion: float | str | None = None
    max_windows: int = 8192
    threads: int = 1

    def __post_init__(self) -> None:
        try:
            levels = [*self.levels.items(), *self.suspicion_levels.items()]
            known = self._artifact.config["labels"]
        except ArtifactError as error:
            raise PolicyError(f"{self.name}: {error}") from error
        for label, level in levels:
            if not 0.0 <= level <= 1.0:
                raise PolicyError(f"{self.name}: threshold: expected 0..1, received {level}")
            if label not in known:
                raise PolicyError(f"{self.name}: threshold: expected one of {known}")

    @property
    def _artifact(self) -> artifact.Artifact:
        root = artifact.EMBEDDED if self.weights == "embedded" else Path(self.weights)
        return artifact.load(root)

    @property
    def fingerprint(self) -> str:
        """sha256 of the weights' manifest."""
        return self._artifact.fingerprint

    @property
    def levels(self) -> Mapping[str, float]:
        """Label → the threshold in force, 0..1."""
        return self._artifact.thresholds(self.threshold)

    @property
    def suspicion_levels(self) -> Mapping[str, float]:
        """Label → the level from which a lower score is a suspicion."""
        return self.levels if self.suspicion is None else self._artifact.thresholds(self.suspicion)

    @property
    def windows_allowed(self) -> int:
        """Windows that may be run for one text."""
        return self.max_windows

    def model(self) -> Model:
        """The model; loaded and verified on first use, one per process.

        Raises:
            ArtifactError: a file is not what the manifest says.
        """
        with _LOADING:  # two threads must not load the same weights twice
            return _load(self._artifact.root, self.threads)


_LOADING = Lock()


@lru_cache(maxsize=4)
def _load(root: Path, threads: int) -> EmbeddedModel:
    return EmbeddedModel(artifact.load(root), threads)


class EmbeddedModel:
    """An onnxruntime session with its tokenizer; see `scoring.Model`."""

    def __init__(self, weights: artifact.Artifact, threads: int) -> None:
        config = weights.config
        self.tokenizer = _tokenizer(weights.read("tokenizer.json"))
        self.session = _session(weights.read("model.onnx"), threads)
        self.prefix: tuple[int, ...] = (int(config["cls_id"]),)
        self.suffix: tuple[int, ...] = (int(config["sep_id"]),)
        self.unknown: int | None = int(config["unk_id"])
        self.max_tokens = int(config["max_tokens"])
        self.overlap = int(config["overlap"])
        self.batch_size = int(config.get("max_batch", 1))
        self.labels = tuple(map(str, config["labels"]))
        self.curves = tuple(_curve(config["calibration"][label]) for label in self.labels)

    def probabilities(self, ids: list[list[int]]) -> list[tuple[float, ...]]:
        """Calibrated probability of each label, for windows of equal length."""
        import numpy as np

        tokens = np.array(ids, dtype=np.int64)
        feed = {"input_ids": tokens, "attention_mask": _ones(*tokens.shape)}
        (logits,) = self.session.run(["logits"], feed)
        return [
            tuple(curve(logit) for curve, logit in zip(self.curves, row, strict=True))
            for row in logits.tolist()
        ]


@lru_cache(maxsize=64)
def _ones(rows: int, tokens: int) -> Any:
    """The mask of windows without padding, int64 [rows, tokens]; not to be written to."""
    import numpy as np

    mask = np.ones((rows, tokens), np.int64)
    mask.setflags(write=False)
    return mask


def _curve(knots: Mapping[str, Sequence[float]]) -> Curve:
    return Curve(tuple(map(float, knots["logit"])), tuple(map(float, knots["calibrated"])))


def _tokenizer(raw: bytes) -> Tokenizer:
    from tokenizers import Regex, Tokenizer, models
    from tokenizers.pre_tokenizers import Sequence, Split

    tokenizer = Tokenizer.from_str(raw.decode("utf-8"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    if not isinstance(tokenizer.model, models.WordPiece):
        return tokenizer
    chunks = Split(Regex(rf"[\s\S]{{1,{WORD_CHARS}}}"), "isolated")
    tokenizer.pre_tokenizer = Sequence([tokenizer.pre_tokenizer, chunks])
    return tokenizer


def _session(raw: bytes, threads: int) -> Any:
    ort = onnxruntime()
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors only: a warning must not quote a payload
    return ort.InferenceSession(raw, options, providers=["CPUExecutionProvider"])
