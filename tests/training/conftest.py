"""The benchmarks folder is no installed package: tests find it beside themselves."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))


@pytest.fixture(scope="session")
def data() -> Path:
    """The data folder that SANITIZE_DATA names."""
    folder = Path(os.environ.get("SANITIZE_DATA", ""))
    if not (folder / "dev").is_dir():
        pytest.skip("SANITIZE_DATA does not name a folder with dev/, train/, authored/")
    return folder


@pytest.fixture(scope="session")
def mix(data: Path) -> Any:
    """The mix of that folder."""
    return pytest.importorskip("benchmarks.training.mix").load(data)
