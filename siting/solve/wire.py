"""Messages between the planning process and its solver process: length-prefixed, between the two ends of our own pipe only."""

from __future__ import annotations

import copyreg
import pickle
import struct
from types import MappingProxyType
from typing import Any, BinaryIO


def read_only(mapping: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    """A read-only view, as it was at the other end."""
    return MappingProxyType(mapping)


copyreg.pickle(MappingProxyType, lambda mapping: (read_only, (dict(mapping),)))
"""Read-only mappings travel as such."""


def write_message(stream: BinaryIO, message: Any) -> None:
    """One length-prefixed message."""
    packed = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(struct.pack("<Q", len(packed)) + packed)
    stream.flush()


def read_message(stream: BinaryIO) -> Any:
    """The next message. Raises EOFError where the other end is gone."""
    head = stream.read(8)
    if len(head) < 8:
        raise EOFError
    return pickle.loads(stream.read(struct.unpack("<Q", head)[0]))
