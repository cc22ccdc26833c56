"""The filter that takes documents apart: it changes nothing, and adds what their parts say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

from sanitize.reading import declared_type
from sanitize.stage import per_sample
from sanitize.text.documents import media
from sanitize.text.documents.tree import Limits, Taken, take_apart
from sanitize.text.filters import Invisible, Normalise
from sanitize.text.validators import Bidi, Controls
from sanitize.types import Context, Finding, Kind, Modality, Sample, Severity, Text

#: What every part goes through: what was inside an encoding has not been looked at yet.
_STAGES = (Controls(), Bidi(), Invisible(), Normalise())


@dataclass(frozen=True, kw_only=True)
class Documents:
    """Reads mails, Markdown, JSON, YAML, XML and CSS, and gives their parts to the detectors.

    The value stays as it is. A part's origin says where it stood and whether
    a person would see it: `document:mail/subject`, `hidden:markdown/comment`.
    The declared content type counts; without one, text is a document if it
    begins like one. HTML is `text.markup`'s, but for pages inside of mails.

    Attributes:
        max_depth: documents inside of documents.
        max_parts: parts that are read.
        max_growth: characters of all parts together, as a multiple of the text's,
            plus 4,096.
    """

    name: ClassVar[str] = "text.documents"
    kind: ClassVar[Kind] = Kind.FILTER

    max_depth: int = 4
    max_parts: int = 128
    max_growth: int = 4

    @per_sample
    def __call__(self, sample: Sample, context: Context) -> Sample:
        """Add the parts; report what is wrong with the document, and what it hides."""
        kind = media.declared(declared_type(context.content_type))
        if not kind and not media.sniffed(sample.value):
            return sample
        limits = Limits(self.max_depth, self.max_parts, self.max_growth)
        taken = take_apart(sample.value, kind, limits)
        sample = sample.report(*taken.findings, *_reported(taken))
        for part in map(_cleaned, taken.texts):
            sample = sample.report(*part.findings).read(*part.texts)
        return sample


def _reported(taken: Taken) -> Iterator[Finding]:
    if taken.hidden:
        yield Finding("text.hidden-part", Severity.LOW, 1.0, detail={"parts": taken.hidden})
    if taken.exceeded:
        limit = ", ".join(sorted(taken.exceeded))
        yield Finding("text.document-budget", Severity.MEDIUM, 1.0, detail={"limit": limit})


def _cleaned(text: Text) -> Sample:
    """A part without what nobody sees, and what that said; the text itself is its first text."""
    content = text.content.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    sample = Sample(content, Modality.TEXT)
    for stage in _STAGES if not _is_plain(content) else ():
        (sample,) = stage((sample,), Context())
    texts = [Text(sample.value, text.origin), *_moved(sample.texts, text.origin)]
    grave = [item for item in sample.findings if item.severity > Severity.LOW]
    found = tuple(replace(item, origin=text.origin) for item in grave)
    return Sample("", Modality.TEXT, tuple(texts), found)


def _moved(texts: Iterable[Text], origin: str) -> Iterator[Text]:
    """`hidden:tags` of a part becomes `hidden:mail/text/tags`."""
    path = origin.partition(":")[2]
    for text in texts:
        where, _, name = text.origin.partition(":")
        yield Text(text.content, f"{where}:{path}/{name}")


def _is_plain(content: str) -> bool:
    return content.isascii() and content.translate(_LAYOUT).isprintable()


_LAYOUT = dict.fromkeys(map(ord, "\t\n\r"))
