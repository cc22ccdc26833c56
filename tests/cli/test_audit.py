"""`sanitize audit verify`: whole or broken, in words, in JSON, and by exit code."""

from __future__ import annotations

import json
from pathlib import Path

from sanitize.audit.trail import Trail
from tests.cli.command import sanitize
from tests.policies import small


def trail(folder: Path) -> Path:
    path = folder / "trail.jsonl"
    Trail(path).append(small()(f"row {n}") for n in range(3))
    return path


def test_a_whole_trail_is_exit_code_0(tmp_path: Path) -> None:
    path = trail(tmp_path)
    done = sanitize("audit", "verify", str(path))
    assert (done.returncode, done.stderr) == (0, "")
    assert "whole; 3 records" in done.stdout
    head = done.stdout.split()[-1]
    assert sanitize("audit", "verify", str(path), "--head", head).returncode == 0


def test_a_broken_trail_names_its_record(tmp_path: Path) -> None:
    path = trail(tmp_path)
    path.write_text(path.read_text().replace('"n":2', '"n":9'))
    done = sanitize("audit", "verify", str(path))
    assert done.returncode == 1
    assert "trail.jsonl, line 2: expected record 2, received record 9" in done.stdout
    found = json.loads(sanitize("audit", "verify", str(path), "--json").stdout)
    assert (found["whole"], found["records"]) == (False, 1)


def test_a_missing_trail_is_an_error(tmp_path: Path) -> None:
    done = sanitize("audit", "verify", str(tmp_path / "none.jsonl"))
    assert done.returncode == 2
    assert "expected a readable trail" in done.stderr
