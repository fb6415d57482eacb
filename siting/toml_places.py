"""What is known of a TOML text: where its keys stand, its statements, and what stands twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

TomlPath = tuple[str | int, ...]
Kind = Literal["table", "array of tables", "key", "broken"]


@dataclass(frozen=True, slots=True)
class Statement:
    """One header or one `key = value`, with the lines it spans (from 1, both ends meant). `value` is the raw text right of
    the equals sign and `column` where it begins (from 1); both empty or 0 for headers and broken statements. The path of a
    broken statement is that of the table it stands in."""

    kind: Kind
    path: TomlPath
    first_line: int
    last_line: int
    value: str = ""
    column: int = 0


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A key or table that is defined twice."""

    path: TomlPath
    first_line: int
    second_line: int
    table: bool


@dataclass(frozen=True, slots=True)
class KeyLines:
    """All places of a text: `lines` of every key, table and list item, the statements in order, and what stands twice."""

    lines: Mapping[TomlPath, int]
    statements: tuple[Statement, ...]
    duplicates: tuple[Duplicate, ...]

    def line(self, path: TomlPath) -> int:
        """Line of a path, or of the nearest part of it that is written; 0 where nothing of it is."""
        for size in range(len(path), 0, -1):
            found = self.lines.get(path[:size])
            if found is not None:
                return found
        return 0

    def at(self, line: int) -> Statement | None:
        """The statement that spans a line, else the last one before it."""
        before = [statement for statement in self.statements if statement.first_line <= line]
        return before[-1] if before else None


def dotted(path: TomlPath) -> str:
    """A path as people write it: `time.periods[0].months`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
