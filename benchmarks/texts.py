"""Text to time with: real prose of any length, no two windows alike."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

#: Long, plain English that every checkout has.
PROSE = Path(__file__).parent.parent / "LICENSE"


def of_tokens(tokenizer: Any, tokens: int) -> str:
    """Prose that the tokenizer turns into exactly `tokens` tokens."""
    text = of_chars(tokens * 8)
    encoding = tokenizer.encode(text, add_special_tokens=False)
    return text[: encoding.offsets[tokens - 1][1]]


def of_chars(chars: int) -> str:
    """Prose of exactly `chars` characters; behind its end its words go on in another order."""
    words = PROSE.read_text("utf-8").split()
    shuffler = random.Random(0)
    text = " ".join(words)
    while len(text) < chars:
        shuffler.shuffle(words)
        text += " " + " ".join(words)
    return text[:chars]
