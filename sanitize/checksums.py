"""Checks that a rule can name: is what matched really a card number, an account, a key?"""

from __future__ import annotations

import math
import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from string import ascii_lowercase, ascii_uppercase, digits

#: The digits of base 62 as GitHub's tokens use them.
BASE62 = digits + ascii_uppercase + ascii_lowercase

#: Bits a character from which a run of letters and digits counts as random: English words have
#: about 4.1 with all letters in play but repeat them, keys of 20 characters and more reach 3.5.
RANDOM_BITS = 3.5

#: Digits of payment cards (ISO/IEC 7812-1).
CARD_DIGITS = range(12, 20)

#: Length of an IBAN by country is in its registry; none is shorter or longer (ISO 13616-1).
IBAN_LENGTH = range(15, 35)


def luhn(text: str) -> bool:
    """The check digit of payment cards (ISO/IEC 7812-1, annex B)."""
    numbers = [int(char) for char in text if char in digits]
    if len(numbers) not in CARD_DIGITS or len(set(numbers)) < 2:
        return False
    doubled = (sum(divmod(2 * number, 10)) for number in numbers[-2::-2])
    return (sum(numbers[-1::-2]) + sum(doubled)) % 10 == 0


def mod97(text: str) -> bool:
    """The check digits of an IBAN (ISO 13616-1, by ISO 7064 MOD 97-10)."""
    plain = "".join(char for char in text if char.isalnum()).upper()
    if len(plain) not in IBAN_LENGTH or not plain.isascii():
        return False
    turned = plain[4:] + plain[:4]
    return int("".join(str(int(char, 36)) for char in turned)) % 97 == 1


def crc32(text: str) -> bool:
    """Tokens that end with the CRC-32 of their random part, six digits of base 62.

    GitHub, "Behind GitHub's new authentication token formats", 2021; npm's are alike.
    """
    body, check = text[text.rfind("_") + 1 : -6], text[-6:]
    number, found = zlib.crc32(body.encode("ascii", "replace")), ""
    for _ in check:
        number, rest = divmod(number, 62)
        found = BASE62[rest] + found
    return len(check) == 6 and found == check


def entropy(text: str) -> bool:
    """Looks drawn at random: letters and digits both, and hardly any repeated (Shannon 1948)."""
    if not (any(map(str.isdigit, text)) and any(map(str.isalpha, text))):
        return False
    total = len(text)
    bits = -sum(n / total * math.log2(n / total) for n in Counter(text).values())
    return bits >= min(RANDOM_BITS, 0.8 * math.log2(total))


#: Name → check, as rules write it.
CHECKS: Mapping[str, Callable[[str], bool]] = {
    "crc32": crc32,
    "entropy": entropy,
    "luhn": luhn,
    "mod97": mod97,
}
