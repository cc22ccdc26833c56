"""A user's own dump of the OSV database: a zip of one JSON file for each advisory."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion

from sanitize.advisories.table import Advisory, Range
from sanitize.errors import PolicyError

#: Files in the zip: the dump for PyPI had about 20,000.
MAX_FILES = 500_000

#: Bytes of one advisory, and of all of them.
MAX_BYTES, MAX_TOTAL = 8_000_000, 4_000_000_000

#: What makes a range of versions; commits say nothing about an installed package.
RANGES = frozenset({"ECOSYSTEM", "SEMVER"})


def read(path: Path, versions: Mapping[str, str]) -> Iterator[Advisory]:
    """The advisories for installed packages of PyPI.

    Args:
        path: a zip such as OSV offers for an ecosystem.
        versions: canonical name → installed version.

    Raises:
        PolicyError: no such zip, or larger than any dump is.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            yield from _advisories(archive, path.name, versions)
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise PolicyError(
            f"{path.name}: expected a zip of OSV advisories; {type(error).__name__}"
        ) from None


def _advisories(
    archive: zipfile.ZipFile, name: str, versions: Mapping[str, str]
) -> Iterator[Advisory]:
    members = [member for member in archive.infolist() if member.filename.endswith(".json")]
    total = sum(member.file_size for member in members)
    if len(members) > MAX_FILES or total > MAX_TOTAL:
        raise PolicyError(
            f"{name}: expected at most {MAX_FILES:,} files and {MAX_TOTAL:,} bytes, received "
            f"{len(members):,} and {total:,}"
        )
    for member in members:
        with archive.open(member) as file:  # what a header says of the size may be a lie
            raw = file.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise PolicyError(f"{name}: expected at most {MAX_BYTES:,} bytes in each advisory")
        yield from _parse(raw, name, versions)


def _parse(raw: bytes, name: str, versions: Mapping[str, str]) -> Iterator[Advisory]:
    try:
        data = json.loads(raw)
        if data.get("withdrawn"):
            return
        for affected in data.get("affected", ()):
            package = affected["package"]
            key = canonicalize_name(str(package["name"]))
            if package["ecosystem"].partition(":")[0] != "PyPI" or key not in versions:
                continue
            ranges = tuple(_ranges(affected, versions[key]))
            if ranges:
                summary = str(data.get("summary") or data.get("details") or "")
                yield Advisory(
                    id=str(data["id"])[:60],
                    package=key,
                    summary=" ".join(summary.split())[:120],
                    source="osv",
                    ranges=ranges,
                )
    except (ValueError, KeyError, TypeError, AttributeError, InvalidVersion, RecursionError):
        expected = f"{name}: expected advisories in the OSV schema, received one that is not"
        raise PolicyError(expected) from None


def _ranges(affected: Mapping[str, Any], version: str) -> Iterator[Range]:
    """The branches, and each version that is listed by name."""
    for entry in affected.get("ranges", ()):
        if entry["type"] in RANGES:
            yield from _branches(entry["events"])
    if version in affected.get("versions", ()):
        yield Range(introduced=version, last_affected=version)


def _branches(events: list[dict[str, str]]) -> Iterator[Range]:
    start: str | None = None
    for event in events:
        ((what, version),) = event.items()
        if what == "introduced":
            if start is not None:
                yield Range(introduced=start)
            start = version
        elif start is not None and what in ("fixed", "last_affected"):
            yield Range(introduced=start, **{what: version})
            start = None
    if start is not None:
        yield Range(introduced=start)
