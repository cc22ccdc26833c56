"""Presidio's recognisers as a stage: offline, masked or reported, and replaceable."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Any

import pytest

from sanitize import Context, Modality, PolicyError, Sample
from sanitize.stage import Stage
from sanitize.text.presidio import Presidio
from tests.contracts import FilterContract

pytestmark = pytest.mark.extras

COIN = "Pay to 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa, or from 10.1.2.3"


class TestPresidio(FilterContract):
    """The contract of every filter."""

    def make(self) -> Stage:
        return Presidio()

    def values(self) -> Sequence[Any]:
        return ["", "nothing of the kind", COIN, "card 4111 1111 1111 1111"]


def after(text: str, **options: Any) -> Sample:
    (sample,) = Presidio(**options)([Sample(text, Modality.TEXT)], Context())
    return sample


def test_entities_are_masked_by_their_names() -> None:
    assert after(COIN).value == "Pay to [CRYPTO], or from [IP-ADDRESS]"


def test_reports_leave_the_value() -> None:
    sample = after(COIN, action="report")
    assert sample.value == COIN
    assert [found.detail["entity"] for found in sample.findings] == ["crypto", "ip_address"]


def test_low_scores_do_not_count() -> None:
    assert after(COIN, min_score=0.9).value.count("[") == 1


def test_long_texts_are_refused_unread() -> None:
    """Made for it, a text could keep its patterns busy for minutes."""
    (found,) = after("a." * 3000).findings
    assert found.rule == "personal.presidio-unread"


def test_it_asks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even for the list of top-level domains, which one of its recognisers fetches."""
    asked: list[Any] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *where, **_: asked.append(where) or [])
    after("write to ann@mail.example.org or https://example.org")
    assert asked == []


def engine() -> Any:
    """An application's own analyzer: it knows tickets and nothing else."""
    from presidio_analyzer import AnalyzerEngine, Pattern, PatternRecognizer, RecognizerRegistry

    from sanitize.text.presidio import _default

    ticket = Pattern("ticket", r"TICKET-[0-9]+", 0.9)
    known = PatternRecognizer(supported_entity="TICKET", patterns=[ticket])
    registry = RecognizerRegistry(recognizers=[known], supported_languages=["en"])
    return AnalyzerEngine(registry=registry, nlp_engine=_default().nlp_engine)


def test_an_application_may_bring_its_own() -> None:
    own = "tests.text.test_presidio:engine"
    assert after("see TICKET-12 and 10.1.2.3", analyzer=own).value == "see [TICKET] and 10.1.2.3"


@pytest.mark.parametrize("name", ["nothing", "no.such:thing", "json:nothing"])
def test_a_name_that_names_nothing_is_refused(name: str) -> None:
    with pytest.raises(PolicyError, match="analyzer"):
        Presidio(analyzer=name)
