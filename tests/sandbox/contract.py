"""What every sandbox must do: inherited by each implementation's test."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

import pytest

from sanitize.errors import SandboxError
from sanitize.sandbox import Outcome, Sandbox, Status, open_sandbox
from sanitize.sandbox.boot import ONE_THREAD
from sanitize.sandbox.zygote import ENVIRONMENT
from sanitize.types import Severity
from tests.sandbox.decoders import SECRET

DECODERS = "tests.sandbox.decoders"
DRILLS = "sanitize.sandbox.drills"

#: Title, data, options, expected header.
HEADERS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("numbers", {"int": -(1 << 63), "float": 0.5, "bool": True, "none": None}),
    ("text", {"text": "Überschrift \u202e \x00 \U0001f600", "empty": ""}),
    ("lists", {"list": ["a", 1, 2.5, None], "none": []}),
)


def run(sandbox: Sandbox, job: str, data: bytes | memoryview = b"", **options: Any) -> Outcome:
    return sandbox.run(f"{DECODERS}:{job}", data, options, timeout=30, max_output=1 << 20)


def drill(sandbox: Sandbox, job: str, timeout: float = 30, **options: Any) -> Outcome:
    return sandbox.run(f"{DRILLS}:{job}", b"x", options, timeout=timeout, max_output=1 << 16)


class SandboxContract:
    """Base of every sandbox's test."""

    kind: str
    sandboxed: bool
    options: ClassVar[dict[str, Any]] = {}

    @pytest.fixture(scope="class")
    @classmethod
    def sandbox(cls) -> Iterator[Sandbox]:
        with open_sandbox(cls.kind, [DECODERS], **cls.options) as sandbox:
            yield sandbox

    @pytest.mark.parametrize("data", [b"", b"x", b"abc" * 1000, bytes(5_000_000)], ids=len)
    def test_input_reaches_the_job_and_its_output_comes_back(
        self, sandbox: Sandbox, data: bytes
    ) -> None:
        """Nothing is lost or added, whatever the size."""
        outcome = sandbox.run(f"{DECODERS}:reverse", data, timeout=30, max_output=len(data))
        assert outcome.status is Status.OK
        assert outcome.untrusted_header == {"size": len(data)}
        assert outcome.untrusted_output == data[::-1]

    def test_views_are_taken(self, sandbox: Sandbox) -> None:
        """A memoryview is as good as bytes."""
        outcome = sandbox.run(
            f"{DECODERS}:reverse", memoryview(b"abcd")[1:3], timeout=30, max_output=9
        )
        assert outcome.untrusted_output == b"cb"

    def test_views_are_counted_in_bytes(self, sandbox: Sandbox) -> None:
        """Whatever their items are; a view with gaps is the app's mistake."""
        wide = memoryview(bytes(range(8))).cast("I")
        assert run(sandbox, "reverse", wide).untrusted_output == bytes(range(8))[::-1]
        with pytest.raises(SandboxError, match="contiguous"):
            run(sandbox, "reverse", memoryview(b"abcd")[::2])

    @pytest.mark.parametrize(("title", "header"), HEADERS, ids=[row[0] for row in HEADERS])
    def test_header_keeps_its_values(
        self, sandbox: Sandbox, title: str, header: dict[str, Any]
    ) -> None:
        """Numbers, strings, None and flat lists of them; lists come back as tuples."""
        received = dict(run(sandbox, "reverse", **header).untrusted_header)
        assert received.pop("size") == 0
        assert received == {
            key: tuple(item) if isinstance(item, list) else item for key, item in header.items()
        }

    def test_payload_may_come_in_chunks(self, sandbox: Sandbox) -> None:
        """An iterable of bytes is put together in order."""
        data = bytes(range(256)) * 40
        assert run(sandbox, "chunks", data, chunk=999).untrusted_output == data

    @pytest.mark.parametrize("over", [0, 1])
    def test_output_is_limited(self, sandbox: Sandbox, over: int) -> None:
        """As much as was agreed comes back; one byte more is a limit, with nothing."""
        outcome = sandbox.run(
            f"{DECODERS}:zeros", b"", {"size": 1000 + over}, timeout=30, max_output=1000
        )
        if over:
            assert (outcome.status, outcome.reason) == (Status.LIMIT, "output")
            assert outcome.untrusted_output == b""
        else:
            assert outcome.untrusted_output == bytes(1000)

    def test_header_is_limited(self, sandbox: Sandbox) -> None:
        """A header larger than its place is a limit."""
        outcome = run(sandbox, "header", size=300_000)
        assert (outcome.status, outcome.reason) == (Status.LIMIT, "header")

    @pytest.mark.parametrize("limit", [False, True])
    def test_decoders_own_refusal_is_told(self, sandbox: Sandbox, limit: bool) -> None:
        """Its reason and numbers arrive; its sentences do not."""
        outcome = run(sandbox, "refuse", b"12345", limit=limit, reason="pixels")
        assert outcome.status is (Status.LIMIT if limit else Status.DECODE_ERROR)
        assert outcome.reason == "pixels"
        assert outcome.detail == {"allowed": 3, "received": 5}

    @pytest.mark.parametrize(
        ("job", "reason"),
        [
            ("error", "ValueError"),
            ("deep", "RecursionError"),
            ("write", "TypeError"),
            ("no-payload", "TypeError"),
            ("no-pair", "TypeError"),
        ],
    )
    def test_any_exception_is_a_decode_error(self, sandbox: Sandbox, job: str, reason: str) -> None:
        """It is named by its type; the input cannot be written to, nor be seen in a message."""
        outcome = run(sandbox, job, b"data")
        assert (outcome.status, outcome.reason) == (Status.DECODE_ERROR, reason)
        assert SECRET not in repr(outcome)

    def test_nested_header_is_a_lie(self, sandbox: Sandbox) -> None:
        """What a header may not hold is not handed on."""
        outcome = run(sandbox, "nonsense")
        assert (outcome.status, outcome.reason) == (Status.VIOLATION, "reply")
        assert outcome.untrusted_header == {}

    def test_reason_that_is_a_sentence_is_dropped(self, sandbox: Sandbox) -> None:
        """A reason is an identifier: an attacker's text must not reach a log."""
        outcome = run(sandbox, "refuse", limit=False, reason=f"hear: {SECRET}\n")
        assert outcome.reason == "unnamed"

    def test_everything_but_ok_blocks(self, sandbox: Sandbox) -> None:
        """Its finding is critical, names the rule of the status, and is JSON-ready."""
        good, bad = run(sandbox, "reverse"), run(sandbox, "error")
        severities = {found.rule: found.severity for found in bad.findings("exif")}
        assert severities["sandbox.decode-error"] is Severity.CRITICAL
        assert not any(found.severity is Severity.CRITICAL for found in good.findings())
        assert all(found.origin == "exif" for found in bad.findings("exif"))
        json.dumps([found.to_dict() for found in bad.findings()])

    def test_every_outcome_says_whether_it_was_sandboxed(self, sandbox: Sandbox) -> None:
        """What was not sandboxed says so in a finding of its own, good or bad."""
        for outcome in (run(sandbox, "reverse"), run(sandbox, "error")):
            rules = [found.rule for found in outcome.findings()]
            assert outcome.sandboxed is self.sandboxed
            assert outcome.sandbox == self.kind
            assert ("sandbox.not-sandboxed" in rules) is not self.sandboxed

    @pytest.mark.parametrize(
        ("title", "job", "options", "timeout", "max_output"),
        [
            ("unknown module", "os:system", {}, 1, 1),
            ("unknown job", f"{DECODERS}:unknown", {}, 1, 1),
            ("no job", DECODERS, {}, 1, 1),
            ("empty", "", {}, 1, 1),
            ("options JSON cannot say", f"{DECODERS}:reverse", {"x": object()}, 1, 1),
            ("options too large", f"{DECODERS}:reverse", {"x": "x" * 100_000}, 1, 1),
            ("no time", f"{DECODERS}:reverse", {}, 0, 1),
            ("time not a number", f"{DECODERS}:reverse", {}, float("nan"), 1),
            ("negative output", f"{DECODERS}:reverse", {}, 1, -1),
        ],
    )
    def test_the_apps_mistakes_raise(
        self, sandbox: Sandbox, title: str, job: str, options: Any, timeout: float, max_output: int
    ) -> None:
        """They are no outcome: nothing is run."""
        with pytest.raises(SandboxError):
            sandbox.run(job, b"", options, timeout=timeout, max_output=max_output)

    def test_threads_get_their_own_answers(self, sandbox: Sandbox) -> None:
        """Eight threads with ten jobs each; none sees another's."""

        def work(thread: int) -> list[bytes]:
            return [
                run(sandbox, "reverse", b"%d-%d" % (thread, job)).untrusted_output
                for job in range(10)
            ]

        with ThreadPoolExecutor(8) as threads:
            found = list(threads.map(work, range(8)))
        expected = [[(b"%d-%d" % (thread, job))[::-1] for job in range(10)] for thread in range(8)]
        assert found == expected

    def test_a_closed_sandbox_takes_no_jobs(self) -> None:
        """Closing twice is as good as once; a job raises."""
        sandbox = open_sandbox(self.kind, [DECODERS])
        sandbox.close()
        sandbox.close()
        with pytest.raises(SandboxError, match="closed"):
            run(sandbox, "reverse")

    def test_a_module_that_is_missing_raises(self) -> None:
        """When the sandbox is opened, not when the first input comes."""
        with pytest.raises(SandboxError):
            open_sandbox(self.kind, ["tests.sandbox.no_such_module"])


class IsolationContract(SandboxContract):
    """Base for those that put a process between decoder and app."""

    options: ClassVar[dict[str, Any]] = {"memory": 1 << 28}

    def test_nothing_stays_from_one_input_to_the_next(self, sandbox: Sandbox) -> None:
        """Each input is the first that its process sees."""
        outcomes = [run(sandbox, "remember", b"%d" % number) for number in range(5)]
        assert [outcome.untrusted_header["seen"] for outcome in outcomes] == [1] * 5
        assert [outcome.untrusted_output for outcome in outcomes] == [b"0", b"1", b"2", b"3", b"4"]

    @pytest.mark.parametrize(
        ("job", "status", "reason"),
        [
            ("null", Status.CRASH, "SIGSEGV"),
            ("abort", Status.CRASH, "SIGABRT"),
            ("vanish", Status.CRASH, "no-reply"),
            ("memory-bomb", Status.LIMIT, "memory"),
        ],
    )
    def test_deaths_are_outcomes(
        self, sandbox: Sandbox, job: str, status: Status, reason: str
    ) -> None:
        """The app goes on, and so does the next input."""
        outcome = drill(sandbox, job)
        assert (outcome.status, outcome.reason) == (status, reason)
        assert outcome.untrusted_output == b""
        assert run(sandbox, "reverse", b"ab").untrusted_output == b"ba"

    def test_time_is_limited(self, sandbox: Sandbox) -> None:
        """A job that does not end is killed, and its signal is told."""
        outcome = drill(sandbox, "spin", timeout=0.3)
        assert (outcome.status, outcome.reason) == (Status.TIMEOUT, "wall-clock")
        assert outcome.signal == 9
        assert run(sandbox, "reverse", b"ab").ok

    def test_the_apps_secrets_are_not_inside(
        self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Not its environment, not its modules: the process is not a fork of the app."""
        monkeypatch.setenv("SANITIZE_TEST_SECRET", "s3cret")
        with open_sandbox(self.kind, [DECODERS]) as fresh:
            header = run(fresh, "surroundings").untrusted_header
        known = {"LC_CTYPE", *ENVIRONMENT, *ONE_THREAD}
        assert set(header["environment"]) <= known  # type: ignore[arg-type]
        assert not {"pytest", "sanitize.types"} & set(header["modules"])  # type: ignore[arg-type]
