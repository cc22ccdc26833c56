"""A user's own dump: read in bounds, and refused where it is not what it should be."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from sanitize import PolicyError
from sanitize.advisories import osv
from sanitize.advisories.table import open_holes

VERSIONS = {"keras": "3.13.0", "pillow": "12.0.0"}


def entry(name: str = "keras", ecosystem: str = "PyPI", **more: Any) -> dict[str, Any]:
    events = [{"introduced": "0"}, {"fixed": "3.12.1"}, {"introduced": "3.13"}, {"fixed": "3.13.2"}]
    affected = {
        "package": {"ecosystem": ecosystem, "name": name},
        "ranges": [{"type": "ECOSYSTEM", "events": events}, {"type": "GIT", "events": [{}]}],
    }
    return {"id": "GHSA-x", "summary": "bad\nthing", "affected": [affected], **more}


def dump(folder: Path, *entries: Any) -> Path:
    path = folder / "all.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, item in enumerate(entries):
            raw = item if isinstance(item, (bytes, str)) else json.dumps(item)
            archive.writestr(f"{number}.json", raw)
        archive.writestr("README", "no advisory")
    return path


def holes(path: Path) -> list[str]:
    return [found.id for _, _, found in open_holes(VERSIONS, osv.read(path, VERSIONS))]


def test_branches_of_the_installed_package_count(tmp_path: Path) -> None:
    path = dump(
        tmp_path, entry(), entry("Keras", id="OTHER"), entry("flask"), entry(ecosystem="npm")
    )
    assert holes(path) == ["GHSA-x", "OTHER"]
    (first, *_) = osv.read(path, VERSIONS)
    assert first.summary == "bad thing"


def test_withdrawn_and_foreign_advisories_do_not_count(tmp_path: Path) -> None:
    assert holes(dump(tmp_path, entry(withdrawn="2026-01-01T00:00:00Z"), entry("numpy"))) == []


def test_versions_listed_by_name_count(tmp_path: Path) -> None:
    affected = {
        "package": {"ecosystem": "PyPI", "name": "pillow"},
        "versions": ["11.0.0", "12.0.0"],
    }
    assert holes(dump(tmp_path, {"id": "V", "affected": [affected]})) == ["V"]


@pytest.mark.parametrize(
    ("title", "item"),
    [
        ("no JSON", b"\xff\x00"),
        ("a list", b"[1]"),
        ("no package", {"id": "X", "affected": [{}]}),
        ("deep", b"[" * 100_000),
        (
            "a version that is none",
            entry()
            | {
                "affected": [
                    {
                        "package": {"ecosystem": "PyPI", "name": "keras"},
                        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "x y"}]}],
                    }
                ]
            },
        ),
    ],
)
def test_what_is_no_advisory_is_an_error(title: str, item: Any, tmp_path: Path) -> None:
    """Passing over it could pass over the one that matters."""
    with pytest.raises(PolicyError, match="OSV"):
        holes(dump(tmp_path, item))


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    """A member of many megabytes of blanks."""
    with pytest.raises(PolicyError, match="bytes in each advisory"):
        holes(dump(tmp_path, b" " * (osv.MAX_BYTES + 1)))


def test_no_zip_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"nothing")
    with pytest.raises(PolicyError, match="expected a zip"):
        holes(tmp_path / "x.zip")
    with pytest.raises(PolicyError, match="expected a zip"):
        holes(tmp_path / "missing.zip")
