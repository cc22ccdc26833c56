"""`sanitize doctor`: what it says is measured, and a broken installation is a failure."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import sanitize
from sanitize.cli import currency
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


def test_it_drills_the_process_of_a_model_if_asked() -> None:
    """Seven forbidden acts, each in a live process; on Linux they hold."""
    checks = json.loads(command("doctor", "--json", "--model").stdout)["checks"]
    (found,) = [check for check in checks if check["name"] == "model's process"]
    assert found["state"] == "ok", found
    assert "7 drills held" in found["detail"]
    assert "seccomp" in found["detail"]


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


def test_known_holes_are_looked_up() -> None:
    """Every watched package that is installed has its line; nothing open has a fix here."""
    report = json.loads(command("doctor", "--json").stdout)
    lines = {check["name"]: check for check in report["checks"]}
    assert lines["advisories/keras"]["state"] == "ok"
    assert lines["advisories/pillow"]["detail"].endswith("no known hole")
    assert lines["advisories"]["detail"].startswith("of 20")


def test_a_dump_of_the_database_is_asked_too(tmp_path: Path) -> None:
    """An advisory of the user's own dump makes exit code 1, and names the version that mends it."""
    dump = tmp_path / "all.zip"
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.1"}]}]
    affected = [{"package": {"ecosystem": "PyPI", "name": "NumPy"}, "ranges": ranges}]
    entry = {"id": "TEST-1", "summary": "made up", "affected": affected}
    with zipfile.ZipFile(dump, "w") as archive:
        archive.writestr("TEST-1.json", json.dumps(entry))
    done = command("doctor", "--json", "--osv-zip", dump)
    lines = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert done.returncode == 1
    assert "TEST-1: made up (fixed in 99.1)" in lines["advisories/numpy"]["detail"]


def test_a_broken_dump_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK nothing")
    done = command("doctor", "--osv-zip", tmp_path / "x.zip")
    assert done.returncode == 2
    assert "expected a zip of OSV advisories" in done.stderr


def test_graphics_processors_are_optional() -> None:
    """Without NVIDIA's library or a processor there is a note, not a failure."""
    report = json.loads(command("doctor", "--json").stdout)
    lines = [check for check in report["checks"] if check["name"].startswith("gpu")]
    assert lines
    assert all(check["state"] in ("ok", "note") for check in lines)


@pytest.mark.extras
def test_facts_are_read_through_the_vendors_library() -> None:
    """With the library: one line for each processor, or the name of its error."""
    lines = list(currency.graphics())
    assert lines
    for line in lines:
        known = line.detail.startswith("none found: NVMLError_") or "ECC" in line.detail
        assert known, line
