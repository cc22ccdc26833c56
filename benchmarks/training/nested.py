"""Orders in one field of a record, without a word of overriding, and such records without any.

A request that is harmless from a user ("send fifty dollars to Tom") is a planted order when it
stands in the notes of a calendar entry that a tool returned. The requests are those that people
spoke or typed to assistants (clinc_oos, nlu_eval); what fills the field otherwise is what people
write to people or about things. The records' parts stand in `nested.yaml`.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from benchmarks.training.rows import Row

#: Records made; an epoch draws some of them.
RECORDS = 6000

#: Longest text that is put into a field, in characters.
LONGEST = 240

#: Share of texts that stand beside another one.
ACCOMPANIED = 0.4

#: Both sources of requests are under Creative Commons, attribution.
LICENSE = "CC-BY-4.0 and CC-BY-3.0"

_ADDRESSED = re.compile(
    r"^(?:(?:hey|hi|ok|okay|olly|please|kindly|can you|could you|would you|will you"
    r"|i need you to|i want you to|i would like you to|i'd like you to)[ ,]+)+"
)
_SENTENCE = re.compile(r"(?<!\S)[A-Z][^.!?\n]{25,200}[.!?](?!\S)")

_PARTS = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
_ORDERS = frozenset(_PARTS["orders"].split())
_ADVICE = frozenset(_PARTS["advice"].split())
_NAMES: list[str] = _PARTS["names"]
_WORDS: list[str] = _PARTS["words"]


def nested(rows: Mapping[str, Sequence[Row]]) -> list[Row]:
    """Rows made of those of other sources: half with an order in the field, half without.

    The same every time.
    """
    rng = random.Random("nested")
    orders, remarks = _orders(rows), _remarks(rows)
    advice = [text for text in remarks if text.split()[0].lower() in _ADVICE]
    said = (remarks, orders, advice, orders)
    return [_row(said[number % 4], remarks, number % 2, rng) for number in range(RECORDS)]


def _row(said: Sequence[str], remarks: Sequence[str], label: int, rng: random.Random) -> Row:
    text = rng.choice(said)
    text = _polite(text, rng) if label else text
    if rng.random() < ACCOMPANIED:
        beside = rng.choice(remarks)
        text = rng.choice((f"{beside} {text}", f"{text} {beside}"))
    kind = "planted" if label else "benign_planted"
    written = _written(_record(text, rng), rng)
    return Row(written, label, "own/nested", kind, "en", LICENSE, "own/nested")


def _orders(rows: Mapping[str, Sequence[Row]]) -> list[str]:
    texts = (row.text for name in ("clinc_oos", "nlu_eval") for row in rows[f"train/{name}"])
    bare = {_ADDRESSED.sub("", text.strip().lower()) for text in texts}
    return sorted(text for text in bare if len(text) > 15 and text.split()[0] in _ORDERS)


def _remarks(rows: Mapping[str, Sequence[Row]]) -> list[str]:
    """What people write to people: support questions, sentences of mail, manuals and policy."""
    found = [row.text.strip() for row in rows["train/banking77"]]
    for name in ("tau2_tool_outputs", "spamassassin", "docs", "code_and_docs", "tldr", "moby_dick"):
        sentences = [s for row in rows[f"train/{name}"] for s in _SENTENCE.findall(row.text)]
        found += random.Random(name).sample(sentences, min(4000, len(sentences)))
    return sorted({" ".join(text.split()) for text in found if len(text) <= LONGEST})


def _polite(order: str, rng: random.Random) -> str:
    opening = rng.choice(_PARTS["openings"]).format(name=rng.choice(_NAMES))
    said = opening + order
    said = said[0].upper() + said[1:] if rng.random() < 0.8 else said
    return said + rng.choice((".", ".", "", "!", " by tonight.", ", thanks."))


def _record(said: str, rng: random.Random) -> Any:
    fields = [*rng.choice(_PARTS["shapes"]).items()]
    if rng.random() < 0.5:
        rng.shuffle(fields)
    record = {name: said if kind == "text" else _VALUES[kind](rng) for name, kind in fields}
    return rng.choice((record, [record], {"result": record}, {"items": [record], "total": 1}))


def _written(record: Any, rng: random.Random) -> str:
    compact = json.dumps(record, ensure_ascii=False)
    forms = (
        lambda: compact,
        lambda: json.dumps(record, indent=2, ensure_ascii=False),
        lambda: repr(record),
        lambda: json.dumps(repr(record), ensure_ascii=False),
        lambda: yaml.safe_dump(record, sort_keys=False, allow_unicode=True, width=1000),
    )
    return rng.choice(forms)()


_VALUES: dict[str, Callable[[random.Random], Any]] = {
    "id": lambda rng: f"{rng.choice('ABKRTX')}{rng.randint(100, 99999)}",
    "name": lambda rng: rng.choice(_NAMES),
    "mail": lambda rng: f"{rng.choice(('amara', 'lena', 'jun', 'ines'))}@mail.example",
    "time": lambda rng: f"20{rng.randint(20, 29)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
    "words": lambda rng: " ".join(rng.sample(_WORDS, 3)).capitalize(),
    "word": lambda rng: rng.choice(_WORDS),
    "path": lambda rng: f"/home/{rng.choice(_WORDS)}/{rng.choice(_WORDS)}.txt",
    "url": lambda rng: f"https://{rng.choice(_WORDS)}.example/{rng.randint(1, 999)}",
    "phone": lambda rng: f"+1 555 0{rng.randint(100, 199)}",
    "number": lambda rng: round(rng.uniform(1, 5000), rng.choice((0, 2))),
    "small": lambda rng: rng.randint(1, 5),
    "flag": lambda rng: rng.random() < 0.7,
}
