"""What detectors share: the texts they must read, and how they account for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sanitize.types import Coverage, Sample, Text

#: Origin of the reading of a value whose letters stand apart. No model was trained on such rows of
#: letters, and what it says of them means nothing: harmless ones score as high as orders.
APART = "decoded:letters-apart"

#: Signs that stand between letters there.
_PARTING = dict.fromkeys(map(ord, "-_.*~|/,+:;"))


def readings(sample: Sample) -> tuple[Text, ...]:
    """Every text of a sample that must be read: its value, then all that was met on the way.

    The same content is read once, under the first origin that it was met at. A value whose
    letters stand apart is read as the words that they make, where those hold every letter.
    """
    texts = sample.texts
    if isinstance(sample.value, str) and not _spelled_out(sample.value, texts):
        texts = (Text(sample.value, "value"), *texts)
    first: dict[str, Text] = {}
    for text in texts:
        first.setdefault(text.content, text)
    return tuple(first.values())


def _spelled_out(value: str, texts: Sequence[Text]) -> bool:
    """Has a reading all of the value in its order, but for blanks and signs that part letters?"""
    apart = [text.content for text in texts if text.origin == APART]
    return any(_solid(content) == _solid(value) for content in apart)


def _solid(text: str) -> str:
    return "".join(text.translate(_PARTING).split())


def cover(sample: Sample, coverage: Coverage) -> Sample:
    """The sample with a detector's account of what it read.

    Of several detectors the one that left most unread counts.
    """
    seen = sample.coverage
    if seen.scanned and seen.unread >= coverage.unread:
        return sample
    return replace(sample, coverage=coverage)
