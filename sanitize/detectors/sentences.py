"""Where sentences begin and end, well enough to point at one."""

from __future__ import annotations

import re

#: Marks that end a sentence, of many scripts (Unicode's Sentence_Terminal, the common ones), with
#: the closing marks behind them; or a line end. In time linear in the text.
_END = re.compile(
    r"""(?:[.!?…]+["'”’»)\]]*(?=\s)|[。！？｡؟۔।॥።፧՝։၊။]+["'”’»）」』]*|[\r\n]+)\s*""",
)

#: Shorter pieces belong to what follows: initials, numbers of lists, abbreviations.
SHORTEST = 12


def sentences(text: str) -> list[tuple[int, int]]:
    """Start and end of every sentence, without the white space around it.

    All characters but white space are in exactly one of them.
    """
    found: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(text):
        if match.end() - start >= SHORTEST:
            found.append((start, match.end()))
            start = match.end()
    found.append((start, len(text)))
    return [span for span in (_trimmed(text, *span) for span in found) if span[0] < span[1]]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    return start + left, end - (len(piece) - len(piece.rstrip()))
