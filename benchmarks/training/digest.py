"""A digest of the recipe: which code and data drawing made the weights."""

from __future__ import annotations

import hashlib
from pathlib import Path

import sanitize.training

#: Folders whose Python and YAML files are the recipe.
FOLDERS = (Path(__file__).parent, Path(sanitize.training.__file__).parent)


def recipe_digest() -> str:
    """sha256 over the names and contents of the recipe's files, in order of name."""
    digest = hashlib.sha256()
    files = [path for folder in FOLDERS for path in folder.iterdir()]
    for path in sorted(path for path in files if path.suffix in {".py", ".yaml"}):
        digest.update(f"{path.name}\n".encode() + path.read_bytes())
    return digest.hexdigest()
