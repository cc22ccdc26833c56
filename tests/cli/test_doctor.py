"""`sanitize doctor`: what it says is measured, and a broken installation is a failure."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import sanitize
from sanitize.cli.checks import safe_keras
from tests.cli.command import sanitize as command

ROOT = Path(sanitize.__file__).parent


def test_a_sound_installation_is_healthy() -> None:
    done = command("doctor", "--json")
    report = json.loads(done.stdout)
    states = {check["name"]: check["state"] for check in report["checks"]}
    assert report["healthy"], [check for check in report["checks"] if check["state"] == "failed"]
    assert done.returncode == 0
    assert states["python"] == "ok"
    assert states["numpy"] == "ok"
    assert states["weights/model.onnx"] == "ok"
    assert states["default policy"] == "ok"
    assert {"libmagic", "re2", "onnxruntime", "keras"} <= states.keys()


def test_it_reads_well_for_people() -> None:
    done = command("doctor")
    assert "All is well." in done.stdout
    assert "as in the manifest" in done.stdout


def test_changed_weights_are_a_failure(tmp_path: Path) -> None:
    """One byte more in a copy of the package's weights."""
    copy = tmp_path / "sanitize"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT.parent / "rules", copy / "rules")
    with (copy / "detectors" / "weights" / "tokenizer.json").open("ab") as file:
        file.write(b" ")
    done = subprocess.run(
        [sys.executable, "-m", "sanitize", "doctor", "--json"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )
    report = json.loads(done.stdout)
    states = {check["name"]: check["state"] for check in report["checks"]}
    assert done.returncode == 1
    assert states["weights/tokenizer.json"] == "failed"
    assert states["weights/model.onnx"] == "ok"
    assert states["default policy"] == "failed"
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ("3.15.1", True),
        ("3.16.0", True),
        ("4.0.0", True),
        ("3.12.4", True),
        ("3.15.0", False),
        ("3.13.2", False),
        ("3.12.3", False),
        ("2.15.0", False),
    ],
)
def test_keras_releases_with_known_holes_are_told_apart(version: str, safe: bool) -> None:
    assert safe_keras(version) is safe
