"""Makes rules/text/english.json from the demo's sentences and our corpus; a test runs it again.

sanitize/demo/data/sentences.tsv is in the public domain (its README names the
books); benchmarks/corpus is ours (CC0). Everyday words that neither has are in by_hand.txt,
and the neighbours in injections come from our own examples in the rule pack. Run it with

    python -m tests.text.derive_english
"""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "sanitize" / "demo" / "data" / "sentences.tsv"
CORPUS = ROOT / "benchmarks" / "corpus"

#: Batches that do not count: twice the texts, with slang and slips, made other words frequent, and
#: decoding is measured with these.
LATER = re.compile(r"-[c-z]\.jsonl$")

PACK = ROOT / "rules" / "text" / "injection.yaml"
BY_HAND = ROOT / "tests" / "text" / "by_hand.txt"
TARGET = ROOT / "rules" / "text" / "english.json"

#: Words that the sentences must hold this often; rarer ones are names and oddities.
MIN_WORD = 2

#: Texts of the corpus that must hold a word, by its length: names, misspellings and words of other
#: languages stand in few, and short ones would be found in any row of letters.
MIN_TEXTS = {3: 8}
MIN_TEXTS_LONG = 3

#: Pairs of neighbours: how often in this order, and how much rarer the other way round.
MIN_PAIR, PAIR_RATIO = 3, 8

#: How often the corpus must hold them: its texts are more alike.
MIN_CORPUS_PAIR = 8

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")


def _sentences() -> list[list[str]]:
    lines = SOURCE.read_text("utf-8").lower().replace("’", "'").splitlines()
    return [_WORD.findall(line.partition("\t")[2]) for line in lines]


def _texts() -> list[list[str]]:
    """The words of the corpus' English texts."""
    batches = (path for path in sorted(CORPUS.glob("*.jsonl")) if not LATER.search(path.name))
    lines = (line for path in batches for line in path.open("rb"))
    texts = (row["text"] for row in map(json.loads, lines) if row["lang"] == "en")
    return [_WORD.findall(text.lower().replace("’", "'")) for text in texts]


def _orders() -> set[tuple[str, str]]:
    """Neighbours in the rule pack's English examples, which are ours."""
    rules = yaml.safe_load(PACK.read_text("utf-8"))["rules"]
    lines = (line for rule in rules for line in rule["match"] if line.isascii())
    found = {pair for line in lines for pair in pairwise(_WORD.findall(line.lower()))}
    return {pair for pair in found if pair[::-1] not in found}


def _words(sentences: list[list[str]], texts: list[list[str]]) -> list[str]:
    """Words that are frequent in the books or the corpus, the most frequent of both first."""
    books = Counter(word for sentence in sentences for word in sentence)
    corpus = Counter(word for text in texts for word in text)
    spread = Counter(word for text in texts for word in set(text))
    kept = {word for word, count in books.items() if count >= MIN_WORD}
    kept |= {
        word
        for word, count in spread.items()
        if len(word) >= 3 and count >= MIN_TEXTS.get(len(word), MIN_TEXTS_LONG)
    }
    plain = (word for word in kept if "'" not in word and (len(word) > 1 or word in "ai"))
    return sorted(plain, key=lambda word: (-books[word] - corpus[word], word))


def _pairs(lines: list[list[str]], least: int) -> set[tuple[str, str]]:
    """Neighbours that hardly ever stand the other way round."""
    pairs = Counter(pair for line in lines for pair in pairwise(line))
    return {
        (first, second)
        for (first, second), count in pairs.items()
        if count >= least and count >= PAIR_RATIO * pairs[second, first] and first != second
    }


def derive() -> dict[str, Any]:
    """The content of rules/text/english.json."""
    sentences, texts = _sentences(), _texts()
    frequent = _words(sentences, texts)
    ordered = _pairs(sentences, MIN_PAIR) | _pairs(texts, MIN_CORPUS_PAIR)
    ordered |= {pair for pair in _orders() if pair[::-1] not in ordered}
    by_hand = BY_HAND.read_text("utf-8").split()
    known = {*frequent, *by_hand}
    ordered = {pair for pair in ordered if known.issuperset(pair)}
    return {
        "about": "frequent English words, the most frequent first; neighbours in their usual "
        "order; made by tests/text/derive_english.py",
        "source": "sanitize/demo/data/sentences.tsv (public domain); benchmarks/corpus, examples "
        "of text/injection and `modern`, written by hand, are ours",
        "words": " ".join(frequent),
        "modern": " ".join(sorted(set(by_hand) - set(frequent))),
        "pairs": ",".join(sorted(map(" ".join, ordered))),
    }


def render() -> str:
    """The file, character for character."""
    return json.dumps(derive(), indent=1) + "\n"


if __name__ == "__main__":
    TARGET.write_text(render(), "utf-8")
