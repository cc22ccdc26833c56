"""Which attributes hide an element from people, though not from a model."""

from __future__ import annotations

import re
from functools import lru_cache

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
#: CSS that shows nothing: not rendered, transparent, too small, or off the screen.
_HIDING = re.compile(
    r"(?:^|[;\s{])(?:"
    r"display\s*+:\s*+none"
    r"|visibility\s*+:\s*+(?:hidden|collapse)"
    r"|content-visibility\s*+:\s*+hidden"
    r"|opacity\s*+:\s*+(?:0*+\.0[0-4]\d*|0++(?:\.0*+)?|0%)(?![\d.])"
    r"|font-size\s*+:\s*+(?:0*+\.[0-2]\d*+|0++(?:\.0*+)?|1(?:\.0*+)?(?=px))(?:px|pt|em|rem|%|vw|vh)?(?![\d.a-z%])"
    r"|(?:left|top|right|bottom|text-indent|margin(?:-left|-top)?)\s*+:\s*+-\d{3,}"
    r"|(?:left|top|text-indent|margin-left|margin-top)\s*+:\s*+-\d{2,}(?:em|rem|vw|vh|%)"
    r"|transform\s*+:\s*+(?:scale\(\s*+0\s*+\)|translate[xy]?\(\s*+-\d{3,})"
    r"|clip\s*+:\s*+rect\(\s*+[01](?:px)?[\s,]++[01](?:px)?[\s,]++[01](?:px)?[\s,]++[01]"
    r"|clip-path\s*+:\s*+(?:inset\(\s*+(?:50|100)%|circle\(\s*+0)"
    r"|color\s*+:\s*+(?:transparent|rgba\([^)]*,\s*+0(?:\.0*+)?\s*+\))"
    r"|(?:max-)?(?:height|width)\s*+:\s*+0(?:px)?\s*+(?:;|!|\Z)"
    r")"
)
_VALUE = r"\s*+:\s*+(rgba?\([^)]*+\)|[^;!\s]++)"
_COLOUR = re.compile(rf"(?:^|[;\s])color{_VALUE}")
_BACKGROUND = re.compile(rf"(?:^|[;\s])background(?:-color)?{_VALUE}")
#: Longest style that is read: longer ones are cut, as no honest one is so long.
_MAX_STYLE = 4_000


#: Sixteen colours of HTML 4 by name; white is what white text needs to vanish.
_NAMED = {
    "white": "ffffff",
    "black": "000000",
    "red": "ff0000",
    "lime": "00ff00",
    "blue": "0000ff",
    "yellow": "ffff00",
    "aqua": "00ffff",
    "fuchsia": "ff00ff",
    "gray": "808080",
    "silver": "c0c0c0",
    "maroon": "800000",
    "olive": "808000",
    "green": "008000",
    "purple": "800080",
    "navy": "000080",
    "teal": "008080",
    "snow": "fffafa",
    "ivory": "fffff0",
    "grey": "808080",
}
_HEX = re.compile(r"#([0-9a-f]{3}){1,2}(?![0-9a-f])|#[0-9a-f]{8}")
_RGB = re.compile(r"rgba?\(\s*+(\d{1,3})[\s,]++(\d{1,3})[\s,]++(\d{1,3})")
#: Difference of two colours, in each of red, green and blue, that nobody sees on a screen.
_NEAR = 12
_WHITE = (255, 255, 255)
#: What sets the colour behind a text; a page without it is white.
_PAPER = re.compile(r"background|bgcolor|<style|<link|<body\s|class\s*=", re.IGNORECASE)


@lru_cache(maxsize=1)
def _is_white(page: str) -> bool:
    """Is nothing on this page that gives it another colour than white?"""
    return page != "" and _PAPER.search(page) is None


def hides(element: str, name: str, value: str, page: str) -> bool:
    """Does this attribute make its element invisible?

    Args:
        element: its name.
        name: the attribute's.
        value: and what it says.
        page: the whole of it, for what it says about colours.
    """
    if name == "hidden":
        return True
    if name == "type":
        return element == "input" and value.strip().lower() == "hidden"
    if name == "color":
        return _alike(_colour(value.strip().lower()), _WHITE) and _is_white(page)
    return style_hides(_COMMENT.sub("", value[:_MAX_STYLE].lower()), page)


def style_hides(style: str, page: str = "") -> bool:
    """Do these declarations, in lower case, leave nothing to be seen?"""
    if _HIDING.search(style):
        return True
    colour, background = _COLOUR.search(style), _BACKGROUND.search(style)
    if not colour:
        return False
    if background:
        return _alike(_colour(colour[1]), _colour(background[1]))
    return _alike(_colour(colour[1]), _WHITE) and _is_white(page)


def _colour(value: str) -> tuple[int, ...] | None:
    """Red, green and blue, 0 to 255; None for what only a browser knows."""
    value = _NAMED.get(value, value)
    value = value if value.startswith(("#", "rgb")) else f"#{value}"
    if rgb := _RGB.match(value):
        return tuple(min(255, int(part)) for part in rgb.groups())
    if not _HEX.fullmatch(value):
        return None
    digits = value[1:7] if len(value) > 4 else "".join(digit * 2 for digit in value[1:])
    return tuple(bytes.fromhex(digits))


def _alike(one: tuple[int, ...] | None, other: tuple[int, ...] | None) -> bool:
    if one is None or other is None:
        return False
    return all(abs(a - b) <= _NEAR for a, b in zip(one, other, strict=True))
