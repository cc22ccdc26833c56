"""What a finding means, in words a person understands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from sanitize import yamlfile

if TYPE_CHECKING:
    from sanitize.policy import Policy
    from sanitize.types import Finding


@dataclass(frozen=True)
class Words:
    """Rule id → one sentence."""

    table: Mapping[str, str]

    @classmethod
    def of(cls, policy: Policy) -> Words:
        """The words for the package's own rules and for the policy's rule packs."""
        return cls({**built_in(), **_packs(policy)})

    def why(self, finding: Finding) -> str:
        """What was found; the rule's id spelt out where nobody wrote a sentence."""
        plain = finding.rule.rpartition(".")[2].replace("-", " ")
        return self.table.get(finding.rule, plain)


@lru_cache(maxsize=1)
def built_in() -> Mapping[str, str]:
    """The sentences for the rules that stages report from code."""
    text = files("sanitize.cli").joinpath("words.yaml").read_text("utf-8")
    table: dict[str, str] = yamlfile.parse(text, "words.yaml").data
    return table


def _packs(policy: Policy) -> dict[str, str]:
    from sanitize import rulepacks

    names = {str(name) for spec in policy.detectors for name in spec.options.get("packs", ())}
    return {rule.id: rule.why for name in sorted(names) for rule in rulepacks.load(name).rules}
