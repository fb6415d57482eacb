"""A tolerant reader of TOML that keeps places and no values: a broken statement is passed over.

Reading goes statement by statement; after a broken one it goes on at the next line that looks like a beginning.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from siting.toml_places import Duplicate, KeyLines, Statement, TomlPath

_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR: Final = re.compile(r"[^,\]}#\n\r]+")
_FRESH_START: Final = re.compile(r"^[ \t]*(\[\[?[^\[\]\n=]+\]\]?[ \t]*(#.*)?$|[A-Za-z0-9_.\"'-]+[ \t]*=)", re.MULTILINE)
_ESCAPE: Final = re.compile(r'\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|[btnfr"\\e]|x[0-9A-Fa-f]{2})')
_SHORT_ESCAPES: Final[Mapping[str, str]] = {
    "b": "\b",
    "t": "\t",
    "n": "\n",
    "f": "\f",
    "r": "\r",
    '"': '"',
    "\\": "\\",
    "e": "\x1b",
}


DEEPEST: Final = 30
"""Parts a dotted key may have."""


class BrokenError(Exception):
    """The text at this place is not TOML."""


@dataclass(slots=True)
class Reader:
    """The text, how far it is read, and the books that are kept: lines, tables, lists of tables and values by path."""

    text: str
    at: int = 0
    lines: dict[TomlPath, int] = field(default_factory=dict)
    statements: list[Statement] = field(default_factory=list)
    duplicates: list[Duplicate] = field(default_factory=list)
    items: dict[TomlPath, int] = field(default_factory=dict)
    headers: dict[TomlPath, int] = field(default_factory=dict)
    values: dict[TomlPath, int] = field(default_factory=dict)
    breaks: list[int] = field(default_factory=list)
    journal: list[tuple[dict[TomlPath, int], TomlPath]] = field(default_factory=list)

    def read(self) -> KeyLines:
        """Read statement by statement; after a broken one go on at the next line that looks like a beginning."""
        self.breaks = [place for place, sign in enumerate(self.text) if sign == "\n"]
        table: TomlPath = ()
        self._trivia()
        while self.at < len(self.text):
            start = self.at
            self.journal.clear()
            found = len(self.duplicates)
            try:
                table = self._header() if self._peek() == "[" else self._assignment(table)
            except (BrokenError, RecursionError):
                del self.duplicates[found:]
                for book, path in self.journal:
                    del book[path]
                self._recover(start, table)
                table = ("",) if self.text[start] == "[" else table
            self._trivia()
        return KeyLines(self.lines, tuple(self.statements), tuple(self.duplicates))

    def dotted_key(self) -> tuple[str, ...]:
        """One key of bare or quoted parts."""
        parts = []
        while True:
            self._blanks()
            parts.append(self._key_part())
            if len(parts) > DEEPEST:
                raise BrokenError
            self._blanks()
            if self._peek() != ".":
                return tuple(parts)
            self.at += 1

    def _line(self, place: int) -> int:
        return bisect_right(self.breaks, place - 1) + 1 if place else 1

    def _peek(self, size: int = 1) -> str:
        return self.text[self.at : self.at + size]

    def _blanks(self) -> None:
        while self._peek() in {" ", "\t"} and self.at < len(self.text):
            self.at += 1

    def _trivia(self) -> None:
        while self.at < len(self.text):
            if self._peek() in " \t\r\n":
                self.at += 1
            elif self._peek() == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            else:
                return

    def _end_of_statement(self) -> None:
        self._blanks()
        if self._peek() == "#":
            end = self.text.find("\n", self.at)
            self.at = len(self.text) if end < 0 else end
        if self.at < len(self.text) and self._peek() not in "\r\n":
            raise BrokenError

    def _key_part(self) -> str:
        if self._peek() in {'"', "'"}:
            start = self.at
            self._string()
            raw = self.text[start : self.at]
            if raw.startswith(('"""', "'''")) and len(raw) >= 6:
                raise BrokenError
            return raw[1:-1] if raw[0] == "'" else _ESCAPE.sub(_unescape, raw[1:-1])
        found = _BARE_KEY.match(self.text, self.at)
        if found is None:
            raise BrokenError
        self.at = found.end()
        return found.group()

    def _mark(self, book: dict[TomlPath, int], path: TomlPath, line: int) -> None:
        if path not in book:
            book[path] = line
            self.journal.append((book, path))

    def _header(self) -> TomlPath:
        start, many = self.at, self._peek(2) == "[["
        self.at += 2 if many else 1
        names = self.dotted_key()
        close = "]]" if many else "]"
        if self._peek(len(close)) != close:
            raise BrokenError
        self.at += len(close)
        self._end_of_statement()
        line = self._line(start)
        if many:
            path = self._next_item((*self._resolve(names[:-1]), names[-1]), line)
        else:
            path = self._resolve(names)
            self._note_table(path, line)
        self._note_parents(path, line)
        self._mark(self.lines, path, line)
        self.statements.append(Statement("array of tables" if many else "table", path, line, self._line(self.at)))
        return path

    def _next_item(self, path: TomlPath, line: int) -> TomlPath:
        if path in self.values or path in self.headers:
            self.duplicates.append(Duplicate(path, self.values.get(path, self.headers.get(path, 0)), line, table=True))
        number = self.items.get(path, 0)
        self.items[path] = number + 1
        return (*path, number)

    def _note_table(self, path: TomlPath, line: int) -> None:
        first = self.headers.get(path, self.values.get(path))
        if first is not None:
            self.duplicates.append(Duplicate(path, first, line, table=True))
        self.headers.setdefault(path, line)

    def _note_parents(self, path: TomlPath, line: int) -> None:
        for size in range(1, len(path)):
            self._mark(self.lines, path[:size], line)

    def _resolve(self, names: tuple[str, ...]) -> TomlPath:
        path: TomlPath = ()
        for name in names:
            path = (*path, name)
            if path in self.items:
                path = (*path, self.items[path] - 1)
        return path

    def _assignment(self, table: TomlPath) -> TomlPath:
        start = self.at
        path, begin = self._pair(table)
        end = self.at
        self._end_of_statement()
        column = begin - self.text.rfind("\n", 0, begin)
        self.statements.append(
            Statement("key", path, self._line(start), self._line(end - 1), self.text[begin:end].strip(), column)
        )
        return table

    def _pair(self, table: TomlPath) -> tuple[TomlPath, int]:
        """Read `key = value`; its path and where the value begins."""
        line = self._line(self.at)
        path = table + self.dotted_key()
        if self._peek() != "=":
            raise BrokenError
        self.at += 1
        if path in self.values or path in self.headers:
            self.duplicates.append(Duplicate(path, self.values.get(path, self.headers.get(path, 0)), line, table=False))
        self._mark(self.values, path, line)
        self._mark(self.lines, path, line)
        self._note_parents(path, line)
        self._blanks()
        begin = self.at
        self._value(path)
        return path, begin

    def _value(self, path: TomlPath) -> None:
        sign = self._peek()
        if sign in {'"', "'"}:
            self._string()
        elif sign == "[":
            self._array(path)
        elif sign == "{":
            self._inline_table(path)
        else:
            found = _SCALAR.match(self.text, self.at)
            if found is None or not found.group().strip():
                raise BrokenError
            self.at = found.end()

    def _array(self, path: TomlPath) -> None:
        self.at += 1
        number = 0
        while True:
            self._trivia()
            if self._peek() == "]":
                self.at += 1
                return
            self._mark(self.lines, (*path, number), self._line(self.at))
            self._value((*path, number))
            number += 1
            self._trivia()
            if self._peek() == ",":
                self.at += 1
            elif self._peek() != "]":
                raise BrokenError

    def _inline_table(self, path: TomlPath) -> None:
        self.at += 1
        self._trivia()
        while self._peek() != "}":
            self._pair(path)
            self._trivia()
            if self._peek() == ",":
                self.at += 1
                self._trivia()
            elif self._peek() != "}":
                raise BrokenError
        self.at += 1

    def _string(self) -> None:
        quote = self._peek()
        if self._peek(3) == quote * 3:
            self._long_string(quote)
            return
        place = self.at + 1
        while place < len(self.text) and self.text[place] not in "\r\n":
            if self.text[place] == "\\" and quote == '"':
                place += 2
            elif self.text[place] == quote:
                self.at = place + 1
                return
            else:
                place += 1
        raise BrokenError

    def _long_string(self, quote: str) -> None:
        place = self.at + 3
        while place < len(self.text):
            if self.text[place] == "\\" and quote == '"':
                place += 2
            elif self.text.startswith(quote * 3, place):
                # one or two quotes may stand right before the closing three
                extra = 0
                while extra < 2 and self.text.startswith(quote, place + 3 + extra):
                    extra += 1
                self.at = place + 3 + extra
                return
            else:
                place += 1
        raise BrokenError

    def _recover(self, start: int, table: TomlPath) -> None:
        following = self.text.find("\n", start)
        found = _FRESH_START.search(self.text, following + 1) if following >= 0 else None
        end = found.start() if found else len(self.text)
        last = self._line(max(start, len(self.text[:end].rstrip()) - 1))
        self.statements.append(Statement("broken", table, self._line(start), last))
        self.at = end


def _unescape(found: re.Match[str]) -> str:
    code = found.group(1)
    if code[0] in "uUx":
        number = int(code[1:], 16)
        if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
            raise BrokenError
        return chr(number)
    return _SHORT_ESCAPES[code]
