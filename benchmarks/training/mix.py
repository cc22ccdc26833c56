"""The training mix: which rows each epoch sees, drawn by `mix.yaml` and a seed."""

from __future__ import annotations

import random
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import yaml
from tokenizers import Tokenizer

from benchmarks.training.inserted import inserted
from benchmarks.training.nested import nested
from benchmarks.training.notation import notation
from benchmarks.training.readings import readings
from benchmarks.training.rows import Overlap, Row, names, read
from benchmarks.training.trivial import trivial
from benchmarks.training.windows import Carriers, Cutter, Example, Span

Drawn = TypeVar("Drawn")

RECIPE = Path(__file__).with_name("mix.yaml")

#: Share of rows read in NFKC form, so that full-width and styled letters are known in both forms.
NFKC_SHARE = 0.5

#: Share of rows that lose their last full stop, question or exclamation mark: it gives the label
#: away otherwise.
BARE_END_SHARE = 0.15

#: Share of rows that lose all punctuation, as texts do that are read out of Morse code or spelled
#: words, and share with slips of the keyboard in a tenth of their words.
PLAIN_SHARE, SLIPS_SHARE, SLIPS = 0.04, 0.05, 0.1


@dataclass(frozen=True, slots=True)
class Mix:
    """All rows that may be trained on; `payload` is the planted order where it is known."""

    recipe: Mapping[str, Any]
    rows: Mapping[str, Sequence[Row]]

    def epoch(self, number: int, tokenizer: Tokenizer) -> list[Example]:
        """Examples of one epoch in random order; the same number gives the same examples."""
        rng = random.Random(f"{self.recipe['seed']}:{number}")
        cut = Cutter(tokenizer, rng, max_tokens=self.recipe["max_tokens"])
        examples: list[Example] = []
        for name, counts in self.recipe["sources"].items():
            examples += self._source(name, counts, cut, rng)
        rng.shuffle(examples)
        return examples

    def counts(self) -> dict[str, dict[str, int]]:
        """Rows per source after licence and overlap checks, by label, for the manifest."""
        return {
            name: {"attacks": sum(r.label for r in rows), "benign": sum(1 - r.label for r in rows)}
            for name, rows in self.rows.items()
        }

    def _source(
        self, name: str, counts: Mapping[str, int], cut: Cutter, rng: random.Random
    ) -> list[Example]:
        attacks = [row for row in self.rows[name] if row.label]
        benign = [row for row in self.rows[name] if not row.label]
        drawn = draw(attacks, counts.get("attacks", 0), rng) + draw(
            benign, counts.get("benign", 0), rng
        )
        examples = []
        for row in drawn:
            changed = augment(row, rng)
            examples.append(replace(cut(changed, planted(changed)), text=row.text))
        places = [(row, planted(row)) for row in attacks]
        known = [(row, span) for row, span in places if span is not None]
        for row, span in draw(known, counts.get("relabelled", 0), rng):
            clean = cut.clean(row, span)
            if clean is not None:
                examples.append(replace(clean, text=row.text))
        return examples


def load(data: Path, recipe: Path = RECIPE) -> Mix:
    """Read the mix: permitted licences only, no row that repeats a dev or ambiguous text."""
    settings = yaml.safe_load(recipe.read_text(encoding="utf-8"))
    held_out = Overlap(
        row.text
        for folder in ("dev", "ambiguous")
        for name in names(data, folder)
        for row in read(data, name)
    )
    rows = {
        name: _permitted(read(data, name), settings, held_out)
        for name in settings["sources"]
        if name not in MADE
    }
    carriers = Carriers(
        row.text for name in rows if "synth" not in name for row in rows[name] if not row.label
    )
    rows["train/synth_indirect"] = _found(rows["train/synth_indirect"], carriers)
    made = {name: _permitted(make(rows), settings, held_out) for name, make in MADE.items()}
    every = {**rows, **made}
    return Mix(settings, {name: every[name] for name in settings["sources"]})


#: Sources that are made here, of the permitted rows of the others.
MADE: Mapping[str, Callable[[Mapping[str, Sequence[Row]]], list[Row]]] = {
    "own/trivial": lambda rows: trivial(),
    "own/notation": notation,
    "own/nested": nested,
    "own/inserted": inserted,
    "own/readings": readings,
}


def planted(row: Row) -> Span | None:
    """Characters of the payload in the text, if it is known and stands there."""
    start = row.text.find(row.payload) if row.payload else -1
    return None if start < 0 else (start, start + len(row.payload))


def draw(rows: Sequence[Drawn], number: int, rng: random.Random) -> list[Drawn]:
    """`number` rows: whole copies of a source smaller than that, and a random part for the rest."""
    if not rows or not number:
        return []
    copies, rest = divmod(number, len(rows))
    return [*rows] * copies + rng.sample(list(rows), rest)


def augment(row: Row, rng: random.Random) -> Row:
    """Small changes of form that must not change the judgement; the payload changes along."""
    before, payload, after = row.text.partition(row.payload) if row.payload else ("", "", row.text)
    bare, form = rng.random() < BARE_END_SHARE, rng.random()
    if rng.random() < NFKC_SHARE:
        before, payload, after = (_nfkc(part) for part in (before, payload, after))
    if form < PLAIN_SHARE and _WORD.search(row.text):
        before, payload, after = (_MARKS.sub(" ", part) for part in (before, payload, after))
    elif form < PLAIN_SHARE + SLIPS_SHARE:
        before, payload, after = (
            _WORD.sub(lambda word: _slip(word[0], rng), part) for part in (before, payload, after)
        )
    text = before + payload + after
    return replace(row, text=_bare(text) if bare else text, payload=payload)


def _nfkc(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _bare(text: str) -> str:
    return text.rstrip().rstrip(".?!。？！")


_MARKS = re.compile(r" *[^\w\s]+ *")
_WORD = re.compile(r"[^\W\d_]{4,}")


def _slip(word: str, rng: random.Random) -> str:
    """Now and then two inner letters change places, or one is lost."""
    if rng.random() >= SLIPS:
        return word
    at = rng.randint(1, len(word) - 2)
    swapped = word[at + 1] + word[at] if rng.random() < 0.7 else word[at]
    return word[:at] + swapped + word[at + 2 :]


def _permitted(rows: Sequence[Row], settings: Mapping[str, Any], held_out: Overlap) -> list[Row]:
    allowed, dropped = tuple(settings["licenses"]), set(settings["drop_kinds"])
    denied: Sequence[str] = settings["denied_licenses"]
    kept = [row for row in rows if row.license.startswith(allowed) and row.kind not in dropped]
    kept = [row for row in kept if not any(word in row.license for word in denied)]
    return [row for row in kept if not held_out(row.text)]


def _found(rows: Sequence[Row], carriers: Carriers) -> list[Row]:
    """The template rows whose planted order can be told from the carrier, with it as payload."""
    spans = ((row, carriers.planted(row.text)) for row in rows)
    return [replace(row, payload=row.text[slice(*span)]) for row, span in spans if span]


#: Rows of a source, and characters of a row, that the vocabulary is chosen by.
SAMPLE_ROWS, SAMPLE_CHARACTERS = 600, 1500


def sample(mix: Mix) -> list[str]:
    """Text of every source in like measure; all of the project's own corpus."""
    texts: list[str] = []
    for name, rows in mix.rows.items():
        most = len(rows) if name.startswith("authored/") else SAMPLE_ROWS
        chosen = draw(rows, min(most, len(rows)), random.Random(f"{mix.recipe['seed']}:{name}"))
        texts += [row.text[:SAMPLE_CHARACTERS] for row in chosen]
    return texts


def dropped(data: Path, mix: Mix) -> Counter[str]:
    """Rows per source that the checks left out, for the model card."""
    kept = {name: len(rows) for name, rows in mix.rows.items() if name not in MADE}
    total = Counter({name: len(read(data, name)) for name in kept})
    total.subtract(kept)
    return +total
