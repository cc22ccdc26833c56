"""The text stages against the data of the Unicode Standard."""

from __future__ import annotations

from pathlib import Path

import emoji
import pytest

from sanitize.policy import load
from sanitize.registry import build
from sanitize.stage import checked
from sanitize.text.filters import Invisible, Normalise
from sanitize.text.validators import Bidi
from sanitize.types import Modality
from tests.text.helpers import rules, run, through

DATA = Path(__file__).parent / "unicode"
CHAT = tuple(
    checked(build(spec.name, spec.options))
    for spec in load("chat").modalities[Modality.TEXT].stages
)
_EXPLICIT = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def _rows(name: str) -> list[list[str]]:
    """The lines of a file, each as its fields."""
    lines = (DATA / f"{name}.txt").read_text("utf-8").splitlines()
    return [line.split(";") for line in lines if not line.startswith("#")]


def _text(codes: str) -> str:
    return "".join(chr(int(code, 16)) for code in codes.split())


def test_normalisation() -> None:
    """NormalizationTest: the first three columns come out as the second, form NFC."""
    rows = _rows("NormalizationTest")
    for first, composed, third, *_ in rows:
        for source in (first, composed, third):
            assert run(Normalise(), _text(source)).value == _text(composed), source
    assert len(rows) > 500


def test_standardised_variants_are_kept() -> None:
    """A base with the selector that the standard names for it is not touched."""
    rows = _rows("StandardizedVariants")
    lost = [codes for codes, *_ in rows if run(Invisible(), _text(codes)).value != _text(codes)]
    assert not lost
    assert len(rows) > 200


@pytest.mark.parametrize("status", ["fully_qualified", "minimally_qualified", "unqualified"])
def test_emoji_sequences_are_kept(status: str) -> None:
    """All of emoji-test and emoji-zwj-sequences, also between letters, also in a row."""
    wanted = emoji.STATUS[status]
    signs = [sign for sign, data in emoji.EMOJI_DATA.items() if data["status"] == wanted]
    for text in (*signs, *(f"a{sign}b" for sign in signs), " ".join(signs)):
        result = through(text, CHAT)
        assert result.value == text, ascii(text[:40])
        assert not result.findings, (ascii(text[:40]), rules(result))
    assert len(signs) > 100


def test_direction() -> None:
    """BidiCharacterTest: overrides are reported, and text without controls is not."""
    rows = _rows("BidiCharacterTest")
    for codes, *_ in rows:
        text = _text(codes)
        found = rules(run(Bidi(), text))
        assert ("text.bidi-override" in found) == bool(set(text) & {"\u202d", "\u202e"}), codes
        assert not found or set(text) & set(_EXPLICIT), codes
    assert len(rows) > 200
