"""Signs instead of words: moves, drawings, tables of numbers, runs of marks, made by chance.

Nobody collects them, and a detector that has never seen them finds orders in the moves of a puzzle
or in a cow of slashes. Half are signs alone; the others hold what somebody says, an attack as often
as a near miss, so that signs excuse nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from benchmarks.training.inserted import said
from benchmarks.training.rows import Row

#: Rows made; an epoch draws some of them.
ROWS = 4000

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_CAPITALS = _LETTERS.upper()
_MARKS = "'’+-=#x!?*^~°/|<>.,:;$%&@()[]{}_\"\\`"
_STROKES = "/\\|_-=+*#.oO^<>()~:'`\"@█░▒▓─│┌┐└┘├┤●○■□·"


def notation(rows: Mapping[str, Sequence[Row]]) -> list[Row]:
    """Half signs alone, a quarter each with an attack or a near miss between them.

    The same every time. Rows with something said keep `file` and `kind` of what is said, so that
    they teach the same, and are left out with its source.
    """
    rng = random.Random("notation")
    both = said(rows)
    return [_row(both[number // 2 % 2] if number % 2 else (), rng) for number in range(ROWS)]


def _row(between: Sequence[Row], rng: random.Random) -> Row:
    form = rng.choice(_FORMS)
    if not between:
        signs = form(rng)
        return Row(signs, 0, "own/notation", "benign-notation", "", "CC0-1.0", "own/notation")
    chosen = rng.choice(between)
    words = chosen.text.strip()
    before, after = (form(rng) if rng.random() < 0.7 else "" for _ in range(2))
    seam = rng.choice(("\n", "\n\n", " "))
    return replace(chosen, text=seam.join(filter(None, (before, words, after))), payload=words)


def _moves(rng: random.Random) -> str:
    """Words of a letter and a mark, as of puzzles, games, dances, chords, stitches and scores."""
    letters = rng.sample(rng.choice((_LETTERS, _CAPITALS, _LETTERS + _CAPITALS)), rng.randint(2, 9))
    marks = ["", *rng.sample(_MARKS, rng.randint(0, 2)), *rng.sample("0123456789", 2)]
    words = [
        "".join(rng.choices(letters, k=rng.choice((1, 1, 2)))) + rng.choice(marks)
        for _ in range(rng.randint(4, 40))
    ]
    if rng.random() < 0.3:
        words = [f"{number}. {word}" for number, word in enumerate(words, 1)]
    return rng.choice((" ", " ", ", ", " | ", "-", "\n")).join(words)


def _drawing(rng: random.Random) -> str:
    strokes = rng.sample(_STROKES, rng.randint(2, 7))
    spaces = rng.choice((1, 3, 8))
    width, height = rng.randint(3, 30), rng.randint(2, 10)
    choices = [*strokes, *" " * spaces]
    lines = ("".join(rng.choices(choices, k=rng.randint(3, width))) for _ in range(height))
    return "\n".join(line.rstrip() for line in lines)


def _table(rng: random.Random) -> str:
    columns = rng.randint(2, 7)
    head = [_name(rng) for _ in range(columns)]
    lines = [[_cell(rng) for _ in head] for _ in range(rng.randint(1, 8))]
    apart = rng.choice(("  ", "\t", " | ", ";", ","))
    return "\n".join(apart.join(cells) for cells in ([head] if rng.random() < 0.7 else []) + lines)


def _runs(rng: random.Random) -> str:
    """Marks again and again, as in code for tiny machines, rulers, bars and telegraphy."""
    marks = rng.sample(_MARKS + _STROKES, rng.randint(1, 8))
    runs = (rng.choice(marks) * rng.choice((1, 1, 2, 3, 8)) for _ in range(rng.randint(3, 50)))
    return rng.choice(("", "", " ")).join(runs)


def _name(rng: random.Random) -> str:
    letters = "".join(rng.choices(_LETTERS, k=rng.randint(1, 6)))
    return rng.choice((letters, letters.upper(), f"%{letters.upper()}", f"{letters}_{letters[0]}"))


def _cell(rng: random.Random) -> str:
    number = rng.choice((rng.randint(0, 9), rng.randint(0, 99999), round(rng.uniform(0, 200), 2)))
    return rng.choice((f"{number}", f"{number}", f"{number}%", _name(rng), "-", f"{number:>8}"))


_FORMS: Sequence[Callable[[random.Random], str]] = (_moves, _drawing, _table, _runs)
