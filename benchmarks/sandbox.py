"""What the sandbox costs: the same decoder in the app and in a leaf, turn by turn.

This module is its own decoder module: leaves import it, so the package's faces
are imported where they are used.
"""

from __future__ import annotations

import io
import math
import random
import statistics
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Any

from benchmarks.timing import Row, milliseconds, paired

#: This module's name inside, where its jobs are found.
MODULE = "benchmarks.sandbox"


def _decode(data: memoryview | bytes, options: dict[str, Any]) -> Any:
    from PIL import Image

    picture = Image.open(io.BytesIO(data), formats=("JPEG",))
    if "side" not in options:
        picture.load()
        return picture
    side = options["side"]
    picture.draft("RGB", (2 * side, 2 * side))
    return picture.resize((side, side), Image.Resampling.BOX, reducing_gap=2.0)


def _pixels(data: memoryview, options: dict[str, Any]) -> tuple[dict[str, Any], Iterator[bytes]]:
    picture = _decode(data, options)
    return {"width": picture.width, "height": picture.height}, _strips(picture)


def _strips(picture: Any) -> Iterator[bytes]:
    """All pixels, half a megabyte at a time: no second copy of a large picture."""
    rows = max(1, (1 << 19) // (picture.width * 3))
    for top in range(0, picture.height, rows):
        bottom = min(picture.height, top + rows)
        yield picture.crop((0, top, picture.width, bottom)).tobytes()


def warm() -> None:
    """Import and use the codec before the lock."""
    _, payload = _pixels(memoryview(jpeg(32, 32)), {"side": 8})
    list(payload)
    rehearse()


def rehearse() -> None:
    """What each leaf does while it waits: a tiny picture."""
    _, payload = _pixels(memoryview(TINY), {})
    list(payload)


JOBS = {"pixels": _pixels}


def jpeg(width: int, height: int) -> bytes:
    """A picture with soft and hard parts, quality 90."""
    from PIL import Image

    seed = random.Random(1).randbytes(64 * 64 * 3)
    picture = Image.frombytes("RGB", (64, 64), seed).resize(
        (width, height), Image.Resampling.BICUBIC
    )
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=90)
    return file.getvalue()


TINY = jpeg(48, 48)


def run(rounds: int = 100) -> dict[str, Row]:
    """Measure start, no-op, pictures, recovery and throughput.

    Args:
        rounds: pairs of calls for each row; large pictures get a tenth.
    """
    from sanitize.sandbox import open_sandbox

    small, large, few = jpeg(224, 224), jpeg(4000, 3000), max(5, rounds // 10)
    rows = {"sandbox.start": _start()}
    with open_sandbox(modules=[MODULE]) as sandbox:
        rows["sandbox.no-op"] = Row(milliseconds(lambda: _drill(sandbox, "echo"), rounds), "ms")
        rows |= _compare("jpeg-224", sandbox, (small, {}), rounds)
        rows |= _compare("jpeg-12mp", sandbox, (large, {}), few)
        rows |= _compare("jpeg-12mp-to-224", sandbox, (large, {"side": 224}), few)
        rows["sandbox.after-crash"] = _recovery(sandbox, few)
    for workers in (1, 2):
        rows[f"sandbox.throughput-{workers}"] = _throughput(workers, small, 2 * rounds)
    return rows


def _start() -> Row:
    from sanitize.sandbox import open_sandbox

    def once() -> None:
        open_sandbox(modules=[MODULE]).close()

    return Row(milliseconds(once, rounds=5, warmup=1), "ms")


def _drill(sandbox: Any, name: str) -> Any:
    return sandbox.run(f"sanitize.sandbox.drills:{name}", b"", timeout=20, max_output=0)


def _compare(
    name: str, sandbox: Any, work: tuple[bytes, dict[str, Any]], rounds: int
) -> dict[str, Row]:
    """The same picture in the app and in a leaf."""
    data, options = work

    def inside() -> None:
        job = f"{MODULE}:pixels"
        assert sandbox.run(job, data, options, timeout=20, max_output=1 << 26).ok

    sandboxed, plain, ratio = paired(inside, lambda: _decode(data, options).tobytes(), rounds)
    against = f"sandbox.{name}.in-process"
    goal = "≤ 1.5" if "12mp" in name else ""
    return {
        against: Row(plain, "ms"),
        f"sandbox.{name}": Row(sandboxed, "ms", ratio, against, goal),
        f"sandbox.{name}.added": Row(sandboxed - plain, "ms", goal="" if goal else "≤ 3 ms"),
    }


def _recovery(sandbox: Any, rounds: int) -> Row:
    """From a crash's outcome to the next input's."""
    times = []
    for _ in range(rounds):
        _drill(sandbox, "null")
        start = perf_counter()
        assert _drill(sandbox, "echo").ok
        times.append((perf_counter() - start) * 1e3)
    return Row(statistics.median(times), "ms", goal="≤ 50 ms")


def _throughput(workers: int, data: bytes, inputs: int) -> Row:
    from sanitize.sandbox import open_sandbox

    with (
        open_sandbox(modules=[MODULE], workers=workers) as sandbox,
        ThreadPoolExecutor(workers) as threads,
    ):

        def decode(number: int) -> bool:
            outcome = sandbox.run(f"{MODULE}:pixels", data, timeout=20, max_output=1 << 20)
            return outcome.ok

        start = perf_counter()
        done = sum(threads.map(decode, range(inputs)))
        elapsed = perf_counter() - start
    return Row(done / elapsed if elapsed else math.inf, "images/s")


if __name__ == "__main__":
    for title, row in run().items():
        ratio = f"{row.ratio:.2f} × {row.against}" if row.ratio else ""
        print(f"{title:36} {row.median:9.2f} {row.unit:9} {ratio} {row.goal}")
