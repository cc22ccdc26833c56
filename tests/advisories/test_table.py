"""The table: exact answers per branch, and a source for every entry."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from packaging.version import Version
from pydantic import ValidationError

from sanitize.advisories import table
from sanitize.advisories.table import Advisory, Range
from sanitize.cli import currency
from sanitize.cli.check_state import State


def holes(package: str, version: str) -> set[str]:
    found = table.open_holes({package: version}, table.shipped().advisories)
    return {advisory.id for _, _, advisory in found}


@pytest.mark.parametrize("version", ["3.15.1", "3.16.0", "4.0.0", "3.12.4", "3.12.5"])
def test_safe_keras_releases_have_no_open_hole(version: str) -> None:
    assert holes("keras", version) == set()


@pytest.mark.parametrize(
    ("version", "hole"),
    [
        ("2.12.0", "CVE-2024-3660"),
        ("3.7.0", "CVE-2024-55459"),
        ("3.8.0", "CVE-2025-1550"),
        ("3.11.2", "CVE-2025-49655"),
        ("3.12.2", "CVE-2026-12570"),
        ("3.13.1", "CVE-2026-1669"),
        ("3.13.2", "GHSA-hqp4-2352-xf5r"),
        ("3.14.0", "CVE-2026-12481"),
        ("3.15.0", "keras-3.15.1-archives"),
    ],
)
def test_keras_releases_with_open_holes_are_told_apart(version: str, hole: str) -> None:
    assert hole in holes("keras", version)


#: (package, version, affected): the last of a branch that has the hole, beside the first without.
BRANCHES = [
    ("keras", "3.10.9", "CVE-2025-49655", False),
    ("keras", "3.11.0", "CVE-2025-49655", True),
    ("keras", "3.11.3", "CVE-2025-49655", False),
    ("keras", "3.12.1", "CVE-2026-1669", False),
    ("keras", "3.13.0", "CVE-2026-1669", True),
    ("keras", "3.7.1", "CVE-2024-55459", False),
    ("protobuf", "4.25.7", "CVE-2025-4565", True),
    ("protobuf", "4.25.8", "CVE-2025-4565", False),
    ("protobuf", "5.29.4", "CVE-2025-4565", True),
    ("protobuf", "6.31.1", "CVE-2025-4565", False),
    ("transformers", "4.55.4", "CVE-2026-4372", False),
    ("transformers", "5.2.0", "CVE-2026-4372", True),
    ("transformers", "5.3.0", "CVE-2026-4372", False),
    ("libsndfile", "1.2.2", "CVE-2022-33065", True),
    ("tensorflow", "2.11.0", "CVE-2023-25658", True),
    ("tensorflow", "2.11.1", "CVE-2023-25658", False),
    ("tensorflow", "2.12.0rc1", "CVE-2023-25658", True),
    ("tensorflow", "2.12.0", "CVE-2023-25658", False),
    ("tensorflow", "2.9.3", "CVE-2022-35935", False),
    ("tensorflow", "2.10.0", "CVE-2022-35935", True),
    ("tensorflow-cpu", "2.11.0", "CVE-2023-27579", True),
    ("tensorflow-cpu", "2.16.1", "CVE-2023-27579", False),
    ("torch", "2.6.0+cpu", "CVE-2025-32434", False),
    ("torch", "2.6.0rc1", "CVE-2025-32434", True),
]


@pytest.mark.parametrize(("package", "version", "hole", "affected"), BRANCHES)
def test_branches_are_exact(package: str, version: str, hole: str, affected: bool) -> None:
    assert (hole in holes(package, version)) is affected


def test_names_are_compared_as_pep_503_says() -> None:
    assert "PYSEC-2021-142" in holes("PyYAML", "5.3")


def test_an_unreadable_version_counts_as_affected() -> None:
    """What cannot be compared is not called safe."""
    assert "CVE-2022-33065" in holes("libsndfile", "unknown")


def test_every_entry_names_its_source_and_a_watched_package() -> None:
    shipped = table.shipped()
    assert all(advisory.source for advisory in shipped.advisories)
    assert {advisory.package for advisory in shipped.advisories} <= set(shipped.watched)
    ids = [(advisory.id, advisory.package) for advisory in shipped.advisories]
    assert len(ids) == len(set(ids))


def test_the_version_that_mends_is_that_of_the_branch() -> None:
    advisory = Advisory(
        id="X",
        package="x",
        summary="s",
        source="s",
        ranges=(Range(introduced="0", fixed="1.2"), Range(introduced="2", fixed="2.1")),
    )
    assert advisory.mended(Version("1.0")) == "1.2"
    assert advisory.mended(Version("2.0")) == "2.1"
    assert advisory.mended(Version("3.0")) is None


def test_a_range_has_one_end() -> None:
    with pytest.raises(ValidationError, match="received both"):
        Range(introduced="0", fixed="1", last_affected="1")


@pytest.mark.parametrize(("days", "state"), [(0, State.OK), (90, State.OK), (91, State.NOTE)])
def test_an_old_table_says_so(days: int, state: State) -> None:
    today = table.shipped().dated + timedelta(days)
    last = list(currency.advisories(today=today))[-1]
    assert (last.name, last.state) == ("advisories", state)


def test_a_hole_that_nothing_mends_is_a_note() -> None:
    """The newest libsndfile is affected: known, but no reason to fail."""
    found = {check.name: check for check in currency.advisories(today=date(2026, 12, 1))}
    check = found["advisories/libsndfile"]
    assert check.state in (State.OK, State.NOTE)
    if check.state is State.NOTE:
        assert "no release fixes it" in check.detail
