"""What came out of a leaf, checked against what went in before anything is made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sanitize import freezing
from sanitize.image.headers import Header
from sanitize.image.sniffing import MEDIA_TYPES, NO_ANSWER
from sanitize.image.target import Target
from sanitize.sandbox import Lie, Outcome
from sanitize.types import Finding, Severity, Text

if TYPE_CHECKING:
    import numpy as np

#: Pixels' worth of edges from which on alpha is said to hide something, and their share.
HIDDEN_PIXELS, HIDDEN_SHARE = 100, 0.0005


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer whose sizes hold. Its content is still untrusted."""

    width: int
    height: int
    channels: int
    payload: bytes
    texts: tuple[Text, ...]
    numbers: dict[str, float]
    media_type: str

    def array(self, target: Target) -> np.ndarray[Any, Any]:
        """Read-only pixels in the target's layout and range."""
        import numpy as np

        count = self.width * self.height * self.channels
        found: np.ndarray[Any, Any] = np.frombuffer(self.payload, np.uint8, count)
        found = found.reshape(self.height, self.width, self.channels)
        if target.layout == "chw":
            found = found.transpose(2, 0, 1)
        if target.pixels != "uint8":
            found = found.astype(np.float32) / np.float32(255 if target.pixels == "unit" else 1)
        whole = found.flags.c_contiguous and target.pixels == "uint8"
        return found if whole else freezing.freeze_array(found)

    def png(self) -> bytes:
        """The pixels as a PNG: made of them alone, by Pillow's writer."""
        import io

        from PIL import Image

        mode = "L" if self.channels == 1 else "RGB"
        size = self.width * self.height * self.channels
        file = io.BytesIO()
        picture = Image.frombytes(mode, (self.width, self.height), self.payload[:size])
        picture.save(file, "PNG")
        return file.getvalue()


def read(outcome: Outcome, header: Header, target: Target) -> Answer:
    """The answer.

    Raises:
        Lie: a size, name or type in it is not what it must be.
    """
    untrusted = outcome.untrusted_header
    width, height = _expected_size(untrusted, header, target)
    pixels = width * height * target.channels
    texts = read_texts(untrusted, outcome.untrusted_output[pixels:])
    media_type = untrusted.get("media_type")
    if not isinstance(media_type, str) or len(media_type) > 80 or not media_type.isprintable():
        raise Lie("media_type")
    names = ("hidden", "difference", "ratio", "planted", "left_out")
    numbers = {name: number(untrusted, name) for name in names}
    payload = outcome.untrusted_output
    return Answer(width, height, target.channels, payload, texts, numbers, media_type)


def _expected_size(untrusted: Any, header: Header, target: Target) -> tuple[int, int]:
    """Width and height: the target's, or the header's, which EXIF may have turned."""
    found = (untrusted.get("width"), untrusted.get("height"))
    own = (header.width, header.height)
    allowed = (target.size[::-1],) if target.size else (own, own[::-1])
    if found not in allowed or untrusted.get("channels") != target.channels:
        raise Lie("size")
    width, height = found
    return int(width), int(height)


def read_texts(untrusted: Any, payload: bytes) -> tuple[Text, ...]:
    """The texts that a payload holds.

    Raises:
        Lie: they are not what the header says.
    """
    origins, sizes = untrusted.get("origins"), untrusted.get("text_sizes")
    if not isinstance(origins, tuple) or not isinstance(sizes, tuple):
        raise Lie("texts")
    if len(origins) != len(sizes) or not all(_size(size) for size in sizes):
        raise Lie("texts")
    if sum(sizes) != len(payload) or not all(_origin(origin) for origin in origins):
        raise Lie("texts")
    found, start = [], 0
    for origin, size in zip(origins, sizes, strict=True):
        content = payload[start : start + size].decode("utf-8", "replace")
        found.append(Text(content, origin))
        start += size
    return tuple(found)


def _size(item: Any) -> bool:
    return type(item) is int and item > 0


def _origin(item: Any) -> bool:
    return isinstance(item, str) and len(item) <= 80 and item.isprintable()


def number(untrusted: Any, name: str) -> float:
    """A number of the header, by its name.

    Raises:
        Lie: it is none, or negative, or beyond reason.
    """
    item = untrusted.get(name)
    if type(item) not in (int, float) or not 0 <= item < 1e12:
        raise Lie(name)
    return float(item)


def findings(answer: Answer, header: Header) -> list[Finding]:
    """What the leaf noticed, in findings' terms."""
    found = []
    taken_for = answer.media_type
    if taken_for not in NO_ANSWER and taken_for not in MEDIA_TYPES[header.format]:
        detail: dict[str, int | float | str] = {"header": header.format, "libmagic": taken_for}
        found.append(Finding("image.type-disagreement", Severity.CRITICAL, 1.0, detail=detail))
    pixels = header.width * header.height
    hidden = int(answer.numbers["hidden"])
    if hidden >= max(HIDDEN_PIXELS, HIDDEN_SHARE * min(pixels, 2_000_000)):
        detail = {"pixels": hidden}
        found.append(Finding("image.alpha-hides", Severity.MEDIUM, 1.0, detail=detail))
    if answer.numbers["planted"]:
        names = ("difference", "ratio")
        detail = {name: round(answer.numbers[name], 1) for name in names}
        found.append(Finding("image.scaling-attack", Severity.MEDIUM, 0.9, detail=detail))
    if answer.numbers["left_out"]:
        detail = {"characters": int(answer.numbers["left_out"])}
        found.append(Finding("image.metadata-unread", Severity.MEDIUM, 1.0, detail=detail))
    return found
