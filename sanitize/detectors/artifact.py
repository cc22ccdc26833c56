"""Weights on disk, read once and never believed before their hashes match."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from sanitize.errors import ArtifactError

#: Version of `config.json`.
FORMAT = 2

#: The label over all kinds of attack, which becomes `Verdict.injection`.
INJECTION = "injection"

#: Where the embedded weights lie.
EMBEDDED = Path(__file__).parent / "weights"


@dataclass(frozen=True)
class Artifact:
    """A directory of weights with `manifest.json` (file → sha256 and size).

    Attributes:
        root: the directory.
        manifest: sha256 and bytes for every file in it.
        config: the parsed `config.json`.
        fingerprint: sha256 of the manifest, which stands for all files.
    """

    root: Path
    manifest: Mapping[str, Mapping[str, Any]]
    config: Mapping[str, Any]
    fingerprint: str

    def read(self, name: str) -> bytes:
        """A file's bytes, the same ones that were hashed.

        Raises:
            ArtifactError: missing, not in the manifest, or not what it says.
        """
        return _verified(self.root, name, self.manifest)

    def thresholds(self, wanted: float | str) -> Mapping[str, float]:
        """Label → threshold: a number is the injection label's, a name one of the weights' tables.

        Raises:
            ArtifactError: no such name.
        """
        if not isinstance(wanted, str):
            return {INJECTION: float(wanted)}
        tables = self.config["thresholds"]
        if wanted not in tables:
            raise ArtifactError(f"threshold: expected one of {sorted(tables)}, received {wanted!r}")
        return {str(label): float(level) for label, level in tables[wanted].items()}


def _verified(root: Path, name: str, manifest: Mapping[str, Mapping[str, Any]]) -> bytes:
    if name not in manifest:
        raise ArtifactError(f"{name}: not in the manifest of {root.name}")
    data = _read(root / name)
    digest = hashlib.sha256(data).hexdigest()
    expected = manifest[name]["sha256"]
    if digest != expected:
        raise ArtifactError(f"{name}: expected sha256 {expected}, received {digest}")
    return data


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ArtifactError(f"{path.name}: cannot be read: {error.strerror}") from None


@lru_cache(maxsize=8)
def load(root: Path = EMBEDDED) -> Artifact:
    """The manifest and configuration of a weights directory.

    Raises:
        ArtifactError: missing or malformed.
    """
    raw = _read(root / "manifest.json")
    try:
        files = json.loads(raw)["files"]
        config = json.loads(_verified(root, "config.json", files))
        if config["format"] != FORMAT or INJECTION not in config["labels"]:
            raise ValueError(f"expected format {FORMAT} with a label {INJECTION!r}")
    except (ValueError, KeyError, TypeError) as error:
        raise ArtifactError(f"{root.name}: malformed manifest or config: {error!r}"[:200]) from None
    return Artifact(root, files, config, hashlib.sha256(raw).hexdigest())
