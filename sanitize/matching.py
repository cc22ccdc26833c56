"""Matching rule packs against text, in time linear in its length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from sanitize import rulepacks
from sanitize.checksums import CHECKS
from sanitize.errors import PolicyError
from sanitize.rulepacks import Rule

#: Memory for RE2's automaton, in bytes. RE2 gives up on a set that outgrows it; see `Matcher`.
MAX_MEMORY = 64 << 20

Span = tuple[int, int]


@lru_cache(maxsize=8)
def matcher(packs: tuple[str, ...]) -> Matcher:
    """The matcher for the rules of some packs.

    Raises:
        PolicyError: a pack is missing, malformed, or a pattern is not RE2 syntax.
    """
    return Matcher([rule for pack in packs for rule in rulepacks.load(pack).rules])


class Matcher:
    """All patterns as one RE2 set, and each alone for the span of its match.

    RE2 reports no error when a set runs out of memory: it just matches
    nothing. So the set holds one pattern more, which matches any text; where
    even that is missing from the answer, every pattern is tried alone.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.patterns = [(rule, text) for rule in rules for text in rule.patterns]
        self.set = _set(self.patterns)
        self.everything = len(self.patterns)

    def first(self, content: str) -> Iterator[tuple[Rule, Span]]:
        """Each rule that matches, once, with the span of its first match."""
        seen = set()
        for rule, span in self.every(content):
            if rule.id not in seen:
                seen.add(rule.id)
                yield rule, span

    def every(self, content: str) -> Iterator[tuple[Rule, Span]]:
        """All matches of all rules that pass their checks: a rule, and start and end.

        Of a pattern with a group, the group is what was matched.
        """
        for index in self._matching(content):
            rule, text = self.patterns[index]
            pattern = compiled(text)
            check = CHECKS.get(rule.check or "")
            group = min(pattern.groups, 1)
            for match in pattern.finditer(content):
                if check is None or check(match.group(group)):
                    start, end = match.span(group)
                    yield rule, (start, end)

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


@lru_cache(maxsize=512)
def compiled(text: str) -> Any:
    """One pattern alone; made when it first matches, since most never do.

    Raises:
        re2.error: it is not RE2 syntax.
    """
    import re2

    return re2.compile(text, _options())


def _set(patterns: Sequence[tuple[Rule, str]]) -> Any:
    """The set of all patterns, and of one that matches any text.

    Raises:
        PolicyError: one is not RE2 syntax.
    """
    import re2

    found = re2.Set.SearchSet(_options())
    for rule, text in patterns:
        try:
            found.Add(text)
        except re2.error:
            raise PolicyError(f"rule {rule.id}: expected RE2 syntax; {_fault(text)[:80]}") from None
    found.Add("")
    found.Compile()
    return found


def _fault(text: str) -> str:
    """What RE2 says of a pattern alone; a set says only that it could not take it."""
    import re2

    try:
        compiled(text)
    except re2.error as error:
        (said,) = error.args
        return said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    return "too much for a set"
