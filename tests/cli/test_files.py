"""`sanitize hash` and `sanitize verify`: what changed, is missing or was added is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command import sanitize


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """Three files, one of them in a folder, and their manifest beside them."""
    root = tmp_path / "models"
    (root / "deep").mkdir(parents=True)
    for name in ("a.keras", "b.json", "deep/c.bin"):
        (root / name).write_bytes(name.encode() * 9)
    done = sanitize("hash", root)
    assert (done.returncode, done.stderr) == (0, "")
    (root / "manifest.json").write_text(done.stdout, "utf-8")
    return root / "manifest.json"


def test_untouched_files_are_exit_code_0(manifest: Path) -> None:
    done = sanitize("verify", manifest)
    assert (done.returncode, done.stdout) == (0, "3 files as listed, 0 not\n")


def test_what_differs_is_named(manifest: Path) -> None:
    """Changed in one byte, gone, and new: each by its name, and exit code 1."""
    (manifest.parent / "a.keras").write_bytes(b"a.kerat" * 9)
    (manifest.parent / "b.json").unlink()
    (manifest.parent / "deep" / "new\x1b[31m").write_bytes(b"")
    done = sanitize("verify", manifest)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "changed: a.keras",
        "missing: b.json",
        "extra: deep/new\\x1b[31m",
        "1 files as listed, 3 not",
    ]


def test_json_says_the_same(manifest: Path) -> None:
    (manifest.parent / "b.json").unlink()
    report = json.loads(sanitize("verify", "--json", manifest).stdout)
    assert (report["whole"], report["missing"]) == (False, ["b.json"])


def test_files_may_lie_elsewhere(manifest: Path, tmp_path: Path) -> None:
    """The manifest belongs where whoever writes the files cannot write."""
    safe = tmp_path / "safe.json"
    manifest.rename(safe)
    assert sanitize("verify", safe, tmp_path / "models").returncode == 0


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b'{"format": 1, "files": {"a": 1}}'])
def test_no_manifest_is_an_error(content: bytes, tmp_path: Path) -> None:
    """Exit code 2 and one line, which does not repeat what stands in the file."""
    (tmp_path / "m.json").write_bytes(content)
    done = sanitize("verify", tmp_path / "m.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "artifact.manifest" in done.stderr


def test_links_are_refused(manifest: Path) -> None:
    """A link could point at another file tomorrow."""
    (manifest.parent / "link").symlink_to(manifest.parent / "a.keras")
    done = sanitize("hash", manifest.parent)
    assert done.returncode == 2
    assert "symbolic link" in done.stderr
