"""A bound on what an HTML5 parser is given.

Open elements, open formatting elements and attributes of one tag each cost an
HTML5 parser quadratic time: 100,000 nested `<div>` take nh3 43 s. So they are
counted first, in one pass that follows the parser's own rules closely enough.
"""

from __future__ import annotations

import re

from sanitize.text import elements

#: Deepest nesting that is parsed; the HTML5 parsers of browsers stop at 512.
MAX_DEPTH = 256
#: Most formatting elements left open: each is reopened in every later block.
MAX_FORMATTING = 64
#: Most attributes of one tag.
MAX_ATTRIBUTES = 500
#: Pages with fewer tags than this parse in a few milliseconds whatever they hold.
FEW_TAGS = 256

_TOKEN = re.compile(
    r"<(?:!--.*?(?:-->|\Z)"
    r"|(?=[sStTxX])((?i:script|style|textarea|title|xmp))\b.*?(?:</(?i:\1)\b|\Z)"
    r"|(/?)([a-zA-Z][^\s/>]*+)(?:>"
    r"|((?:[\s/]++|[^\s/>=]++(?:\s*+=\s*+(?:\"[^\"]*+\"?|'[^']*+'?|[^\s>]++)?)?|=)*+)))",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"[\s/\"']+[^\s/=]")


def too_complex(text: str) -> bool:
    """Would parsing the page take more than linear time? Takes linear time itself."""
    if text.count("<") <= FEW_TAGS and text.count("=") + text.count(" ") <= MAX_ATTRIBUTES:
        return False
    depth = _Depth()
    for _, close, name, rest in _TOKEN.findall(text):
        if len(rest) > MAX_ATTRIBUTES and len(_ATTRIBUTE.findall(rest)) > MAX_ATTRIBUTES:
            return True
        if close:
            depth.close(name.lower())
        elif name and name not in elements.SELF_CLOSING:
            depth.open(name.lower())
            if len(depth.stack) > MAX_DEPTH or depth.formatting > MAX_FORMATTING:
                return True
    return False


class _Depth:
    """The stack of open elements, as far as their number goes."""

    def __init__(self) -> None:
        self.stack: list[str] = []
        self.formatting = 0

    def open(self, name: str) -> None:
        if name not in elements.SELF_CLOSING:
            self.stack.append(name)
            self.formatting += name in elements.FORMATTING

    def close(self, name: str) -> None:
        for place in range(len(self.stack) - 1, -1, -1):
            if self.stack[place] == name:
                self._drop(place, name)
                return
            if self.stack[place] in elements.SCOPES:
                return
        if name in elements.FORMATTING and self.formatting:
            self.formatting -= 1

    def _drop(self, place: int, name: str) -> None:
        # An outer end tag pops formatting elements, but the parser opens them again.
        del self.stack[place:]
        self.formatting -= name in elements.FORMATTING
