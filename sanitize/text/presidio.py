"""Personal data by Microsoft's Presidio (extra `pii`): its recognisers, none of its downloads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from threading import Lock
from typing import Any, ClassVar, Literal

from sanitize.errors import PolicyError
from sanitize.stage import per_sample
from sanitize.text.sensitive import mask
from sanitize.types import Context, Finding, Kind, Sample, Severity

#: Recognisers left out of ours. Presidio's asks a server for the list of top-level domains
#: (tldextract), and `text/personal` knows mail addresses as well.
ONLINE: frozenset[str] = frozenset({"EmailRecognizer"})

#: Entities that our rules name, or that are in half of all texts.
UNWANTED: frozenset[str] = frozenset({"URL", "DATE_TIME"})


@dataclass(frozen=True, kw_only=True)
class Presidio:
    """Masks or reports what Presidio's analyzer finds in the value.

    By default the analyzer has Presidio's patterns and no language model: names and places
    are not found. An application that has a model gives its own analyzer by name.

    Attributes:
        action: as in `text.sensitive`.
        min_score: findings of a lower score do not count, 0..1.
        max_chars: longer texts are refused as unread: some of Presidio's patterns take a
            second for a thousand characters that are made for it.
        language: a code that the analyzer knows.
        analyzer: `package.module:function` that returns an `AnalyzerEngine`; None for the default.

    Raises:
        PolicyError: Presidio is missing, or there is no such function.
    """

    name: ClassVar[str] = "text.presidio"
    kind: ClassVar[Kind] = Kind.FILTER

    action: Literal["mask", "report"] = "mask"
    min_score: float = 0.5
    max_chars: int = 4000
    language: str = "en"
    analyzer: str | None = None

    def __post_init__(self) -> None:
        if find_spec("presidio_analyzer") is None:
            raise PolicyError(f"{self.name}: expected Presidio; install keras-sanitize[pii]")
        if not 0.0 <= self.min_score <= 1.0:
            raise PolicyError(f"{self.name}: min_score: expected 0..1, received {self.min_score}")
        if self.analyzer is not None:
            _named(self.analyzer)

    @per_sample
    def __call__(self, sample: Sample, context: Context) -> Sample:
        """Report `personal.presidio`, one for each place, with the entity's name."""
        if len(sample.value) > self.max_chars:
            sizes = {"allowed": self.max_chars, "received": len(sample.value)}
            rule = "personal.presidio-unread"
            return sample.report(Finding(rule, Severity.HIGH, 1.0, detail=sizes))
        places = self._places(sample.value)
        masked = self.action == "mask"
        severity = Severity.LOW if masked else Severity.MEDIUM
        findings = [
            Finding("personal.presidio", severity, score, "value", span, {"entity": entity.lower()})
            for entity, span, score in places
        ]
        if not masked or not places:
            return sample.report(*findings)
        detail = {"places": len(places)}
        findings.append(Finding("text.masked", Severity.LOW, 1.0, detail=detail))
        labels = ((f"[{entity.replace('_', '-')}]", span) for entity, span, _ in places)
        return sample.become(mask(sample.value, labels), *findings)

    def _places(self, text: str) -> list[tuple[str, tuple[int, int], float]]:
        """Entity, span and score in order; of two that overlap the surer one."""
        with _ANALYZING:  # spaCy's pipelines are not made for two threads at once
            results = _engine(self.analyzer).analyze(text, language=self.language)
        kept: list[Any] = []
        for result in sorted(results, key=lambda found: (-found.score, found.start)):
            clear = all(result.end <= other.start or result.start >= other.end for other in kept)
            if clear and result.score >= self.min_score and result.entity_type not in UNWANTED:
                kept.append(result)
        kept.sort(key=lambda found: int(found.start))
        return [
            (str(found.entity_type)[:40], (found.start, found.end), min(1.0, float(found.score)))
            for found in kept
        ]


_ANALYZING = Lock()


def _named(path: str) -> Any:
    module, _, function = path.partition(":")
    try:
        return getattr(import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise PolicyError(
            f"text.presidio: analyzer: expected package.module:function; {type(error).__name__}"
        ) from None


@lru_cache(maxsize=4)
def _engine(path: str | None) -> Any:
    return _default() if path is None else _named(path)()


def _default() -> Any:
    """Presidio's patterns over a blank pipeline: nothing is downloaded."""
    import spacy
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    words: Any = SpacyNlpEngine()
    words.nlp = {"en": spacy.blank("en")}  # loaded, as far as Presidio is concerned
    registry: Any = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    for name in ONLINE:
        registry.remove_recognizer(name)
    return AnalyzerEngine(registry=registry, nlp_engine=words, supported_languages=["en"])
