"""Our own header parsers: pure, bounded Python, run before any decoder sees a byte."""

from sanitize.audio.headers import aiff, flac, mp3, ogg, wav
from sanitize.audio.headers.base import BadHeader, Header
from sanitize.signatures import HEAD_BYTES, identify

#: Media type → parser.
PARSERS = {
    "audio/aiff": aiff.read,
    "audio/flac": flac.read,
    "audio/mpeg": mp3.read,
    "audio/ogg": ogg.read,
    "audio/wav": wav.read,
}


def read(data: bytes) -> Header:
    """The header of a sound file, by the parser for its first bytes.

    Raises:
        BadHeader: malformed, or of a format or codec that is not taken.
    """
    found = identify(data[:HEAD_BYTES])
    parser = PARSERS.get(found.media_type if found else "")
    if parser is None:
        raise BadHeader("format")
    return parser(data)


__all__ = ["PARSERS", "BadHeader", "Header", "read"]
