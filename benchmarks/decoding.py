"""What decoding costs, and what it catches.

`python -m benchmarks decoding` times the stage. `python -m benchmarks.decoding
--data DIR` takes attacks and harmless texts from DIR/dev/*.jsonl.gz, writes them
in every way of `disguises`, and prints how many are blocked and flagged.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path

import sanitize
from benchmarks import texts
from benchmarks.disguises import DISGUISES
from benchmarks.timing import Row, milliseconds, paired
from sanitize.detectors.transformer import EmbeddedDetector
from sanitize.pipeline import Pipeline
from sanitize.text.readings import Decode
from sanitize.types import Action, Context, Finding, Modality, Sample, Verdict

#: Lengths of the texts taken from the data, in characters: what is shorter has hardly a word
#: to go by.
SHORTEST, LONGEST = 30, 200

#: Texts whose decoding is timed, by what they are.
HEAVY = {
    "prose": lambda: texts.of_chars(1_000_000),
    "percent": lambda: "%41" * 333_333,
    "base64": lambda: DISGUISES["base64"](texts.of_chars(750_000)),
    "hex": lambda: texts.of_chars(500_000).encode().hex(),
    "ROT13": lambda: DISGUISES["ROT13"](texts.of_chars(1_000_000)),
    "letters": lambda: "qwertyuiopasdfghjklzxcvbnm" * 40_000,
}


def run() -> dict[str, Row]:
    """Cost on a chat message, alone and as a share of the pipeline; and speed on large texts."""
    pipe, chat = sanitize.pipeline("default"), texts.of_chars(300)
    bare = pipe.remove("text.decode")
    whole, _, ratio = paired(lambda: pipe(chat), lambda: bare(chat))
    rows = {
        "decode, 300 characters": Row(_time(chat, 50) * 1e3, "µs"),
        "pipeline with decode, 300 characters": Row(whole, "ms", ratio, "without", "ratio ≤ 1.10"),
    }
    for name, make in HEAVY.items():
        text = make()
        rows[f"decode, {name}"] = Row(len(text) / 1e3 / _time(text, 3), "MB/s", goal="> 1")
    return rows


def _time(text: str, rounds: int) -> float:
    stage, samples = Decode(), [Sample(text, Modality.TEXT)]
    return milliseconds(lambda: stage(samples, Context()), rounds, warmup=1)


def rows_of(data: Path, label: int) -> list[str]:
    """Short English texts of the development data with this label, from its files in turn."""
    files = []
    for path in sorted((data / "dev").glob("*.jsonl.gz")):
        rows = map(json.loads, gzip.decompress(path.read_bytes()).decode().splitlines())
        found = sorted({row["text"] for row in rows if row["label"] == label and _is_short(row)})
        random.Random(0).shuffle(found)
        files.append(found)
    turns = chain.from_iterable(zip_longest(*files))
    return list(dict.fromkeys(text for text in turns if text is not None))


def _is_short(row: dict[str, str]) -> bool:
    english = row.get("lang", "en") == "en" and row["text"].isascii()
    return english and SHORTEST <= len(row["text"]) <= LONGEST


def chosen(pipe: Pipeline, data: Path, count: int) -> tuple[list[str], int, list[str]]:
    """Attacks that are blocked in plain, of how many, and harmless texts, whatever happens to them.

    Only what is recognised in plain can tell what a disguise takes away.
    """
    attacks: list[str] = []
    tried = 0
    for text in rows_of(data, 1):
        if len(attacks) == count:
            break
        tried += 1
        if not pipe(text).allowed:
            attacks.append(text)
    return attacks, tried, rows_of(data, 0)[:count]


@dataclass(frozen=True)
class Line:
    """What became of the texts in one disguise, as shares of 1.

    Attributes:
        name: the disguise.
        blocked: attacks that were blocked.
        undecoded: attacks that would be, if nothing had been decoded.
        benign_flagged: harmless texts that were flagged or blocked, for what they say or for
            the disguise itself, such as letters of two scripts in a word.
        benign_injection: harmless texts that were called an injection.
        benign_blocked: harmless texts that were blocked, for either.
    """

    name: str
    blocked: float
    undecoded: float
    benign_flagged: float
    benign_injection: float
    benign_blocked: float

    def cells(self) -> str:
        """A row of Markdown."""
        _, *shares = vars(self).values()
        return f"| {self.name} | " + " | ".join(f"{share:.0%}" for share in shares) + " |"


def bare(text: str) -> str:
    """Letters and digits alone: what is left of a text in camel case when it is read well."""
    return " ".join(re.findall("[A-Za-z0-9]+", text))


def lines(pipe: Pipeline, attacks: Sequence[str], benign: Sequence[str]) -> Iterator[Line]:
    """One line for each disguise; plain text first, with its signs and without."""
    for name, disguise in {"plain": str, "plain, but for signs": bare, **DISGUISES}.items():
        hostile = [pipe(disguise(text)) for text in attacks]
        honest = [pipe(disguise(text)) for text in benign]
        yield Line(
            name,
            _share(not verdict.allowed for verdict in hostile),
            _share(_undecoded(pipe, verdict) is Action.BLOCK for verdict in hostile),
            _share(verdict.action >= Action.FLAG for verdict in honest),
            _share(any(map(_is_injection, verdict.findings)) for verdict in honest),
            _share(not verdict.allowed for verdict in honest),
        )


def _is_injection(finding: Finding) -> bool:
    return finding.rule.startswith("injection.")


def _share(hits: Iterable[bool]) -> float:
    found = list(hits)
    return sum(found) / len(found) if found else 0.0


def _undecoded(pipe: Pipeline, verdict: Verdict) -> Action:
    """What the policy would do if nothing had been decoded."""
    kept = (found for found in verdict.findings if not found.origin.startswith("decoded:"))
    return pipe.policy.action(tuple(kept))


def table(pipe: Pipeline, attacks: Sequence[str], benign: Sequence[str]) -> Iterator[str]:
    """Lines of Markdown, and what they come to."""
    yield (
        "| disguise | attacks blocked | but for decoding | benign flagged | called an injection "
        "| benign blocked |"
    )
    yield "|---|---:|---:|---:|---:|---:|"
    found: list[Line] = []
    for line in lines(pipe, attacks, benign):
        found.append(line)
        yield line.cells()
    plain, _, *disguised = found
    good = sum(line.blocked >= 0.9 * plain.blocked for line in disguised)
    flagged = sum(line.benign_flagged for line in disguised) / len(disguised)
    called = sum(line.benign_injection for line in disguised) / len(disguised)
    yield ""
    yield f"{good} of {len(disguised)} disguises keep 90 % of the plain recall."
    yield f"Harmless texts flagged: {flagged:.1%} disguised, {plain.benign_flagged:.1%} in plain."
    yield f"Called an injection: {called:.1%} disguised, {plain.benign_injection:.1%} in plain."


def main() -> None:
    """Print the table of recall and false alarms."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--count", type=int, default=60)
    options = parser.parse_args()
    if options.data is None:
        print("Recall per disguise: not run, it needs data (make bench DATA=folder with dev/)")
        return
    pipe = sanitize.pipeline("default")
    attacks, tried, benign = chosen(pipe, options.data, options.count)
    weights = EmbeddedDetector().fingerprint[:12]
    print(f"weights {weights}; {len(attacks)} attacks, {len(benign)} benign")
    print(f"blocked in plain: {len(attacks)} of {tried} attacks; the table is about those")
    for line in table(pipe, attacks, benign):
        print(line, flush=True)


if __name__ == "__main__":
    main()
