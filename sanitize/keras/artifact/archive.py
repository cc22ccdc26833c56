"""The zip archive: nothing in it but the four things that Keras writes.

Every byte of the file must belong to a member or to the directory of members:
what one reader skips, another would read. So there is no data in front, behind
or between, and both descriptions of each member agree. ZIP64 is refused: below
the size limit nothing needs it, and a second set of sizes is a second truth.
The layout is that of PKWARE's APPNOTE 6.3.10, sections 4.3.7, 4.3.12, 4.3.16.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping

from sanitize.keras.artifact.refusal import refused, shown
from sanitize.keras.artifact.rules import Limits

CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"

#: What every archive has.
NEEDED = frozenset({CONFIG, METADATA, WEIGHTS})

#: The one kind of asset: words of a StringLookup, IntegerLookup or TextVectorization.
_ASSET = re.compile(r"assets(/[A-Za-z0-9_-]{1,100}){1,20}/vocabulary\.txt")

#: Bytes of `metadata.json`; Keras writes 64.
_MAX_METADATA = 4096

_LOCAL = struct.Struct("<4s5H3L2H")
_END = struct.Struct("<4s4H2LH")
_ZIP64_LOCATOR, _ZIP64_LOCATOR_SIZE, _ZIP64_EXTRA = b"PK\x06\x07", 20, 1

#: General purpose bits that change nothing: deflate's effort, UTF-8 names.
_HARMLESS_FLAGS = 0x0002 | 0x0004 | 0x0800

_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})


def members(name: str, data: bytes, limits: Limits) -> Mapping[str, bytes]:
    """The content of every member, checked.

    Args:
        name: of the file, for messages.
        data: all of the file.
        limits: bounds.

    Raises:
        ArtifactError: `artifact.archive`, `artifact.member`, `artifact.bomb`,
            `artifact.too-large`.
    """
    _check_end(name, data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            _check_names(name, infos, limits)
            for info in infos:
                _check_member(info, limits)
            _check_layout(name, data, infos, archive.start_dir)
            return {info.filename: archive.read(info) for info in infos}
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError) as error:
        received = f"a damaged one ({type(error).__name__})"
    except (ValueError, OSError, RuntimeError, OverflowError) as error:
        received = f"an unreadable one ({type(error).__name__})"
    raise refused("archive", name, "a whole zip archive", received)


def _check_end(name: str, data: bytes) -> None:
    """The last 22 bytes are the end record: nothing behind it, no comment, no ZIP64."""
    at = len(data) - _END.size
    if at < 0 or data[at : at + 4] != b"PK\x05\x06":
        raise refused("archive", name, "a zip archive to its last byte", "bytes behind it, or none")
    _, disk, start_disk, here, total, size, start, comment = _END.unpack_from(data, at)
    if disk or start_disk or here != total or comment:
        raise refused("archive", name, "one archive in one part", "parts or a comment")
    if start + size != at:
        raise refused("archive", name, "a directory right before the end", "a gap or an overlap")
    locator = data[at - _ZIP64_LOCATOR_SIZE :][:4]
    if locator == _ZIP64_LOCATOR or 0xFFFF in (here, total) or 0xFFFFFFFF in (size, start):
        raise refused("archive", name, "an archive without ZIP64 records", "ZIP64")


def _check_names(name: str, infos: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(infos) > limits.members:
        raise refused("archive", name, f"at most {limits.members} members", f"{len(infos):,}")
    names = [info.orig_filename for info in infos]
    twice = {each for each in names if names.count(each) > 1}
    if twice:
        raise refused("member", name, "every name once", f"{shown(min(twice))} twice")
    for each in names:
        if each not in NEEDED and not _ASSET.fullmatch(each):
            expected = f"members named {', '.join(sorted(NEEDED))} and assets/…/vocabulary.txt"
            raise refused("member", name, expected, shown(each))
    missing = NEEDED.difference(names)
    if missing:
        raise refused("member", name, f"a member {min(missing)}", "none")


def _check_member(info: zipfile.ZipInfo, limits: Limits) -> None:
    name = info.filename
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise refused("member", name, "a plain file", "a link, directory or device")
    if info.flag_bits & ~_HARMLESS_FLAGS:
        received = "encrypted" if info.flag_bits & 1 else f"flags {info.flag_bits:#06x}"
        raise refused("member", name, "a plain member", received)
    if info.compress_type not in _METHODS:
        raise refused("member", name, "stored or deflated", f"method {info.compress_type}")
    if info.file_size > limits.ratio * info.compress_size:
        sizes = f"{info.file_size:,} bytes out of {info.compress_size:,}"
        raise refused("bomb", name, f"at most {limits.ratio} times its compressed size", sizes)
    most = _most(name, limits)
    if info.file_size > most:
        raise refused("too-large", name, f"at most {most:,} bytes", f"{info.file_size:,} bytes")


def _most(name: str, limits: Limits) -> int:
    sizes = {
        CONFIG: limits.config_bytes,
        METADATA: _MAX_METADATA,
        WEIGHTS: min(limits.weights_bytes, limits.file_bytes),
    }
    return sizes.get(name, limits.asset_bytes)


def _check_layout(name: str, data: bytes, infos: list[zipfile.ZipInfo], directory: int) -> None:
    """Members fill the file from its first byte to the directory, and say the same twice."""
    at = 0
    for info in sorted(infos, key=lambda each: each.header_offset):
        if info.header_offset != at:
            raise refused("archive", name, "members without gaps", f"a gap at byte {at:,}")
        at = _end_of(info, data)
    if at != directory:
        raise refused("archive", name, "a directory behind the members", f"a gap at byte {at:,}")


def _end_of(info: zipfile.ZipInfo, data: bytes) -> int:
    header = _LOCAL.unpack_from(data, info.header_offset)
    signature, _, flags, method, _, _, crc, packed, size, name_size, extra_size = header
    start = info.header_offset + _LOCAL.size
    name = data[start : start + name_size]
    said = (signature, flags, method, crc, packed, size, name)
    expected = (
        *(b"PK\x03\x04", info.flag_bits, info.compress_type, info.CRC),
        *(info.compress_size, info.file_size, info.orig_filename.encode("utf-8")),
    )
    if said != expected:
        raise refused("archive", info.filename, "the same in both headers", "two descriptions")
    extra = data[start + name_size : start + name_size + extra_size]
    if _has_zip64(extra) or _has_zip64(info.extra):
        raise refused("archive", info.filename, "no ZIP64 record", "one")
    return int(start + name_size + extra_size + info.compress_size)


def _has_zip64(extra: bytes) -> bool:
    """Walks the extra field; one that cannot be walked counts as hiding something."""
    while extra:
        if len(extra) < 4:
            return True
        kind, size = struct.unpack_from("<HH", extra)
        if kind == _ZIP64_EXTRA or size > len(extra) - 4:
            return True
        extra = extra[4 + size :]
    return False
