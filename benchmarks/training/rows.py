"""Rows of the detector's data: reading, cleaning, and when two texts count as the same."""

from __future__ import annotations

import gzip
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

#: Longest text that is read, in characters; the data files are cut there too.
MAX_CHARACTERS = 12_000

#: The rows that were written for this project.
CORPUS = Path(__file__).parents[1] / "corpus"

#: Words in the shingles that two texts must not share across train and dev.
SHINGLE_WORDS = 8

# Variation selectors, Hangul fillers and the Braille blank are not format characters (Cf), yet show
# nothing.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u2800\u3164"
    "\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled text. `payload` is the planted order inside it, where the source names it."""

    text: str
    label: int
    source: str
    kind: str
    lang: str
    license: str
    file: str
    payload: str = ""


def visible(text: str) -> str:
    """Drop characters that show nothing: the product's filters do so before a detector reads."""
    kept = "".join(c for c in text if unicodedata.category(c) != "Cf")
    return _INVISIBLE.sub("", kept)


def read(root: Path, name: str) -> list[Row]:
    """Rows of one file, e.g. `read(data, "train/slabs")`, without invisible characters.

    `authored/…` is the project's own corpus and lies in the repository.
    """
    folder, _, batch = name.partition("/")
    if folder == "authored":
        lines = (CORPUS / f"{batch}.jsonl").read_text(encoding="utf-8").splitlines()
        return [_row(json.loads(line), name) for line in lines]
    with gzip.open(root / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        return [_row(json.loads(line), name) for line in file]


def names(root: Path, folder: str) -> list[str]:
    """Names of the data files in one folder, sorted.

    Raises:
        FileNotFoundError: there is none. Without the dev rows nothing would be kept out of the mix.
    """
    found = sorted((root / folder).glob("*.jsonl.gz"))
    if not found:
        raise FileNotFoundError(f"data: expected *.jsonl.gz in {root / folder}, found none")
    return [f"{folder}/{path.name.removesuffix('.jsonl.gz')}" for path in found]


def _row(raw: dict[str, str], name: str) -> Row:
    return Row(
        text=visible(raw["text"][:MAX_CHARACTERS]),
        label=int(raw["label"]),
        source=raw["source"],
        kind=raw["kind"],
        lang=raw.get("lang") or "",
        license=raw.get("license") or "",
        file=name,
        payload=visible(raw.get("payload") or ""),
    )


def key(text: str) -> str:
    """What makes two texts the same: NFKC, lower case, no outer space."""
    return unicodedata.normalize("NFKC", text).lower().strip()


def shingles(text: str) -> Iterator[str]:
    """Every run of eight words in a text, lower-cased; nothing for a shorter text."""
    words = re.findall(r"\w+", key(text))
    for start in range(len(words) - SHINGLE_WORDS + 1):
        yield " ".join(words[start : start + SHINGLE_WORDS])


class Overlap:
    """Tells whether a text repeats one of the reference texts, whole or in any eight words."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._keys: set[str] = set()
        self._shingles: set[str] = set()
        for text in texts:
            self._keys.add(key(text))
            self._shingles.update(shingles(text))

    def __call__(self, text: str) -> bool:
        """True when the text is one of the references, or shares eight words in a row with one."""
        return key(text) in self._keys or any(
            shingle in self._shingles for shingle in shingles(text)
        )
