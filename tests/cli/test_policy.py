"""`sanitize policy`: show resolves, validate builds, and what is shown can be loaded again."""

from __future__ import annotations

from pathlib import Path

import pytest

from sanitize.cli.policy import plain
from sanitize.policy import PRESETS, load
from tests.cli.command import SMALL, sanitize, small_policy


def test_show_fills_in_what_the_file_leaves_out(tmp_path: Path) -> None:
    done = sanitize("policy", "show", small_policy(tmp_path))
    assert done.returncode == 0
    for line in ("enforce: true", "max_depth: 32", "on_error: block", "max_chars: 20"):
        assert line in done.stdout


@pytest.mark.parametrize("name", PRESETS)
def test_what_is_shown_loads_again_and_decides_the_same(name: str) -> None:
    policy = load(name)
    again = load(plain(policy))
    assert again.decide == policy.decide
    assert again.limits == policy.limits
    assert plain(again) == plain(policy)


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_can_be_shown_and_validated(name: str) -> None:
    shown = sanitize("policy", "show", name)
    assert f"name: {name}" in shown.stdout
    done = sanitize("policy", "validate", name)
    assert done.returncode == 0, done.stderr
    assert "holds" in done.stdout


@pytest.mark.parametrize(
    ("title", "before", "after", "message"),
    [
        ("no YAML", "version: 1", "version: [1", "line"),
        ("unknown key", "name: small", "name: small\nnmae: small", "unknown key"),
        ("key twice", "name: small", "name: small\nname: large", "unique keys"),
        ("unknown stage", "text.size", "text.siez", "did you mean 'text.size'"),
        ("unknown option", "max_chars", "max_chars_", "unknown option"),
        ("option of a wrong type", "max_chars: 20", "max_chars: many", "max_chars"),
        ("unknown action", "high: block", "high: explode", "expected one of"),
        ("no detector and not said so", "    verify: none\n", "", "expected a detector"),
        ("escapes in a key", "name: small", 'name: small\n"\\e[31m": 1', "\\x1b[31m"),
    ],
)
def test_a_policy_that_does_not_hold_is_an_error_that_says_where(
    tmp_path: Path, title: str, before: str, after: str, message: str
) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(SMALL.replace(before, after, 1))
    done = sanitize("policy", "validate", path)
    assert done.returncode == 2, title
    assert message in done.stderr, title
    assert "\x1b" not in done.stderr
    assert done.stderr.count("\n") == 1
