"""Mail (RFC 5322, MIME): what each part says once it is decoded, and who gets to see it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from sanitize.text.documents import pages
from sanitize.text.documents.parts import Found, OverBudget, Part, joined, within
from sanitize.types import Finding, Severity

#: Parts inside of parts: the parser reads every line once for each.
MAX_PARTS = 64
_NESTING = re.compile(r"boundary[ \t]*+(?:\*|=)|message/", re.IGNORECASE)
#: Longest header that is decoded: the parser of addresses takes quadratic time.
MAX_HEADER = 2_000

#: Headers that mail programs show, and those that only machines write and read.
_SHOWN = frozenset(("from", "to", "cc", "subject", "date", "reply-to", "sender"))
_MACHINES = re.compile(
    "received|dkim-|arc-|authentication-|return-path|message-id|references|in-reply-to|mime-|content-"
    "|x-(?:google|ms-|microsoft|spam|originating|received|mailer|gm-)|list-|delivered-|domainkey|feedback"
)
#: Character sets of mail that Python reads in linear time, without side effects; others are
#: taken for Latin-1.
_CHARSET = re.compile(
    "utf-?8|us-ascii|ascii|iso-?8859-?[0-9]{1,2}|latin-?1|windows-?12[0-9]{2}|cp12[0-9]{2}|koi8-[ru]"
    "|gb2312|gbk|gb18030|big5|euc-(?:jp|kr)|iso-2022-jp|shift[_-]jis|utf-?16(?:le|be)?|macintosh|tis-620"
)
#: Types of parts whose content has a reader of its own; other `text/…` is plain text.
_KINDS = {
    "text/plain": "markdown",
    "text/markdown": "markdown",
    "text/css": "css",
    "text/xml": "xml",
    "application/xml": "xml",
    "application/xhtml+xml": "html",
    "application/json": "json",
    "application/ld+json": "json",
    "application/yaml": "yaml",
    "text/yaml": "yaml",
    "image/svg+xml": "xml",
}
_QUOTE = re.compile(r"^[ \t]{0,3}(?:>[ \t]?)+", re.MULTILINE)
_QUOTED = re.compile(r"(?:^[ \t]{0,3}>[^\n]*+(?:\n|\Z))+", re.MULTILINE)
_WORD = re.compile(r"[^\W\d_]{3,}")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+")

#: Share of words that two ways to tell the same have in common at least.
ALIKE = 0.5
#: Words that are enough to compare.
FEWEST = 6


class _Policy(policy.EmailPolicy):
    """The modern policy, but a header that is too long or too odd for it stays as it is."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        value = "".join(value.splitlines())[:MAX_HEADER]
        try:
            return super().header_fetch_parse(name, value)
        except Exception:  # the parser of headers raises whatever it meets
            return self.header_factory("x-unread", "".join(filter(str.isprintable, value)))


def read(text: str) -> Found:
    """Headers, bodies, quotations, names of attachments; `text.alternatives-disagree`."""
    if len(_NESTING.findall(text)) > MAX_PARTS:
        raise OverBudget("parts")
    message = message_from_bytes(text.encode("utf-8", "replace"), policy=_Policy())
    try:
        yield from _message(cast(EmailMessage, message))
    except OverBudget:
        raise
    except Exception:  # odd headers and parts raise whatever they meet; the rest is unread
        detail = {"received": "mail"}
        yield Finding("text.document-invalid", Severity.MEDIUM, 1.0, detail=detail)


def _message(message: EmailMessage) -> Found:
    yield from _headers(message)
    yield from _entity(message)


def _headers(message: EmailMessage) -> Found:
    shown: list[str] = []
    hidden: list[str] = []
    for name, raw in message.raw_items():
        small = name.lower()
        if small in _SHOWN or not _MACHINES.match(small):
            said = str(message.policy.header_fetch_parse(name, str(raw)))
            if small == "subject":
                yield Part("subject", said)
            elif small not in _SHOWN:
                hidden.append(said)
            elif said.strip() != str(raw).strip():  # else the document itself says it
                shown.append(said)
            if len(raw) > MAX_HEADER:
                raise OverBudget("header")
    yield from joined("headers", shown, shown=True)
    yield from joined("headers", hidden, shown=False)


def _entity(entity: EmailMessage) -> Found:
    """A part and what is in it."""
    for name in ("preamble", "epilogue"):
        yield from joined(name, (getattr(entity, name) or "").splitlines(), shown=False)
    if entity.get_content_type() == "message/rfc822" and entity.is_multipart():
        for inner in _parts(entity):
            yield from within("mail", _message(inner))
    elif entity.is_multipart():
        for inner in _parts(entity):
            yield from _entity(inner)
        if entity.get_content_type() == "multipart/alternative":
            yield from _compared(entity)
    else:
        yield from _leaf(entity)


def _parts(entity: EmailMessage) -> list[EmailMessage]:
    return cast(list[EmailMessage], entity.get_payload())


def _leaf(entity: EmailMessage) -> Found:
    name = entity.get_filename()
    if name:
        yield Part("attachment-name", name)
    kind = entity.get_content_type()
    if kind == "text/html":
        yield from within("html", pages.read(_content(entity)))
    elif kind.startswith("text/") or kind in _KINDS:
        content = _content(entity)
        yield Part("text", content, kind=_KINDS.get(kind, ""))
        yield from _quoted(content)
    else:
        size = len(entity.get_payload() or "")
        detail: dict[str, int | float | str] = {
            "kind": kind[:80] if kind.isprintable() else "?",
            "characters": size,
        }
        yield Finding("text.attachment-unread", Severity.LOW, 1.0, detail=detail)


def _quoted(text: str) -> Iterator[Part]:
    """What an answer quotes, without the signs that cut its sentences to pieces."""
    found = _QUOTED.findall(text)
    yield from joined("quoted", [_QUOTE.sub("", lines) for lines in found], shown=True)


def _content(entity: EmailMessage) -> str:
    """The part's text: decoded as it says, unless it plainly is UTF-8."""
    data = entity.get_payload(decode=True)
    raw = data if isinstance(data, bytes) else b""
    declared = str(entity.get_content_charset("utf-8")).lower()
    charset = declared if _CHARSET.fullmatch(declared) else "latin-1"
    encoded = str(entity.get("content-transfer-encoding", "")).strip().lower()
    if encoded in ("", "7bit", "8bit", "binary") and not charset.startswith(("iso-2022", "utf")):
        charset = "utf-8" if _is_utf8(raw) else charset
    try:
        return raw.decode(charset, "replace")
    except LookupError:
        return raw.decode("latin-1")


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _compared(entity: EmailMessage) -> Iterator[Finding]:
    """`text.alternatives-disagree` if text and page of one message tell different things."""
    said: dict[str, Counter[str]] = {}
    for part in entity.walk():
        kind = part.get_content_type()
        if kind in ("text/plain", "text/html") and kind not in said:
            text = _content(part)
            if kind == "text/html":
                text = _visible(text)
            said[kind] = Counter(_WORD.findall(_ADDRESS.sub(" ", text.lower())))
    if len(said) < 2:
        return
    plain, page = said["text/plain"], said["text/html"]
    total = plain.total() + page.total()
    share = 2 * (plain & page).total() / total if total else 1.0
    if share < ALIKE and max(plain.total(), page.total()) >= FEWEST:
        detail = {"plain": plain.total(), "html": page.total(), "alike": round(share, 2)}
        yield Finding("text.alternatives-disagree", Severity.MEDIUM, 0.7, detail=detail)


def _visible(page: str) -> str:
    return next((item.content for item in pages.read(page) if isinstance(item, Part)), "")
