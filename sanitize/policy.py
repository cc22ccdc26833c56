"""The policy: which stages run, with which options, and what findings lead to.

This is the only place that decides. Stages report.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from sanitize import yamlfile
from sanitize.errors import PolicyError
from sanitize.types import Action, Finding, Modality, Severity

#: Policies that ship with the package, below rules/policies/.
PRESETS: tuple[str, ...] = ("default", "strict", "chat", "documents", "observe")

#: Findings that block whatever the table says, unless the policy only observes.
ALWAYS_BLOCK: frozenset[str] = frozenset(
    {
        "pipeline.no-chain",
        "pipeline.stage-failed",
        "sandbox.crash",
        "sandbox.decode-error",
        "sandbox.limit",
        "sandbox.timeout",
        "sandbox.violation",
    }
)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StageSpec(_Frozen):
    """A stage by name, with its options.

    In YAML: `text.size`, or `text.size: {max_chars: 4000, on_error: flag}`.
    """

    name: str
    options: dict[str, Any] = {}
    on_error: Literal["block", "flag"] = "block"

    @model_validator(mode="before")
    @classmethod
    def _from_yaml(cls, data: Any) -> Any:
        if isinstance(data, str):
            return {"name": data}
        if isinstance(data, dict) and len(data) == 1:
            ((name, options),) = data.items()
            options = dict(options or {})
            return {"name": name, "on_error": options.pop("on_error", "block"), "options": options}
        return data

    def override(self, changes: Mapping[str, Any], known: set[str]) -> StageSpec:
        """A copy with those changes that are options of this stage, or of stages inside it.

        Args:
            changes: option names and values.
            known: gets the names of all options that there are.
        """
        from sanitize import registry

        names = registry.option_names(registry.find(self.name))
        known.update(names)
        options = {**self.options, **{name: changes[name] for name in names if name in changes}}
        if "stages" in options:  # a stage made of stages, such as record.strings
            inner = (StageSpec.model_validate(item) for item in options["stages"])
            options["stages"] = [spec.override(changes, known).model_dump() for spec in inner]
        return self.model_copy(update={"options": options})


class ModalitySpec(_Frozen):
    """What one modality's values go through.

    Attributes:
        stages: validators, filters and encoders, in running order.
        max_bytes: larger values are refused before they are copied or decoded.
        verify: `detectors`, or `none` for values that carry no text.
    """

    stages: tuple[StageSpec, ...] = Field(min_length=1)
    max_bytes: int = Field(ge=1)
    verify: Literal["detectors", "none"] = "detectors"


class Limits(_Frozen):
    """Bounds on nesting, checked before anything is copied."""

    max_depth: int = Field(default=32, ge=1, le=200)
    max_items: int = Field(default=100_000, ge=1)


def _named(kind: type[Any], value: Any) -> Any:
    if isinstance(value, str) and value.upper() in kind.__members__:
        return kind[value.upper()]
    raise ValueError(f"expected one of {', '.join(name.lower() for name in kind.__members__)}")


class Decide(_Frozen):
    """Findings → action: the first rule glob that matches, or else the severity."""

    severities: dict[Severity, Action]
    rules: dict[str, Action] = {}

    @field_validator("severities", mode="before")
    @classmethod
    def _severities(cls, data: Any) -> Any:
        table = {_named(Severity, key): _named(Action, item) for key, item in dict(data).items()}
        missing = [level.name.lower() for level in Severity if level not in table]
        if missing:
            raise ValueError(f"expected an action for severity {missing[0]}")
        return table

    @field_validator("rules", mode="before")
    @classmethod
    def _rules(cls, data: Any) -> Any:
        return {str(glob): _named(Action, item) for glob, item in dict(data or {}).items()}

    def action(self, finding: Finding) -> Action:
        """What one finding leads to."""
        if finding.rule in ALWAYS_BLOCK:
            return Action.BLOCK
        for glob, action in self.rules.items():
            if fnmatchcase(finding.rule, glob):
                return action
        return self.severities[finding.severity]


class Policy(_Frozen):
    """A whole policy; see `rules/policies/default.yaml` for one with comments.

    Attributes:
        enforce: False only observes: nothing is blocked or changed, all is reported.
    """

    version: Literal[1]
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    summary: str = ""
    enforce: bool = True
    limits: Limits = Limits()
    modalities: dict[Modality, ModalitySpec] = Field(min_length=1)
    detectors: tuple[StageSpec, ...] = ()
    decide: Decide

    def action(self, findings: Iterable[Finding]) -> Action:
        """The action for all findings of one value: the gravest counts."""
        worst = max((self.decide.action(finding) for finding in findings), default=Action.ALLOW)
        return worst if self.enforce else min(worst, Action.FLAG)

    @property
    def max_bytes(self) -> int:
        """The largest value that any modality takes."""
        return max(spec.max_bytes for spec in self.modalities.values())

    @property
    def fingerprint(self) -> str:
        """sha256 of the policy's content, independent of its file's layout."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def override(self, options: Mapping[str, Any]) -> Policy:
        """A copy in which every stage that has an option of that name gets the value.

        Raises:
            PolicyError: no stage of this policy has such an option.
        """
        known: set[str] = set()

        def changed(spec: StageSpec) -> StageSpec:
            return spec.override(options, known)

        modalities = {
            modality: spec.model_copy(update={"stages": tuple(map(changed, spec.stages))})
            for modality, spec in self.modalities.items()
        }
        detectors = tuple(map(changed, self.detectors))
        unknown = sorted(options.keys() - known)
        if unknown:
            raise PolicyError(
                f"override {unknown[0]!r}: expected an option of one of the stages of policy "
                f"{self.name!r}: {', '.join(sorted(known))}"
            )
        return self.model_copy(update={"modalities": modalities, "detectors": detectors})


def load(source: str | os.PathLike[str] | Mapping[str, Any] | Policy) -> Policy:
    """A policy from a preset's name, a YAML file, or a mapping of the same form.

    Raises:
        PolicyError: unknown name, unreadable file, or content that does not fit.
    """
    if isinstance(source, Policy):
        return source
    if isinstance(source, Mapping):
        return yamlfile.parse(yamlfile.dump(source), "policy").parse(Policy)
    if isinstance(source, str) and source in PRESETS:
        return yamlfile.shipped("policies", f"{source}.yaml").parse(Policy)
    if isinstance(source, os.PathLike) or str(source).endswith((".yaml", ".yml")):
        return yamlfile.read(Path(source)).parse(Policy)
    raise PolicyError(
        f"policy: expected one of {', '.join(PRESETS)}, a path ending in .yaml, a mapping or a "
        f"Policy, received {type(source).__name__} {str(source)[:40]!r}"
    )
