"""What crosses the border between the app and a leaf: sizes and layouts, the same on both sides.

An output is one block of memory: the reply, the header as JSON, and from
`PAYLOAD` on the payload. The leaf writes it; the app reads it when the leaf is dead.
"""

from __future__ import annotations

import struct

#: Reply: status, header bytes, payload bytes. A leaf that says nothing leaves zeros.
REPLY = struct.Struct("<IIQ")

#: Where the payload begins: a whole number of pages, on arm64 with 64 KiB pages too.
PAYLOAD = 256 * 1024

#: Most bytes of header, as JSON in UTF-8.
MAX_HEADER = PAYLOAD - REPLY.size

#: Most bytes of one message (an order with its options): well below the kernel's
#: default for one SEQPACKET message (net.core.wmem_default, 208 KiB).
MAX_MESSAGE = 64 * 1024

#: The zygote's word on a dead leaf: wait status, peak resident KiB, processor microseconds.
ENDING = struct.Struct("<iqq")

# What a reply's status may be.
NOTHING, OK, DECODE_ERROR, LIMIT = range(4)

#: What the app sends to have a leaf killed.
KILL = b"K"

#: What the app sends, with two sockets, to have a leaf forked.
FORK = b"F"
