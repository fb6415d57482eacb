"""Where every key of a TOML text stands.

`tomllib` answers with values only; faults need lines. This reads the text a second time, keeps no values, and is
tolerant: a broken statement is passed over, so that the places of all others are still known.

A path is a tuple of keys and list positions: `("time", "periods", 0, "months")`.
"""

from __future__ import annotations

from siting.toml_places import Duplicate, KeyLines, Statement, TomlPath, dotted
from siting.toml_reader import BrokenError, Reader

__all__ = ["Duplicate", "KeyLines", "Statement", "TomlPath", "dotted", "key_lines", "key_path"]


def key_lines(text: str) -> KeyLines:
    """Places of every key in a TOML text. Never raises for a broken text: what can be read is told."""
    return Reader(text).read()


def key_path(key: str) -> tuple[str, ...]:
    """The parts of a dotted key as in `a.b."c d"`. Raises ValueError where it is not a TOML key."""
    reader = Reader(key)
    try:
        parts = reader.dotted_key()
    except BrokenError as error:
        raise ValueError(f"not a TOML key: {key!r}") from error
    if reader.at < len(key):
        raise ValueError(f"not a TOML key: {key!r}")
    return parts
