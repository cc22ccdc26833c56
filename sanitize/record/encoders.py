"""Record encoders: every string of a record goes the way of a text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, ClassVar

from sanitize import registry
from sanitize.errors import PolicyError
from sanitize.policy import StageSpec
from sanitize.record.paths import KEY, leaves, origin, step
from sanitize.stage import Checked, checked
from sanitize.types import Context, Finding, Kind, Modality, Sample, Severity, Text


@dataclass(frozen=True, kw_only=True)
class Strings:
    """Runs every key and every string of a record through the stages of a text chain.

    The record is rebuilt from what comes out. Strings and keys become texts
    for the detectors: each string for itself, all keys together.

    Attributes:
        stages: the text chain, written as in a policy; detectors do not belong
            here, they follow in the record's own chain.

    Raises:
        PolicyError: a stage cannot be built, or is none that changes or checks text.
    """

    name: ClassVar[str] = "record.strings"
    kind: ClassVar[Kind] = Kind.ENCODER

    stages: tuple[StageSpec, ...]
    _chain: tuple[Checked, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.stages:
            raise PolicyError("stages: expected at least one text stage, received none")
        chain = tuple(
            checked(registry.build(spec.name, spec.options), fail_open=spec.on_error == "flag")
            for spec in self.stages
        )
        wrong = [stage.name for stage in chain if stage.kind is Kind.DETECTOR]
        if wrong:
            raise PolicyError(f"stages: expected stages of a text chain, received {wrong[0]!r}")
        object.__setattr__(self, "_chain", chain)

    def __call__(self, samples: Sequence[Sample], context: Context) -> Sequence[Sample]:
        """Report what the text stages report, and `record.key-collision`."""
        found = [[item for item in leaves(each.value) if type(item[1]) is str] for each in samples]
        texts = [Sample(text, Modality.TEXT) for strings in found for _, text in strings]
        ended = iter(self._run(texts, context))
        return [
            _rebuilt(sample, [(path, next(ended)) for path, _ in strings])
            for sample, strings in zip(samples, found, strict=True)
        ]

    def _run(self, texts: list[Sample], context: Context) -> list[Sample]:
        context = replace(context, content_type=None)  # that of the record, not of its strings
        live = list(range(len(texts)))
        for stage in self._chain:
            results = stage([texts[row] for row in live], context) if live else ()
            for row, result in zip(live, results, strict=True):
                texts[row] = result
            live = [row for row in live if not texts[row].halted]
        return texts


def _rebuilt(sample: Sample, strings: list[tuple[str, Sample]]) -> Sample:
    """The sample with its strings replaced, and with all that was found in them."""
    findings = [finding for path, text in strings for finding in _moved(path, text.findings)]
    fresh = iter([text.value for _, text in strings])
    value = _rebuild(sample.value, "", fresh, findings)
    return sample.become(value, *findings).read(*_all_texts(strings))


def _all_texts(strings: list[tuple[str, Sample]]) -> Iterator[Text]:
    """What detectors must read: each string, all keys as one text, and what hid in either."""
    keys = [text.value for path, text in strings if path.endswith(KEY)]
    if keys:
        yield Text("\n".join(keys), origin(KEY))
    for path, sample in strings:
        if not path.endswith(KEY):
            yield Text(sample.value, origin(path))
        for text in sample.texts:
            yield Text(text.content, origin(path, text.origin))


def _moved(path: str, findings: Sequence[Finding]) -> Iterator[Finding]:
    for finding in findings:
        yield replace(finding, origin=origin(path, finding.origin))


def _rebuild(value: Any, path: str, strings: Iterator[str], findings: list[Finding]) -> Any:
    """`value` with its strings taken from `strings`, in the order of `leaves`."""
    if type(value) is str:
        return next(strings)
    if isinstance(value, tuple):
        return tuple(
            _rebuild(item, step(path, None, place), strings, findings)
            for place, item in enumerate(value)
        )
    if not isinstance(value, Mapping):
        return value
    rebuilt: dict[str, Any] = {}
    for place, (key, item) in enumerate(value.items()):
        fresh, below = next(strings), step(path, key, place)
        if fresh in rebuilt:
            # Two keys that became one: which value would the model get?
            findings.append(Finding("record.key-collision", Severity.CRITICAL, 1.0, origin(below)))
        rebuilt[fresh] = _rebuild(item, below, strings, findings)
    return MappingProxyType(rebuilt)
