"""XML, through defusedxml: no entities, nothing from outside, bounded depth."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from xml.sax import SAXException, handler

from sanitize.text.documents.data import MAX_DEPTH
from sanitize.text.documents.parts import Found, Malformed, OverBudget, joined
from sanitize.types import Finding, Severity


def read(text: str) -> Found:
    """Text of elements and attributes, comments and instructions; `text.xml-entities`."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.sax import make_parser

    seen = _Seen()
    parser = make_parser()
    parser.forbid_entities = parser.forbid_external = True
    parser.setContentHandler(seen)
    parser.setProperty(handler.property_lexical_handler, seen)
    refused = False
    try:
        parser.parse(BytesIO(_declared_utf8(text)))
    except DefusedXmlException:
        refused = True
    except (SAXException, ValueError):
        raise Malformed from None
    if refused:
        yield Finding("text.xml-entities", Severity.MEDIUM, 1.0)
    yield from joined("text", seen.texts, shown=True)
    yield from joined("attribute", seen.attributes, shown=False)
    yield from joined("comment", seen.comments, shown=False)


def _declared_utf8(text: str) -> bytes:
    """The bytes that a parser will read as this text, whatever its declaration says."""
    head, mark, rest = text.partition("?>")
    if mark and head.lstrip("\ufeff \t\r\n").startswith("<?xml"):
        text = rest.lstrip()
    return b"<?xml version='1.0' encoding='utf-8'?>" + text.encode("utf-8", "replace")


class _Seen(handler.ContentHandler):
    """What a parser met. It is both SAX's content handler and its lexical handler."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.attributes: list[str] = []
        self.comments: list[str] = []
        self.said: list[str] = []
        self.depth = 0

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: N802
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise OverBudget("depth")
        self._flush()
        self.attributes += [value for value in attrs.values() if " " in value.strip()]

    def endElement(self, name: str) -> None:  # noqa: N802
        self.depth -= 1
        self._flush()

    def characters(self, content: str) -> None:
        self.said.append(content)

    def processingInstruction(self, target: str, data: str) -> None:  # noqa: N802
        self.comments.append(data)

    def comment(self, content: str) -> None:
        self.comments.append(content.strip())

    def startCDATA(self) -> None:  # noqa: N802
        """What it holds is text like any other."""

    endCDATA = endDTD = startCDATA  # noqa: N815

    def startDTD(self, name: str, public_id: str | None, system_id: str | None) -> None:  # noqa: N802
        """A declaration without entities only names the kind of document."""

    def _flush(self) -> None:
        text = "".join(self.said).strip()
        self.said.clear()
        if text:
            self.texts.append(text)
