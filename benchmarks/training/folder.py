"""A weights folder's configuration and manifest; needs no torch."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

#: Labels of the logits, in order.
LABELS = ("injection",)
#: Tokens of a window, [CLS] and [SEP] included.
MAX_TOKENS = 256
#: Tokens that neighbouring windows share: a planted order is rarely longer, so one window holds it
#: whole.
OVERLAP = 64
NEUTRAL = {"default": 0.5, "strict": 0.5, "chat": 0.5, "documents": 0.5, "observe": 0.5}


def config() -> dict[str, Any]:
    """`config.json` before calibration."""
    ids = {"pad_id": 0, "unk_id": 100, "cls_id": 101, "sep_id": 102}
    window = {"max_tokens": MAX_TOKENS, "overlap": OVERLAP}
    head = {"format": 1, "name": "minilm-l6-injection", "version": "1", "labels": list(LABELS)}
    return {**head, **window, "temperature": 1.0, "thresholds": NEUTRAL, **ids}


def manifest(folder: Path, provenance: dict[str, Any]) -> dict[str, Any]:
    """`manifest.json`: size and digest of every other file, and where the weights come from."""
    files = {
        path.name: _entry(path) for path in sorted(folder.iterdir()) if path.name != "manifest.json"
    }
    return {"format": 1, "files": files, "provenance": provenance}


def recipe_digest() -> str:
    """sha256 over the names and contents of the recipe's files, in order of name."""
    digest = hashlib.sha256()
    for path in sorted(p for p in Path(__file__).parent.iterdir() if p.suffix in {".py", ".yaml"}):
        digest.update(f"{path.name}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Indented, with a final newline."""
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def _entry(path: Path) -> dict[str, Any]:
    return {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "bytes": path.stat().st_size}
