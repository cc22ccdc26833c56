"""The shipped table of advisories, and whether a version is affected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from importlib import metadata

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version
from pydantic import BaseModel, ConfigDict, Field, model_validator

from sanitize import yamlfile

#: Days after which the table counts as stale: three months, as long as a report stays private.
FRESH_DAYS = 90

#: Distributions that are another build of a package, with the same versions and the same holes.
BUILDS: Mapping[str, str] = {"tensorflow-cpu": "tensorflow", "tensorflow-gpu": "tensorflow"}


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Range(_Frozen):
    """One branch, as in the OSV schema: from `introduced` on, until `fixed` or `last_affected`.

    Attributes:
        introduced: the first affected version; `0` is before all others.
        fixed: the first version that is not affected any more.
        last_affected: the last affected version, where no fixed one is known.
    """

    introduced: str
    fixed: str | None = None
    last_affected: str | None = None

    @model_validator(mode="after")
    def _versions(self) -> Range:
        if self.fixed is not None and self.last_affected is not None:
            raise ValueError("expected fixed or last_affected, received both")
        for text in filter(None, (self.introduced, self.fixed, self.last_affected)):
            Version(text)
        return self

    def __contains__(self, version: Version) -> bool:
        if version < Version(self.introduced):
            return False
        if self.fixed is not None:
            return version < Version(self.fixed)
        return self.last_affected is None or version <= Version(self.last_affected)


class Advisory(_Frozen):
    """One published hole.

    Attributes:
        id: CVE, GHSA or PYSEC number.
        package: canonical name (PEP 503), or that of a bundled library.
        summary: what it lets an attacker do, in a few words.
        source: where this was read.
        ranges: the affected branches.
    """

    id: str
    package: str
    summary: str
    source: str
    ranges: tuple[Range, ...] = Field(min_length=1)

    def affects(self, version: Version) -> bool:
        """Is this version in one of the branches?"""
        return any(version in branch for branch in self.ranges)

    def mended(self, version: Version) -> str | None:
        """The first version that closes the hole in this version's branch, if there is one."""
        fixes = (branch.fixed for branch in self.ranges if version in branch)
        return next(filter(None, fixes), None)


class Table(_Frozen):
    """Advisories as of a day."""

    version: int = Field(ge=1, le=1)
    dated: date
    watched: tuple[str, ...]
    advisories: tuple[Advisory, ...]

    def age(self, today: date) -> int:
        """Days since the table was made."""
        return (today - self.dated).days


@lru_cache(maxsize=1)
def shipped() -> Table:
    """The table that ships with the package, rules/advisories/advisories.yaml."""
    return yamlfile.shipped("advisories", "advisories.yaml").parse(Table)


def installed(names: Iterable[str]) -> dict[str, str]:
    """Name → version of those that are installed; libsndfile counts by its own version."""
    found = {}
    for name in names:
        version = _libsndfile() if name == "libsndfile" else _distribution(name)
        if version is not None:
            found[name] = version
    return found


def everything() -> dict[str, str]:
    """Canonical name → version of every installed distribution, and of libsndfile."""
    found = {
        str(canonicalize_name(each.metadata["Name"])): each.version
        for each in metadata.distributions()
        if each.metadata["Name"]
    }
    return {**found, **installed(["libsndfile"])}


def _distribution(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _libsndfile() -> str | None:
    try:
        import soundfile
    except (ImportError, OSError):
        return None
    version: str = soundfile.__libsndfile_version__
    return version


def open_holes(
    versions: Mapping[str, str], advisories: Iterable[Advisory]
) -> Iterator[tuple[str, str, Advisory]]:
    """Package, version and advisory for everything that is affected.

    A version that PEP 440 cannot read is compared with nothing, so it counts as affected.
    """
    known, seen = defaultdict[str, list[tuple[str, str]]](list), set()
    for name, text in versions.items():
        for code in _codes(name):
            known[code].append((name, text))
    for advisory in advisories:
        for name, text in known.get(canonicalize_name(advisory.package), ()):
            if (name, advisory.id) not in seen and _affected(advisory, text):
                seen.add((name, advisory.id))
                yield name, text, advisory


def _codes(name: str) -> set[str]:
    """Canonical names of a package and of what it is another build of."""
    canonical = str(canonicalize_name(name))
    return {canonical, BUILDS.get(canonical, canonical)}


def _affected(advisory: Advisory, text: str) -> bool:
    try:
        return advisory.affects(Version(text))
    except InvalidVersion:
        return True
