"""Labelled rows: JSON lines, read strictly."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from sanitize.errors import RowsError

#: Bytes of one line: the largest text of any preset, and room for its escapes.
MAX_LINE = 64 << 20


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled text.

    Attributes:
        text: what somebody sent.
        label: True for an attack.
        kind: what sort of row it is, if said.
        lang: its language, if said.
        source: where it comes from, if said.
        pair: rows of one pair belong together, if said.
    """

    text: str
    label: bool
    kind: str = ""
    lang: str = ""
    source: str = ""
    pair: str = ""


def read(path: str | os.PathLike[str]) -> list[Row]:
    """The rows of a file: one JSON object a line, with `text` and `label` (0 or 1); `.gz` too.

    Raises:
        RowsError: the file cannot be read, a line is no row, or there are none; it names the line.
    """
    place = Path(path)
    try:
        with _opened(place) as file:
            rows = list(_rows(place.name, file))
    except (OSError, EOFError) as error:
        raise RowsError(f"{place.name}: expected a readable file; {type(error).__name__}") from None
    if not rows:
        raise RowsError(f"{place.name}: expected rows, received none")
    return rows


def _opened(path: Path) -> IO[bytes]:
    file: Any = gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")  # noqa: SIM115
    opened: IO[bytes] = file
    return opened


def _rows(name: str, file: IO[bytes]) -> Iterator[Row]:
    number = 0
    while line := file.readline(MAX_LINE + 1):
        number += 1
        if len(line) > MAX_LINE:
            raise RowsError(f"{name}:{number}: expected at most {MAX_LINE:,} bytes in a line")
        if line.strip():
            yield _row(f"{name}:{number}", line)


def _row(place: str, line: bytes) -> Row:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        raise RowsError(f"{place}: expected a JSON object, received something else") from None
    if not isinstance(data, dict):
        raise RowsError(f"{place}: expected a JSON object, received {type(data).__name__}")
    text, label = data.get("text"), data.get("label")
    if not isinstance(text, str):
        raise RowsError(f"{place}: text: expected a string, received {type(text).__name__}")
    if label not in (0, 1):
        raise RowsError(f"{place}: label: expected 0 or 1, received {type(label).__name__}")
    facts = {key: str(data.get(key) or "")[:80] for key in ("kind", "lang", "source", "pair")}
    return Row(text, bool(label), **facts)
