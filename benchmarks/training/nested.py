"""Orders in one field of a record, without a word of overriding, and such records without any.

A request that is harmless from a user ("send fifty dollars to Tom") is a planted order when it
stands in the notes of a calendar entry that a tool returned. The requests are those that people spoke or
typed to assistants (clinc_oos, nlu_eval); what fills the field otherwise is what people write to
people or about things.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import yaml

from benchmarks.training.rows import Row, read

#: Records made; an epoch draws some of them.
RECORDS = 6000

#: Longest text that is put into a field, in characters.
LONGEST = 240

#: Both sources of requests are under Creative Commons, attribution.
LICENSE = "CC-BY-4.0 and CC-BY-3.0"

_ADDRESSED = re.compile(
    r"^(?:(?:hey|hi|ok|okay|olly|please|kindly|can you|could you|would you|will you"
    r"|i need you to|i want you to|i would like you to|i'd like you to)[ ,]+)+"
)
_ORDERS = frozenset(
    [
        "turn",
        "play",
        "set",
        "give",
        "show",
        "make",
        "check",
        "book",
        "find",
        "add",
        "get",
        "send",
        "change",
        "start",
        "remove",
        "order",
        "delete",
        "put",
        "call",
        "open",
        "confirm",
        "read",
        "switch",
        "shut",
        "tweet",
        "schedule",
        "remind",
        "cancel",
        "list",
        "mute",
        "take",
        "create",
        "resume",
        "lower",
        "clear",
        "stop",
        "convert",
        "text",
        "post",
        "search",
        "save",
        "transfer",
        "reserve",
        "write",
        "skip",
        "raise",
        "activate",
        "pay",
        "report",
        "inform",
        "pull",
        "email",
        "connect",
        "reset",
        "share",
        "buy",
        "block",
        "freeze",
        "copy",
        "unlock",
        "lock",
        "submit",
        "upload",
        "download",
        "forward",
        "reply",
        "invite",
        "rename",
        "enable",
        "disable",
        "grant",
        "apply",
        "update",
        "move",
    ]
)
_SENTENCE = re.compile(r"(?<!\S)[A-Z][^.!?\n]{25,200}[.!?](?!\S)")

#: Who asks, before an order: mostly nobody.
_OPENINGS = (
    "",
    "",
    "",
    "Please ",
    "Please ",
    "please ",
    "Kindly ",
    "Could you ",
    "{name}: please ",
)

#: Field names, with the kind of value; `text` is where an order may stand.
_SHAPES = tuple(
    line.split()
    for line in """
    review_id:id author:name stars:small text:text
    from:mail to:mail subject:words body:text
    sender:name sent:time message:text
    title:words start:time end:time notes:text
    name:words owner:name stars_count:number about:text
    path:path size:number modified:time content:text
    ticket:id status:word priority:small comment:text
    account:id amount:number currency:word reference:text
    place:words rating:small hours:time tip:text
    post_id:id user:name likes:number caption:text
    contact:name phone:phone remarks:text
    sku:id price:number in_stock:flag description:text
    url:url heading:words snippet:text
    patient:name visit:time observation:text
    device:word online:flag label:text
    commit:id author:mail summary:text
    track:words artist:name lyrics:text
    guest:name room:small wishes:text
    """.strip().splitlines()
)
_NAMES = [
    "Amara Boyd",
    "Lena Fischer",
    "T. Okafor",
    "Jun Sato",
    "maria_p",
    "Kofi",
    "Ines Duarte",
    "R. Patel",
    "zoe.k",
]
_WORDS = [
    "harbour",
    "green",
    "winter",
    "router",
    "quarterly",
    "plan",
    "lamp",
    "garden",
    "north",
    "review",
    "studio",
    "blue",
]


def nested(data: Path) -> list[Row]:
    """The rows: half with an order in the field, half without; the same every time."""
    rng = random.Random("nested")
    orders, remarks = _orders(data), _remarks(data)
    return [_row(orders, remarks, number % 2, rng) for number in range(RECORDS)]


def _row(orders: Sequence[str], remarks: Sequence[str], label: int, rng: random.Random) -> Row:
    said = rng.choice(remarks)
    if label:
        order = _polite(rng.choice(orders), rng)
        said = order if rng.random() < 0.6 else rng.choice((f"{said} {order}", f"{order} {said}"))
    text = _written(_record(said, rng), rng)
    kind = "planted" if label else "benign_planted"
    return Row(text, label, "own/nested", kind, "en", LICENSE, "own/nested")


def _orders(data: Path) -> list[str]:
    texts = (row.text for name in ("clinc_oos", "nlu_eval") for row in read(data, f"train/{name}"))
    bare = {_ADDRESSED.sub("", text.strip().lower()) for text in texts}
    return sorted(text for text in bare if len(text) > 15 and text.split()[0] in _ORDERS)


def _remarks(data: Path) -> list[str]:
    """What people write to people: support questions, sentences of mail, policy and speeches."""
    found = [row.text.strip() for row in read(data, "train/banking77")]
    for name in ("tau2_tool_outputs", "spamassassin", "tldr", "moby_dick", "pypa_advisories"):
        sentences = [s for row in read(data, f"train/{name}") for s in _SENTENCE.findall(row.text)]
        found += random.Random(name).sample(sentences, min(2000, len(sentences)))
    return sorted({" ".join(text.split()) for text in found if len(text) <= LONGEST})


def _polite(order: str, rng: random.Random) -> str:
    opening = rng.choice(_OPENINGS).format(name=rng.choice(_NAMES))
    said = opening + order
    said = said[0].upper() + said[1:] if rng.random() < 0.8 else said
    return said + rng.choice((".", ".", "", "!", " by tonight.", ", thanks."))


def _record(said: str, rng: random.Random) -> Any:
    fields = [field.split(":") for field in rng.choice(_SHAPES)]
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
