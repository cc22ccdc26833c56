from __future__ import annotations

import math

import pytest

pytest.importorskip("yaml")

from benchmarks.training.kinds import HARMLESS, kind_of, table, targets
from benchmarks.training.rows import Row
from sanitize.training.folder import LABELS


def row(file: str, kind: str, label: int = 1) -> Row:
    return Row("x", label, "s", kind, "en", "MIT", file)


CASES = [
    ("authored/agent", "bank", "planted"),
    ("authored/direct-a", "override", "override"),
    ("authored/mixed-b", "planted", "planted"),
    ("authored/hard", "attack_unrestricted_persona", "jailbreak"),
    ("train/spikee", "direct:dan", "jailbreak"),
    ("train/spikee", "direct:test", "override"),
    ("train/slabs", "direct", None),
    ("authored/direct-a", "obfuscated-light", None),
]


@pytest.mark.parametrize(("file", "kind", "expected"), CASES)
def test_sources_name_kinds(file: str, kind: str, expected: str | None) -> None:
    """The first glob counts; what nobody named teaches no kind."""
    assert kind_of(row(file, kind)) == expected


def test_harmless_rows_are_none_of_the_kinds() -> None:
    """Whatever their source calls them."""
    assert targets(row("authored/mixed-b", "benign_planted", 0)) == HARMLESS


def test_a_kind_is_one_and_the_others_none() -> None:
    assert targets(row("authored/direct-a", "extraction")) == (1, 0, 1, 0, 0)


def test_what_is_not_said_is_left_out() -> None:
    """A planted order may override as well; an unknown kind is any."""
    planted = targets(row("authored/agent", "bank"))
    assert (planted[0], planted[-1]) == (1, 1)
    assert all(map(math.isnan, planted[1:-1]))
    assert all(map(math.isnan, targets(row("train/slabs", "direct"))[1:]))


def test_the_table_knows_only_labels() -> None:
    assert set(table().values()) <= set(LABELS[1:])
