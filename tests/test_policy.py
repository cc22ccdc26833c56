"""Policies: presets load, mistakes name file, line, key and expectation, and only it decides."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

import sanitize
from sanitize import Action, Finding, Modality, PolicyError, Severity
from sanitize.policy import PRESETS, load
from tests.policies import built, mapping
from tests.stages import Reader


@pytest.mark.parametrize("name", PRESETS)
def test_presets_load_and_build(name: str) -> None:
    """Every preset is valid, carries its own name, and ends text chains with a detector."""
    policy = load(name)
    assert policy.name == name
    assert policy.summary
    pipe = sanitize.pipeline(name)
    assert pipe.chains[sanitize.Modality.TEXT][-1].kind is sanitize.Kind.DETECTOR


def test_presets_differ() -> None:
    """No two presets are the same policy under two names."""
    assert len({load(name).fingerprint for name in PRESETS}) == len(PRESETS)


MISTAKES: list[tuple[str, str, str]] = [
    ("unknown key", "version: 1\nname: x\nspeed: 3\n", r"line 3, speed: unknown key"),
    ("wrong version", "version: 2\nname: x\n", r"line 1, version: .*1"),
    ("not a mapping", "- a\n- b\n", r"line 1, document: "),
    ("no YAML", "a: [1\n", r"expected YAML"),
    ("empty", "", r"received nothing"),
    ("duplicate key", "version: 1\nname: x\nname: y\n", r"line 3, name: expected unique keys"),
    ("python tag", "name: !!python/object/apply:os.system [echo]\n", r"expected YAML"),
    ("nesting bomb", "a: " + "[" * 3000 + "]" * 3000, r"expected YAML"),
]


@pytest.mark.parametrize(("title", "text", "message"), MISTAKES, ids=[row[0] for row in MISTAKES])
def test_mistakes_name_file_line_and_key(
    title: str, text: str, message: str, tmp_path: Path
) -> None:
    """A person can find the place without reading our source."""
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(PolicyError, match=message) as caught:
        load(path)
    assert "mine.yaml" in str(caught.value)


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("no modalities", {"modalities": {}}, "modalities"),
    ("unknown modality", {"modalities": {"smell": {}}}, "modalities"),
    ("empty chain", {"modalities": {"text": {"max_bytes": 9, "stages": []}}}, "stages"),
    ("missing severity", {"decide": {"severities": {"low": "allow"}}}, "medium"),
    ("unknown action", {"decide": {"severities": {"low": "maybe"}}}, "allow, sanitize"),
    ("unknown stage", {"detectors": ["detectors.magic"]}, "unknown stage 'detectors.magic'"),
    ("no detector", {"detectors": []}, "verify: none"),
    (
        "unknown option",
        {"detectors": [{"detectors.rules": {"packs": ["text/injection"], "speed": 1}}]},
        "unknown option 'speed'; expected packs",
    ),
    ("wrong option type", {"detectors": [{"detectors.rules": {"packs": 3}}]}, "packs"),
    ("unknown pack", {"detectors": [{"detectors.rules": {"packs": ["no/such"]}}]}, "rule pack"),
    ("bad threshold", {"detectors": [{"detectors.transformer": {"threshold": 7}}]}, "threshold"),
]


@pytest.mark.parametrize(("title", "change", "message"), WRONG, ids=[row[0] for row in WRONG])
def test_wrong_content_is_a_policy_error(title: str, change: dict[str, Any], message: str) -> None:
    """Bad configuration raises when the pipeline is built, not when input comes."""
    with pytest.raises(PolicyError, match=message):
        built(**change)


def test_unknown_names_are_refused() -> None:
    """The message lists the presets."""
    with pytest.raises(PolicyError, match="default, strict, chat, documents, observe"):
        load("defualt")


def test_detectors_may_be_left_out_in_so_many_words() -> None:
    """`verify: none` is the only way to a chain without a detector."""
    text = {"max_bytes": 9, "stages": ["text.size"], "verify": "none"}
    pipe = built(modalities={"text": text}, detectors=[])
    assert pipe("hello").injection is None


def finding(rule: str, severity: Severity) -> Finding:
    return Finding(rule, severity, 1.0)


def test_the_first_matching_rule_wins_over_the_severity() -> None:
    """Globs are tried in the order of the file."""
    rules = {"text.bidi-*": "allow", "text.*": "flag"}
    policy = load(mapping(decide={**mapping()["decide"], "rules": rules}))
    assert policy.action([finding("text.bidi-x", Severity.HIGH)]) is Action.ALLOW
    assert policy.action([finding("text.other", Severity.HIGH)]) is Action.FLAG
    assert policy.action([finding("image.other", Severity.HIGH)]) is Action.BLOCK


def test_the_gravest_finding_counts() -> None:
    """One blocking finding among many harmless ones blocks; none at all allows."""
    policy = load(mapping())
    low, high = finding("a.b", Severity.LOW), finding("a.c", Severity.HIGH)
    assert policy.action([low, high, low]) is Action.BLOCK
    assert policy.action([low]) is Action.ALLOW
    assert policy.action([]) is Action.ALLOW


def test_no_table_can_let_a_failed_stage_pass() -> None:
    """`pipeline.stage-failed` blocks even if the policy says otherwise."""
    policy = load(mapping(decide={**mapping()["decide"], "rules": {"*": "allow"}}))
    assert policy.action([finding("pipeline.stage-failed", Severity.CRITICAL)]) is Action.BLOCK


def test_observing_never_blocks() -> None:
    """What would be blocked is flagged."""
    policy = load(mapping(enforce=False))
    assert policy.action([finding("a.b", Severity.CRITICAL)]) is Action.FLAG


def test_overrides_reach_the_stages_that_have_the_option() -> None:
    """By name, anywhere in the policy; unknown ones list what there is."""
    assert sanitize.pipeline(mapping(), max_chars=3)("four").action is Action.BLOCK
    with pytest.raises(PolicyError, match="max_chars"):
        sanitize.pipeline(mapping(), max_chrs=3)
    with pytest.raises(PolicyError, match="max_chars"):
        sanitize.pipeline(mapping(), max_chars="many")


def test_overrides_reach_the_stages_inside_of_a_stage() -> None:
    """The strings of a record are held to the same bound as text."""
    pipe = sanitize.pipeline(max_chars=10, detector=Reader())
    found = [found.rule for found in pipe({"a": "x" * 9, "b": "y" * 3}).findings]
    assert found == ["record.too-long"]
    (strings,) = [stage.stage for stage in pipe.chains[Modality.RECORD] if "strings" in stage.name]
    assert strings.stages[0].options["max_chars"] == 10


def test_policies_are_frozen_and_survive_pickling() -> None:
    """A loaded policy cannot be edited behind a pipeline's back."""
    policy = load("default")
    with pytest.raises(ValueError, match="frozen"):
        policy.name = "other"
    assert pickle.loads(pickle.dumps(policy)) == policy


def test_fingerprint_follows_content_not_layout(tmp_path: Path) -> None:
    """Comments and order of keys change nothing; an option changes everything."""
    path = tmp_path / "p.yaml"
    data = mapping()
    path.write_text("# a comment\n" + sanitize.yamlfile.dump(data))
    assert load(path).fingerprint == load(data).fingerprint
    assert load(mapping(summary="x")).fingerprint != load(data).fingerprint
