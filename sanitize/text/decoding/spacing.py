"""Words with too much between their letters, or too little between them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from sanitize.text.decoding.language import familiarity, gains, is_known, segment, words
from sanitize.text.decoding.places import ALONE, AROUND, Readings, replaced

#: Signs between letters that stand apart; blanks do as well.
_PARTING = r"_.*~|/,+:;-"
_APART = rf"[ \t{_PARTING}]"
_LETTERS_HINT = re.compile(rf"(?<![^\W_])(?:[^\W\d_]{_APART}{{1,4}}){{5}}")
_LETTERS = re.compile(rf"(?<![^\W_])[^\W_](?:{_APART}{{1,4}}[^\W_](?![^\W_])){{5,}}+")
_SPACED = re.compile(r"(?<!\S)\S(?:[ \t\n]{1,4}\S(?!\S)){9,}+")
_WIDE = re.compile(r"[ \t\n]{2,4}")
#: A word with one sign between all its letters and signs.
_STRIDED = re.compile(rf"(?<!\S)\S([{_PARTING}])\S(?:\1\S)*+(?!\S)")
_RUN = re.compile("[A-Za-z]{4,}")

#: From the first sign on, since ordinary text has few of those; what is before it is found
#: backwards.
_JOINED = re.compile(r"[-_.+*~|/,;:](?<=[A-Za-z0-9'](.))[A-Za-z0-9']++(?:\1[A-Za-z0-9']++){2,}+")
_TURN = re.compile(
    "(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=[0-9])|(?<=[0-9])(?=[a-z])"
)
_UNBROKEN = re.compile(r"\S+\Z")
_UNBROKEN_ON = re.compile(r"\S{0,400}+")
_SIGNS = "-_.*~|·"
_SIGN = re.compile(f"(?<=[A-Za-z])[{_SIGNS}]+(?=[A-Za-z])")
_LONG = re.compile("[A-Za-z][A-Za-z0-9']{15,}")
_LETTERS_ONLY = re.compile("[A-Za-z]+")

#: Signs between letters that make a text one of letters apart; a third of all, or English without.
FEWEST_SIGNS = 10

#: Letters that are put into words, for one text; what is longer is hardly written by hand.
MAX_LETTERS = 20_000


def from_letters_apart(text: str) -> Readings:
    """Letters with a blank, a dash, a dot or a line between them."""
    if not _LETTERS_HINT.search(text):
        return
    whole = _STRIDED.sub(lambda word: word.group()[::2], text)
    signs = len(text) - len(whole)
    if signs >= FEWEST_SIGNS and (signs * 3 > len(text) or gains(text, whole)):
        yield "letters-apart", whole
        return
    said = " ".join(_unspaced(match.group()) for match in _SPACED.finditer(text))
    said = said or " ".join(_together(match.group()) for match in _LETTERS.finditer(text))
    if familiarity(said) >= 0.5 and len(said) >= max(10, 3 * (said.count(" ") + 1)):
        yield "letters-apart", said


def _unspaced(text: str) -> str:
    """Letters and signs without the blanks between them; wider ones part words."""
    parts = ["".join(part.split()) for part in _WIDE.split(text[: 2 * MAX_LETTERS])]
    if len(parts) > 1:
        return " ".join(parts)
    return _RUN.sub(_parted, parts[0]).strip()


def _parted(run: re.Match[str]) -> str:
    """The words in a row of letters, with blanks around them where signs need none."""
    start, end = run.span()
    ahead, behind = run.string[max(0, start - 1) : start], run.string[end : end + 1]
    said = segment(run.group())
    before = "" if not ahead or ahead in "(['\"{_-@$#/" else " "
    holds_off = behind.isdigit() and len(said) > 1
    after = " " if holds_off or behind in ("(", "[", "{", "$", "€", "£") else ""
    return f"{before}{' '.join(said)}{after}"


def _together(text: str) -> str:
    """The letters without what stands between them; what is longer or different parts words."""
    between = re.findall(f"{_APART}+", text)
    usual = Counter(between).most_common(1)[0][0]
    parts = re.split(f"{_APART}+", text)
    joined = parts[0] + "".join(
        (letter if gap == usual else f" {letter}")
        for gap, letter in zip(between, parts[1:], strict=True)
    )
    if " " in joined and sum(map(is_known, words(joined))) * 2 >= joined.count(" "):
        return joined
    return " ".join(segment(joined.replace(" ", "")[:MAX_LETTERS]))


def from_joined(text: str) -> Readings:
    """Words joined by one sign or by capitals, each row on a line."""
    pieces = [piece for piece in _unjoined(text) if _is_phrase(piece)]
    if pieces:
        yield "joined", "\n".join(pieces)
    longer = (_TURN.sub(" ", word) for word in _long_words(text))
    humps = [piece for piece in longer if _is_camel(piece)]
    if humps:
        yield "camel-case", "\n".join(humps)


def _unjoined(text: str) -> Iterator[str]:
    """What stands between blanks, with blanks for the sign that joins words there."""
    done = 0
    for match in _JOINED.finditer(text):
        if match.start() >= done:
            start, done = _ends(text, match, done)
            token = text[start:done]
            yield token.replace(_usual(token), " ")


def _ends(text: str, match: re.Match[str], done: int) -> tuple[int, int]:
    """Where what stands between blanks around a match begins, not before `done`, and ends."""
    ahead = _UNBROKEN.search(text[max(done, match.start() - AROUND) : match.start()])
    behind = _UNBROKEN_ON.match(text, match.end())
    start = match.start() - len(ahead.group() if ahead else "")
    return start, behind.end() if behind else match.end()


def _usual(token: str) -> str:
    """The sign that joins most words."""
    return Counter(found[1] for found in _JOINED.finditer(token)).most_common(1)[0][0]


def _long_words(text: str) -> Iterator[str]:
    """Long words, up to `MAX_LETTERS` together."""
    room = MAX_LETTERS
    for match in _LONG.finditer(text):
        word = match.group()[:room]
        room -= len(word)
        yield word
        if not room:
            return


def _is_camel(piece: str) -> bool:
    """Four words or more, known for the most part, once they are parted at capitals."""
    return piece.count(" ") >= 3 and _is_phrase(piece)


def _is_phrase(piece: str) -> bool:
    """Known words for the most part, and not single letters."""
    return len(piece) >= 3.2 * (piece.count(" ") + 1) and familiarity(piece) >= 0.5


def from_hyphenated(text: str) -> Readings:
    """Words with signs between their letters or syllables."""
    broken = list(_broken(text))
    if len(broken) < 3:
        return
    before = " ".join(broken)
    if len(before) < 3.5 * (len(_SIGN.findall(before)) + len(broken)):
        return  # letters one by one are `from_letters_apart`'s
    if gains(before, _SIGN.sub("", before)):
        start, end = text.index(broken[0]), text.rindex(broken[-1]) + len(broken[-1])
        yield "hyphenated", _SIGN.sub("", text[start:end])


def _broken(text: str) -> Iterator[str]:
    """Words with a sign between letters."""
    done = 0
    for match in _SIGN.finditer(text):
        if match.start() >= done:
            start, done = _ends(text, match, done)
            yield text[start:done]


def from_spaceless(text: str) -> Readings:
    """Long words that are several, each on a line; in their places if they are short."""
    room, found, done = MAX_LETTERS, [], 0
    for match in _LONG.finditer(text):
        if room <= 0:
            break
        word = match.group()[:room]
        room -= len(word)
        if match.start() < done or len(set(word)) < 6 or _is_camel(_TURN.sub(" ", word)):
            continue
        if _is_sentence([part for run in _LETTERS_ONLY.findall(word) for part in segment(run)]):
            start, done = _ends(text, match, done)
            whole = text[start : min(done, start + room + len(word))]
            room -= len(whole) - len(word)
            found.append((start, done, _RUN.sub(_parted, whole)))
    if sum(len(said) for *_, said in found) >= ALONE:
        yield "spaceless", "\n".join(said for *_, said in found)
    elif found:
        yield "spaceless", replaced(text, found)


def _is_sentence(said: list[str]) -> bool:
    """Three words or more, hardly a letter left over, and not only crumbs."""
    good = [word for word in said if len(word) > 1]
    letters = sum(map(len, said))
    known = sum(len(word) for word in good if is_known(word.lower()))
    return len(good) >= 3 and known >= 0.7 * letters and letters >= 3 * len(said)
