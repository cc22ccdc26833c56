"""What of spoken orders is written down, and blocked: synthetic voices, and recordings of people.

    python -m benchmarks.speech --data DIR --count 40 [--recordings FOLDER]

Needs the extra `speech`, flite and espeak-ng. The folder of recordings holds WAV files and a file
`transcription` with a line for each, `words (name)`, as CMU Sphinx's test data has it.
"""

from __future__ import annotations

import argparse
import io
import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

import soundfile

import sanitize
from benchmarks.detection import table
from benchmarks.training.rows import read
from sanitize.types import Action, Context, Modality, Sample

#: Command of each voice; the text and the file come last.
VOICES: dict[str, list[str]] = {
    "flite slt": ["flite", "-voice", "slt", "-t"],
    "flite rms": ["flite", "-voice", "rms", "-t"],
    "flite awb": ["flite", "-voice", "awb", "-t"],
    "espeak-ng": ["espeak-ng"],
}
#: Dev sets that attacks and harmless twins come from, and characters that are spoken at most.
ATTACKS, BENIGN = "dev/deepset_test", "dev/xstest"
FEWEST, MOST = 30, 300


def spoken(voice: str, text: str, path: Path) -> bytes:
    """A WAV of a voice that says the text."""
    flag = "-o" if voice.startswith("flite") else "-w"
    command = [*VOICES[voice], text, flag, str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return path.read_bytes()


def errors(said: str, written: str) -> tuple[int, int]:
    """Words that are wrong, missing or too many (Levenshtein 1966), and words that were said."""
    before, after = words(said), words(written)
    row = list(range(len(after) + 1))
    for number, word in enumerate(before, 1):
        last, row[0] = row[0], number
        for at, other in enumerate(after, 1):
            last, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, last + (word != other))
    return row[-1], len(before)


def words(text: str) -> list[str]:
    """Words in small letters, without marks."""
    return re.findall(r"[a-z0-9']+", text.lower())


def texts(data: Path, name: str, label: int, count: int) -> list[str]:
    """Rows that can be spoken: ASCII of moderate length with few signs."""
    rows = [row.text for row in read(data, name) if row.label == label]
    fit = [text for text in rows if FEWEST <= len(text) <= MOST and text.isascii()]
    plain = [text for text in fit if len(re.findall(r"[^\w\s.,;:!?'\"()-]", text)) < 3]
    return plain[:: max(1, len(plain) // count)][:count]


def heard(data: bytes) -> str:
    """What the recogniser writes, in its sandbox."""
    from sanitize.audio.encoders import Decode

    (sample,) = Decode(speech=True)([Sample(data, Modality.AUDIO)], Context())
    return " ".join(text.content for text in sample.texts if text.origin == "speech")


def line(name: str, pairs: Sequence[tuple[str, bytes]]) -> tuple[list[str], list[str]]:
    """What was written of all sounds; and words wrong, and seconds for each of sound."""
    wrong, total, slowness, written = 0, 0, [], []
    for text, sound in pairs:
        length = soundfile.info(io.BytesIO(sound)).duration
        start = perf_counter()
        written.append(heard(sound))
        slowness.append((perf_counter() - start) / length)
        missed, said = errors(text, written[-1])
        wrong, total = wrong + missed, total + said
    share = f"{100 * wrong / total:.1f} %"
    return written, [name, str(len(pairs)), share, f"{median(slowness):.2f}"]


def blocked(pipe: sanitize.Pipeline, values: Sequence[str]) -> str:
    """Share of texts that the policy blocks."""
    return (
        f"{100 * sum(pipe(value).action is Action.BLOCK for value in values) / len(values):.0f} %"
    )


def synthetic(data: Path, count: int) -> Iterator[list[str]]:
    """Lines for each voice, and for the same texts in writing."""
    pipe = sanitize.pipeline()
    orders, harmless = texts(data, ATTACKS, 1, count), texts(data, BENIGN, 0, count)
    number = str(len(orders) + len(harmless))
    yield ["in writing", number, "", "", blocked(pipe, orders), blocked(pipe, harmless)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spoken.wav"
        for voice in VOICES:
            pairs = [(text, spoken(voice, text, path)) for text in (*orders, *harmless)]
            written, cells = line(voice, pairs)
            groups = written[: len(orders)], written[len(orders) :]
            yield [*cells, *(blocked(pipe, group) for group in groups)]


def recorded(folder: Path) -> list[str]:
    """The line of the recordings."""
    lines = (folder / "transcription").read_text("utf-8").splitlines()
    found = [
        match for match in (re.fullmatch(r"(.*) \(([^)]+)\)", line) for line in lines) if match
    ]
    pairs = [
        (re.sub(r"</?s>", " ", match[1]), (folder / f"{match[2]}.wav").read_bytes())
        for match in found
    ]
    return line("people", pairs)[1]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--recordings", type=Path)
    options = parser.parse_args()
    lines = list(synthetic(options.data, options.count))
    if options.recordings:
        lines.append([*recorded(options.recordings), "", ""])
    head = [
        "voice",
        "texts",
        "words wrong",
        "seconds a second",
        "orders blocked",
        "harmless blocked",
    ]
    print(table(head, lines))


if __name__ == "__main__":
    main()
