"""The demo on a terminal: three tables and what they add up to. Nothing in them is made up."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable
from importlib.util import find_spec
from time import perf_counter
from typing import TYPE_CHECKING, Any

from sanitize.demo import classifier, inputs
from sanitize.demo.trial import Stand, Trial, naming

if TYPE_CHECKING:
    from rich.console import Console

    from sanitize.pipeline import Pipeline

#: Characters that a table shows of an input's beginning, and of its end.
HEAD, TAIL = 30, 34

#: Rules that a table names of a verdict, the gravest first.
RULES = 3

#: Columns where there is no terminal to ask.
WIDTH = 110


def run(console: Console | None = None) -> int:
    """Train a small model, attack it without and with a guard, and show what happened.

    Args:
        console: where to write; the terminal if None.

    Returns:
        0 if the guarded models survived and every hostile array was refused; 1
        if not; 2 if Keras or a backend is missing.
    """
    from rich.console import Console

    console = console or Console()
    if not console.is_terminal:
        console.width = max(console.width, WIDTH)
    if find_spec("jax") is not None:
        os.environ.setdefault("KERAS_BACKEND", "jax")
    try:
        import keras
    except ImportError as error:
        console.print(f"The demo needs Keras and a backend ({error.name} is missing):")
        console.print("  pip install 'keras-sanitize[keras]'", markup=False)
        return 2
    keras.utils.set_random_seed(1851)
    return _run(console, keras.backend.backend())


def _run(console: Console, backend: str) -> int:
    from sanitize.pipeline import pipeline

    start = perf_counter()
    training, held_out = classifier.sentences()
    prepare = classifier.Tokenizer(training.texts)
    model = classifier.classifier()
    classifier.train(model, prepare, training)
    share = classifier.accuracy(model, prepare, held_out)
    console.print(
        f"\nA Keras model ({backend}) that tells who wrote a sentence: trained on "
        f"{len(training.texts)} sentences in {perf_counter() - start:.1f} s, right on "
        f"{share:.0%} of {len(held_out.texts)} others."
    )
    pipe = pipeline()
    ids = inputs.ids(classifier.LENGTH, classifier.WORDS)
    voices, pictures = list(classifier.VOICES.values()), classifier.picture_model()
    groups = {
        "Raw text": _texts(model, prepare, pipe, held_out.texts[:3]),
        "Ids": _arrays(model, pipe, ids, voices),
        "32×32 pictures (an untrained model)": _arrays(
            pictures, pipe, inputs.pictures(), ["class A", "class B"]
        ),
    }
    trials: list[Trial] = []
    for title, group in groups.items():
        done = list(group)
        console.print(_table(title, done))
        trials += done
    return _sum_up(console, trials)


def _texts(model: Any, prepare: Any, pipe: Pipeline, examples: tuple[str, ...]) -> Iterable[Trial]:
    from sanitize.keras.guard import guard

    good, name = prepare([inputs.CARRIER]), naming(list(classifier.VOICES.values()))
    stand = Stand(guard(model, pipe, prepare=prepare), good, name, prepare)
    for case in inputs.texts(examples):
        yield stand.send(case, classifier.twin(model))


def _arrays(
    model: Any, pipe: Pipeline, cases: list[inputs.Case], labels: list[str]
) -> Iterable[Trial]:
    from sanitize.keras.guard import guard

    stand = Stand(guard(model, pipe), cases[0].value, naming(labels))
    for case in cases:
        yield stand.send(case, classifier.twin(model))


def _table(title: str, trials: list[Trial]) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=f"\n{title}", title_justify="left", title_style="bold", show_lines=True)
    columns = {"input": 5, "found": 6, "action": 0, "without guard": 4, "with guard": 4}
    for heading, share in columns.items():
        table.add_column(heading, overflow="fold", ratio=share or None, no_wrap=not share)
    for trial in trials:
        bare = trial.bare if trial.bare_after else f"{trial.bare}; model destroyed"
        guarded = trial.guarded if trial.guarded_after else f"{trial.guarded}; model destroyed"
        row = (_shown(trial.case), _found(trial), trial.verdict.action.name, bare, guarded)
        style = "red" if trial.verdict.action.name == "BLOCK" else ""
        table.add_row(*map(Text, row), style=style)
    return table


def _found(trial: Trial) -> str:
    """The gravest rules, and how many more there are."""
    findings = sorted(trial.verdict.findings, key=lambda finding: -finding.severity)
    rules = list(dict.fromkeys(finding.rule for finding in findings))
    more = [f"and {len(rules) - RULES} more"] if len(rules) > RULES else []
    return "\n".join(rules[:RULES] + more)


def _shown(case: inputs.Case) -> str:
    """The title, and the input's beginning and end with everything invisible spelt out."""
    if not isinstance(case.value, str):
        return case.title
    text = "".join(map(_visible, case.value))
    if len(text) > HEAD + TAIL:
        head, tail = _fitting(case.value, HEAD), _fitting(case.value[::-1], TAIL)
        text = f"{''.join(head)} … {''.join(reversed(tail))}"
    return f"{case.title}:\n{text}"


def _visible(char: str) -> str:
    """The character, or its code point where it shows nothing or looks like a Latin one."""
    honest = char.isascii() or unicodedata.name(char, "").startswith(("LATIN", "EM DASH"))
    return char if char.isprintable() and honest else f"\\u{{{ord(char):x}}}"


def _fitting(chars: str, room: int) -> list[str]:
    """As many of the first characters, spelt out, as fit."""
    pieces: list[str] = []
    for char in chars:
        if sum(map(len, pieces)) + len(_visible(char)) > room:
            break
        pieces.append(_visible(char))
    return pieces


def _sum_up(console: Console, trials: list[Trial]) -> int:
    hostile = [trial for trial in trials if trial.case.hostile]
    friendly = [trial for trial in trials if not trial.case.hostile]
    refused, passed = (sum(trial.as_meant for trial in group) for group in (hostile, friendly))
    broken = sum(not trial.bare_after for trial in trials)
    damaged = sum(not trial.guarded_after for trial in trials)
    console.print(
        f"\nHostile inputs refused: {refused} of {len(hostile)}. Friendly inputs let through: "
        f"{passed} of {len(friendly)}.\nInputs that destroyed the bare model: {broken}; the "
        f"guarded model: {damaged}."
    )
    arrays = [trial for trial in hostile if not isinstance(trial.case.value, str)]
    return int(damaged > 0 or not all(trial.as_meant for trial in arrays))
