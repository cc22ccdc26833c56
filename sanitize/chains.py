"""Chains of stages: built from a policy, changed by hand, and verified either way."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sanitize import registry
from sanitize.errors import PolicyError
from sanitize.stage import Checked, Stage, checked
from sanitize.types import Kind, Modality

if TYPE_CHECKING:
    from sanitize.policy import Policy, StageSpec

Chain = tuple[Checked, ...]
Chains = Mapping[Modality, Chain]

#: The stage whose place a detector given to `pipeline(detector=…)` takes.
MAIN_DETECTOR = "detectors.transformer"


def build(policy: Policy, detector: Stage | str | os.PathLike[str] | None = None) -> Chains:
    """All chains of a policy; detectors are shared between modalities.

    Raises:
        PolicyError: a stage cannot be built, or `detector` has no place to go.
    """
    detectors = tuple(_build(spec) for spec in policy.detectors)
    if detector is not None:
        detectors = _with_detector(detectors, detector)
    return {
        modality: tuple(_build(stage) for stage in spec.stages)
        + (detectors if spec.verify == "detectors" else ())
        for modality, spec in policy.modalities.items()
    }


def _build(spec: StageSpec) -> Checked:
    return checked(registry.build(spec.name, spec.options), fail_open=spec.on_error == "flag")


def _with_detector(detectors: Chain, detector: Stage | str | os.PathLike[str]) -> Chain:
    if isinstance(detector, (str, os.PathLike)):
        detector = _from_folder(os.fspath(detector), detectors)
    if not isinstance(detector, Stage) or detector.kind is not Kind.DETECTOR:
        raise PolicyError(f"detector: expected a detector, received {type(detector).__name__}")
    kept = tuple(stage for stage in detectors if stage.name != MAIN_DETECTOR)
    return (*kept, checked(detector))


def _from_folder(folder: str, detectors: Chain) -> Stage:
    """Weights in this package's own form take the main detector's options; others are foreign."""
    if (Path(folder) / "manifest.json").is_file():
        from sanitize.detectors.transformer import EmbeddedDetector

        main = next((stage.stage for stage in detectors if stage.name == MAIN_DETECTOR), None)
        if isinstance(main, EmbeddedDetector):
            return dataclasses.replace(main, weights=folder)
        return EmbeddedDetector(weights=folder)
    from sanitize.detectors.huggingface import TransformerDetector

    return TransformerDetector(folder)


def verify(modality: Modality, stages: Sequence[Stage], policy: Policy) -> None:
    """Refuse a chain that could let something through unread.

    Raises:
        PolicyError: empty, out of order, two stages of one name, or no
            detector at the end although the policy does not say `verify: none`.
    """
    if not stages:
        raise PolicyError(f"chain {modality}: expected at least one stage, received none")
    names = [stage.name for stage in stages]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise PolicyError(f"chain {modality}: expected unique names, received {twice[0]!r} twice")
    for earlier, later in pairwise(stages):
        if earlier.kind > later.kind:
            raise PolicyError(
                f"chain {modality}: expected validators, filters, encoders, detectors; received "
                f"{earlier.kind.name.lower()} {earlier.name!r} before "
                f"{later.kind.name.lower()} {later.name!r}"
            )
    if stages[-1].kind is not Kind.DETECTOR and policy.modalities[modality].verify != "none":
        raise PolicyError(
            f"chain {modality}: expected a detector at the end, received {names[-1]!r}; "
            "a policy that wants none must say 'verify: none'"
        )


def add(chains: Chains, stage: Stage, before: str | None, after: str | None) -> Chains:
    """The chains with a stage more; see `Pipeline.add`."""
    if before is not None and after is not None:
        raise PolicyError("add: expected before or after, received both")
    anchor = before or after
    if anchor is not None:
        pair = (stage, None) if before else (None, stage)
        return _around(chains, anchor, pair)
    homes = [modality for modality in chains if _belongs(stage, modality, chains[modality])]
    if not homes:
        raise PolicyError(f"add: no chain for {stage.name!r}; name a neighbour: before= or after=")
    return {
        modality: _insert(stages, stage) if modality in homes else stages
        for modality, stages in chains.items()
    }


def _belongs(stage: Stage, modality: Modality, chain: Chain) -> bool:
    if stage.kind is Kind.DETECTOR:
        return chain[-1].kind is Kind.DETECTOR
    return stage.name.startswith(f"{modality}.")


def _insert(chain: Chain, stage: Stage) -> Chain:
    place = sum(1 for other in chain if other.kind <= stage.kind)
    return (*chain[:place], checked(stage), *chain[place:])


def _around(chains: Chains, anchor: str, pair: tuple[Stage | None, Stage | None]) -> Chains:
    _expect(chains, anchor)
    ahead, behind = (() if stage is None else (checked(stage),) for stage in pair)
    return {
        modality: tuple(
            new
            for old in stages
            for new in ((*ahead, old, *behind) if old.name == anchor else (old,))
        )
        for modality, stages in chains.items()
    }


def swap(chains: Chains, name: str, stages: Sequence[Stage]) -> Chains:
    """The chains with the named stage replaced by `stages`, wherever it stands."""
    _expect(chains, name)
    fresh = tuple(checked(stage) for stage in stages)
    return {
        modality: tuple(new for old in chain for new in (fresh if old.name == name else (old,)))
        for modality, chain in chains.items()
    }


def _expect(chains: Chains, name: str) -> None:
    names = {stage.name for chain in chains.values() for stage in chain}
    if name not in names:
        raise PolicyError(f"no stage {name!r}: expected one of {', '.join(sorted(names))}")


def fingerprint(watched: Checked) -> str:
    """What a stage is and does: its class, its options, and the data it relies on."""
    stage: Any = watched.stage
    options = {name: getattr(stage, name) for name in registry.option_names(stage)} or vars(stage)
    data = getattr(stage, "fingerprint", "")
    where = f"{type(stage).__module__}.{type(stage).__qualname__}"
    return json.dumps([stage.name, where, watched.fail_open, options, data], default=repr)
