"""The chain: checked when it is built, and one loop that runs it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import islice
from time import perf_counter
from typing import TYPE_CHECKING, Any

from sanitize import chains
from sanitize.errors import PolicyError
from sanitize.opening import Door
from sanitize.outlets import NOWHERE, Outlets
from sanitize.stage import Checked, Stage
from sanitize.types import Context, Finding, Modality, Sample, Severity, Verdict
from sanitize.version import __version__

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from sanitize.audit.trail import Trail
    from sanitize.calibrate import Calibration
    from sanitize.policy import Policy
    from sanitize.tensor.spec import TensorSpec

#: Samples that `stream` takes from its source at a time.
STREAM_BATCH = 16


@dataclass(frozen=True)
class Pipeline:
    """Stages in order, and the policy that decides. Frozen; make it with `pipeline()`.

    Attributes:
        policy: what is in force.
        chains: for each modality, its stages in running order, detectors last.
        tenant: on whose behalf this pipeline runs, if anybody's.
        calibration: how the threshold was chosen, if by `calibrate`.
        outlets: where verdicts go beside the caller: audit trail, log, metrics.
        fingerprint: sha256 of policy, stages, rule packs, weights and package
            version; every verdict carries it as `policy`.
    """

    policy: Policy
    chains: Mapping[Modality, tuple[Checked, ...]]
    tenant: str | None = None
    calibration: Calibration | None = None
    outlets: Outlets = NOWHERE
    fingerprint: str = field(default="", init=False)

    def __post_init__(self) -> None:
        for modality, stages in self.chains.items():
            chains.verify(modality, stages, self.policy)
        object.__setattr__(self, "fingerprint", self._fingerprint())

    def __call__(
        self,
        value: Any,
        *,
        modality: Modality | str | None = None,
        content_type: str | None = None,
        spec: TensorSpec | None = None,
    ) -> Verdict:
        """Sanitize one value.

        Args:
            value: str, bytes, path, array, PIL image, dict or list. A str is
                always text, never a path.
            modality: what the value must be; sniffed if None.
            content_type: the media type that the sender declared, if any; it
                must agree with the bytes.
            spec: what a model's input expects of an array.

        Returns:
            The verdict. Bad input never raises.
        """
        return self.batch([value], modality=modality, content_type=content_type, spec=spec)[0]

    def batch(
        self,
        values: Iterable[Any],
        *,
        modality: Modality | str | None = None,
        content_type: str | None = None,
        spec: TensorSpec | None = None,
    ) -> list[Verdict]:
        """Sanitize several values at once: one verdict each, in the same order.

        A value's verdict never depends on its neighbours.
        """
        wanted = Modality(modality) if modality is not None else None
        context = Context(self.tenant, content_type, spec)
        opened = [self._door.open(value, wanted, content_type) for value in values]
        return self.outlets.publish(self._run(opened, context))

    def stream(self, values: Iterable[Any], *, batch_size: int = STREAM_BATCH) -> Iterator[Verdict]:
        """Verdicts for an endless source, in order, `batch_size` values in memory at a time."""
        source = iter(values)
        while chunk := list(islice(source, batch_size)):
            yield from self.batch(chunk)

    async def check(self, value: Any, **options: Any) -> Verdict:
        """As calling the pipeline, in one of a bounded number of threads."""
        import asyncio

        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(_executor(), lambda: self(value, **options))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all stages, each once, in running order."""
        found = (stage.name for stages in self.chains.values() for stage in stages)
        return tuple(dict.fromkeys(found))

    def add(self, stage: Stage, before: str | None = None, after: str | None = None) -> Pipeline:
        """A new pipeline with one stage more.

        It goes next to the named stage, in each chain that has it; or else to
        the end of its kind in the chain that its name begins with (detectors:
        in all verified chains).

        Raises:
            PolicyError: no such neighbour, a name already taken, or a wrong order.
        """
        return replace(self, chains=chains.add(self.chains, stage, before, after))

    def replace(self, name: str, stage: Stage) -> Pipeline:
        """A new pipeline with `stage` where the one called `name` was.

        Raises:
            PolicyError: no such stage.
        """
        return replace(self, chains=chains.swap(self.chains, name, (stage,)))

    def remove(self, name: str) -> Pipeline:
        """A new pipeline without a stage.

        Raises:
            PolicyError: no such stage, or the rest would not be a valid chain.
        """
        return replace(self, chains=chains.swap(self.chains, name, ()))

    def calibrate(
        self, benign: Iterable[Any], attacks: Iterable[Any] | None = None, *, max_fpr: float = 0.01
    ) -> Pipeline:
        """A new pipeline whose threshold lets at most `max_fpr` of `benign` raise an alarm.

        Args:
            benign: the application's own harmless inputs; a hundred or more.
            attacks: known attacks, to measure what the new threshold catches.
            max_fpr: share of `benign` that may score at or above the threshold.

        Returns:
            The pipeline, with `calibration` reporting the threshold and rates.

        Raises:
            PolicyError: too few scored rows, or no detector with a threshold.
        """
        from sanitize.calibrate import calibrate

        return calibrate(self, benign, attacks, max_fpr=max_fpr)

    @cached_property
    def _door(self) -> Door:
        sizes = {modality: spec.max_bytes for modality, spec in self.policy.modalities.items()}
        return Door(sizes, self.policy.limits.max_depth, self.policy.limits.max_items)

    def _run(self, samples: list[Sample], context: Context) -> list[Verdict]:
        verdicts: dict[int, Verdict] = {}
        for modality in dict.fromkeys(sample.modality for sample in samples):
            rows = [row for row, sample in enumerate(samples) if sample.modality is modality]
            started = [samples[row] for row in rows]
            ended, timings = self._run_chain(modality, started, context)
            for row, before, after in zip(rows, started, ended, strict=True):
                verdicts[row] = self._conclude(before, after, timings)
        return [verdicts[row] for row in range(len(samples))]

    def _run_chain(
        self, modality: Modality, samples: list[Sample], context: Context
    ) -> tuple[list[Sample], dict[str, float]]:
        stages = self.chains.get(modality)
        if stages is None:
            return [self._no_chain(sample) for sample in samples], {}
        samples, timings = list(samples), {}
        live = [row for row, sample in enumerate(samples) if not sample.halted]
        for stage in stages:
            if not live:
                break
            start = perf_counter()
            results = stage([samples[row] for row in live], context)
            timings[stage.name] = (perf_counter() - start) / len(live)
            for row, result in zip(live, results, strict=True):
                samples[row] = result
            live = [row for row in live if not samples[row].halted]
        return samples, timings

    def _no_chain(self, sample: Sample) -> Sample:
        if sample.halted:
            return sample
        detail = {"modality": sample.modality.value, "policy": self.policy.name}
        return sample.report(Finding("pipeline.no-chain", Severity.CRITICAL, 1.0, detail=detail))

    def _conclude(self, before: Sample, after: Sample, timings: Mapping[str, float]) -> Verdict:
        if after.coverage.unread > 0 and not after.halted and self._verifies(after.modality):
            detail = {"scanned": after.coverage.scanned, "total": after.coverage.total}
            after = after.report(Finding("pipeline.unread", Severity.HIGH, 1.0, detail=detail))
        value = after.value if self.policy.enforce else before.value
        return Verdict(
            self.policy.action(after.findings),
            after.findings,
            after.injection,
            after.coverage,
            self.fingerprint,
            timings,
            after.modality,
            value,
        )

    def _verifies(self, modality: Modality) -> bool:
        spec = self.policy.modalities.get(modality)
        return spec is None or spec.verify == "detectors"

    def _fingerprint(self) -> str:
        parts = [__version__, self.policy.fingerprint, self.tenant or ""]
        for modality, stages in sorted(self.chains.items()):
            parts += [f"{modality}:{chains.fingerprint(stage)}" for stage in stages]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@lru_cache(maxsize=1)
def _executor() -> ThreadPoolExecutor:
    """Threads for `check`: one per core, since a check computes and does not wait."""
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="sanitize")


def pipeline(
    policy: str | os.PathLike[str] | Mapping[str, Any] | Policy = "default",
    *,
    detector: Stage | str | os.PathLike[str] | None = None,
    tenant: str | None = None,
    audit: str | os.PathLike[str] | Trail | None = None,
    metrics: bool = False,
    **overrides: Any,
) -> Pipeline:
    """Build a pipeline.

    Args:
        policy: `default`, `strict`, `chat`, `documents` or `observe`; a path to
            a YAML file; a mapping of the same form; or a `Policy`.
        detector: instead of the policy's transformer: a detector stage, or a
            directory with weights in this package's form, or with a Hugging Face
            sequence classifier (extra `torch`).
        tenant: on whose behalf; stages keep tenants apart.
        audit: a file to which a record of every verdict is appended.
        metrics: count verdicts for Prometheus (extra `metrics`), in its default registry.
        **overrides: options of the policy's stages by name, such as
            `threshold=0.9` or `max_chars=4000`.

    Raises:
        PolicyError: the policy or an override does not fit.
    """
    from sanitize.policy import load

    loaded = load(policy)
    if overrides:
        loaded = loaded.override(overrides)
    if not loaded.modalities:
        raise PolicyError("policy: expected at least one modality, received none")
    built = chains.build(loaded, detector)
    return Pipeline(loaded, built, tenant, outlets=Outlets.of(audit, metrics))
