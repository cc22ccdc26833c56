"""JSON and CSV into records: strictly, in bounds, and with nothing read two ways."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any, NoReturn

from sanitize.reading import critical
from sanitize.types import Finding

#: Characters of one CSV field.
MAX_FIELD = 1_000_000

#: Media types that are tables; everything else that is wanted as a record is JSON.
TABLES = frozenset({"text/csv", "application/csv"})

#: Digits of the longest number: Python itself refuses more than 4,300 (CVE-2020-10735).
MAX_DIGITS = 400


class _Refused(ValueError):
    """Why a text is no record; its words name a rule's detail."""


def parse(text: str, media_type: str | None, max_items: int) -> Any | Finding:
    """The records in a text, or the finding that says why there are none.

    Args:
        text: JSON, or CSV with a header line.
        media_type: as declared; `text/csv` makes it a table.
        max_items: most rows of a table.
    """
    try:
        if media_type in TABLES:
            return list(_table(text, max_items))
        return json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_constant,
            parse_int=_integer,
        )
    except _Refused as problem:
        return critical("record.malformed", reason=str(problem))
    except (ValueError, RecursionError, csv.Error) as error:
        kind = "csv" if media_type in TABLES else "json"
        return critical("record.malformed", reason=f"no {kind}: {type(error).__name__}")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Refused("a key twice")
    return found


def _constant(name: str) -> NoReturn:
    """NaN, Infinity and -Infinity are Python's idea, not JSON's (RFC 8259, 6)."""
    raise _Refused("a number that is none")


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise _Refused("a number too long")
    return int(digits)


def _table(text: str, max_items: int) -> Iterator[dict[str, str | int | float]]:
    csv.field_size_limit(MAX_FIELD)
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    header = next(lines, None)
    if not header or not all(header):
        raise _Refused("no header")
    if len(set(header)) != len(header):
        raise _Refused("a column twice")
    for number, line in enumerate(lines):
        if number >= max_items:
            raise _Refused("too many rows")
        if len(line) != len(header):
            raise _Refused("a row of another length than the header")
        yield dict(zip(header, map(_value, line), strict=True))


def _value(text: str) -> str | int | float:
    """A number if it is written like one in JSON, or else the string that it is."""
    plain = text.strip()
    body = plain.removeprefix("-")
    if not body[:1].isdigit() or len(plain) > MAX_DIGITS or not plain.isascii():
        return text
    try:
        number = json.loads(plain)
    except ValueError:
        return text
    return number if type(number) in (int, float) else text
