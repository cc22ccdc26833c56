"""Every string that rides along with a picture, for the detectors to read.

None of it reaches the model; some of it reaches those who read metadata. Runs
inside a leaf, after the pixels were decoded.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

#: Strings shorter than this are read together, in one text.
SHORT = 24

#: Directories of EXIF (2.32, 4.6.3): the picture's own, the camera's, the place's.
DIRECTORIES = (0x8769, 0x8825, 0xA005)

#: EXIF fields with a character code in front (4.6.5, UserComment and GPS ones).
CODED = frozenset({0x9286, 0x001B, 0x001C})

#: Fields that Windows writes in UTF-16: XPTitle to XPSubject.
WIDE = range(0x9C9B, 0x9CA0)

#: What may hold a sentence inside binary data: ASCII, and UTF-16 in both orders.
_RUNS = (
    (re.compile(rb"[\x09\x0a\x0d\x20-\x7e]{12,}"), "ascii"),
    (re.compile(rb"(?:[\x20-\x7e]\x00){12,}"), "utf-16-le"),
    (re.compile(rb"(?:\x00[\x20-\x7e]){12,}"), "utf-16-be"),
)

#: Contents of elements and attributes of an XMP packet.
_XML = re.compile(
    r">([^<>]*[^<>\s][^<>]*)<|[^:\w]((?!xmlns)[\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')"
)

Named = tuple[str, str]


def collect(picture: Any, budget: int) -> tuple[list[Named], int]:
    """Texts with their origins, at most `budget` characters in all.

    Returns:
        The texts, and how many characters did not fit.
    """
    seen: set[str] = set()
    long: list[Named] = []
    short: list[str] = []
    for origin, content in _all(picture):
        text = " ".join(content.split()) if len(content) < SHORT else content.strip("\x00 \r\n\t")
        if not text or text in seen:
            continue
        seen.add(text)
        if len(text) < SHORT:
            short.append(text)
        else:
            long.append((origin, text))
    found = long + ([("metadata", "\n".join(short))] if short else [])
    return _fit(found, budget)


def _fit(found: list[Named], budget: int) -> tuple[list[Named], int]:
    kept, left_out = [], 0
    for origin, text in found:
        part = text[:budget]
        budget -= len(part)
        left_out += len(text) - len(part)
        if part:
            kept.append((origin, part))
    return kept, left_out


def _all(picture: Any) -> Iterator[Named]:
    info = dict(picture.info)
    info.update(getattr(picture, "text", {}))
    for key, value in info.items():
        yield from _entry(str(key), value, picture.format)
    yield from _exif(picture)
    for name, data in getattr(picture, "applist", ()):
        if name != "COM" and not data.startswith((b"http://ns.adobe.com/xap", b"Exif\x00")):
            yield from _runs(f"jpeg:{name}", data)
    for name, data, *_ in getattr(picture, "private_chunks", ()):
        yield from _runs(f"png:{_label(name)}", data)


def _entry(key: str, value: Any, kind: str) -> Iterator[Named]:
    low = key.lower()
    if low in ("xmp", "xml:com.adobe.xmp"):
        yield "xmp", _xmp(value)
    elif low == "icc_profile":
        yield from _runs("icc", value)
    elif low in ("exif", "photoshop"):
        return  # read field by field, or among the segments
    elif low == "comment":
        yield f"{kind.lower()}:comment", _text(value)
    elif isinstance(value, (str, bytes)):
        # iTXt carries a language and the keyword's translation too (PNG, 11.3.3.4).
        extras = [str(getattr(value, part, "") or "") for part in ("lang", "tkey")]
        yield f"{kind.lower()}:{_label(key)}", _text(value)
        yield f"{kind.lower()}:keyword", " ".join([key, *extras])


def _exif(picture: Any) -> Iterator[Named]:
    try:
        exif = picture.getexif()
        parts = [exif, *(exif.get_ifd(number) for number in DIRECTORIES)]
        fields = [(tag, value) for part in parts for tag, value in part.items()]
    except Exception:  # whatever a parser of damaged fields raises: read it as raw bytes
        yield from _runs("exif", picture.info.get("exif") or b"")
        return
    from PIL import ExifTags

    for tag, value in fields:
        origin = f"exif:{ExifTags.TAGS.get(tag, f'0x{tag:04x}')}"
        for item in value if isinstance(value, tuple) else (value,):
            yield from _field(origin, tag, item)


def _field(origin: str, tag: int, value: Any) -> Iterator[Named]:
    if isinstance(value, str):
        yield origin, value
    elif isinstance(value, bytes) and tag in WIDE:
        yield origin, value.decode("utf-16-le", "replace")
    elif isinstance(value, bytes) and tag in CODED:
        wide = value.startswith(b"UNICODE")
        yield origin, value[8:].decode("utf-16" if wide else "utf-8", "replace")
        yield from _runs(origin, value)
    elif isinstance(value, bytes):
        yield from _runs(origin, value)


def _runs(origin: str, data: bytes) -> Iterator[Named]:
    """Sentences inside binary data; all of it if it is text."""
    try:
        text = data.decode("utf-8")
        if sum(map(str.isprintable, text)) > 0.9 * len(text):
            yield origin, text
            return
    except UnicodeDecodeError:
        pass
    found = [
        match.group().decode(encoding)
        for pattern, encoding in _RUNS
        for match in pattern.finditer(data)
    ]
    spoken = [text.strip() for text in found if " " in text.strip()]
    if spoken:
        yield origin, "\n".join(spoken)


def _xmp(packet: Any) -> str:
    """What an XMP packet says, without its elements' names."""
    text = _text(packet)
    parts = (match[1] or match[3] or match[4] or "" for match in _XML.finditer(text))
    return "\n".join(html.unescape(part).strip() for part in parts if part.strip()) or text


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _label(key: Any) -> str:
    """A name from the file, as an origin may carry it: short, and of harmless characters."""
    return re.sub(r"[^A-Za-z0-9 _.-]", "?", _text(key))[:40]
