"""JSON and YAML as text: every string, read without building what it describes."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from sanitize.text import tags
from sanitize.text.documents.parts import Found, Malformed, OverBudget, Part, joined
from sanitize.types import Finding, Severity

#: Deepest nesting that is read: what people write is flat.
MAX_DEPTH = 64
#: Values that may be told more than once by references, as a multiple of those written out.
MAX_EXPANSION = 100


class _Pairs(list[tuple[str, Any]]):
    """An object of JSON with all its keys, those told twice included."""


def read_json(text: str) -> Found:
    """Keys and strings; `text.duplicate-key`."""
    yield from _of_json([_parse(text)])


def read_json_lines(text: str) -> Found:
    """The same of every line."""
    yield from _of_json([_parse(line) for line in text.splitlines() if line.strip()])


def _parse(text: str) -> Any:
    try:  # numbers as they are written: `int` takes quadratic time
        return json.loads(
            text, object_pairs_hook=_Pairs, parse_int=str, parse_float=len, parse_constant=len
        )
    except RecursionError:
        raise OverBudget("depth") from None
    except ValueError:
        raise Malformed from None


def _of_json(documents: list[Any]) -> Found:
    strings: list[str] = []
    repeated = 0
    level, depth = documents, 0
    while level:
        if depth > MAX_DEPTH:
            raise OverBudget("depth")
        repeated += sum(_repeated(item) for item in level if isinstance(item, _Pairs))
        below: list[Any] = []
        for item in level:
            if isinstance(item, _Pairs):
                for key, value in item:
                    below += (key, value)
            elif isinstance(item, list):
                below += item
            elif isinstance(item, str):
                strings.append(item)
        level, depth = below, depth + 1
    yield from duplicates(repeated)
    yield from of_strings(strings)


def _repeated(pairs: _Pairs) -> int:
    return len(pairs) - len({key for key, _ in pairs})


def duplicates(count: int) -> Iterator[Finding]:
    """`text.duplicate-key`: two readers may take two different values."""
    if count:
        yield Finding("text.duplicate-key", Severity.MEDIUM, 1.0, detail={"count": count})


def of_strings(strings: list[str]) -> Found:
    """Strings that say something, in one part, and the documents among them."""
    said = []
    for string in strings:
        kind = _kind(string)
        if kind:
            yield Part("string", string, kind=kind)
        elif " " in string or not string.isascii() or len(string) > 24:
            said.append(string)
    yield from joined("strings", said, shown=True)


def _kind(string: str) -> str:
    """The kind of document that a string may hold; empty if it is none."""
    head = string.lstrip()[:5]
    if head[:1] in ("{", "[") and len(string) > 8:
        return "json"
    if "<" in string and tags.has_markup(string):
        return "xml" if head == "<?xml" else "html"
    return ""


_COMMENT = re.compile(r"(?:^|(?<=\s))#[ \t]*+([^\n]*+)")


def read_yaml(text: str) -> Found:
    """Keys and strings, comments, and tags that would build objects; nothing is built.

    References (`*a`) are counted, not followed: what nine levels of nine would make is a
    finding, not an answer.
    """
    import yaml

    reading, data = _Yaml(), text.encode("utf-8", "replace")
    try:
        for event in yaml.parse(data, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            reading.take(event)
    except (yaml.YAMLError, RecursionError):
        raise Malformed from None
    yield from duplicates(reading.repeated)
    if reading.tags:
        detail = {"tags": reading.tags}
        yield Finding("text.active-content", Severity.MEDIUM, 0.9, detail=detail)
    yield from of_strings(reading.strings)
    yield from joined("comment", _COMMENT.findall(text), shown=False)


class _Yaml:
    """What a stream of events told: strings, repeated keys, tags, how much references make."""

    def __init__(self) -> None:
        self.strings: list[str] = []
        self.repeated = self.tags = self.events = 0
        self.sizes: Counter[str] = Counter()
        #: For each open collection: its anchor, its size so far, its keys, is a key next?
        self.open: list[tuple[str | None, list[int], set[str] | None, list[bool]]] = []

    def take(self, event: Any) -> None:
        name = type(event).__name__
        self.events += 1
        tag = getattr(event, "tag", None) or ""
        self.tags += "python/" in tag or tag.startswith(("!ruby", "!java", "!!java", "!php"))
        if name == "ScalarEvent":
            self._key(event.value)
            self.strings.append(event.value)
            self._ended(event.anchor, 1)
        elif name == "AliasEvent":
            self._key(None)
            self._ended(None, self.sizes[event.anchor] or 1)
        elif name.endswith("StartEvent") and hasattr(event, "anchor"):
            self._key(None)
            keys = set[str]() if name.startswith("Mapping") else None
            self.open.append((event.anchor, [1], keys, [True]))
            if len(self.open) > MAX_DEPTH:
                raise OverBudget("depth")
        elif name in ("MappingEndEvent", "SequenceEndEvent"):
            anchor, size, *_ = self.open.pop()
            self._ended(anchor, size[0])

    def _key(self, value: str | None) -> None:
        """Note a key; every other node of a mapping is one."""
        if self.open and (keys := self.open[-1][2]) is not None:
            turn = self.open[-1][3]
            if turn[0] and value is not None and value != "<<":
                self.repeated += value in keys
                keys.add(value)
            turn[0] = not turn[0]

    def _ended(self, anchor: str | None, size: int) -> None:
        if anchor:
            self.sizes[anchor] = size
        if self.open:
            self.open[-1][1][0] += size
        if size > MAX_EXPANSION * (self.events + 100):
            raise OverBudget("references")
