"""Characters that nobody sees: which may stay, which go, and what they carried."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sanitize.text.lookalikes import LATIN
from sanitize.types import Finding, Severity

#: Marks and controls of direction (UAX #9), which right-to-left text needs.
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
#: Strong right-to-left letters: Hebrew to Arabic Extended-A, presentation forms, and the
#: right-to-left blocks of plane 1.
RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
#: The empty Braille pattern, which shows as a blank and belongs to Braille alone.
_BLANK = "\u2800"
_BRAILLE = re.compile("[\u2801-\u28ff]")
#: The rest of Default_Ignorable_Code_Point (Unicode 16, DerivedCoreProperties), and the
#: signs of interlinear annotation.
_ANYWHERE = (
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065\u206a-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
INVISIBLE = _BIDI + _BLANK + _ANYWHERE
SUSPECT = re.compile(f"[{INVISIBLE}]")

_TAGS = "\U000e0020-\U000e007e"
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_ZERO_WIDTH = "\u200b-\u200d\u2060-\u2064\ufeff\u180e\u00ad"

#: The subdivision flags that UTS #51 recommends for interchange: England, Scotland, Wales.
_FLAGS = tuple("".join(chr(0xE0000 + ord(c)) for c in code) for code in ("gbeng", "gbsct", "gbwls"))
_FLAG = re.compile("\U0001f3f4(?:" + "|".join(_FLAGS) + ")\U000e007f")

_SELECTORS_ORIGIN = "hidden:variation-selectors"
_TAG = re.compile(f"[{_TAGS}]")
_SELECTOR = re.compile(f"[{_SELECTORS}]")
_SELECTOR_RUN = re.compile(f"[{_SELECTORS}]{{2,}}")
_BITS = re.compile(f"[{_ZERO_WIDTH}]")

#: Shortest decoded text that is called a payload: shorter ones are tags of regional flags.
MIN_READABLE = 6
#: Invisible characters in one run that no writing needs.
MIN_RUN = 16
_RUN = re.compile(f"[{INVISIBLE}]{{{MIN_RUN},}}")

#: Where more combining marks may stand in a row than any writing needs: marks, and letters of
#: the same blocks. `filters` looks closer at what it finds; see `filters.MAX_MARKS`.
LONG_RUN: Any = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u0711-\u074a\u07eb-\u07f3\u0816-\u082d\u0859-\u085b\u0898-\u0903\u093a-\u094f\u0951-\u0957"
    "\u09bc-\u0eff\u0f18-\u0fc6\u1037-\u103a\u135d-\u135f\u1714-\u1734\u17b4-\u17dd\u18a9\u1939-\u193b"
    "\u1a17-\u1a1b\u1a55-\u1ace\u1b00-\u1bf3\u1c24-\u1c37\u1cd0-\u1cf9\u1dc0-\u1dff\u20d0-\u20f0"
    "\u2cef-\u2cf1\u2d7f-\u2dff\u302a-\u302f\u3099\u309a\ua66f-\ua67d\ua69e\ua69f\ua6f0\ua6f1"
    "\ua806-\ua8f1\ua92b-\ua953\ua980-\uaaff\uabe3-\uabed\ufb1e\ufe20-\ufe2f\U00010000-\U00011fff"
    "\U00016af0-\U00016b36\U0001d165-\U0001d244\U0001e000-\U0001e94a]{31,}"
)


@dataclass(frozen=True, slots=True)
class Payload:
    """What a hidden channel carried.

    Attributes:
        origin: `hidden:tags`, `hidden:variation-selectors` or `hidden:zero-width`.
        content: the decoded text; empty if it could not be read.
        length: how many invisible characters it took.
    """

    origin: str
    content: str
    length: int

    @property
    def grave(self) -> bool:
        """Is it more than an accident?"""
        return len(self.content) >= MIN_READABLE or self.length >= MIN_RUN

    def finding(self) -> Finding:
        """HIGH if the payload can be read, MEDIUM if there only is one."""
        readable = len(self.content) >= MIN_READABLE
        severity, confidence = (Severity.HIGH, 0.98) if readable else (Severity.MEDIUM, 0.6)
        detail = {"characters": self.length, "readable": len(self.content)}
        return Finding("text.hidden-payload", severity, confidence, self.origin, detail=detail)


def payloads(text: str, kept: str) -> list[Payload]:
    """What tags, variation selectors and zero-width bits say.

    Args:
        text: with everything.
        kept: what `remove` leaves of it.
    """
    found = list(_from_selectors(text))
    if kept == text:
        return found
    removed = _removed(text)
    found += [*_from_tags(_FLAG.sub("", text)), *_from_bits(removed)]
    return found or _unread(removed)


def _unread(removed: str) -> list[Payload]:
    longest = max((len(run) for run in _RUN.findall(removed)), default=0)
    return [Payload("hidden:zero-width", "", longest)] if longest else []


def _from_tags(text: str) -> Iterator[Payload]:
    tags = _TAG.findall(text)
    if tags:
        yield Payload("hidden:tags", "".join(chr(ord(tag) - 0xE0000) for tag in tags), len(tags))


def _from_selectors(text: str) -> Iterator[Payload]:
    """Bytes hidden as VS1 to VS256, 0 to 255 (P. Butler, "Smuggling arbitrary data", 2025)."""
    selectors = _SELECTOR.findall(text)
    if len(selectors) < MIN_RUN and not _SELECTOR_RUN.search(text):
        return
    data = bytes(_byte(ord(char)) for char in selectors).replace(b"\x0f", b"").replace(b"\x0e", b"")
    content = _readable(data)
    longest = max(map(len, _SELECTOR_RUN.findall(text)), default=0)
    if content or longest:
        yield Payload(_SELECTORS_ORIGIN, content, len(selectors) if content else longest)


def _byte(point: int) -> int:
    return point - 0xFE00 if point <= 0xFE0F else point - 0xE0100 + 16


def _from_bits(hidden: str) -> Iterator[Payload]:
    """Two zero-width characters as 0 and 1, seven or eight to a letter."""
    bits = "".join(_BITS.findall(hidden))
    symbols = sorted(set(bits))
    if len(symbols) < 2 or len(bits) < 8 * MIN_READABLE:
        return
    for one, other in ((symbols[0], symbols[1]), (symbols[1], symbols[0])):
        digits = bits.translate({ord(one): "0", ord(other): "1"})
        digits = "".join(digit for digit in digits if digit in "01")
        for width in (8, 7):
            content = _readable(_bytes(digits, width))
            if content:
                yield Payload("hidden:zero-width", content, len(bits))
                return


def _bytes(digits: str, width: int) -> bytes:
    whole = range(0, len(digits) - width + 1, width)
    return bytes(int(digits[start : start + width], 2) for start in whole)


def _readable(data: bytes) -> str:
    """The text in the bytes, or nothing if they are no text."""
    try:
        text = data.decode("utf-8").strip("\0")
    except UnicodeDecodeError:
        return ""
    odd = sum(not (char.isprintable() or char in "\t\r\n") for char in text)
    return text if text and odd == 0 else ""


def remove(text: str) -> str:
    """The text without the invisible characters that are not where they belong."""
    text = str(_pattern().sub("", text))
    # Twice: when one goes, the other may stand between Latin letters.
    for chars, script in ((_BIDI, RIGHT_TO_LEFT), (_BLANK, _BRAILLE)) * 2:
        if re.search(f"[{chars}]", text):
            # Among Latin letters they only break words; without letters of their script, too.
            within = (
                f"(?<=[{LATIN}])[{chars}]+(?=[{LATIN}])" if script.search(text) else f"[{chars}]+"
            )
            text = re.sub(within, "", text)
    return text


def _removed(text: str) -> str:
    """Only what `remove` would take out, with a space where anything stays."""
    parts = []
    end = 0
    for match in _pattern().finditer(text):
        parts.append(match.group() if match.start() == end else " " + match.group())
        end = match.end()
    return "".join(parts)


@lru_cache(maxsize=1)
def _pattern() -> Any:
    """What to remove: a kept place is one whose neighbours, all visible, call for it.

    Since only visible neighbours count, removing something never changes
    what the next run would keep.
    """
    import regex

    # Only letters and marks that are seen: an invisible neighbour may itself go.
    letters = r"\p{Arabic}\p{Syriac}\p{Mongolian}\p{Nko}\p{Mandaic}\p{Adlam}"
    joining = rf"[[{letters}]--[{INVISIBLE}]]"
    arabic = rf"[[\p{{Arabic}}\p{{Syriac}}\u0640]--[{INVISIBLE}]]"
    emoji = r"(?:\p{Extended_Pictographic}\uFE0F?|\p{Emoji_Modifier}|[\U0001F1E6-\U0001F1FF])"
    south_east = rf"[[\p{{Khmer}}\p{{Thai}}\p{{Lao}}\p{{Myanmar}}\p{{Tibetan}}]--[{INVISIBLE}]]"
    kept: tuple[tuple[str, tuple[str, ...]], ...] = (
        # Emoji sequences (UTS #51); joiners (RFC 5892, A.1 and A.2; UAX #31, 2.3): after a
        # virama, between Arabic letters, before a virama in Bengali and Sinhala.
        (
            r"\u200C\u200D",
            (
                r"(?<=\p{Canonical_Combining_Class=9}).",
                rf"(?<={joining}).(?={joining})",
                rf"(?<={emoji})\u200D(?=\p{{Extended_Pictographic}})",
                r"(?<=\p{Indic_Syllabic_Category=Consonant})\u200D"
                r"(?=\p{Canonical_Combining_Class=9})",
                rf"(?<={arabic})\u200D|\u200D(?={arabic})",
            ),
        ),
        # Variation sequences (emoji, StandardizedVariants.txt, the IVD), one to a base.
        (
            r"\uFE00-\uFE0F\U000E0100-\U000E01EF",
            (
                r"(?<=[\p{Emoji}--[0-9#*]])[\uFE0E\uFE0F]",
                r"(?<=[0-9#*])[\uFE0E\uFE0F](?=\u20E3)",
                r"(?<=\p{Han})[\uFE00-\uFE02\U000E0100-\U000E01EF]",
                r"(?<=[\u2190-\u22FF\u2A00-\u2AFF\p{Myanmar}\p{Phags_Pa}])\uFE00",
                r"(?<=[0\uFF10\U00010AC0-\U00010AFF])\uFE00",
                r"(?<=[\u210B\u2110\u2112\u211B\u212C\u2130\u2131\u2133\U0001D49C-\U0001D4B5])"
                r"[\uFE00\uFE01]",
                r"(?<=[\U00013000-\U00013455])[\uFE00-\uFE02]",
                r"(?<=[\u3001\u3002\uFF01\uFF0C\uFF0E\uFF1A\uFF1B\uFF1F])[\uFE00\uFE01]",
            ),
        ),
        # Word boundaries of scripts without spaces; Mongolian; Old Hangul syllables that
        # lack a sound; the order of marks in Hebrew; music; shorthand.
        (r"\u200B", (rf"(?<={south_east}).(?={south_east})",)),
        (r"\u180B-\u180F", (rf"(?<=[\p{{Mongolian}}--[{INVISIBLE}]]).",)),
        (r"\u115F", (r".(?=[\u1161-\u11A7\uD7B0-\uD7C6])",)),
        (r"\u1160", (r"(?<=[\u1100-\u115E\uA960-\uA97C]).",)),
        (r"\u034F", (r"(?<=\p{Hebrew}).(?=\p{Hebrew})",)),
        (r"\U0001D173-\U0001D17A", (r"(?<=[\U0001D100-\U0001D172\U0001D17B-\U0001D1FF]).",)),
        (r"\U0001BCA0-\U0001BCA3", (r"(?<=[\p{Duployan}--[\U0001BCA0-\U0001BCA3]]).",)),
    )
    gone = "|".join(f"(?=[{chars}])(?!{'|'.join(places)})." for chars, places in kept)
    never = f"[[{_ANYWHERE}]--[{''.join(chars for chars, _ in kept)}]]"
    # Runs go whole, as no writing has four in a row: that keeps hostile text cheap.
    run = f"[{_ANYWHERE}]{{4,}}+"
    flag = rf"(?<=\U0001f3f4)(?:{'|'.join(_FLAGS)})\U000e007f(*SKIP)(*FAIL)"
    pattern = rf"(?=[{_ANYWHERE}])(?:{flag}|{run}|{never}|{gone})"
    return regex.compile(pattern, regex.VERSION1 | regex.DOTALL)
