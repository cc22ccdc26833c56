"""Names stand for stages; third parties come in by entry point, and only when named."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from sanitize import PolicyError, registry
from sanitize.stage import Stage

#: Options that a stage cannot be built without.
NEEDED = {
    "detectors.rules": {"packs": ["text/injection"]},
    "detectors.huggingface": None,  # needs torch and a model; see tests/detectors
    "record.arrays": {"schema": {"fields": {"a": {"type": "int"}}}},
    "record.fields": {"schema": {"fields": {"a": {"type": "int"}}}},
    "text.presidio": None,  # needs the extra `pii`; see tests/text/test_presidio.py
    "record.strings": {"stages": ["text.size"]},
}


@pytest.mark.parametrize("name", sorted(registry.STAGES))
def test_every_listed_stage_exists_under_its_name(name: str) -> None:
    """The table has no dead entries, and no class goes by another name."""
    found = registry.find(name)
    assert found.name == name
    options = NEEDED.get(name, {})
    if options is not None:
        assert isinstance(registry.build(name, options), Stage)


def test_near_misses_are_suggested() -> None:
    """A typing mistake gets the right name."""
    with pytest.raises(PolicyError, match=r"did you mean 'text\.size'"):
        registry.find("text.sise")


PACKAGE = """
    from dataclasses import dataclass
    from typing import ClassVar
    from sanitize import Finding, Kind, Severity, per_sample

    @dataclass(frozen=True, kw_only=True)
    class Shout:
        name: ClassVar[str] = "acme.shout"
        kind: ClassVar[Kind] = Kind.VALIDATOR
        allowed: int = 3

        @per_sample
        def __call__(self, sample, context):
            marks = sample.value.count("!")
            if marks <= self.allowed:
                return sample
            return sample.report(Finding("acme.shouting", Severity.HIGH, 1.0))
"""

POLICY = """
    version: 1
    name: acme
    modalities:
      text: {max_bytes: 1000, verify: none, stages: [acme.shout: {allowed: 1}]}
    decide:
      severities: {low: allow, medium: flag, high: block, critical: block}
"""

PROGRAM = """
    import sys
    import sanitize
    sanitize.pipeline(%(first)r)("hello!!!!")
    assert "acme_stages" not in sys.modules, "loaded although no policy named it"
    verdict = sanitize.pipeline("acme.yaml")("hello!!!!")
    assert "acme_stages" in sys.modules
    print(verdict.action.name, verdict.findings[0].rule)
"""

FIRST = {
    "version": 1,
    "name": "first",
    "modalities": {"text": {"max_bytes": 1000, "verify": "none", "stages": ["text.size"]}},
    "decide": {
        "severities": {"low": "allow", "medium": "flag", "high": "block", "critical": "block"}
    },
}


def test_third_party_stages_are_loaded_only_if_named(tmp_path: Path) -> None:
    """A real installed distribution with an entry point, in a real process."""
    (tmp_path / "acme_stages.py").write_text(textwrap.dedent(PACKAGE))
    info = tmp_path / "acme_stages-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-stages\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[sanitize.stages]\nacme.shout = acme_stages:Shout\n")
    (tmp_path / "acme.yaml").write_text(textwrap.dedent(POLICY))
    program = textwrap.dedent(PROGRAM) % {"first": FIRST}
    result = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{program}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stdout.split() == ["BLOCK", "acme.shouting"], result.stderr


def test_a_stage_s_own_words_are_not_wrapped() -> None:
    with pytest.raises(PolicyError) as raised:
        registry.build("audio.decode", {"rate": 5})
    assert str(raised.value) == "stage 'audio.decode': rate: expected 1000..192000 Hz, received 5"
