"""Any Hugging Face sequence classifier as the detector (extra `torch`)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar

from sanitize.detectors.artifact import INJECTION
from sanitize.detectors.calibration import softmax_share
from sanitize.detectors.scoring import Model
from sanitize.detectors.windowed import WindowedDetector
from sanitize.errors import PolicyError

#: Label names that published detectors use for "this is an attack", in lower case:
#: ProtectAI deberta-v3 (INJECTION), Prompt Guard 1 (INJECTION, JAILBREAK),
#: Prompt Guard 2 (LABEL_1, MALICIOUS), PIGuard (injection).
ATTACK_LABELS: frozenset[str] = frozenset(
    {"injection", "jailbreak", "malicious", "attack", "unsafe", "label_1"}
)

#: Window length for models that do not say how much they can read.
MAX_TOKENS = 512


@dataclass(frozen=True)
class TransformerDetector(WindowedDetector):
    """A sequence classifier loaded through transformers, from local files only.

    Attributes:
        model_name: a directory, or a model id on a hub.
        revision: the commit to use; required with `allow_download`, so that
            what is loaded tomorrow is what was reviewed today.
        allow_download: let transformers reach the network. Off unless the
            application says so.
        labels: names of the labels that mean an attack; known ones if empty.
        threshold: probability, 0..1, at or above which a text is an injection.
        max_windows: windows run for one text; what lies beyond is reported as unread.
        overlap: tokens that neighbouring windows share.

    Raises:
        PolicyError: torch is missing, no such directory, or a download without
            a revision.
    """

    name: ClassVar[str] = "detectors.huggingface"

    model_name: str
    revision: str | None = field(default=None, kw_only=True)
    allow_download: bool = field(default=False, kw_only=True)
    labels: tuple[str, ...] = field(default=(), kw_only=True)
    threshold: float = field(default=0.5, kw_only=True)
    max_windows: int = field(default=2048, kw_only=True)
    overlap: int = field(default=64, kw_only=True)

    def __post_init__(self) -> None:
        if find_spec("torch") is None:
            raise PolicyError(f"{self.name}: expected torch; install keras-sanitize[torch]")
        if not 0.0 <= self.threshold <= 1.0:
            raise PolicyError(f"{self.name}: threshold: expected 0..1, received {self.threshold}")
        if self.allow_download and not self.revision and not Path(self.model_name).is_dir():
            raise PolicyError(f"{self.name}: allow_download: expected a revision, received none")

    @property
    def fingerprint(self) -> str:
        """sha256 of the files of a local directory, or of the id and revision."""
        return _fingerprint(self.model_name, self.revision)

    @property
    def levels(self) -> Mapping[str, float]:
        """Label → the threshold in force, 0..1."""
        return {INJECTION: self.threshold}

    @property
    def windows_allowed(self) -> int:
        """Windows that may be run for one text."""
        return self.max_windows

    def model(self) -> Model:
        """The model, loaded on first use, one per process.

        Raises:
            PolicyError: it cannot be loaded, or none of its labels means an attack.
        """
        with _LOADING:
            return _load(
                self.model_name, self.revision, self.allow_download, self.labels, self.overlap
            )


_LOADING = Lock()


@lru_cache(maxsize=4)
def _load(
    name: str, revision: str | None, download: bool, labels: tuple[str, ...], overlap: int
) -> HuggingFaceModel:
    return HuggingFaceModel(name, revision, download, labels, overlap)


class HuggingFaceModel:
    """A transformers model with its fast tokenizer; see `scoring.Model`."""

    batch_size = 16
    labels: tuple[str, ...] = (INJECTION,)

    def __init__(
        self, name: str, revision: str | None, download: bool, labels: tuple[str, ...], overlap: int
    ) -> None:
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        # Safetensors only, and no code from the model's repository: both can run what they load.
        options = {"revision": revision, "local_files_only": not download}
        options["trust_remote_code"] = False
        try:
            tokenizer = AutoTokenizer.from_pretrained(name, **options)
            self.model = AutoModelForSequenceClassification.from_pretrained(
                name, use_safetensors=True, **options
            ).eval()
        except (OSError, ValueError) as error:
            raise PolicyError(f"{name[:80]}: cannot be loaded: {type(error).__name__}") from error
        self.tokenizer = _fast(tokenizer)
        special = self.tokenizer.encode("").ids
        self.prefix, self.suffix = tuple(special[:1]), tuple(special[1:])
        self.unknown = tokenizer.unk_token_id
        self.max_tokens = min(_capacity(self.model), tokenizer.model_max_length)
        self.overlap = min(overlap, self.max_tokens // 4)
        self.wanted = attack_labels(self.model.config.id2label, labels)

    def probabilities(self, ids: list[list[int]]) -> list[tuple[float, ...]]:
        """Share of the softmax on the attack labels, for windows of equal length."""
        import torch

        tokens = torch.tensor(ids, dtype=torch.long)
        with torch.inference_mode():
            logits = self.model(input_ids=tokens, attention_mask=torch.ones_like(tokens)).logits
        return [(softmax_share(row, self.wanted),) for row in logits.float().tolist()]


def attack_labels(id2label: Mapping[int, str], wanted: Sequence[str]) -> tuple[int, ...]:
    """Indexes of the labels that mean an attack.

    Raises:
        PolicyError: none does, or all do.
    """
    names = {label.lower() for label in wanted} or ATTACK_LABELS
    found = tuple(int(index) for index, label in id2label.items() if str(label).lower() in names)
    if not found or len(found) == len(id2label):
        known = ", ".join(str(label)[:30] for label in id2label.values())
        raise PolicyError(f"labels: expected names of attack labels among {known}")
    return found


def _fast(tokenizer: Any) -> Any:
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        raise PolicyError("expected a model with a fast tokenizer (tokenizer.json)")
    backend.no_truncation()
    backend.no_padding()
    return backend


def _capacity(model: Any) -> int:
    """Tokens that the model has positions for.

    RoBERTa and its kin number positions from behind the padding index
    (Hugging Face `create_position_ids_from_input_ids`), which costs them some.
    """
    positions = int(getattr(model.config, "max_position_embeddings", 0) or MAX_TOKENS)
    embeddings = getattr(getattr(model, "base_model", None), "embeddings", None)
    padding = getattr(getattr(embeddings, "position_embeddings", None), "padding_idx", None)
    return positions if padding is None else positions - padding - 1


@lru_cache(maxsize=8)
def _fingerprint(name: str, revision: str | None) -> str:
    hasher = hashlib.sha256(json.dumps([name, revision]).encode())
    root = Path(name)
    for path in sorted(root.rglob("*")) if root.is_dir() else ():
        if path.is_file():
            hasher.update(path.relative_to(root).as_posix().encode())
            hasher.update(hashlib.sha256(path.read_bytes()).digest())
    return hasher.hexdigest()
