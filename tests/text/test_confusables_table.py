"""The table of look-alikes: what it was made from, and what it may hold."""

from __future__ import annotations

from sanitize.text.lookalikes import lookalikes
from tests.text import derive_confusables


def test_the_table_is_what_its_source_says() -> None:
    """Made again from Unicode's data, the file comes out the same, character for character."""
    assert derive_confusables.TARGET.read_text("utf-8") == derive_confusables.render()


def test_the_table_is_complete_enough() -> None:
    """The letters that spoofs are made of are in it."""
    assert set("аеорсухіјѕАВЕКМНОРСТХοανΑΒΕΖΗΙΚΜΝΟΡΤΥΧոսօ") <= lookalikes().exact


def test_it_holds_no_ascii_and_no_ideographs() -> None:
    """ASCII is never folded, nor are scripts that mix with Latin in ordinary writing."""
    table = lookalikes()
    assert not any(char.isascii() for char in table.exact)
    assert not table.exact & set("一〇工口ニカノーㅣוןס")
