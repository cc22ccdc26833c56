"""The command as a whole: help, version, and the net under unexpected errors."""

from __future__ import annotations

import array
import fcntl
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sanitize.cli.output import MAX_SHOWN, printable
from sanitize.version import __version__
from tests.cli.command import sanitize, small_policy


def test_help_names_every_command() -> None:
    done = sanitize("--help")
    assert done.returncode == 0
    for command in ("check", "demo", "doctor", "policy"):
        assert command in done.stdout


def test_help_loads_no_heavy_library() -> None:
    """So that asking for help is quick."""
    code = (
        "import sys; from sanitize.cli.app import main; main(['--help']);"
        "print(sorted({'keras', 'numpy', 'onnxruntime', 'pydantic', 'transformers', 'yaml'}"
        " & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("[]\n")


def test_version() -> None:
    assert sanitize("--version").stdout == f"sanitize {__version__}\n"


def test_no_command_at_all_is_a_usage_error() -> None:
    done = sanitize()
    assert done.returncode == 2
    assert "Usage" in done.stdout


def test_an_unexpected_error_is_one_line_without_its_message(tmp_path: Path) -> None:
    """Whatever breaks inside, its message might hold a payload: only the type is shown."""
    code = (
        "import sys; from sanitize.cli import app, check\n"
        "def broken(name): raise RuntimeError('secret payload')\n"
        "check._modality = broken\n"
        "sys.exit(app.main(['check', '--text', 'a']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=Path.cwd()
    )
    assert done.returncode == 2
    assert "unexpected RuntimeError" in done.stderr
    assert "--debug" in done.stderr
    assert "secret" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Processes started here heed SIGINT, even where a shell's background job ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_ends_it_with_130(tmp_path: Path) -> None:
    """Ctrl-C while it waits for standard input."""
    with subprocess.Popen(
        [sys.executable, "-m", "sanitize", "check", "--policy", small_policy(tmp_path), "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        process.stdin.write(b"x")
        process.stdin.flush()
        deadline = time.monotonic() + 60
        while _waiting(process.stdin.fileno()) and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in err


def _waiting(pipe: int) -> int:
    """Bytes in a pipe that its reader has not taken yet."""
    count = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]


@pytest.mark.parametrize(
    ("title", "untrusted", "shown"),
    [
        ("plain", "notes.txt", "notes.txt"),
        ("letters of any script stay", "naïve 名前 ملف", "naïve 名前 ملف"),
        ("escape", "\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("line break", "a\nb\u2028c", "a\\nb\\u2028c"),
        ("bidi override", "a\u202eb", "a\\u202eb"),
        ("lone surrogate", "\udcff", "\\udcff"),
        ("astral tag character", "\U000e0041", "\\U000e0041"),
    ],
)
def test_printable_escapes_what_a_terminal_could_act_on(
    title: str, untrusted: str, shown: str
) -> None:
    assert printable(untrusted) == shown, title


def test_printable_bounds_the_length() -> None:
    assert len(printable("x" * 10_000)) == MAX_SHOWN + 1
