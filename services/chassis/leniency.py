"""Leniency: a message whose properties are no text must not end the connection that it is read on.

AMQP calls them UTF-8, and no broker checks it: an agency that writes its message's id in another encoding, or a time
in the year 300,000, would otherwise take the router's connection away, as often as the message comes again. What we
go by stands in the body. For pamqp 4.0, which is pinned; tests/integration/chassis/test_unreadable_properties.py.
"""

import struct
from typing import Final

import pamqp.frame
import structlog
from pamqp import commands, decode, header

log = structlog.get_logger()

_FIXED: Final = struct.Struct(">HHQ")
"""Class, weight, and size of the body: what stands before the properties."""
_strict: Final = pamqp.frame._unmarshal_header_frame  # noqa: SLF001 - there is no other place for it


def be_lenient() -> None:
    """Let every connection of this process read such messages: letters that are none become ``\ufffd``."""
    decode.METHODS["shortstr"] = _text
    pamqp.frame._unmarshal_header_frame = _header  # noqa: SLF001 - likewise


def _text(value: bytes) -> tuple[int, str]:
    end = value[0] + 1
    return end, value[1:end].decode("utf-8", "replace")


def _header(frame_data: bytes) -> header.ContentHeader:
    try:
        return _strict(frame_data)
    except Exception:  # noqa: BLE001 - whatever it is, its sender alone is to blame
        log.warning("properties.unreadable")
        _, weight, size = _FIXED.unpack_from(frame_data)
        return header.ContentHeader(weight, size, commands.Basic.Properties())
