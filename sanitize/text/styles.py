"""Which attributes hide an element from people, though not from a model."""

from __future__ import annotations

import re

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
_COLOUR = re.compile(r"(?:^|[;\s])color\s*+:\s*+([^;!\s]++)")
_BACKGROUND = re.compile(r"(?:^|[;\s])background(?:-color)?\s*+:\s*+([^;!\s]++)")
#: Longest style that is read: longer ones are cut, as no honest one is so long.
_MAX_STYLE = 4_000


def hides(element: str, name: str, value: str) -> bool:
    """Does this attribute make its element invisible?"""
    if name == "hidden":
        return True
    if name == "aria-hidden":
        return value.strip().lower() == "true"
    if name == "type":
        return element == "input" and value.strip().lower() == "hidden"
    return _style_hides(_COMMENT.sub("", value[:_MAX_STYLE].lower()))


def _style_hides(style: str) -> bool:
    if _HIDING.search(style):
        return True
    colour, background = _COLOUR.search(style), _BACKGROUND.search(style)
    return bool(colour and background and colour[1] == background[1])
