"""How fast the stages are without the detector, on text of several kinds."""

from __future__ import annotations

import sanitize
from benchmarks import texts
from benchmarks.timing import Row, milliseconds
from sanitize.types import Context, Kind, Modality, Sample

#: Size of each text, in bytes of UTF-8 or a little less.
SIZE = 200_000


def run() -> dict[str, Row]:
    """MB/s of all text stages of the default policy in a row, and of the rules alone."""
    rows = {}
    for kind, text in samples().items():
        for label, wanted in (("text stages", False), ("rules", True)):
            rows[f"{label}, {kind}"] = Row(_speed(text, wanted), "MB/s")
    chat = texts.of_chars(300)
    rows["text stages, 300 characters"] = Row(_time(chat, False) * 1e3, "µs")
    return rows


def samples() -> dict[str, str]:
    """Texts by kind."""
    page = "<p>The <b>quick</b> brown fox.</p>\n<!-- note -->\n" * (SIZE // 50)
    return {
        "plain English": texts.of_chars(SIZE),
        "Russian": ("Съешь ещё этих мягких французских булок, да выпей чаю. " * SIZE)[: SIZE // 2],
        "emoji": ("family 👨\u200d👩\u200d👧 and flag 🏴\U000e0067\U000e0062\U000e007f " * SIZE)[
            : SIZE // 3
        ],
        "HTML": page[:SIZE],
    }


def _speed(text: str, rules: bool) -> float:
    return len(text.encode()) / 1e3 / _time(text, rules)


def _time(text: str, rules: bool) -> float:
    pipe = sanitize.pipeline("default")
    chain = [
        stage
        for stage in pipe.chains[Modality.TEXT]
        if (stage.name == "detectors.rules" if rules else stage.kind is not Kind.DETECTOR)
    ]

    def work() -> None:
        rows = [Sample(text, Modality.TEXT)]
        for stage in chain:
            rows = list(stage(rows, Context()))

    return milliseconds(work, rounds=15)
