"""The way in: every odd input becomes a verdict that says what was expected and what came."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sanitize
from sanitize import Action, Modality
from sanitize.text.validators import Size
from tests.policies import small

PIPE = small(Size(max_chars=100))

ODD_VALUES: list[tuple[str, Any, str]] = [
    ("none", None, "open.unsupported-type"),
    ("number", 3.5, "open.unsupported-type"),
    ("object", object(), "open.unsupported-type"),
    ("set", {1, 2}, "open.unsupported-type"),
    ("function", len, "open.unsupported-type"),
    ("dict with int keys", {1: 2}, "open.unsupported-type"),
    ("object array", np.array([object()]), "open.unsupported-type"),
    ("masked array", np.ma.masked_array([1.0], mask=[True]), "open.unsupported-type"),
    ("large array", np.zeros(1001, np.uint8), "open.too-large"),
    ("array without a chain", np.zeros(3), "pipeline.no-chain"),
    ("invalid utf-8", b"\xff\xfe\xfd", "text.invalid-encoding"),
    ("overlong utf-8", b"\xc0\xaf", "text.invalid-encoding"),
    ("utf-8 surrogate", b"\xed\xa0\x80", "text.invalid-encoding"),
    ("png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 20, "pipeline.no-chain"),
    ("damaged zip", b"PK\x03\x04" + b"\x00" * 20, "tensor.bad-file"),
    ("tar", b"\x00" * 257 + b"ustar" + b"\x00" * 20, "open.unsupported-type"),
    ("elf", b"\x7fELF" + b"\x00" * 20, "open.unsupported-type"),
    ("pickle", b"\x80\x04\x95\x00", "open.unsupported-type"),
    ("too many characters", "x" * 101, "text.too-long"),
    ("too many bytes", "x" * 1001, "open.too-large"),
    ("few characters, many bytes", "\U0001f600" * 251, "open.too-large"),
    ("a path that is not there", Path("/nonexistent/file"), "open.unreadable-file"),
    ("a directory", Path("/"), "open.unreadable-file"),
    ("a device", Path("/dev/zero"), "open.unreadable-file"),
    ("a path with NUL", Path("a\x00b"), "open.unreadable-file"),
]


@pytest.mark.parametrize(("title", "value", "rule"), ODD_VALUES, ids=[row[0] for row in ODD_VALUES])
def test_odd_values_are_verdicts(title: str, value: Any, rule: str) -> None:
    """Nothing raises, nothing passes, and the finding names the reason."""
    found = PIPE(value)
    assert found.action is Action.BLOCK
    assert found.findings[-1].rule == rule
    assert found.injection is None


def test_nested_bombs_are_verdicts() -> None:
    """Depth is bounded before anything is copied."""
    value: Any = {}
    for _ in range(10_000):
        value = {"a": value}
    assert PIPE(value).findings[0].rule == "open.too-nested"


def test_a_hundred_megabytes_are_a_verdict() -> None:
    """Too large is refused by its size, for text and bytes alike."""
    for value in ("x" * 100_000_000, b"\x00" * 100_000_000):
        found = PIPE(value)
        assert found.findings[0].rule == "open.too-large"
        assert found.findings[0].detail["received"] == 100_000_000


def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    """A FIFO that nobody writes to is no regular file."""
    os.mkfifo(tmp_path / "fifo")
    assert PIPE(tmp_path / "fifo").findings[0].rule == "open.unreadable-file"


def test_files_are_read_and_bounded(tmp_path: Path) -> None:
    """A text file is text; one over the limit is refused by its size."""
    path = tmp_path / "note.txt"
    path.write_text("hello")
    assert PIPE(path).unwrap() == "hello"
    path.write_bytes(b"x" * 1001)
    assert PIPE(path).findings[0].rule == "open.too-large"


def test_a_str_is_text_and_never_a_path(tmp_path: Path) -> None:
    """A string that happens to name a file is not opened."""
    path = tmp_path / "secret"
    path.write_text("top secret")
    assert PIPE(str(path)).unwrap() == str(path)


TEXT_BYTES = [
    ("utf-8", "héllo".encode(), None, "héllo"),
    ("utf-8 with mark", b"\xef\xbb\xbfhi", None, "hi"),
    ("declared latin-1", "h\xe9".encode("latin-1"), "text/plain; charset=iso-8859-1", "h\xe9"),
    ("utf-16, little end first", "h\xe9".encode("utf-16"), None, "h\xe9"),
    ("utf-16, big end first", b"\xfe\xff\x00h\x00i", None, "hi"),
    ("declared utf-16", "hi".encode("utf-16"), "text/plain; charset=utf-16", "hi"),
    ("ascii declared latin-1", b"hi", "text/plain; charset=latin-1", "hi"),
    ("empty declared utf-16", b"", "text/plain; charset=utf-16", ""),
    ("declared html", b"<b>x</b>", "text/html", "<b>x</b>"),
    ("declared json", b"{}", "application/json", "{}"),
    ("letters that begin like a bitmap", b"BMW is a car", None, "BMW is a car"),
    ("bytearray", bytearray(b"x"), None, "x"),
    ("memoryview", memoryview(b"x"), None, "x"),
]


@pytest.mark.parametrize(
    ("title", "value", "declared", "text"), TEXT_BYTES, ids=[row[0] for row in TEXT_BYTES]
)
def test_text_bytes_are_decoded(title: str, value: Any, declared: str | None, text: str) -> None:
    """Strictly, with the declared character set or UTF-8."""
    assert PIPE(value, content_type=declared).unwrap() == text


CHARSETS = [
    ("utf-8 declared latin-1", "h\xe9".encode(), "iso-8859-1", "utf-8"),
    ("utf-8 with mark declared windows-1252", b"\xef\xbb\xbfhi", "windows-1252", "utf-8"),
    ("utf-16 declared utf-8", "hi".encode("utf-16"), "utf-8", "utf-16"),
    ("utf-16 declared latin-1", "hi".encode("utf-16"), "latin-1", "utf-16"),
    ("utf-8 with mark declared utf-16", b"\xef\xbb\xbfhi!", "utf-16", "utf-8"),
    ("either order of utf-16", "hi".encode("utf-16-be"), "utf-16", "without a byte order mark"),
]


@pytest.mark.parametrize(
    ("title", "value", "declared", "seen"), CHARSETS, ids=[row[0] for row in CHARSETS]
)
def test_bytes_that_speak_against_their_character_set_block(
    title: str, value: bytes, declared: str, seen: str
) -> None:
    """Two readings of one file are a way past whoever reads the other; both are named."""
    found = PIPE(value, content_type=f"text/plain; charset={declared}")
    assert found.action is Action.BLOCK
    (finding,) = found.findings
    assert finding.rule == "open.charset-disagreement"
    assert finding.detail["expected"] == declared
    assert seen in finding.detail["received"]


def test_utf_32_is_not_taken_for_utf_16() -> None:
    for name in ("utf-32-le", "utf-32-be"):
        found = PIPE("\ufeffhi".encode(name))
        assert found.findings[0].rule == "open.unsupported-charset"


def test_half_a_character_of_utf_16_blocks() -> None:
    assert PIPE(b"\xff\xfeh\x00i").findings[0].rule == "text.invalid-encoding"


def _zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("notes.txt", "hello")
    return file.getvalue()


ARCHIVES = [
    ("application/gzip", gzip.compress(b"hello")),
    ("application/x-bzip2", bz2.compress(b"hello")),
    ("application/x-xz", lzma.compress(b"hello")),
    ("application/zip", _zipped()),
    ("application/zstd", b"\x28\xb5\x2f\xfd\x04\x00"),
    ("application/x-7z-compressed", b"7z\xbc\xaf\x27\x1c\x00\x04"),
    ("application/vnd.rar", b"Rar!\x1a\x07\x01\x00"),
]


@pytest.mark.parametrize(("name", "data"), ARCHIVES, ids=[row[0] for row in ARCHIVES])
def test_archives_are_refused_by_name(name: str, data: bytes) -> None:
    """Nothing is unpacked to look; a ZIP of arrays is the one that is known."""
    found = sanitize.pipeline()(data)
    assert found.action is Action.BLOCK
    (finding,) = found.findings
    assert (finding.rule, finding.detail["received"]) == ("open.unsupported-type", name)


DISAGREEMENTS = [
    ("text declared as picture", b"hello", "image/png"),
    ("picture declared as text", b"\x89PNG\r\n\x1a\n", "text/plain"),
    ("jpeg declared as png", b"\xff\xd8\xff\xe0", "image/png"),
    ("nonsense", b"hello", "\x1b]0;x\x07"),
]


@pytest.mark.parametrize(
    ("title", "value", "declared"), DISAGREEMENTS, ids=[row[0] for row in DISAGREEMENTS]
)
def test_declared_and_real_type_must_agree(title: str, value: bytes, declared: str) -> None:
    """A disagreement blocks, and names both sides without quoting a forged header."""
    found = PIPE(value, content_type=declared)
    assert found.action is Action.BLOCK
    assert found.findings[0].rule == "open.type-mismatch"
    assert "\x1b" not in str(found.to_dict())


def test_a_wanted_modality_is_enforced() -> None:
    """`modality=` is a demand, not a hint."""
    assert PIPE("x", modality="text").action is Action.ALLOW
    for value in (b"GIF89a", {"a": 1}, np.zeros(3)):
        assert PIPE(value, modality=Modality.TEXT).findings[0].rule == "open.type-mismatch"
    with pytest.raises(ValueError, match="smell"):
        PIPE("x", modality="smell")


def test_unknown_character_sets_are_refused() -> None:
    """Only named sets are decoded: others have aliases that hide markup (UTF-7)."""
    found = PIPE(b"+ADw-script+AD4-", content_type="text/html; charset=utf-7")
    assert found.findings[0].rule == "open.unsupported-charset"
