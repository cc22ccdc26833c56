"""What a row teaches: the injection label, and the kind of attack where its source names one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

import yaml

from benchmarks.training.rows import Row
from sanitize.training.example import Targets
from sanitize.training.folder import LABELS

TABLE = Path(__file__).with_name("kinds.yaml")

#: Not said: leaves a label out of the loss.
UNKNOWN = math.nan

#: Of a harmless row: none of the labels.
HARMLESS: Targets = (0.0,) * len(LABELS)


@lru_cache(maxsize=1)
def table() -> Mapping[str, str]:
    """Glob → kind, in the order of the file."""
    loaded: dict[str, str] = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return loaded


def kind_of(row: Row) -> str | None:
    """The kind of an attack, if its source names one that the table knows."""
    place = f"{row.file}:{row.kind}"
    return next((kind for glob, kind in table().items() if fnmatchcase(place, glob)), None)


def targets(row: Row) -> Targets:
    """1, 0 or unknown for each label, in their order.

    A planted order may override or extract as well, so nothing is said of that; an attack of
    another kind comes from the user, so it is not planted.
    """
    if not row.label:
        return HARMLESS
    kind = kind_of(row)
    if kind is None:
        return (1.0, *(UNKNOWN,) * (len(LABELS) - 1))
    others = UNKNOWN if kind == "planted" else 0.0
    return (1.0, *(1.0 if label == kind else others for label in LABELS[1:]))
