"""Labelled rows: read strictly, and every complaint names the line."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from sanitize import RowsError
from sanitize.evaluation.rows import Row, read


def test_rows_are_read_with_what_is_said_of_them(tmp_path: Path) -> None:
    """Plain and gzipped; blank lines do not count."""
    line = json.dumps({"text": "é", "label": 1, "kind": "planted", "lang": "fr", "more": [1]})
    plain, packed = tmp_path / "a.jsonl", tmp_path / "a.jsonl.gz"
    plain.write_text(f"{line}\n\n", "utf-8")
    packed.write_bytes(gzip.compress(line.encode()))
    assert read(plain) == read(packed) == [Row("é", True, "planted", "fr")]


BROKEN = [
    ("no JSON", b"{", "2: expected a JSON object"),
    ("a list", b"[]", "2: expected a JSON object, received list"),
    ("no text", b'{"label": 1}', "2: text: expected a string"),
    ("no label", b'{"text": "x"}', "2: label: expected 0 or 1"),
    ("another label", b'{"text": "x", "label": 2}', "2: label"),
    ("no UTF-8", b"\xff", "2: expected a JSON object"),
    ("deep", b"[" * 100_000, "2: expected a JSON object"),
]


@pytest.mark.parametrize(("title", "line", "message"), BROKEN, ids=[row[0] for row in BROKEN])
def test_a_line_that_is_no_row_is_named(
    title: str, line: bytes, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"text": "secret words", "label": 0}\n' + line)
    with pytest.raises(RowsError, match=message) as caught:
        read(path)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"\n\n"])
def test_no_rows_are_an_error(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_bytes(content)
    with pytest.raises(RowsError, match="received none"):
        read(tmp_path / "x.jsonl")


def test_missing_and_damaged_files_are_errors(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl.gz").write_bytes(b"\x1f\x8b no")
    for name in ("missing.jsonl", "x.jsonl.gz"):
        with pytest.raises(RowsError, match="expected a readable file"):
            read(tmp_path / name)
