"""Sound from bytes to verdict, with the policies that ship."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

import sanitize
from sanitize import Action
from sanitize.policy import PRESETS
from tests.audio import sounds
from tests.audio.sounds import BENIGN, INJECTION, tone

RATE = 44_100
KINDS = ("wav", "aiff", "flac", "vorbis", "mp3")


def titled(title: str, kind: str = "flac") -> bytes:
    return sounds.encode(tone(440, RATE), RATE, kind, title=title)


@pytest.fixture(scope="module")
def pipe() -> sanitize.Pipeline:
    return sanitize.pipeline(rate=16_000)


@pytest.mark.parametrize("kind", KINDS)
def test_an_injection_in_a_tag_blocks(pipe: sanitize.Pipeline, kind: str) -> None:
    verdict = pipe(titled(INJECTION, kind))
    assert verdict.action is Action.BLOCK
    assert {found.origin for found in verdict.findings} == {"tag:title"}
    with pytest.raises(sanitize.Blocked):
        verdict.unwrap()


@pytest.mark.parametrize("kind", KINDS)
def test_a_song_with_a_title_is_allowed(pipe: sanitize.Pipeline, kind: str) -> None:
    """And all of its texts were read."""
    verdict = pipe(titled(BENIGN, kind))
    assert verdict.action is Action.ALLOW, verdict.summary()
    assert verdict.coverage.unread == 0
    assert verdict.coverage.scanned >= len(BENIGN)
    samples = verdict.unwrap()
    assert (samples.dtype, samples.ndim) == (np.float32, 1)
    assert not samples.flags.writeable


def test_a_file_without_tags_is_allowed(pipe: sanitize.Pipeline) -> None:
    verdict = pipe(sounds.plain_wav())
    assert (verdict.action, verdict.coverage.unread) == (Action.ALLOW, 0)


def test_files_are_taken_by_path(pipe: sanitize.Pipeline, tmp_path: Path) -> None:
    path = tmp_path / "song.flac"
    path.write_bytes(titled(BENIGN))
    assert pipe(path).digest == pipe(titled(BENIGN)).digest


HOSTILE = (
    ("opposite channels", np.stack([tone(440, RATE), -tone(440, RATE)], axis=1), Action.BLOCK),
    ("an ultrasonic carrier", tone(19_500, RATE), Action.FLAG),
    ("a tone", tone(440, RATE), Action.ALLOW),
    ("a tone, twice", np.stack([tone(440, RATE)] * 2, axis=1), Action.ALLOW),
)


@pytest.mark.parametrize(("title", "samples", "action"), HOSTILE, ids=[row[0] for row in HOSTILE])
def test_what_the_default_policy_makes_of_sound(
    pipe: sanitize.Pipeline, title: str, samples: sounds.Array, action: Action
) -> None:
    assert pipe(sounds.encode(samples, RATE)).action is action


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_takes_sound(preset: str) -> None:
    made = sanitize.pipeline(preset)
    good, bad = made.batch([titled(BENIGN), titled(INJECTION)], modality="audio")
    assert good.action is Action.ALLOW, good.summary()
    assert bad.action is (Action.FLAG if preset == "observe" else Action.BLOCK)


def test_a_declared_type_must_agree(pipe: sanitize.Pipeline) -> None:
    assert pipe(titled(BENIGN), content_type="audio/flac").allowed
    verdict = pipe(titled(BENIGN), content_type="audio/wav")
    assert [found.rule for found in verdict.findings] == ["open.type-mismatch"]


@pytest.mark.parametrize("declared", ["audio/x-wav", "audio/wave", "audio/vnd.wave; rate=16000"])
def test_a_type_may_be_declared_by_its_other_names(pipe: sanitize.Pipeline, declared: str) -> None:
    assert pipe(sounds.plain_wav(), content_type=declared).allowed
    assert not pipe(titled(BENIGN), content_type=declared).allowed


def test_too_many_bytes_are_refused_before_they_are_looked_at(pipe: sanitize.Pipeline) -> None:
    verdict = pipe(sounds.plain_wav() + bytes(50_000_000))
    assert [found.rule for found in verdict.findings] == ["open.too-large"]


def test_a_batch_of_good_and_bad_files(pipe: sanitize.Pipeline) -> None:
    rows = [titled(BENIGN), titled(INJECTION), b"RIFF\0\0\0\0WAVE", titled(BENIGN, "mp3")]
    actions = [verdict.action for verdict in pipe.batch(rows)]
    assert actions == [Action.ALLOW, Action.BLOCK, Action.BLOCK, Action.ALLOW]


def test_async(pipe: sanitize.Pipeline) -> None:
    async def check() -> list[sanitize.Verdict]:
        return list(await asyncio.gather(*[pipe.check(titled(BENIGN)) for _ in range(4)]))

    digests = {verdict.digest for verdict in asyncio.run(check())}
    assert len(digests) == 1


def test_no_sandbox_no_sound() -> None:
    """`process` is no sandbox: who asks for it reads that in every verdict."""
    verdict = sanitize.pipeline(sandbox="process")(titled(BENIGN))
    assert (verdict.action, verdict.findings[0].rule) == (Action.FLAG, "sandbox.not-sandboxed")
