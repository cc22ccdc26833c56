"""`python -m benchmarks.hostile --corpus DIR`: files of a folder, in the sandbox and plainly.

DIR has a MANIFEST.tsv with the columns `path` and `kind`. Every picture and sound in it goes
through the default policy's stages, and is opened with plain Pillow or soundfile too, in a
process of its own for each file, with a gigabyte of memory. What only the latter opens is
lost: counted, and named with the findings that say why.
"""

from __future__ import annotations

import argparse
import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

#: This module's name inside, where its jobs are found.
MODULE = "benchmarks.hostile"

#: Formats that the default policy takes, by Pillow's names and libsndfile's.
PICTURES = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
SOUNDS = frozenset({"WAV", "WAVEX", "AIFF", "FLAC", "OGG", "MP3"})
CODECS = ("PCM_", "FLOAT", "DOUBLE", "VORBIS", "OPUS", "MPEG_LAYER_III")

#: Pillow's own default: a quarter of a gigabyte in RGB.
PIXELS = 89_478_485

#: Words in a kind or path by which a file was made to be refused, or by a fuzzer: no losses.
MADE = (
    *("bomb", "mutated", "malformed", "polyglot", "nan"),
    *("fuzz", "afl-", "bad", "faulty", "invalid", "no_trailer", "truncated"),
)


def picture(data: memoryview, options: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """What plain Pillow makes of it: nothing but its size comes back."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = PIXELS  # warming set another
    found = Image.open(io.BytesIO(data), formats=PICTURES)
    found.load()
    return {"size": list(found.size)}, b""


def sound(data: memoryview, options: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """What plain soundfile makes of its beginning."""
    import soundfile

    with soundfile.SoundFile(io.BytesIO(data)) as file:
        taken = file.format in SOUNDS and file.subtype.startswith(CODECS)
        if not taken or not len(file.read(1_000)):
            raise ValueError("not taken")
    return {}, b""


def warm() -> None:
    """Before the lock: plug-ins, codecs and error paths."""
    from PIL import Image

    from sanitize.audio import decode as audio
    from sanitize.image import decode as image

    Image.init()
    image.warm()
    audio.warm()


JOBS = {"picture": picture, "sound": sound}


@dataclass
class Tally:
    """Counts of one modality."""

    files: int = 0
    decoded: int = 0
    plain: int = 0
    made: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    lost: list[tuple[str, str]] = field(default_factory=list)
    seconds: float = 0.0
    peak: int = 0


def measure(corpus: Path) -> dict[str, Tally]:
    """Go through all files."""
    from sanitize.sandbox import open_sandbox
    from sanitize.signatures import HEAD_BYTES, identify

    tallies = {"image": Tally(), "audio": Tally()}
    with open_sandbox(modules=[MODULE]) as plainly:
        for name, kind in _rows(corpus):
            data = (corpus / name).read_bytes()
            signature = identify(data[:HEAD_BYTES])
            modality = signature.modality.value if signature else kind
            if modality in tallies and len(data) <= 50_000_000:
                _one(tallies[modality], modality, (name, kind, data), plainly)
    return tallies


def _rows(corpus: Path) -> Iterator[tuple[str, str]]:
    with (corpus / "MANIFEST.tsv").open(encoding="utf-8") as manifest:
        for row in csv.DictReader(manifest, delimiter="\t"):
            wanted = row["kind"].startswith(("image", "audio", "polyglot"))
            if wanted and (corpus / row["path"]).is_file():
                yield row["path"], row["kind"]


def _one(tally: Tally, modality: str, file: tuple[str, str, bytes], plainly: Any) -> None:
    name, kind, data = file
    tally.files += 1
    start = perf_counter()
    halted, rules, peak = _sandboxed(modality, data)
    tally.seconds = max(tally.seconds, perf_counter() - start)
    tally.peak = max(tally.peak, peak)
    tally.decoded += not halted
    tally.rules.update(set(rules))
    job = f"{MODULE}:{'picture' if modality == 'image' else 'sound'}"
    if plainly.run(job, data, timeout=20, max_output=0).ok:
        tally.plain += 1
        if halted and any(word in f"{kind} {name.lower()}" for word in MADE):
            tally.made += 1
        elif halted:
            tally.lost.append((name, ", ".join(rules)))


def _sandboxed(modality: str, data: bytes) -> tuple[bool, list[str], int]:
    """Whether it was refused, for what, and how much memory its leaf took."""
    from sanitize.types import Context, Modality, Sample

    sample = Sample(data, Modality(modality))
    with _peaks() as peaks:
        for stage in _stages(modality):
            if not sample.halted:
                (sample,) = stage([sample], Context())
    return sample.halted, [found.rule for found in sample.findings], max(peaks, default=0)


def _stages(modality: str) -> tuple[Any, ...]:
    from sanitize.audio import encoders as audio
    from sanitize.audio import validators as sounds
    from sanitize.image import encoders as image
    from sanitize.image import validators as pictures

    if modality == "audio":
        return sounds.Header(), sounds.Limits(), audio.Decode(rate=16_000)
    return pictures.Header(), pictures.Limits(), image.Decode(size=(224, 224))


class _peaks:  # noqa: N801 - used as a function
    """The peaks of all leaves that end meanwhile: the pool's outcomes, looked at on their way."""

    def __enter__(self) -> list[int]:
        from sanitize.sandbox import pool

        self._whole, found = pool.judge, []

        def watched(ending: Any, *rest: Any) -> Any:
            found.append(ending.peak_bytes)
            return self._whole(ending, *rest)

        pool.judge = watched
        return found

    def __exit__(self, *error: object) -> None:
        from sanitize.sandbox import pool

        pool.judge = self._whole


def main() -> None:
    """Print a line for each modality, and one for each loss."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    for modality, tally in measure(parser.parse_args().corpus).items():
        broken = {key: tally.rules[f"sandbox.{key}"] for key in ("crash", "violation", "timeout")}
        counts = ", ".join(f"{count} {key}" for key, count in broken.items())
        print(
            f"{modality}: {tally.files} files, {tally.decoded} decoded; {counts}; "
            f"peak {tally.peak / 1e6:.0f} MB, longest {tally.seconds:.2f} s"
        )
        planted = tally.rules["image.scaling-attack"]
        if planted:
            print(f"  said to hide a picture: {planted} of {tally.decoded}")
        share = len(tally.lost) / tally.plain if tally.plain else 0.0
        print(f"  plain library opens {tally.plain}; refused though it does: ", end="")
        print(f"{tally.made} made to be refused, {len(tally.lost)} others ({share:.1%})")
        for name, rules in tally.lost:
            print(f"  lost: {name}: {rules}")


if __name__ == "__main__":
    main()
