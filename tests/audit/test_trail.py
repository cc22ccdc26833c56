"""The trail: chained, whole after a kill, and any edit is found at its record."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from sanitize import Action, Finding, Severity
from sanitize.audit.record import last, seal
from sanitize.audit.trail import Trail, numbered, older
from sanitize.audit.verify import verify
from sanitize.outlets import Outlets
from tests.policies import small

PIPE = small()


def filled(path: Path, rows: int = 5) -> list[str]:
    """A trail with a record per row; its lines."""
    Trail(path).append(PIPE(f"row {n} payload") for n in range(rows))
    return path.read_text().splitlines()


def test_records_hold_digests_and_no_payload(tmp_path: Path) -> None:
    """One line per verdict, with what decided and what was decided."""
    path = tmp_path / "trail.jsonl"
    verdict = PIPE("an attack")
    Trail(path).append([verdict, PIPE("fine")])
    first, second = map(json.loads, path.read_text().splitlines())
    assert (first["n"], first["action"], first["digest"]) == (1, "block", verdict.digest)
    assert first["policy"] == verdict.policy
    assert first["findings"][0][0] == "test.attack"
    assert second["prev"] == first["hash"]
    assert "an attack" not in path.read_text()
    assert verify(path).whole


def test_many_findings_are_counted_but_not_all_written(tmp_path: Path) -> None:
    """An attacker cannot fill the disk with findings; the worst ones are kept."""
    found = tuple(Finding("test.low", Severity.LOW, 1.0) for _ in range(5000))
    verdict = replace(PIPE("x"), findings=(*found, Finding("test.high", Severity.HIGH, 1.0)))
    Trail(tmp_path / "t.jsonl").append([verdict])
    record = json.loads((tmp_path / "t.jsonl").read_text())
    assert record["found"] == 5001
    assert record["findings"][0][0] == "test.high"
    assert len(record["findings"]) == 32


EDITS: list[tuple[str, Callable[[list[str]], list[str]], str]] = [
    ("changed", lambda rows: [*rows[:2], rows[2].replace("allow", "block"), *rows[3:]], "line 3"),
    ("removed", lambda rows: [*rows[:2], *rows[3:]], "line 3"),
    ("swapped", lambda rows: [rows[0], rows[2], rows[1], *rows[3:]], "line 2"),
    ("inserted twice", lambda rows: [*rows[:2], rows[1], *rows[2:]], "line 3"),
    ("first removed", lambda rows: rows[1:], "line 1"),
    ("no JSON", lambda rows: [*rows[:4], "hello"], "line 5"),
    ("hash forged", lambda rows: [rows[0][:-10] + '00000000"}', *rows[1:]], "line 1"),
]


@pytest.mark.parametrize(("title", "edit", "place"), EDITS, ids=[row[0] for row in EDITS])
def test_edits_are_found_at_their_record(
    title: str, edit: Callable[[list[str]], list[str]], place: str, tmp_path: Path
) -> None:
    """The first bad line is named, and what is wrong with it."""
    path = tmp_path / "trail.jsonl"
    rows = filled(path)
    path.write_text("\n".join(edit(rows)) + "\n")
    report = verify(path)
    assert not report.whole
    assert report.place.endswith(place)


def test_what_is_cut_off_at_the_end_shows_against_a_noted_hash(tmp_path: Path) -> None:
    """Without the hash of the last record nobody can tell; with it, it is missing."""
    path = tmp_path / "trail.jsonl"
    rows = filled(path)
    head = verify(path).head
    path.write_text("\n".join(rows[:3]) + "\n")
    assert verify(path).whole
    assert "missing" in verify(path, head).problem


def test_a_half_line_is_cut_off_and_recorded(tmp_path: Path) -> None:
    """As a crash of the machine leaves it: the trail goes on, and says what happened."""
    path = tmp_path / "trail.jsonl"
    filled(path)
    with path.open("a") as file:
        file.write('{"format":1,"n":6,"ti')
    Trail(path).append([PIPE("next")])
    recovered = json.loads(path.read_text().splitlines()[5])
    assert (recovered["event"], recovered["dropped_bytes"]) == ("recovered", 21)
    assert verify(path).records == 7
    assert verify(path).whole


def test_a_file_that_is_no_trail_is_not_touched(tmp_path: Path) -> None:
    """Somebody else's file is an error, not something to cut."""
    path = tmp_path / "notes.txt"
    path.write_text("my notes\n")
    with pytest.raises(ValueError, match="Expecting"):
        Trail(path).append([PIPE("x")])
    assert path.read_text() == "my notes\n"


@pytest.mark.parametrize("start", [b"", b"{}\n"], ids=["none at all", "one, far away"])
def test_a_file_without_line_ends_is_not_cut(start: bytes, tmp_path: Path) -> None:
    """What looks like one very long half line of a trail may be somebody's file."""
    path = tmp_path / "image.bin"
    path.write_bytes(start + b"x" * (2 << 20))
    with pytest.raises(ValueError, match="line ends"):
        Trail(path).append([PIPE("x")])
    assert path.stat().st_size >= 2 << 20


@pytest.mark.parametrize("length", [3_000, 5_000, 400_000])
def test_long_lines_at_the_end_are_found_whole(length: int, tmp_path: Path) -> None:
    """The end is read in two goes: one that mostly holds the last line, and one that must."""
    path = tmp_path / "trail.jsonl"
    filled(path)
    number, previous = last(path.read_bytes().splitlines()[-1])
    line, _ = seal({"event": "note", "text": "x" * length}, number + 1, 0.0, previous)
    with path.open("a") as file:
        file.write(line + "\n")
    Trail(path).append([PIPE("after")])
    report = verify(path)
    assert report.whole, report
    assert report.records == 7
    with path.open("a") as file:
        file.write("y" * length)
    Trail(path).append([PIPE("after")])
    assert verify(path).whole


def test_rotation_keeps_the_chain(tmp_path: Path) -> None:
    """Full files are moved aside, numbered; the chain runs through all of them."""
    path = tmp_path / "trail.jsonl"
    trail = Trail(path, max_bytes=2000)
    for n in range(30):
        trail.append([PIPE(f"row {n}")])
    assert len(older(path)) > 2
    report = verify(path)
    assert report.whole, report
    assert report.records == 30 + len(older(path))
    older(path)[1].unlink()
    assert not verify(path).whole


@pytest.mark.parametrize("begun", [False, True], ids=["no next file", "next file empty"])
@pytest.mark.parametrize("torn", [b"", b'{"format":1,"n":6,"ti'], ids=["whole", "half line"])
def test_a_kill_in_the_middle_of_a_rotation_breaks_no_chain(
    begun: bool, torn: bytes, tmp_path: Path
) -> None:
    """The full file is moved, the next has no record yet: the chain goes on from the moved one."""
    path = tmp_path / "trail.jsonl"
    filled(path)
    with path.open("ab") as file:
        file.write(torn)
    path.rename(numbered(path, 1))
    if begun:
        path.touch()
    assert verify(path).whole is not bool(torn)
    Trail(path).append([PIPE("after")])
    report = verify(path)
    assert report.whole, report
    events = [json.loads(line).get("event") for line in path.read_text().splitlines()]
    assert events == [*(["recovered"] if torn else []), "continued", "verdict"]
    assert report.records == 5 + len(events)


def test_eight_threads_write_one_chain(tmp_path: Path) -> None:
    """No record is lost, torn or doubled, rotation included."""
    trail = Trail(tmp_path / "trail.jsonl", max_bytes=20_000)
    verdicts = [PIPE(f"row {n}") for n in range(400)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda verdict: trail.append([verdict]), verdicts))
    report = verify(trail.path)
    assert report.whole, report
    assert report.records == 400 + len(older(trail.path))


WRITER = """
    import sys
    from pathlib import Path
    from sanitize.audit.trail import Trail
    from tests.policies import small
    trail, verdict = Trail(Path(sys.argv[1]), max_bytes=20_000), small()("x")
    for _ in range(int(sys.argv[2])):
        trail.append([verdict])
        print("written", flush=True)
"""


def writer(path: Path, rows: int) -> subprocess.Popen[str]:
    program = textwrap.dedent(WRITER)
    return subprocess.Popen(
        [sys.executable, "-c", program, str(path), str(rows)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def test_processes_write_one_chain(tmp_path: Path) -> None:
    """Three processes at once: every record is there."""
    path = tmp_path / "trail.jsonl"
    writers = [writer(path, 100) for _ in range(3)]
    assert [len(process.communicate()[0].splitlines()) for process in writers] == [100] * 3
    report = verify(path)
    assert report.whole, report
    assert report.records == 300 + len(older(path))


def test_a_killed_process_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    """After kill -9 in the middle of writing, all acknowledged records are there."""
    path = tmp_path / "trail.jsonl"
    process = writer(path, 100_000)
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(0.2)
    os.kill(process.pid, signal.SIGKILL)
    answered = 1 + len(process.stdout.read().splitlines())
    process.wait()
    Trail(path, max_bytes=20_000).append([PIPE("after")])
    report = verify(path)
    assert report.whole, report
    assert report.records >= answered + 1


def test_trails_are_private(tmp_path: Path) -> None:
    """Only the owner can read who was let in."""
    filled(tmp_path / "trail.jsonl")
    assert (tmp_path / "trail.jsonl").stat().st_mode & 0o077 == 0


def test_blocked_and_allowed_are_both_recorded(tmp_path: Path) -> None:
    """A pipeline with a trail records every verdict of a batch, in order."""
    path = tmp_path / "trail.jsonl"
    pipe = replace(PIPE, outlets=Outlets(Trail(path)))
    verdicts = pipe.batch(["a", "attack", None])
    actions = [json.loads(line)["action"] for line in path.read_text().splitlines()]
    assert actions == ["allow", "block", "block"]
    assert [verdict.action for verdict in verdicts][1] is Action.BLOCK


def test_what_cannot_be_recorded_is_not_let_in(tmp_path: Path) -> None:
    """A trail that cannot be written blocks, with a finding that says so."""
    pipe = replace(PIPE, outlets=Outlets(Trail(tmp_path / "no" / "such" / "t.jsonl")))
    (verdict,) = pipe.batch(["hello"])
    assert verdict.action is Action.BLOCK
    assert verdict.findings[-1].rule == "audit.unwritten"
    assert dict(verdict.findings[-1].detail) == {"error": "FileNotFoundError"}
