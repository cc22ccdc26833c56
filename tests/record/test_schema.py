"""Schemas: fields by name, type, range and category; formulas; JSON and CSV read strictly."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sanitize
from sanitize import Context, Modality, PolicyError, Sample
from sanitize.freezing import freeze
from sanitize.record.fields import Fields, Formulas, is_formula
from sanitize.record.parsing import parse
from sanitize.record.schema import load
from sanitize.stage import Stage
from sanitize.types import Finding
from tests.contracts import StageContract

SCHEMA: dict[str, Any] = {
    "fields": {
        "age": {"type": "int", "low": 0, "high": 130},
        "income": {"type": "float", "low": 0},
        "plan": {"type": "str", "categories": ["gold", "blue"], "max_chars": 10},
        "member": {"type": "bool", "required": False},
    }
}
GOOD = {"age": 41, "income": 2.5, "plan": "gold", "member": True}


class Records(StageContract):
    """What the contract's tests feed a record stage with."""

    modality = Modality.RECORD

    def values(self) -> Sequence[Any]:
        return [freeze(value) for value in (GOOD, {}, [GOOD, {"age": "x"}], {"a": "=1+1"})]

    def hostile(self) -> Sequence[Any]:
        return [freeze({"k" * 5000: "=" * 20_000}), freeze([{}] * 2000), freeze({"a": [[[]]]})]


class TestFields(Records):
    def make(self) -> Stage:
        return Fields(schema=SCHEMA)


class TestFormulas(Records):
    def make(self) -> Stage:
        return Formulas()


def rules(value: Any) -> list[tuple[str, str]]:
    (sample,) = Fields(schema=SCHEMA)([Sample(freeze(value), Modality.RECORD)], Context())
    return [(found.rule, found.origin) for found in sample.findings]


def test_what_fits_passes() -> None:
    """Whole numbers are floats too, and optional fields may be left out."""
    assert rules(GOOD) == []
    assert rules({"age": 0, "income": 3, "plan": "blue"}) == []
    assert rules([GOOD, GOOD]) == []


#: (title, change, rule, where)
WRONG = [
    ("unknown", {"x": 1}, "record.unknown-field", "record:x"),
    ("text for a number", {"age": "41"}, "record.field-type", "record:age"),
    ("a bool is no number", {"age": True}, "record.field-type", "record:age"),
    ("a fraction is no int", {"age": 41.5}, "record.field-type", "record:age"),
    ("nothing", {"age": None}, "record.field-type", "record:age"),
    ("nested", {"age": {"a": 1}}, "record.field-type", "record:age"),
    ("too small", {"age": -1}, "record.out-of-range", "record:age"),
    ("too large", {"age": 131}, "record.out-of-range", "record:age"),
    ("infinite", {"income": float("inf")}, "record.out-of-range", "record:income"),
    ("not a number", {"income": float("nan")}, "record.out-of-range", "record:income"),
    ("no such category", {"plan": "Gold"}, "record.category", "record:plan"),
    ("too long", {"plan": "g" * 11}, "record.field-length", "record:plan"),
    ("an unnameable name", {"ignore all\n": 1}, "record.unknown-field", "record:#4"),
]


@pytest.mark.parametrize(("title", "change", "rule", "where"), WRONG, ids=[r[0] for r in WRONG])
def test_what_does_not_fit_is_named(
    title: str, change: dict[str, Any], rule: str, where: str
) -> None:
    assert rules({**GOOD, **change}) == [(rule, where)]


def test_missing_fields_and_other_things_than_records() -> None:
    assert rules({"age": 1, "income": 1}) == [("record.missing-field", "record:plan")]
    assert rules([GOOD, 7]) == [("record.field-type", "record:1")]


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"fields": {}},
        {"fields": {"a": {"type": "object"}}},
        {"fields": {"a": {"type": "str", "low": 1}}},
        {"fields": {"a": {"type": "int", "max": 1}}},
    ],
)
def test_broken_schemas_are_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(PolicyError):
        load(broken)


def test_a_schema_is_a_file_too(tmp_path: Path) -> None:
    path = tmp_path / "schema.yaml"
    path.write_text("version: 1\nfields:\n  age: {type: int, low: 0}\n", "utf-8")
    assert load(path) == load({"fields": {"age": {"type": "int", "low": 0}}})


FORMULAS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+A1",
    "-A1+B2",
    "@SUM(A1:A9)",
    "\t=1",
    "\r=1",
    "=HYPERLINK(1)",
]
PLAIN = [
    "-5",
    "+49 30 901820",
    "-3.5 %",
    "- a list item",
    "-",
    "@ann",
    "a=b",
    "2026-01-01",
    "",
    "+1",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_what_a_spreadsheet_would_run_is_found(text: str) -> None:
    assert is_formula(text)


@pytest.mark.parametrize("text", PLAIN)
def test_numbers_names_and_lists_are_none(text: str) -> None:
    assert not is_formula(text)


def parsed(text: str, kind: str | None = None) -> Any:
    return parse(text, kind, 1000)


def test_json_and_csv_become_records() -> None:
    assert parsed('{"a": [1, 2.5, "x", null, true]}') == {"a": [1, 2.5, "x", None, True]}
    table = parsed('name,age\r\n"Ann, B.",41\r\nBob,-2.5\r\n', "text/csv")
    assert table == [{"name": "Ann, B.", "age": 41}, {"name": "Bob", "age": -2.5}]


#: (title, text, media type): each has a reader somewhere that would take it another way
MALFORMED = [
    ("a key twice", '{"a": 1, "a": 2}', None),
    ("a key twice, below", '[{"b": {"a": 1, "a": 2}}]', None),
    ("NaN", '{"a": NaN}', None),
    ("infinity", '{"a": -Infinity}', None),
    ("a long number", '{"a": ' + "9" * 5000 + "}", None),
    ("deep", "[" * 100_000, None),
    ("no JSON", "{'a': 1}", None),
    ("two values", "{} {}", None),
    ("no header", "", "text/csv"),
    ("a column twice", "a,a\n1,2\n", "text/csv"),
    ("an empty name", "a,\n1,2\n", "text/csv"),
    ("a short row", "a,b\n1\n", "text/csv"),
    ("a long row", "a\n1,2\n", "text/csv"),
    ("an open quote", 'a\n"x\n', "text/csv"),
    ("too many rows", "a\n" + "1\n" * 2000, "text/csv"),
]


@pytest.mark.parametrize(("title", "text", "kind"), MALFORMED, ids=[row[0] for row in MALFORMED])
def test_what_could_be_read_two_ways_is_refused(title: str, text: str, kind: str | None) -> None:
    found = parsed(text, kind)
    assert isinstance(found, Finding)
    assert found.rule == "record.malformed"


@pytest.mark.parametrize(
    "text", ["NaN", "nan", "inf", "1e999x", "0x10", "1_000", "٣", " +1", "True"]
)
def test_spellings_of_numbers_that_json_lacks_stay_text(text: str) -> None:
    """So a schema that wants a number refuses them."""
    assert parsed(f"a\n{text}\n", "text/csv") == [{"a": text}]


@given(st.text(max_size=60), st.sampled_from([None, "text/csv"]))
def test_any_text_is_a_record_or_a_finding(text: str, kind: str | None) -> None:
    parsed(text, kind)


def test_a_pipeline_takes_json_and_csv_where_records_are_wanted() -> None:
    """Text stays text unless a record is asked for; the bytes may be a file's."""
    pipe = sanitize.pipeline().add(Fields(schema=SCHEMA), after="record.limits")
    good = json.dumps(GOOD)
    assert pipe(good, modality="record").unwrap() == GOOD
    assert pipe(good.encode(), modality="record", content_type="application/json").allowed
    table = "age,income,plan\n41,2.5,gold\n200,1,gold\n"
    verdict = pipe(table, modality="record", content_type="text/csv")
    assert [(f.rule, f.origin) for f in verdict.findings] == [
        ("record.out-of-range", "record:1/age")
    ]
    assert pipe(good).modality is Modality.TEXT
    assert pipe("7", modality="record").findings[0].rule == "open.type-mismatch"
