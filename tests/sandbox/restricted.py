"""Run a command as somebody less, or under a kernel that refuses more.

    python -m tests.sandbox.restricted nobody -- COMMAND …
    python -m tests.sandbox.restricted unshare=1 seccomp=38 -- COMMAND …

`nobody` gives up root for good, all capabilities but that of reading files (the
interpreter may lie where only root reads). `name=error` has a system call answer with
that error number: this is how a kernel without the feature, or a container that forbids it,
answers.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from contextlib import suppress

from sanitize.sandbox import lockdown, seccomp, syscalls

# linux/prctl.h, linux/capability.h.
KEEP_CAPABILITIES, AMBIENT, AMBIENT_RAISE, READ_ANY_FILE = 8, 47, 2, 2


def become_nobody() -> None:
    """What an ordinary user's process can do, and read any file."""
    if os.geteuid() != 0:
        return  # somebody ordinary already
    syscalls.call("prctl", KEEP_CAPABILITIES, 1, 0, 0, 0)
    lockdown.drop_user()
    header = ctypes.create_string_buffer(struct.pack("=Ii", lockdown.CAPABILITY_VERSION_3, 0))
    bit = 1 << READ_ANY_FILE
    with suppress(OSError):  # root without that right: its files are readable to all, then
        syscalls.call(
            "capset",
            header,
            ctypes.create_string_buffer(struct.pack("=6I", bit, bit, bit, 0, 0, 0)),
        )
        syscalls.call("prctl", AMBIENT, AMBIENT_RAISE, READ_ANY_FILE, 0, 0)
    lockdown.forbid_privileges()  # a root that cannot become anybody else gets none back


def refuse(answers: dict[str, int]) -> None:
    """Have calls fail from here on, in this process and all below it."""
    lockdown.forbid_privileges()
    seccomp.install(seccomp.program((), answers, otherwise=seccomp.ALLOW))


def main(arguments: list[str]) -> None:
    split = arguments.index("--")
    answers = dict(argument.split("=") for argument in arguments[:split] if "=" in argument)
    if "nobody" in arguments[:split]:
        become_nobody()
    if answers:
        refuse({name: int(code) for name, code in answers.items()})
    os.execv(arguments[split + 1], arguments[split + 1 :])


if __name__ == "__main__":
    main(sys.argv[1:])
