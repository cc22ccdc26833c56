"""Our own header parsers: pure, bounded Python, run before any decoder sees a byte."""

from sanitize.image.headers import bmp, gif, jpeg, png, tiff, webp
from sanitize.image.headers.base import BadHeader, Header

#: Media type → parser.
PARSERS = {
    "image/bmp": bmp.read,
    "image/gif": gif.read,
    "image/jpeg": jpeg.read,
    "image/png": png.read,
    "image/tiff": tiff.read,
    "image/webp": webp.read,
}

__all__ = ["PARSERS", "BadHeader", "Header"]
