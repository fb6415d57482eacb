"""TOML files and `--set` texts, read whole: what they say, where they say it, and every fault of their grammar."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from siting.cells import printable, shown
from siting.errors import Fault
from siting.scenario.remedies import value_remedy
from siting.toml_lines import Duplicate, KeyLines, Statement, TomlPath, dotted, key_lines, key_path

Role = Literal["model", "what-if", "set"]

MOST_BYTES: Final = 1_000_000
MOST_FAULTS: Final = 100
LONGEST_RETRY: Final = 2000
_AT_LINE: Final = re.compile(r"\(at line (\d+), column (\d+)\)")
_HOLDER: Final = "\x00again"


@dataclass(frozen=True, slots=True)
class Document:
    """One input of a scenario, from the file `path` or a `--set` given in the folder `path`. `label` is what people call
    it. `complete` is false where broken statements were passed over, so that nothing is called missing that may only be
    misspelt."""

    role: Role
    label: str
    path: Path
    data: dict[str, Any]
    places: KeyLines
    complete: bool = True

    @property
    def base(self) -> Path:
        """The folder that relative paths in it start from."""
        return self.path if self.role == "set" else self.path.parent

    def where(self, path: TomlPath) -> str:
        """Place of a path for a fault: "line 12", or "" for a `--set`."""
        line = 0 if self.role == "set" else self.places.line(path)
        return f"line {line}" if line else ""

    def origin(self, path: TomlPath) -> str:
        """Place of a path as the origin of a value: "models/northwest/model.toml:12", or "--set"."""
        line = 0 if self.role == "set" else self.places.line(path)
        return f"{self.label}:{line}" if line else self.label


def read_document(role: Role, path: Path, label: str) -> tuple[Document, list[Fault]]:
    """Read one TOML file. Returns what could be read and all faults of encoding and grammar."""
    nothing = Document(role, label, path, {}, key_lines(""), complete=False)
    try:
        size = path.stat().st_size
        raw = path.read_bytes() if size <= MOST_BYTES else b""
    except OSError as error:
        return nothing, [Fault("S002", label, "", "", error.strerror or "unreadable", "a readable TOML file", "Check the path")]
    if size > MOST_BYTES:
        return nothing, [Fault("S004", label, "", "", f"{size} bytes", f"at most {MOST_BYTES} bytes", "Keep data in layers")]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        found = f"byte 0x{raw[error.start]:02x} at offset {error.start}"
        return nothing, [Fault("S003", label, f"line {line}", "", found, "UTF-8 text", "Save the file as UTF-8")]
    data, places, faults = parse(text.replace("\r\n", "\n"), label)
    return Document(role, label, path, data, places, complete=not faults), faults


def read_set(text: str, cwd: Path) -> tuple[Document, list[Fault]]:
    """Read one `--set KEY=VALUE`; VALUE is a TOML value, so text stands in quotes."""
    nothing = Document("set", "--set", cwd, {}, key_lines(""), complete=False)
    key, equals, value = text.partition("=")
    try:
        path = key_path(key.strip())
    except ValueError:
        path = ()
    if not equals or not path or any(not sign.isprintable() for sign in text):
        return nothing, [_set_fault(key.strip(), shown(text), "KEY=VALUE, as in budget.total_musd=30000")]
    if not value.strip():
        return nothing, [_set_fault(key.strip(), "no value", "a TOML value after the equals sign")]
    try:
        data = tomllib.loads(f"{key} = {value}")
    except (ValueError, RecursionError):
        code, remedy = value_remedy(value.strip(), shell=True)
        return nothing, [Fault(code, "--set", "", printable(".".join(path)), shown(value), "a TOML value", remedy)]
    return Document("set", "--set", cwd, data, key_lines(f"{key} = {value}")), []


def _set_fault(field: str, value: str, expected: str) -> Fault:
    return Fault(
        "S001", "--set", "", printable(field), value, expected, "Write KEY=VALUE in one word, in shell quotes where needed"
    )


def parse(text: str, label: str) -> tuple[dict[str, Any], KeyLines, list[Fault]]:
    """Values, places and grammar faults of a TOML text. Broken statements are told one by one and passed over; a table
    that stands twice is told and read as one."""
    places = key_lines(text)
    if any(statement.kind == "broken" for statement in places.statements):
        return _Mending(text.split("\n"), label, places).mend()
    try:
        return tomllib.loads(text), places, []
    except (ValueError, RecursionError):
        return _Mending(text.split("\n"), label, places).mend()


@dataclass(slots=True)
class _Mending:
    """A broken text on its way to one that can be read: bad statements are blanked, so that lines keep their numbers."""

    rows: list[str]
    label: str
    places: KeyLines

    def mend(self) -> tuple[dict[str, Any], KeyLines, list[Fault]]:
        broken = [statement for statement in self.places.statements if statement.kind == "broken"]
        faults = [self._broken(statement) for statement in broken[:MOST_FAULTS]]
        again: dict[str, TomlPath] = {}
        faults += [self._duplicate(twice, again) for twice in self.places.duplicates[: MOST_FAULTS - len(faults)]]
        data: dict[str, Any] = {}
        while len(faults) < MOST_FAULTS:
            try:
                data = tomllib.loads("\n".join(self.rows))
                break
            except tomllib.TOMLDecodeError as error:
                fault = self._refused(str(error))
            except (ValueError, RecursionError) as error:
                # numbers of thousands of digits and brackets of thousands of levels come without a line
                fault = self._unreadable(str(error))
            faults.append(fault)
            if not fault.where:
                break
        return _joined(data, again), self.places, sorted(faults, key=_line_of)

    def _unreadable(self, reason: str) -> Fault:
        """The first statement that cannot be read by itself, blanked."""
        for statement in self.places.statements:
            if statement.kind != "key":
                continue
            try:
                tomllib.loads("\n".join(self.rows[statement.first_line - 1 : statement.last_line]))
            except (ValueError, RecursionError):
                self._blank(statement)
                name = printable(dotted(statement.path))
                found = shown(statement.value[:100])
                return Fault(
                    "S001", self.label, f"line {statement.first_line}", name, found, "a TOML value", f"{reason}. Shorten it"
                )
        return Fault("S001", self.label, "", "", reason, "TOML", "Check the file")

    def _blank(self, statement: Statement, header: str = "") -> str:
        rows = self.rows[statement.first_line - 1 : statement.last_line]
        self.rows[statement.first_line - 1 : statement.last_line] = [header] + [""] * (len(rows) - 1)
        return rows[0].strip()

    def _header(self, line: int) -> str:
        return f'["{_HOLDER} {line}"]'.replace("\x00", "\\u0000")

    def _broken(self, statement: Statement) -> Fault:
        text = "\n".join(self.rows[statement.first_line - 1 : statement.last_line])
        reason = "not TOML"
        try:
            # longer statements are not read again: a key of a thousand parts takes the reader minutes
            tomllib.loads(text[:LONGEST_RETRY])
        except (ValueError, RecursionError) as error:
            reason = _AT_LINE.sub("", str(error)).replace("(at end of document)", "").strip() or reason
        is_header = text.lstrip().startswith("[")
        is_header = text.lstrip().startswith("[")
        first = self._blank(statement, self._header(statement.first_line) if is_header else "")
        place, expected = f"line {statement.first_line}", "key = value, or [table]"
        key, equals, value = (part.strip() for part in first.partition("="))
        if is_header or not equals:
            remedy = f"{reason}. Write {'[table]' if is_header else 'key = value'}"
            return Fault("S001", self.label, place, "", shown(first), expected, remedy)
        name = printable(dotted((*statement.path, key)) if statement.path != ("",) else key)[:80]
        if not value:
            return Fault("S001", self.label, place, name, "no value", expected, "Write a value after the equals sign")
        column = text.index(value, text.index("=")) + 1
        code, remedy = value_remedy(value)
        remedy = f"{reason}. {remedy}" if code == "S001" else remedy
        return Fault(code, self.label, f"{place}, column {column}", name, shown(value), "a TOML value", remedy)

    def _duplicate(self, twice: Duplicate, again: dict[str, TomlPath]) -> Fault:
        name = printable(dotted(twice.path))
        statement = next((s for s in self.places.statements if s.first_line <= twice.second_line <= s.last_line), None)
        if statement is not None and statement.kind == "table":
            header = self._header(twice.second_line)
            again[f"{_HOLDER} {twice.second_line}"] = twice.path
            self._blank(statement, header)
        elif statement is not None:
            self._blank(statement, self._header(twice.second_line) if statement.kind != "key" else "")
        lines = f"lines {twice.first_line} and {twice.second_line}"
        if twice.table:
            return Fault("S034", self.label, lines, name, "the table stands twice", "each table once", "Join the two")
        return Fault("S005", self.label, lines, name, "the key stands twice", "each key once", "Keep one")

    def _refused(self, message: str) -> Fault:
        found = _AT_LINE.search(message)
        reason = _AT_LINE.sub("", message).replace("(at end of document)", "").strip()
        line = int(found.group(1)) if found else len(self.rows)
        statement = self.places.at(line)
        if statement is None or not any(row.strip() for row in self.rows[statement.first_line - 1 : statement.last_line]):
            return Fault("S001", self.label, "", "", reason, "TOML", "Check the file")
        name = printable(dotted(statement.path))
        if statement.kind == "key":
            self._blank(statement)
            code, remedy = value_remedy(statement.value)
            place = f"line {statement.first_line}, column {statement.column}"
            remedy = remedy if code != "S001" else f"{reason}. {remedy}"
            return Fault(code, self.label, place, name, shown(statement.value), "a TOML value", remedy)
        self._blank(statement, self._header(statement.first_line))
        return Fault("S034", self.label, f"line {statement.first_line}", name, reason, "each table once", "Join the two")


def _line_of(fault: Fault) -> int:
    numbers = re.findall(r"\d+", fault.where)
    return int(numbers[-1] if fault.where.startswith("lines") else numbers[0]) if numbers else 0


def _joined(data: dict[str, Any], again: dict[str, TomlPath]) -> dict[str, Any]:
    """The values, with tables that stood twice read as one and what stood under a broken header left out."""
    for holder, path in again.items():
        if isinstance(more := data.get(holder), dict):
            _put(data, path, more)
    return {key: value for key, value in data.items() if not key.startswith(_HOLDER)}


def _put(data: dict[str, Any], path: TomlPath, more: dict[str, Any]) -> None:
    table: Any = data
    for part in path:
        if isinstance(part, int) or not isinstance(table, dict):
            return
        table = table.setdefault(part, {})
    if isinstance(table, dict):
        for key, value in more.items():
            table.setdefault(key, value)
