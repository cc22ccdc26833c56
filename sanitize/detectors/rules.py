"""The rules detector: known phrases, in time linear in the text's length."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

from sanitize import rulepacks
from sanitize.detectors.base import cover, readings
from sanitize.errors import PolicyError
from sanitize.rulepacks import Rule
from sanitize.stage import per_sample
from sanitize.types import Context, Coverage, Finding, Kind, Sample, Text

#: Memory for RE2's automaton, in bytes. RE2 gives up on a set that outgrows it; see `_Matcher`.
MAX_MEMORY = 64 << 20


@dataclass(frozen=True, kw_only=True)
class RulesDetector:
    """Reports every rule of its packs that matches one of the texts.

    Attributes:
        packs: shipped names such as `text/injection`, or paths to YAML files.

    Raises:
        PolicyError: a pack is missing, malformed, or a pattern is not RE2 syntax.
    """

    name: ClassVar[str] = "detectors.rules"
    kind: ClassVar[Kind] = Kind.DETECTOR

    packs: tuple[str, ...]

    def __post_init__(self) -> None:
        _matcher(self.packs)

    @property
    def fingerprint(self) -> str:
        """sha256 of the packs' content."""
        contents = "".join(rulepacks.load(pack).model_dump_json() for pack in self.packs)
        return hashlib.sha256(contents.encode()).hexdigest()

    @per_sample
    def __call__(self, sample: Sample, context: Context) -> Sample:
        """Match the rules against the value and all texts met on the way."""
        matcher = _matcher(self.packs)
        texts = readings(sample)
        findings = [finding for text in texts for finding in matcher.findings(text)]
        length = sum(len(text.content) for text in texts)
        return cover(sample.report(*findings), Coverage(length, length))


@lru_cache(maxsize=8)
def _matcher(packs: tuple[str, ...]) -> _Matcher:
    return _Matcher([rule for pack in packs for rule in rulepacks.load(pack).rules])


class _Matcher:
    """All patterns as one RE2 set, and each alone for the span of its match.

    RE2 reports no error when a set runs out of memory: it just matches
    nothing. So the set holds one pattern more, which matches any text; where
    even that is missing from the answer, every pattern is tried alone.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.patterns = [(rule, _compile(rule, text)) for rule in rules for text in rule.patterns]
        self.set = _set([text for rule in rules for text in rule.patterns])
        self.everything = len(self.patterns)

    def findings(self, text: Text) -> list[Finding]:
        found: dict[str, Finding] = {}
        for index in self._matching(text.content):
            rule, pattern = self.patterns[index]
            match = pattern.search(text.content)
            if match and rule.id not in found:
                span = match.span()
                found[rule.id] = Finding(
                    rule.id, rule.severity, rule.confidence, text.origin, (span[0], span[1])
                )
        return list(found.values())

    def _matching(self, content: str) -> list[int]:
        matching = self.set.Match(content)
        if self.everything not in matching:
            return list(range(self.everything))
        return sorted(index for index in matching if index != self.everything)


def _options() -> Any:
    import re2

    options = re2.Options()
    options.case_sensitive = False
    options.max_mem = MAX_MEMORY
    options.log_errors = False  # RE2 would print the pattern to stderr
    return options


def _compile(rule: Rule, text: str) -> Any:
    import re2

    try:
        return re2.compile(text, _options())
    except re2.error as error:
        raise PolicyError(f"rule {rule.id}: expected RE2 syntax; {str(error)[:80]}") from None


def _set(patterns: Sequence[str]) -> Any:
    import re2

    found = re2.Set.SearchSet(_options())
    for pattern in (*patterns, ""):
        found.Add(pattern)
    found.Compile()
    return found
