"""`sanitize check --schema`: records from files, against the fields they must have."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command import sanitize

SCHEMA = """\
fields:
  age: {type: int, low: 0, high: 130}
  plan: {type: str, categories: [gold, blue]}
"""


@pytest.fixture
def schema(tmp_path: Path) -> str:
    path = tmp_path / "schema.yaml"
    path.write_text(SCHEMA, "utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("row.json", '{"age": 41, "plan": "gold"}', None),
        ("rows.csv", "age,plan\n41,gold\n7,blue\n", None),
        ("row.json", '{"age": 141, "plan": "gold"}', "record.out-of-range"),
        ("rows.CSV", "age,plan\n41,gold\n141,blue\n", "record.out-of-range"),
        ("row.json", '{"age": 41, "plan": "gold", "admin": 1}', "record.unknown-field"),
        ("row.json", "age,plan\n41,gold\n", "record.malformed"),
    ],
)
def test_a_file_is_checked_against_the_fields(
    schema: str, tmp_path: Path, name: str, content: str, rule: str | None
) -> None:
    path = tmp_path / name
    path.write_text(content, "utf-8")
    done = sanitize("check", "--json", "--schema", schema, str(path))
    found = [each["rule"] for each in json.loads(done.stdout)["findings"]]
    assert (done.returncode, rule in found) == ((0, False) if rule is None else (1, True))


@pytest.mark.parametrize(
    "options",
    [["--schema", "/nowhere.yaml"], ["--schema", "SCHEMA", "--modality", "text"]],
    ids=["no such file", "text is no record"],
)
def test_what_cannot_be_meant_is_an_error(schema: str, options: list[str]) -> None:
    given = [schema if each == "SCHEMA" else each for each in options]
    done = sanitize("check", "--text", "{}", *given)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr + done.stdout
