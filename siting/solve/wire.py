"""Messages between the planning process and its solver process: length-prefixed, between the two ends of our own pipe only."""

from __future__ import annotations

import copyreg
import pickle
import struct
from types import MappingProxyType
from typing import IO, Any


def read_only(mapping: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    """A read-only view, as it was at the other end."""
    return MappingProxyType(mapping)


copyreg.pickle(MappingProxyType, lambda mapping: (read_only, (dict(mapping),)))
"""Read-only mappings travel as such."""


def packed(message: Any) -> bytes:
    """A message as it travels."""
    return pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)


def unpacked(parcel: bytes) -> Any:
    """The message of a parcel. Only for parcels of our own processes: reading one can run anything."""
    return pickle.loads(parcel)


def write_message(stream: IO[bytes], message: Any) -> None:
    """One length-prefixed message."""
    write_packed(stream, packed(message))


def write_packed(stream: IO[bytes], parcel: bytes) -> None:
    """One length-prefixed message that is packed already."""
    stream.write(struct.pack("<Q", len(parcel)))
    stream.write(parcel)
    stream.flush()


def read_message(stream: IO[bytes]) -> Any:
    """The next message. Raises EOFError where the other end is gone."""
    return unpacked(read_packed(stream))


def read_packed(stream: IO[bytes]) -> bytes:
    """The next message, still packed. Raises EOFError where the other end is gone, also in the midst of a message."""
    head = stream.read(8)
    if len(head) < 8:
        raise EOFError
    size = struct.unpack("<Q", head)[0]
    parcel = stream.read(size)
    if len(parcel) < size:
        raise EOFError
    return parcel
