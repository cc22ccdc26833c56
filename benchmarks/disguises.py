"""Ways to write a text so that people or models can still read it, and filters may not."""

from __future__ import annotations

import base64
import codecs
import json
import quopri
import random
import re
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from string import ascii_lowercase, ascii_uppercase
from urllib.parse import quote

Disguise = Callable[[str], str]

_MORSE_SIGNS = """
a .-  b -...  c -.-.  d -..  e .  f ..-.  g --.  h ....  i ..  j .---  k -.-  l .-..  m --
n -.  o ---  p .--.  q --.-  r .-.  s ...  t -  u ..-  v ...-  w .--  x -..-  y -.--  z --..
0 -----  1 .----  2 ..---  3 ...--  4 ....-  5 .....  6 -....  7 --...  8 ---..  9 ----.
. .-.-.-  , --..--  ? ..--..  ' .----.  ! -.-.--  : ---...  - -....-  / -..-.  " .-..-.  @ .--.-.
"""
_MORSE = dict(zip(_MORSE_SIGNS.split()[::2], _MORSE_SIGNS.split()[1::2], strict=True))
_LEET = str.maketrans("aeiostAEIOST", "431057431057")
_CYRILLIC = str.maketrans("aceopxyABCEHKMOPTX", "асеорхуАВСЕНКМОРТХ")


def caesar(places: int) -> Disguise:
    """Letters moved on by some places."""
    lower, upper = ascii_lowercase, ascii_uppercase
    table = str.maketrans(
        lower + upper, lower[places:] + lower[:places] + upper[places:] + upper[:places]
    )
    return lambda text: text.translate(table)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _each_byte(form: str, apart: str = "") -> Disguise:
    return lambda text: apart.join(form.format(byte) for byte in text.encode())


def _each_word(change: Disguise) -> Disguise:
    return lambda text: " ".join(change(word) for word in text.split())


def _each_letter(apart: str, between: str) -> Disguise:
    return lambda text: between.join(apart.join(word) for word in text.split())


def _joined(apart: str) -> Disguise:
    return lambda text: apart.join(text.split())


def _styled(capital: int, small: int) -> Disguise:
    table = {
        ord(letter): chr(start + index)
        for letters, start in ((ascii_uppercase, capital), (ascii_lowercase, small))
        for index, letter in enumerate(letters)
    }
    return lambda text: text.translate(table)


def _pig(text: str) -> str:
    def word(found: re.Match[str]) -> str:
        onset = re.match("(?:[^aeiouyAEIOUY]*qu|[yY]?[^aeiouyAEIOUY]+|[yY](?=[aeiou]))?", found[0])
        cut = onset.end() if onset else 0
        return f"{found[0][cut:]}{found[0][:cut]}ay" if cut else f"{found[0]}way"

    return re.sub("[A-Za-z]+", word, text)


def _morse(text: str) -> str:
    words = (" ".join(filter(None, map(_MORSE.get, word))) for word in text.lower().split())
    return " / ".join(filter(None, words))


def _zalgo(text: str) -> str:
    pick = random.Random(0)
    marks = [chr(point) for point in range(0x300, 0x36F)]
    return "".join(
        letter + "".join(pick.choices(marks, k=4)) if letter.isalpha() else letter
        for letter in text
    )


def _concatenated(text: str) -> str:
    parts = [text[start : start + 7] for start in range(0, len(text), 7)]
    return "print(" + " + ".join(json.dumps(part) for part in parts) + ")"


def _variables(text: str) -> str:
    third = len(text) // 3 + 1
    parts = [text[start : start + third] for start in range(0, len(text), third)]
    lines = [f"{name} = {json.dumps(part)}" for name, part in zip("abc", parts, strict=False)]
    return "\n".join([*lines, "print(" + " + ".join("abc"[: len(parts)]) + ")"])


def _base85(text: str) -> str:
    return base64.b85encode(text.encode()).decode()


def _mail(text: str) -> str:
    message = EmailMessage()
    message["From"], message["Subject"] = "alice@example.org", "Monday"
    message.set_content(text, cte="base64")
    return message.as_string()


_rot13 = caesar(13)

#: Name → disguise, in the order of the table.
DISGUISES: Mapping[str, Disguise] = {
    "base64": _base64,
    "base64, URL-safe, no padding": lambda text: (
        base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    ),
    "base64 in lines": lambda text: base64.encodebytes(text.encode()).decode(),
    "base64 in a sentence": lambda text: f"My notes from Monday: {_base64(text)} That was all.",
    "base64 word by word": _each_word(_base64),
    "base64 twice": lambda text: _base64(_base64(text)),
    "base64 of ROT13": lambda text: _base64(_rot13(text)),
    "base64 of hex": lambda text: _base64(text.encode().hex()),
    "base64 of UTF-16": lambda text: base64.b64encode(text.encode("utf-16-le")).decode(),
    "hex of base64": lambda text: _base64(text).encode().hex(),
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
    "ASCII85": lambda text: base64.a85encode(text.encode()).decode(),
    "base85": _base85,
    "hex": lambda text: text.encode().hex(),
    "hex, upper case": lambda text: text.encode().hex().upper(),
    "hex, spaced": _each_byte("{:02x}", " "),
    "hex, 0x": _each_byte("0x{:02x}", ", "),
    "hex, \\x": _each_byte("\\x{:02x}"),
    "percent": _each_byte("%{:02X}"),
    "percent, as in addresses": lambda text: quote(text, safe=""),
    "percent twice": lambda text: quote(_each_byte("%{:02X}")(text)),
    "entities, decimal": _each_byte("&#{};"),
    "entities, hex": _each_byte("&#x{:x};"),
    "\\u escapes": _each_byte("\\u{:04x}"),
    "octal escapes": _each_byte("\\{:03o}"),
    "JSON in JSON": lambda text: json.dumps(json.dumps("\n".join(text.split()))),
    "code points, U+": _each_byte("U+{:04X}", " "),
    "ASCII codes": _each_byte("{}", " "),
    "ASCII codes in octal": _each_byte("{:o}", " "),
    "binary": _each_byte("{:08b}", " "),
    "binary, one run": _each_byte("{:08b}"),
    "chr() calls": _each_byte("chr({})", "+"),
    "ROT13": _rot13,
    "Caesar 3": caesar(3),
    "Caesar 19": caesar(19),
    "Atbash": lambda text: text.translate(
        str.maketrans(
            ascii_lowercase + ascii_uppercase, ascii_lowercase[::-1] + ascii_uppercase[::-1]
        )
    ),
    "reversed": lambda text: text[::-1],
    "reversed, bidi override": lambda text: f"\u202e{text[::-1]}\u202c",
    "each word reversed": _each_word(lambda word: word[::-1]),
    "word order reversed": lambda text: " ".join(reversed(text.split())),
    "Morse": _morse,
    "Pig Latin": _pig,
    "leetspeak": lambda text: text.translate(_LEET),
    "letters spaced": _each_letter(" ", "   "),
    "letters spaced, words too": _each_letter(" ", " "),
    "letters dashed": _each_letter("-", " "),
    "letters dotted": _each_letter(".", "  "),
    "words dashed": _joined("-"),
    "words underscored": _joined("_"),
    "words dotted": _joined("."),
    "words without spaces": _joined(""),
    "camel case": lambda text: "".join(map(str.capitalize, re.findall("[A-Za-z0-9]+", text))),
    "Cyrillic look-alikes": lambda text: text.translate(_CYRILLIC),
    "fullwidth": _styled(0xFF21, 0xFF41),
    "mathematical bold": _styled(0x1D400, 0x1D41A),
    "circled": _styled(0x24B6, 0x24D0),
    "zalgo": _zalgo,
    "data: URI": lambda text: f"data:text/plain;base64,{_base64(text)}",
    "data: URI, percent": lambda text: f"data:text/plain,{quote(text)}",
    "quoted-printable": lambda text: quopri.encodestring(text.encode(), quotetabs=True).decode(),
    "quoted-printable, all": _each_byte("={:02X}"),
    "strings joined in code": _concatenated,
    "strings by name": _variables,
    "HTML comment": lambda text: f"<p>We met on Monday.</p><!-- {text} -->",
    "HTML, hidden": lambda text: f"<p>We met on Monday.</p><p style='display:none'>{text}</p>",
    "Markdown comment": lambda text: f"We met on Monday.\n\n[//]: # ({text})\n",
    "mail, base64 body": _mail,
}

assert codecs.encode("Gur", "rot13") == DISGUISES["ROT13"]("Gur")
