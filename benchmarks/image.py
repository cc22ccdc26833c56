"""What a picture costs on its way: decoded in the app and in a leaf, turn by turn.

The stage is the one that policies name, with all that it looks for; in the app
it runs the same code without a sandbox.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Any

from benchmarks.sandbox import jpeg
from benchmarks.timing import Row, paired

#: What models want most often, in pixels.
SIDE = 224


def run(rounds: int = 60) -> dict[str, Row]:
    """Measure pictures in and out of the sandbox, and throughput.

    Args:
        rounds: pairs of calls for each row; large pictures get a tenth.
    """
    small, large, few = jpeg(SIDE, SIDE), jpeg(4000, 3000), max(5, rounds // 10)
    rows = _compare("jpeg-224", small, rounds, "")
    rows |= _compare("jpeg-12mp-to-224", large, few, "≤ 1.5")
    rows["image.headers-12mp"] = _headers(large, rounds)
    for workers in (1, 2):
        rows[f"image.throughput-{workers}"] = _throughput(workers, small, 4 * rounds)
    return rows


def _decode(data: bytes, kind: Any) -> Any:
    from sanitize.image.encoders import Decode
    from sanitize.types import Context, Modality, Sample

    stage = Decode(sandbox=kind, size=(SIDE, SIDE))
    (sample,) = stage([Sample(data, Modality.IMAGE)], Context())
    assert not sample.halted, sample.findings
    return sample


def _compare(name: str, data: bytes, rounds: int, goal: str) -> dict[str, Row]:
    inside, outside, ratio = paired(
        lambda: _decode(data, "zygote"), lambda: _decode(data, "in-process"), rounds
    )
    against = f"image.{name}.in-process"
    return {
        against: Row(outside, "ms"),
        f"image.{name}": Row(inside, "ms", ratio, against, goal),
        f"image.{name}.added": Row(inside - outside, "ms", goal="" if goal else "≤ 3 ms"),
    }


def _headers(data: bytes, rounds: int) -> Row:
    from benchmarks.timing import milliseconds
    from sanitize.image.validators import read_header

    return Row(milliseconds(lambda: read_header(data), rounds), "ms")


def _throughput(workers: int, data: bytes, inputs: int) -> Row:
    with ThreadPoolExecutor(workers) as threads:
        start = perf_counter()
        done = sum(1 for _ in threads.map(lambda _: _decode(data, "zygote"), range(inputs)))
    return Row(done / (perf_counter() - start), "images/s")


if __name__ == "__main__":
    for title, row in run().items():
        ratio = f"{row.ratio:.2f} × {row.against}" if row.ratio else ""
        print(f"{title:32} {row.median:9.2f} {row.unit:9} {ratio} {row.goal}")
