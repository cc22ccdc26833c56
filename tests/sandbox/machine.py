"""A small seccomp machine: runs a filter on a call as the kernel would."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from sanitize.sandbox.seccomp import ANY_BIT, AT_LEAST, EQUAL, LOAD, RETURN


def answer(program: bytes, number: int, audit: int, arguments: Sequence[int] = ()) -> int:
    """What the filter returns for a call; struct seccomp_data of linux/seccomp.h."""
    words = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("<IIQ6Q", number, audit, 0, *words)
    code = [struct.unpack_from("=HBBI", program, at) for at in range(0, len(program), 8)]
    at = accumulator = 0
    while True:
        operation, when_true, when_false, constant = code[at]
        at += 1
        if operation == RETURN:
            return constant
        if operation == LOAD:
            (accumulator,) = struct.unpack_from("<I", data, constant)
            continue
        holds = {
            EQUAL: accumulator == constant,
            AT_LEAST: accumulator >= constant,
            ANY_BIT: bool(accumulator & constant),
        }[operation]
        at += when_true if holds else when_false
