"""The README keeps its word: every example runs as printed, with the network out of reach."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests import offline
from tests.examples import ROOT, Block, blocks

README = ROOT / "README.md"


@pytest.mark.parametrize("block", blocks(README, "python"), ids=str)
def test_an_example_runs_in_a_process_of_its_own(block: Block, tmp_path: Path) -> None:
    """What an example promises stands in its `assert` lines."""
    backend = os.environ.get("KERAS_BACKEND", "jax")
    done = offline.run(block.content, cwd=tmp_path, KERAS_BACKEND=backend, PYTHONPATH=str(ROOT))
    assert done.returncode == 0, done.stderr


def test_there_are_five_examples_and_each_asserts_something() -> None:
    found = blocks(README, "python")
    assert len(found) == 5
    assert all("assert " in block.content for block in found)


def test_the_commands_it_names_exist() -> None:
    """`make demo` and `make test` are targets of the Makefile."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    shell = "".join(block.content for block in blocks(README, "sh"))
    targets = [line.split()[1] for line in shell.splitlines() if line.startswith("make ")]
    assert targets == ["demo", "test"]
    for target in targets:
        assert f"\n{target}: " in makefile
