"""Rule packs: patterns as data, with examples that prove them.

A pack is a YAML file below `sanitize.rules`, or a file of the application's
own. Every rule says why it exists, what it must match, and which near misses
it must not.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from sanitize import yamlfile
from sanitize.checksums import CHECKS
from sanitize.errors import PolicyError
from sanitize.types import Severity


class Rule(BaseModel):
    """One rule.

    Attributes:
        id: stable, documented, never reused.
        severity: low, medium, high or critical: how bad if true.
        confidence: 0..1: how sure a match is.
        why: one sentence for the person who reads the finding.
        patterns: RE2 syntax, matched without regard to case; any of them is a match.
        match: examples that must match.
        near_miss: harmless examples, as close as can be, that must not.
        check: a named test that what matched must pass as well (`sanitize.checksums`).
        label: what a mask writes in its place, such as EMAIL; the end of the id if None.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9]+(\.[a-z0-9-]+)+$")
    severity: Severity
    confidence: float = Field(ge=0.0, le=1.0)
    why: str = Field(min_length=10)
    patterns: tuple[str, ...] = Field(min_length=1)
    match: tuple[str, ...] = Field(min_length=1)
    near_miss: tuple[str, ...] = Field(min_length=1)
    check: str | None = None
    label: str | None = Field(default=None, pattern=r"^[A-Z][A-Z0-9-]{1,30}$")

    @property
    def mask(self) -> str:
        """What stands in the place of a match."""
        return f"[{self.label or self.id.rpartition('.')[2].upper()}]"

    @field_validator("check")
    @classmethod
    def _check(cls, name: str | None) -> str | None:
        if name is not None and name not in CHECKS:
            raise ValueError(f"expected one of {', '.join(sorted(CHECKS))}")
        return name

    @field_validator("severity", mode="before")
    @classmethod
    def _severity(cls, data: Any) -> Any:
        names = Severity.__members__
        if isinstance(data, str) and data.upper() in names:
            return names[data.upper()]
        raise ValueError(f"expected one of {', '.join(name.lower() for name in names)}")


class RulePack(BaseModel):
    """A file of rules.

    Attributes:
        version: of the file format.
        name: where it ships, such as `text/injection`.
        summary: one line.
        rules: in the order of the file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1]
    name: str
    summary: str
    rules: tuple[Rule, ...] = Field(min_length=1)

    @field_validator("rules")
    @classmethod
    def _unique(cls, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
        names = [rule.id for rule in rules]
        twice = [name for name in names if names.count(name) > 1]
        if twice:
            raise ValueError(f"expected unique ids, received {twice[0]!r} twice")
        return rules


@lru_cache(maxsize=32)
def load(name: str) -> RulePack:
    """A pack by its shipped name (`text/injection`) or a path ending in .yaml.

    Raises:
        PolicyError: no such pack, or it does not fit the form.
    """
    if name.endswith((".yaml", ".yml")):
        return yamlfile.read(Path(name)).parse(RulePack)
    try:
        return yamlfile.shipped(*f"{name}.yaml".split("/")).parse(RulePack)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, ValueError) as error:
        if isinstance(error, PolicyError):
            raise
        raise PolicyError(
            f"rule pack: expected a shipped name such as text/injection, or a path ending in "
            f".yaml; received {name[:80]!r}"
        ) from None
