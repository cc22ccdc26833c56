"""The text stages of the default policy, together."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from html.parser import HTMLParser
from pathlib import Path

import pytest
from bleach._vendor import html5lib
from hypothesis import given, settings
from hypothesis import strategies as st

from sanitize.text import elements
from sanitize.types import Text
from tests.text.benign import BENIGN
from tests.text.helpers import default_stages, rules, tags, through

STRINGS = Path(__file__).parents[3] / "shared" / "corpus" / "strings"
STAGES = default_stages()

#: (title, text, what must not come out): each needs Unicode clean-up before markup.
COMPOSED = [
    ("zero width in a tag name", "<scr\u200bipt>alert(1)</scr\u200bipt>", "<script"),
    ("soft hyphen in a handler", "<img src=x on\u00aderror=alert(1)>", "onerror"),
    ("zero width after the bracket", "<\u200bscript>alert(1)</script>", "<script"),
    ("filler in an address", "<a href='java\u3164script:alert(1)'>x</a>", "javascript:"),
]


@pytest.mark.parametrize(("title", "text"), BENIGN)
def test_ordinary_text_passes_untouched(title: str, text: str) -> None:
    """Through the whole chain, ordinary text stays what it is, and nothing is reported."""
    result = through(text, STAGES)
    assert result.value == text
    assert not result.findings


@pytest.mark.parametrize(("title", "text", "forbidden"), COMPOSED)
def test_unicode_is_cleaned_before_markup(title: str, text: str, forbidden: str) -> None:
    """What invisible characters take apart cannot come together behind the markup filter."""
    result = through(text, STAGES)
    assert forbidden not in result.value
    assert "text.markup-removed" in rules(result)


def test_a_payload_in_a_comment_in_tags_is_read() -> None:
    """Hiding places do not protect each other."""
    result = through(f"Hello{tags('first secret')}<!-- second secret -->", STAGES)
    assert result.value == "Hello"
    assert result.texts == (
        Text("first secret", "hidden:tags"),
        Text("second secret", "hidden:html-comment"),
    )


class _Tags(HTMLParser):
    """What the standard library's parser takes for a tag."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[tuple[str, str | None]]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, attrs))


def _seen(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Elements and attributes as two parsers see them."""
    for element in html5lib.parseFragment(text, namespaceHTMLElements=False).iter():
        if isinstance(element.tag, str):
            yield element.tag, dict(element.attrib)
    parser = _Tags()
    with suppress(AssertionError):  # the parser gives up at `<![>`
        parser.feed(text)
        parser.close()
    for tag, attributes in parser.found:
        yield tag, {name: value or "" for name, value in attributes}


def _acts(name: str, attributes: dict[str, str]) -> bool:
    """Could it run, load or show anything? A letter without an address or a handler cannot."""
    acting = elements.URL_ATTRIBUTES | {"style", "xmlns"}
    return name in elements.ELEMENTS or any(
        key.startswith("on") or key in acting for key in attributes
    )


@settings(deadline=None, max_examples=500)
@given(
    st.lists(
        st.sampled_from(
            [
                *"<>/= '\"&;!?-x\n\u200b{",
                *("<x ", "<img ", "<a ", "onclick=1", " onclick=", "src=y", "hidden", "</", "<!--"),
                *("&lt;", "&#60;", "<svg/", "a=", "='", "'>", "-->", "<b", "script", "<style>"),
            ]
        ),
        max_size=16,
    ).map("".join)
)
def test_nothing_in_any_soup_acts(soup: str) -> None:
    """What the chain lets through, two other parsers find nothing in that could run or load."""
    result = through(soup, STAGES)
    found = list(_seen(result.value))
    assert not [name for name, attributes in found if _acts(name, attributes)], ascii(result.value)


def _strings() -> list[str]:
    rows = (
        json.loads(line)
        for path in sorted(STRINGS.glob("*.jsonl"))
        if path.stem != "bad_bytes"
        for line in path.read_text("utf-8").splitlines()
    )
    return [row if isinstance(row, str) else row["s"] for row in rows]


@pytest.mark.skipif(not STRINGS.is_dir(), reason=f"no corpus of strings at {STRINGS}")
def test_no_hostile_string_stays_active(record_property: pytest.RecordProperty) -> None:
    """Of all XSS and Unicode strings of the corpus, none is markup when it is parsed again."""
    strings = _strings()
    halted = changed = 0
    for text in strings:
        result = through(text, STAGES)
        assert not any(rule.startswith("pipeline.") for rule in rules(result)), ascii(text[:80])
        if result.halted:
            halted += 1
            continue
        changed += result.value != text
        active = [name for name, attributes in _seen(result.value) if _acts(name, attributes)]
        assert not active, (ascii(text[:200]), ascii(result.value[:200]))
        assert through(result.value, STAGES).value == result.value, ascii(text[:200])
    record_property("strings", len(strings))
    record_property("changed", changed)
    record_property("halted", halted)
    print(f"{len(strings)} hostile strings: {changed} changed, {halted} halted, none active")  # noqa: T201
    assert len(strings) > 10_000
    assert changed > 8_000
