"""Secrets and personal data: masked or reported, with spans; their near misses left alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sanitize
from sanitize import Action, Context, Modality, Sample, Severity, Text, checksums
from sanitize.stage import Stage
from sanitize.text.sensitive import Sensitive
from tests.contracts import FilterContract

MAIL = "Write to ann@mail.example.org or call +49 30 901820, please."
CARD = "card 4111 1111 1111 1111"


class TestSensitive(FilterContract):
    """The contract of every filter."""

    def make(self) -> Stage:
        return Sensitive()

    def values(self) -> Sequence[Any]:
        return ["", "nothing of the kind", MAIL, CARD, f"{MAIL} {CARD} AKIAIOSFODNN7EXAMPLE"]

    def hostile(self) -> Sequence[Any]:
        return ["1" * 20_000, "a@" * 10_000, "@a.b" * 10_000, "-----BEGIN " * 2_000, "+1 " * 9_000]


def after(text: str, **options: Any) -> Sample:
    (sample,) = Sensitive(**options)([Sample(text, Modality.TEXT)], Context())
    return sample


def test_masks_name_what_stood_there() -> None:
    assert after(MAIL).value == "Write to [EMAIL] or call [PHONE], please."
    assert after(CARD).value == "card [CARD]"


def test_spans_are_those_of_the_text_before() -> None:
    """So that an application can show, or cut out, what was found."""
    found = after(MAIL).findings[0]
    start, end = found.span or (0, 0)
    assert (found.rule, MAIL[start:end]) == ("personal.email", "ann@mail.example.org")


def test_reports_leave_the_value_and_keep_the_severity() -> None:
    """Then the policy blocks what is high."""
    sample = after(CARD, action="report")
    assert sample.value == CARD
    assert [(f.rule, f.severity) for f in sample.findings] == [("personal.card", Severity.HIGH)]


def test_every_text_met_on_the_way_is_looked_at() -> None:
    """A key that was encoded is reported where it was found, at its own severity."""
    hidden = Text("AKIAIOSFODNN7EXAMPLE", "decoded:base64")
    (sample,) = Sensitive()([Sample("hello", Modality.TEXT, (hidden,))], Context())
    (found,) = sample.findings
    assert (found.rule, found.origin) == ("secret.aws-access-key", "decoded:base64")
    assert found.severity is Severity.HIGH


def test_of_overlapping_matches_the_longer_counts() -> None:
    """A password that holds a mail address is masked once."""
    text = "postgres://app:ann@mail.example.org@db.example/app"
    assert after(text).value.count("[") == 1


HARMLESS = [
    "The meeting is in room 12-3456 at 10:30.",
    "def send(user, at='localhost'): return f'{user}@{at}'",
    "Version 2.4.12-1234 of 2024-05-11, build 192.168.100.2000",
    "sha256 9b74c9897bac770ffc029102a200c5de00000000000000000000000000000000",
    "order 4111 1111 1111 1112, 5 @ 3.50 each",
    "123e4567-e89b-12d3-a456-426614174000",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_like_it_stays(text: str) -> None:
    sample = after(text)
    assert (sample.value, sample.findings) == (text, ())


def test_nothing_looks_for_it_unless_asked() -> None:
    """No preset has the stage; a pipeline that gets it masks, and says SANITIZE."""
    assert sanitize.pipeline("chat")(CARD).unwrap() == CARD
    pipe = sanitize.pipeline("chat").add(Sensitive(), after="text.decode")
    verdict = pipe(CARD)
    assert verdict.action is Action.SANITIZE
    assert verdict.unwrap() == "card [CARD]"
    strict = sanitize.pipeline("chat").add(Sensitive(action="report"), after="text.decode")
    assert strict(CARD).action is Action.BLOCK


@given(st.integers(10**11, 10**17).filter(lambda number: len(set(str(number))) > 1))
def test_one_changed_digit_is_no_card(number: int) -> None:
    """Of the ten last digits exactly one is right (ISO/IEC 7812-1)."""
    right = [last for last in range(10) if checksums.luhn(f"{number}{last}")]
    assert len(right) == 1


@pytest.mark.parametrize("text", ["DE89370400440532013000", "GB82 WEST 1234 5698 7654 32"])
def test_ibans_of_the_standard_are_right_and_their_neighbours_wrong(text: str) -> None:
    assert checksums.mod97(text)
    assert not any(
        checksums.mod97(text[:-1] + digit) for digit in "0123456789" if digit != text[-1]
    )


def test_checks_take_any_text() -> None:
    """Digits of other scripts, blanks and nothing at all are no checksum."""
    for check in checksums.CHECKS.values():
        assert not any(check(text) for text in ("", " ", "٤١١١", "é" * 40, "_"))
