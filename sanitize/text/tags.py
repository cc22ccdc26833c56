"""What counts as markup: real elements, comments, declarations; `a < b` does not."""

from __future__ import annotations

import html
import re

#: Elements of the HTML Living Standard, section 4, of its obsolete features (16.2), and the
#: roots and active children of SVG and MathML. One-letter ones are treated apart.
ELEMENTS: frozenset[str] = frozenset(
    [
        "abbr",
        "acronym",
        "address",
        "applet",
        "area",
        "article",
        "aside",
        "audio",
        "base",
        "basefont",
        "bdi",
        "bdo",
        "bgsound",
        "big",
        "blink",
        "blockquote",
        "body",
        "br",
        "button",
        "canvas",
        "caption",
        "center",
        "cite",
        "code",
        "col",
        "colgroup",
        "data",
        "datalist",
        "dd",
        "del",
        "details",
        "dfn",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "em",
        "embed",
        "fencedframe",
        "fieldset",
        "figcaption",
        "figure",
        "font",
        "footer",
        "form",
        "frame",
        "frameset",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "head",
        "header",
        "hgroup",
        "hr",
        "html",
        "iframe",
        "image",
        "img",
        "input",
        "ins",
        "isindex",
        "kbd",
        "keygen",
        "label",
        "layer",
        "legend",
        "li",
        "link",
        "listing",
        "main",
        "map",
        "mark",
        "marquee",
        "math",
        "menu",
        "menuitem",
        "meta",
        "meter",
        "multicol",
        "nav",
        "nextid",
        "nobr",
        "noembed",
        "noframes",
        "noscript",
        "object",
        "ol",
        "optgroup",
        "option",
        "output",
        "param",
        "picture",
        "plaintext",
        "portal",
        "pre",
        "progress",
        "rb",
        "rp",
        "rt",
        "rtc",
        "ruby",
        "samp",
        "script",
        "search",
        "section",
        "select",
        "selectedcontent",
        "slot",
        "small",
        "source",
        "spacer",
        "span",
        "strike",
        "strong",
        "style",
        "sub",
        "summary",
        "sup",
        "svg",
        "table",
        "tbody",
        "td",
        "template",
        "textarea",
        "tfoot",
        "th",
        "thead",
        "time",
        "title",
        "tr",
        "track",
        "tt",
        "ul",
        "var",
        "video",
        "wbr",
        "xmp",
        "animate",
        "animatemotion",
        "animatetransform",
        "desc",
        "foreignobject",
        "g",
        "handler",
        "listener",
        "set",
        "use",
        "annotation-xml",
        "maction",
        "mglyph",
        "mi",
        "mn",
        "mo",
        "ms",
        "mtext",
        "mstyle",
        "semantics",
        "xml",
        "xss",
    ]
)
#: One-letter elements; `x <a and y> b` is arithmetic, `<a href=…>` and `<b>` are not.
LETTERS = "abipqsu"

#: An attribute with a value, as far in as the next bracket. Handlers count without quotes.
_ATTRIBUTE = r"[^<>]*?(?:[\s/\"']on\w++\s*+=|[\w:.\-]\s*+=\s*+[\"'])"
_UNKNOWN = rf"[a-z][^\s/<>]*+[\s/]{_ATTRIBUTE}"
_LETTER = rf"[{LETTERS}](?:\s*+/?>|[\s/][^<>=]*?[\w:\-]\s*+=)"
_NAMES = "|".join(sorted(ELEMENTS, reverse=True))

#: What makes a `<` the beginning of markup: a comment, a declaration, an element.
MARKUP = re.compile(
    rf"<(?:!(?:--|doctype\b|\[cdata\[|[a-z]+\s)|\?[a-z]|/?(?:{_NAMES})(?=[\s/>]|\Z)|/[{LETTERS}]\s*+>|"
    rf"{_LETTER}|{_UNKNOWN})",
    re.IGNORECASE,
)
_STRAY = re.compile(rf"<(?!{MARKUP.pattern[1:]})", re.IGNORECASE)


def has_markup(text: str) -> bool:
    """Does the text hold a real element, comment or declaration? Linear in its length."""
    return "<" in text and MARKUP.search(text) is not None


def escape_strays(text: str) -> str:
    """The text with every `<` that begins no markup as an entity."""
    return _STRAY.sub("&lt;", text)


def defuse(text: str) -> str:
    """The text with every `<` that does begin markup as an entity: nothing left to parse."""
    while has_markup(text):
        text = MARKUP.sub(lambda match: "&lt;" + match.group()[1:], text)
    return text


def plain(text: str) -> str:
    """The text without entities, where none of them hides markup."""
    return defuse(html.unescape(text)) if "&" in text else text
