"""The text stages of the default policy, together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from html.parser import HTMLParser

import pytest
from bleach._vendor import html5lib
from hypothesis import given, settings
from hypothesis import strategies as st

from sanitize.policy import load
from sanitize.registry import build
from sanitize.stage import Checked, checked
from sanitize.text import elements
from sanitize.types import Modality, Text
from tests.text.benign import BENIGN
from tests.text.helpers import default_stages, rules, tags, through

STAGES = default_stages()


@lru_cache(maxsize=8)
def _stages(policy: str) -> tuple[Checked, ...]:
    """The text stages of a policy, detectors left out."""
    specs = load(policy).modalities[Modality.TEXT].stages
    return tuple(checked(build(spec.name, spec.options)) for spec in specs)


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


@settings(deadline=None, max_examples=300)
@given(
    st.text(max_size=100)
    | st.text(
        st.sampled_from("<>&'\"a\u0344\ufb2c\u0958\U0001d160\ufdfa\u200b\u0301"), max_size=100
    ),
    st.sampled_from(["default", "strict", "chat", "documents", "observe"]),
)
def test_the_value_never_grows_beyond_a_factor(text: str, policy: str) -> None:
    """Form NFC makes three characters of one at most (UAX #15), an escape six."""
    result = through(text, _stages(policy))
    assert len(result.value) <= 3 * 6 * len(text)
    if policy == "chat":
        assert len(result.value) <= 3 * len(text)
