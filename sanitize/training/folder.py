"""A weights folder's configuration and manifest; needs no torch."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

#: Labels of the logits, in order.
LABELS = ("injection", "override", "extraction", "jailbreak", "planted")
#: Tokens of a window, [CLS] and [SEP] included.
MAX_TOKENS = 256
#: Tokens that neighbouring windows share: a planted order is rarely longer, so one window holds it
#: whole.
OVERLAP = 64
#: Policies that have a threshold of their own.
POLICIES = ("default", "strict", "chat", "documents", "observe")
#: How tokenizers call what begins and ends a window, fills it up, and stands for the unknown.
SPECIAL = {
    "cls_id": ("[CLS]", "<s>"),
    "pad_id": ("[PAD]", "<pad>"),
    "sep_id": ("[SEP]", "</s>"),
    "unk_id": ("[UNK]", "<unk>"),
}


def special_ids(tokenizer: Tokenizer) -> dict[str, int]:
    """The ids of a tokenizer's special tokens, by the names that `config.json` gives them."""
    found = {
        name: next(filter(lambda id_: id_ is not None, map(tokenizer.token_to_id, spellings)), None)
        for name, spellings in SPECIAL.items()
    }
    missing = [name for name, id_ in found.items() if id_ is None]
    if missing:
        raise ValueError(f"tokenizer: expected a token for {missing[0]}, received none")
    return {name: int(id_) for name, id_ in found.items() if id_ is not None}


def config(name: str, tokenizer: Tokenizer) -> dict[str, Any]:
    """`config.json` before calibration."""
    head = {"format": 2, "name": name, "version": "6", "labels": list(LABELS)}
    window = {"max_tokens": MAX_TOKENS, "overlap": OVERLAP}
    neutral = {"logit": [-1.0, 1.0], "calibrated": [-1.0, 1.0]}
    return {
        **head,
        **window,
        "calibration": dict.fromkeys(LABELS, neutral),
        "thresholds": {policy: {"injection": 0.5} for policy in POLICIES},
        **special_ids(tokenizer),
    }


def manifest(folder: Path, provenance: dict[str, Any]) -> dict[str, Any]:
    """`manifest.json`: size and digest of every other file, and where the weights come from."""
    files = {
        path.name: _entry(path) for path in sorted(folder.iterdir()) if path.name != "manifest.json"
    }
    return {"format": 1, "files": files, "provenance": provenance}


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Indented, with a final newline."""
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def _entry(path: Path) -> dict[str, Any]:
    return {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "bytes": path.stat().st_size}
