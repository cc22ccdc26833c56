"""What `sanitize doctor` says of published holes and of graphics processors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from packaging.version import InvalidVersion, Version

from sanitize.advisories import table
from sanitize.advisories.table import Advisory
from sanitize.cli.check_state import Check, State


def advisories(dump: Path | None = None, today: date | None = None) -> Iterator[Check]:
    """Each watched package, and how old the answer is.

    Args:
        dump: a zip of OSV advisories that is asked as well, for every installed package.
        today: the day that the table's age counts from; today's if None.

    Raises:
        PolicyError: the zip is none.
    """
    known = table.shipped()
    versions = table.installed(known.watched)
    found = list(table.open_holes(versions, known.advisories))
    if dump is not None:
        from sanitize.advisories import osv

        every = table.everything()
        found += table.open_holes(every, osv.read(dump, every))
        versions = {**versions, **{name: version for name, version, _ in found}}
    for name, version in sorted(versions.items()):
        yield _package(name, version, [hole for owner, _, hole in found if owner == name])
    yield _age(known.age(today or date.today()), known.dated)


def _package(name: str, version: str, holes: Iterable[Advisory]) -> Check:
    distinct = {hole.id: hole for hole in holes}
    label = f"advisories/{name}"
    if not distinct:
        return Check(label, State.OK, f"{version}: no known hole")
    words = "; ".join(
        f"{hole.id}: {hole.summary} ({_mended(hole, version)})" for hole in distinct.values()
    )
    mendable = any(_fix(hole, version) for hole in distinct.values())
    return Check(label, State.FAILED if mendable else State.NOTE, f"{version}: {words}")


def _fix(hole: Advisory, version: str) -> str | None:
    try:
        return hole.mended(Version(version))
    except InvalidVersion:
        return "another version"


def _mended(hole: Advisory, version: str) -> str:
    fixed = _fix(hole, version)
    return f"fixed in {fixed}" if fixed else "no release fixes it"


def _age(days: int, dated: date) -> Check:
    words = f"of {dated.isoformat()}, {days} days old"
    if days > table.FRESH_DAYS:
        newer = "upgrade keras-sanitize, or ask a newer dump: sanitize doctor --osv-zip FILE"
        return Check("advisories", State.NOTE, f"{words}; {newer}")
    return Check("advisories", State.OK, words)


def graphics() -> Iterator[Check]:
    """Read-only facts about NVIDIA processors, where their library is."""
    try:
        import pynvml
    except ImportError:
        detail = "not looked at; pip install 'keras-sanitize[gpu]' to read NVIDIA's facts"
        yield Check("gpu", State.NOTE, detail)
        return
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as error:
        yield Check("gpu", State.NOTE, f"none found: {type(error).__name__}")
        return
    try:
        for index in range(pynvml.nvmlDeviceGetCount()):
            yield _device(pynvml, index)
    finally:
        pynvml.nvmlShutdown()


#: What tenants of one processor should know: is it split, does its memory mend itself, who may
#: use it.
_FACTS = {
    "MIG": "nvmlDeviceGetMigMode",
    "ECC": "nvmlDeviceGetEccMode",
    "compute mode": "nvmlDeviceGetComputeMode",
}


def _device(pynvml: object, index: int) -> Check:
    read = pynvml.nvmlDeviceGetHandleByIndex  # type: ignore[attr-defined]
    handle = read(index)
    name = pynvml.nvmlDeviceGetName(handle)  # type: ignore[attr-defined]
    facts = [f"{word} {_fact(pynvml, function, handle)}" for word, function in _FACTS.items()]
    return Check(f"gpu/{index}", State.OK, f"{name}: {', '.join(facts)}")


def _fact(pynvml: object, function: str, handle: object) -> str:
    try:
        value = getattr(pynvml, function)(handle)
    except pynvml.NVMLError as error:  # type: ignore[attr-defined]
        return f"not told ({type(error).__name__})"
    if function == "nvmlDeviceGetComputeMode":
        modes = ("default", "exclusive thread", "prohibited", "exclusive process")
        return modes[value] if value < len(modes) else str(value)
    return "on" if value[0] else "off"
