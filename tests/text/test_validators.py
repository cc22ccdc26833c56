"""Text validators: what they report, and what they leave alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanitize.stage import Stage
from sanitize.text.validators import Bidi, Confusables, Controls, Size, WellFormed
from sanitize.types import Severity
from tests.contracts import StageContract
from tests.text.benign import BENIGN
from tests.text.helpers import rules, run

LOW, MEDIUM, HIGH, CRITICAL = Severity

ILL_FORMED = [
    ("lone high surrogate", "a\ud800b", "text.lone-surrogate", CRITICAL),
    ("lone low surrogate", "\udfff", "text.lone-surrogate", CRITICAL),
    ("surrogates the wrong way round", "\udc00\ud800", "text.lone-surrogate", CRITICAL),
    ("noncharacter", "a\ufffeb", "text.noncharacter", MEDIUM),
    ("noncharacter of the Arabic block", "\ufdd0", "text.noncharacter", MEDIUM),
    ("last code point", "\U0010ffff", "text.noncharacter", MEDIUM),
    ("noncharacter of plane 3", "\U0003fffe", "text.noncharacter", MEDIUM),
    ("decoder's apology", "caf\ufffd", "text.replacement-character", LOW),
    ("private use", "\ue000", "text.private-use", LOW),
    ("private plane", "\U000f0000", "text.private-use", LOW),
]

CONTROLS = [
    ("NUL", "a\x00b", "text.nul", HIGH),
    ("backspace", "rm\x08\x08ls", "text.control-character", MEDIUM),
    ("delete", "a\x7f", "text.control-character", MEDIUM),
    ("C1", "a\x80", "text.control-character", MEDIUM),
    ("form feed", "page\x0cpage", "text.control-character", LOW),
    ("next line", "a\x85b", "text.control-character", LOW),
    ("colour", "\x1b[31mred\x1b[0m", "text.terminal-escape", MEDIUM),
    ("clear the screen", "\x1b[2J", "text.terminal-escape", MEDIUM),
    ("reset", "\x1bc", "text.terminal-escape", MEDIUM),
    ("8-bit CSI", "\x9b31m", "text.terminal-escape", MEDIUM),
    ("window title", "\x1b]0;title\x07", "text.terminal-command", HIGH),
    ("clipboard", "\x1b]52;c;aGk=\x1b\\", "text.terminal-command", HIGH),
    ("device control string", "\x1bP$q\x1b\\", "text.terminal-command", HIGH),
    ("8-bit OSC", "\x9d0;t\x9c", "text.terminal-command", HIGH),
]

BIDI = [
    ("override", "user\u202egnp.exe", "text.bidi-override", HIGH),
    ("closed override", "a\u202etxt\u202cb", "text.bidi-override", HIGH),
    ("left-to-right override", "\u202dabc\u202c", "text.bidi-override", HIGH),
    ("early return (CVE-2021-42574)", "''' \u2067''' ;return", "text.bidi-unbalanced", MEDIUM),
    ("commenting out", "/*\u2066 } \u2066if (admin)\u2069 */", "text.bidi-unbalanced", MEDIUM),
    ("open embedding", "user\u202bgnp.exe", "text.bidi-unbalanced", MEDIUM),
    ("closed in the next paragraph", "\u2067abc\n\u2069", "text.bidi-unbalanced", MEDIUM),
    ("closed by the wrong sign", "\u2067abc\u202c", "text.bidi-unbalanced", MEDIUM),
    ("needless isolate", "a \u2067b\u2069 c", "text.bidi-control", LOW),
    ("stray end", "user\u202cgnp.exe", "text.bidi-control", LOW),
]

SPOOFS = [
    ("one Cyrillic letter", "paypаl", "text.mixed-script"),
    ("Cyrillic capital", "Рaypal login", "text.mixed-script"),
    ("Greek omicron", "micrοsoft", "text.mixed-script"),
    ("Greek omicron at the end", "hellο", "text.mixed-script"),
    ("Greek capital", "ΑlaskaJazz", "text.mixed-script"),
    ("Greek alpha inside", "paypαl", "text.mixed-script"),
    ("Armenian", "iոstructioոs", "text.mixed-script"),
    ("Cherokee", "Ꮖgnore thᎬ rules: ᎳATER", "text.mixed-script"),
    ("with a mark in between", "pay\u0301pa\u0301\u0430l", "text.mixed-script"),
    ("Lisu capital", "ꓖoogle", "text.mixed-script"),
    ("wholly Cyrillic", "visit аррӏе today", "text.lookalike-word"),
    ("wholly Greek", "the ΝΑΤΟ summit", "text.lookalike-word"),
]


def severities(sample: Any) -> dict[str, Severity]:
    return {finding.rule: finding.severity for finding in sample.findings}


class TestSize(StageContract):
    def make(self) -> Stage:
        return Size(max_chars=10)

    def values(self) -> list[Any]:
        return ["", "short", "exactly 10", "x" * 11, "é" * 1000]

    def test_the_limit_itself_is_allowed(self) -> None:
        """Ten characters pass, eleven end the sample's way."""
        assert not run(self.make(), "é" * 10).findings
        assert run(self.make(), "é" * 11).halted


class TestWellFormed(StageContract):
    def make(self) -> Stage:
        return WellFormed()

    def values(self) -> list[Any]:
        return ["plain", "é", *(text for _, text, _, _ in ILL_FORMED)]

    @pytest.mark.parametrize(("title", "text", "rule", "severity"), ILL_FORMED)
    def test_reports(self, title: str, text: str, rule: str, severity: Severity) -> None:
        """Code points that are no characters are named for what they are."""
        assert severities(run(self.make(), text)) == {rule: severity}

    def test_knows_every_noncharacter(self) -> None:
        """Unicode 16, 23.7: 66 noncharacters, 32 of them in one block."""
        points = [*range(0xFDD0, 0xFDF0)]
        points += [plane * 0x10000 + low for plane in range(17) for low in (0xFFFE, 0xFFFF)]
        assert len(points) == 66
        for point in points:
            assert rules(run(self.make(), chr(point))) == {"text.noncharacter"}

    @settings(deadline=None, max_examples=200)
    @given(st.text())
    def test_text_that_can_be_written_is_never_refused(self, text: str) -> None:
        """Only what UTF-8 cannot encode is critical."""
        assert not run(self.make(), text).halted


class TestControls(StageContract):
    def make(self) -> Stage:
        return Controls()

    def values(self) -> list[Any]:
        return ["tab\tand\r\nlines", *(text for _, text, _, _ in CONTROLS)]

    @pytest.mark.parametrize(("title", "text", "rule", "severity"), CONTROLS)
    def test_reports(self, title: str, text: str, rule: str, severity: Severity) -> None:
        """Control characters are reported by what a reader or a terminal would do."""
        assert severities(run(self.make(), text))[rule] == severity

    def test_every_control_but_three(self) -> None:
        """All of C0 and C1 count but tab, line feed and carriage return."""
        for point in (*range(0x20), *range(0x7F, 0xA0)):
            found = run(self.make(), chr(point)).findings
            assert bool(found) == (chr(point) not in "\t\n\r"), hex(point)


class TestBidi(StageContract):
    def make(self) -> Stage:
        return Bidi()

    def values(self) -> list[Any]:
        return ["plain", "שלום", *(text for _, text, _, _ in BIDI)]

    @pytest.mark.parametrize(("title", "text", "rule", "severity"), BIDI)
    def test_reports(self, title: str, text: str, rule: str, severity: Severity) -> None:
        """Text that shows in another order than it is read is reported."""
        assert severities(run(self.make(), text))[rule] == severity

    @pytest.mark.parametrize(
        "text",
        [
            "הקובץ \u2066report.pdf\u2069 מוכן",
            "\u202bשלום\u202c",
            "\u2067אב \u2066cd\u2069 גד\u2069",
            "\u2067אב \u202bגד\u2069 ה",  # PDI ends what is open within (UAX #9, BD9)
            "a\u200eb\u200f",
            "مرحبا\u061c!",
        ],
    )
    def test_balanced_controls_of_honest_writing_pass(self, text: str) -> None:
        """Right-to-left text may embed and isolate; marks may stand anywhere."""
        assert not run(self.make(), text).findings


class TestConfusables(StageContract):
    def make(self) -> Stage:
        return Confusables()

    def values(self) -> list[Any]:
        return ["plain", "Привет Alice", *(text for _, text, _ in SPOOFS)]

    @pytest.mark.parametrize(("title", "text", "rule"), SPOOFS)
    def test_reports(self, title: str, text: str, rule: str) -> None:
        """Words that look Latin and are not are reported, and where the first one stands."""
        (finding,) = run(self.make(), text).findings
        assert finding.rule == rule
        assert finding.span is not None
        assert not text[slice(*finding.span)].isascii()

    def test_a_russian_text_may_hold_a_word_that_looks_latin(self) -> None:
        """Whole words count only where no other word of their script stands."""
        assert not run(self.make(), "The word хороша means fine").findings
        assert not run(self.make(), "роса, оса, сосна: three words").findings


@pytest.mark.parametrize(("title", "text"), BENIGN)
@pytest.mark.parametrize("stage", [WellFormed(), Controls(), Bidi(), Confusables()])
def test_ordinary_text_passes(stage: Stage, title: str, text: str) -> None:
    """No validator reports anything in ordinary text."""
    assert not run(stage, text).findings
