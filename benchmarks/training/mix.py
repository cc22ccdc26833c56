"""The training mix: which rows each epoch sees, drawn by `mix.yaml` and a seed."""

from __future__ import annotations

import random
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml
from tokenizers import Tokenizer

from benchmarks.training.inserted import inserted
from benchmarks.training.nested import nested
from benchmarks.training.rows import Overlap, Row, names, read
from benchmarks.training.trivial import trivial
from benchmarks.training.windows import Carriers, Cutter, Example, Span

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
    """All rows that may be trained on, with the place of planted orders where it is known."""

    recipe: Mapping[str, Any]
    rows: Mapping[str, Sequence[Row]]
    spans: Mapping[str, Span] = field(default_factory=dict)

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
        examples = [
            replace(
                cut(
                    augment(row, rng) if row.text not in self.spans else row,
                    self.spans.get(row.text),
                ),
                text=row.text,
            )
            for row in drawn
        ]
        planted = [row for row in attacks if row.text in self.spans]
        clean = [
            cut.clean(row, self.spans[row.text])
            for row in draw(planted, counts.get("relabelled", 0), rng)
        ]
        return examples + [example for example in clean if example is not None]


def load(data: Path, recipe: Path = RECIPE) -> Mix:
    """Read the mix: permitted licences only, no row that repeats a dev or ambiguous text."""
    settings = yaml.safe_load(recipe.read_text(encoding="utf-8"))
    held_out = Overlap(
        row.text
        for folder in ("dev", "ambiguous")
        for name in names(data, folder)
        for row in read(data, name)
    )
    rows = {name: _permitted(_rows(data, name), settings, held_out) for name in settings["sources"]}
    carriers = Carriers(
        row.text for name in rows if "synth" not in name for row in rows[name] if not row.label
    )
    spans = _spans(rows, carriers)
    rows["train/synth_indirect"] = [
        row for row in rows["train/synth_indirect"] if row.text in spans
    ]
    return Mix(settings, rows, spans)


def draw(rows: Sequence[Row], number: int, rng: random.Random) -> list[Row]:
    """`number` rows: whole copies of a source smaller than that, and a random part for the rest."""
    if not rows or not number:
        return []
    copies, rest = divmod(number, len(rows))
    return [*rows] * copies + rng.sample(list(rows), rest)


def augment(row: Row, rng: random.Random) -> Row:
    """Small changes of form that must not change the judgement."""
    text = unicodedata.normalize("NFKC", row.text) if rng.random() < NFKC_SHARE else row.text
    if rng.random() < BARE_END_SHARE:
        text = text.rstrip().rstrip(".?!。？！")
    form = rng.random()
    if form < PLAIN_SHARE:
        text = " ".join(_MARKS.sub(" ", text).split()) or text
    elif form < PLAIN_SHARE + SLIPS_SHARE:
        text = _WORD.sub(lambda word: _slip(word[0], rng), text)
    return replace(row, text=text)


_MARKS = re.compile(r"[^\w\s]")
_WORD = re.compile(r"[^\W\d_]{4,}")


def _slip(word: str, rng: random.Random) -> str:
    """Now and then two inner letters change places, or one is lost."""
    if rng.random() >= SLIPS:
        return word
    at = rng.randint(1, len(word) - 2)
    swapped = word[at + 1] + word[at] if rng.random() < 0.7 else word[at]
    return word[:at] + swapped + word[at + 2 :]


def _rows(data: Path, name: str) -> list[Row]:
    match name:
        case "own/trivial":
            return trivial()
        case "own/nested":
            return nested(data)
        case "own/inserted":
            return inserted(data)
    return read(data, name)


def _permitted(rows: Sequence[Row], settings: Mapping[str, Any], held_out: Overlap) -> list[Row]:
    allowed, dropped = tuple(settings["licenses"]), set(settings["drop_kinds"])
    denied: Sequence[str] = settings["denied_licenses"]
    kept = [row for row in rows if row.license.startswith(allowed) and row.kind not in dropped]
    kept = [row for row in kept if not any(word in row.license for word in denied)]
    return [row for row in kept if not held_out(row.text)]


def _spans(rows: Mapping[str, Sequence[Row]], carriers: Carriers) -> dict[str, Span]:
    spans: dict[str, Span] = {}
    for row in rows["train/synth_indirect"]:
        span = carriers.planted(row.text)
        if span is not None:
            spans[row.text] = span
    own = [name for name in rows if name.startswith("authored/") or name == "own/inserted"]
    for row in (row for name in own for row in rows[name] if row.label):
        start = row.text.find(row.payload) if row.payload else -1
        if start >= 0:
            spans[row.text] = (start, start + len(row.payload))
    return spans


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
    total = Counter({name: len(_rows(data, name)) for name in mix.rows})
    total.subtract({name: len(rows) for name, rows in mix.rows.items()})
    return +total
