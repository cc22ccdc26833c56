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

#: Keywords of PNG texts that are registered (PNG, 11.3.3.2, and its extensions).
KEYWORDS = frozenset(
    {
        "Author",
        "Collection",
        "Comment",
        "Copyright",
        "Creation Time",
        "Description",
        "Disclaimer",
        "Software",
        "Source",
        "Title",
        "Warning",
        "XML:com.adobe.xmp",
    }
)

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

#: What nobody reads, not even a model: controls, and what could not be decoded. Invisible
#: characters stay: models read them.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd]+")

#: Processing instructions of XML, such as the frame of an XMP packet.
_INSTRUCTIONS = re.compile(r"<\?[^>]*\?>")

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
        text = _CONTROLS.sub(" ", content).strip()
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
    kind = picture.format.lower()
    for key in ("comment", "xmp", "icc_profile"):
        yield from _entry(f"{kind}:{key}", key, picture.info.get(key, b""))
    for key, value in getattr(picture, "text", {}).items():
        if key not in KEYWORDS:
            yield f"{kind}:keyword", key
        for part in ("lang", "tkey"):  # a language, and the keyword in it (PNG, 11.3.3.4)
            yield f"{kind}:keyword", str(getattr(value, part, None) or "")
        yield from _entry(f"{kind}:{_label(key)}", key, value)
    yield from _exif(picture)
    for name, data in getattr(picture, "applist", ()):
        if name != "COM" and not data.startswith((b"http://ns.adobe.com/xap", b"Exif\x00")):
            yield from _runs(f"{kind}:{name}", data)
    for name, data, *_ in getattr(picture, "private_chunks", ()):
        yield from _runs(f"{kind}:{_label(name)}", data)


def _entry(origin: str, key: str, value: Any) -> Iterator[Named]:
    if key in ("xmp", "XML:com.adobe.xmp"):
        yield "xmp", _xmp(value)
    elif key == "icc_profile":
        yield from _runs("icc", value)
    elif key.startswith("Raw profile type"):
        yield from _runs(origin, _unhexed(value))
    else:
        yield origin, _text(value)


def _unhexed(profile: str) -> bytes:
    """ImageMagick's way to put EXIF, IPTC or XMP into a PNG: a name, a size, and hex digits."""
    try:
        return bytes.fromhex("".join(profile.split()[2:]))
    except ValueError:
        return profile.encode("utf-8", "replace")


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
    elif isinstance(value, bytes):
        yield from _runs(origin, value)


def _runs(origin: str, data: bytes) -> Iterator[Named]:
    """Sentences inside binary data; all of it if it is text."""
    try:
        text = data.decode("utf-8")
        if len(_CONTROLS.sub("", text)) > 0.9 * len(text):
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
    text = _INSTRUCTIONS.sub(" ", _text(packet)).strip("\ufeff \x00")
    parts = (match[1] or match[3] or match[4] or "" for match in _XML.finditer(text))
    return "\n".join(html.unescape(part).strip() for part in parts if part.strip()) or text


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _label(key: Any) -> str:
    """A name from the file, as an origin may carry it: short, and of harmless characters."""
    return re.sub(r"[^A-Za-z0-9 _.-]", "?", _text(key))[:40]
