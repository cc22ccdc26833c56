"""What detectors share: the texts they must read, and how they account for them."""

from __future__ import annotations

from dataclasses import replace

from sanitize.types import Coverage, Sample, Text


def readings(sample: Sample) -> tuple[Text, ...]:
    """Every text of a sample that must be read: its value, then all that was met on the way.

    The same content is read once, under the first origin that it was met at.
    """
    texts = sample.texts
    if isinstance(sample.value, str):
        texts = (Text(sample.value, "value"), *texts)
    first: dict[str, Text] = {}
    for text in texts:
        first.setdefault(text.content, text)
    return tuple(first.values())


def cover(sample: Sample, coverage: Coverage) -> Sample:
    """The sample with a detector's account of what it read.

    Of several detectors the one that left most unread counts.
    """
    seen = sample.coverage
    if seen.scanned and seen.unread >= coverage.unread:
        return sample
    return replace(sample, coverage=coverage)
