"""The two files of a certificate, read strictly: what is claimed of each aim, and the prices that shall prove it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from siting.arrays import Floats
from siting.certify.faults import CERTIFICATE_FILE, FIELD, PRICE, PRICES_FILE, UNREADABLE, Refused, fault
from siting.errors import Fault

FORMAT: Final = 2
CASES: Final = "cases"
KINDS: Final = ("prices", CASES, "whole", "none")
Priced = Mapping[int, tuple[tuple[str, ...], Floats]]
"""Rows and prices by the number of the case."""
_NOTHING: Final[tuple[tuple[str, ...], Floats]] = ((), np.zeros(0))


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A row that holds an earlier aim: its name and sides."""

    row: str
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Claim:
    """What is claimed of one aim, all of the minimisation: `sign` times `bound` is what the manifest tells. `rows` and `prices`
    (n) are the prices by Pyomo row name, `blocks` what each block adds by site id. A claim of the kind "cases" has those in its
    `cases`, each a claim of the plans in which some rows are between its `sides`."""

    aim: str
    unit: str
    kind: str
    sign: float
    claimed: float
    bound: float
    relaxed: bool
    merged: bool
    held: tuple[HeldRow, ...]
    blocks: Mapping[str, float]
    rows: tuple[str, ...]
    prices: Floats
    sides: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    cases: tuple[Claim, ...] = ()


def read_record(folder: Path) -> tuple[Claim, ...]:
    """The claims of a run folder in the order of its aims. Raises Refused with all that is wrong with the files."""
    faults: list[Fault] = []
    entries = _entries(folder / CERTIFICATE_FILE, faults)
    prices = _prices(folder / PRICES_FILE, faults)
    if faults:
        raise Refused(*faults)
    claims = [_claim(entry, number, prices, folder, faults) for number, entry in enumerate(entries)]
    names = [str(entry.get("name")) for entry in entries]
    for name in sorted(set(prices) - set(names)):
        faults.append(fault(PRICE, str(folder / PRICES_FILE), "", "aim", name, f"one of the aims {', '.join(names)}"))
    if faults:
        raise Refused(*faults)
    return tuple(claim for claim in claims if claim is not None)


def _entries(path: Path, faults: list[Fault]) -> list[Mapping[str, Any]]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_number)
        if document["format"] != FORMAT:
            raise ValueError(f"format {document['format']}")
        entries = document["aims"]
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise ValueError("aims is no list of tables")
        return entries
    except FileNotFoundError:
        faults.append(fault(UNREADABLE, str(path), "", "", "no such file", "the certificate of the bounds"))
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        told = f"{type(error).__name__}: {error}"
        faults.append(fault(UNREADABLE, str(path), "", "", told, f"a certificate of format {FORMAT}"))
    return []


def _no_number(literal: str) -> float:
    raise ValueError(f"{literal} is not a number")


def _prices(path: Path, faults: list[Fault]) -> Mapping[str, Priced]:
    """Rows and prices by aim and case."""
    try:
        table = pq.read_table(path, columns=["aim", "row", "price", "case"])
        columns = [table.column(name) for name in ("aim", "row", "price", "case")]
        numbers = pa.types.is_floating(columns[2].type) and pa.types.is_integer(columns[3].type)
        if any(column.null_count for column in columns) or not numbers:
            raise ValueError("a cell without a value, or prices or cases that are no numbers")
        aims, rows = (np.array([str(text) for text in column.to_pylist()], dtype=object) for column in columns[:2])
        prices, cases = columns[2].to_numpy().astype(np.float64), columns[3].to_numpy().astype(np.int64)
    except FileNotFoundError:
        faults.append(fault(UNREADABLE, str(path), "", "", "no such file", "the prices of the certificate"))
        return {}
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        told = f"{type(error).__name__}: {error}".splitlines()[0]
        faults.append(fault(UNREADABLE, str(path), "", "", told, "a Parquet table with aim, case, row and price"))
        return {}
    for place in np.flatnonzero(~np.isfinite(prices))[:20].tolist():
        faults.append(fault(PRICE, str(path), f"row {rows[place]}", "price", prices[place], "a finite number"))
    found: dict[str, dict[int, tuple[tuple[str, ...], Floats]]] = {}
    for aim, case in dict.fromkeys(zip(aims.tolist(), cases.tolist(), strict=True)):
        mine = (aims == aim) & (cases == case)
        names = rows[mine].tolist()
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            faults.append(fault(PRICE, str(path), f"aim {aim}", "row", twice, "every row once"))
        found.setdefault(str(aim), {})[int(case)] = (tuple(names), prices[mine])
    return found


class _Entry:
    """One aim's entry; what is missing or of the wrong kind becomes a fault."""

    def __init__(self, values: Mapping[str, Any], file: str, where: str, faults: list[Fault]) -> None:
        self._values, self._file, self._where, self._faults = values, file, where, faults

    def wrong(self, key: str, found: object, expected: str) -> None:
        self._faults.append(fault(FIELD, self._file, self._where, key, found, expected))

    def number(self, key: str) -> float:
        found = self._values.get(key)
        if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
            self.wrong(key, found, "a finite number")
            return math.nan
        return float(found)

    def flag(self, key: str) -> bool:
        found = self._values.get(key)
        if not isinstance(found, bool):
            self.wrong(key, found, "true or false")
        return found is True

    def text(self, key: str, one_of: Sequence[str] = ()) -> str:
        found = self._values.get(key)
        if not isinstance(found, str) or (one_of and found not in one_of):
            self.wrong(key, found, "one of " + ", ".join(one_of) if one_of else "a text")
            return ""
        return found

    def held(self) -> tuple[HeldRow, ...]:
        found = self._values.get("held")
        if not isinstance(found, list) or not all(isinstance(each, dict) and isinstance(each.get("row"), str) for each in found):
            self.wrong("held", found, "a list of rows with lower and upper")
            return ()
        rows = []
        for each in found:
            sides = [each.get("lower"), each.get("upper")]
            if any(side is not None and (isinstance(side, bool) or not isinstance(side, int | float)) for side in sides):
                self.wrong("held", each, "sides that are numbers or null")
                continue
            low, high = sides
            rows.append(HeldRow(each["row"], -math.inf if low is None else float(low), math.inf if high is None else float(high)))
        return tuple(rows)

    def sides(self) -> dict[str, tuple[float, float]]:
        found = self._values.get("sides")
        pairs = found.items() if isinstance(found, dict) else ()
        sides = {row: tuple(pair) for row, pair in pairs if isinstance(pair, list) and all(map(_is_whole, pair))}
        if not sides or len(sides) < len(pairs) or any(len(pair) != 2 for pair in sides.values()):
            self.wrong("sides", found, "a table of rows, each with two whole numbers or null")
            return {}
        infinite = (-math.inf, math.inf)
        return {
            row: (infinite[0] if low is None else low, infinite[1] if high is None else high)
            for row, (low, high) in sides.items()
        }

    def cases(self, kind: str) -> list[Mapping[str, Any]]:
        found = self._values.get("cases")
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found) or bool(found) != (kind == CASES):
            self.wrong("cases", found, "a list of tables, with some where the kind is cases and none elsewhere")
            return []
        return found

    def blocks(self) -> dict[str, float]:
        found = self._values.get("blocks")
        if not isinstance(found, dict):
            self.wrong("blocks", found, "a table of sites and numbers")
            return {}
        for site, value in found.items():
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                self.wrong(f"blocks.{site}", value, "a finite number")
        return {site: float(value) for site, value in found.items() if isinstance(value, int | float)}


def _claim(
    values: Mapping[str, Any],
    number: int,
    prices: Mapping[str, Priced],
    folder: Path,
    faults: list[Fault],
) -> Claim | None:
    before = len(faults)
    entry = _Entry(values, str(folder / CERTIFICATE_FILE), f"aim {values.get('name', number + 1)}", faults)
    name, unit, kind = entry.text("name"), entry.text("unit"), entry.text("kind", KINDS)
    if kind == "none" or len(faults) > before:
        return None if len(faults) > before else _nothing(name, unit)
    sign, claimed, bound = (entry.number(key) for key in ("sign", "claimed", "bound"))
    if abs(sign) != 1.0:
        entry.wrong("sign", sign, "1 or -1")
    if bound > claimed:
        entry.wrong("bound", bound, f"at most the bound before the margin, {claimed:.9g}")
    cases, known = entry.cases(kind), prices.get(name, {})
    for number in sorted(set(known) - set(range(max(len(cases), 1)))):
        faults.append(
            fault(PRICE, str(folder / PRICES_FILE), f"aim {name}", "case", number, f"a case from 0 to {len(cases) - 1}")
        )
    if kind == "whole" and known:
        entry.wrong("kind", kind, "prices, since there are some")
    rows, found = _NOTHING if cases else _priced(entry, known.get(0), name, folder, faults)
    relaxed, merged, held, blocks = entry.flag("relaxed"), entry.flag("merged"), entry.held(), entry.blocks()
    claim = Claim(name, unit, kind, sign, claimed, bound, relaxed, merged, held, blocks, rows, found)
    parts = tuple(_case(each, place, claim, known, folder, faults) for place, each in enumerate(cases))
    return None if len(faults) > before else replace(claim, cases=parts)


def _priced(
    entry: _Entry, found: tuple[tuple[str, ...], Floats] | None, where: str, folder: Path, faults: list[Fault]
) -> tuple[tuple[str, ...], Floats]:
    """The rows and prices of a claim, as many as it tells."""
    rows, prices = found or _NOTHING
    told = entry.number("prices")
    if told != len(rows):
        faults.append(fault(PRICE, str(folder / PRICES_FILE), f"aim {where}", "", f"{len(rows)} prices", f"{told:g} prices"))
    return rows, prices


def _case(values: Mapping[str, Any], number: int, claim: Claim, known: Priced, folder: Path, faults: list[Fault]) -> Claim:
    """One case of a claim, whose bound must reach that of all."""
    where = f"{claim.aim}, case {number}"
    entry = _Entry(values, str(folder / CERTIFICATE_FILE), f"aim {where}", faults)
    claimed = entry.number("claimed")
    if claim.bound > claimed:
        entry.wrong("claimed", claimed, f"at least the bound of all, {claim.bound:.9g}")
    rows, prices = _priced(entry, known.get(number), where, folder, faults)
    one = replace(claim, kind="prices", claimed=claimed, rows=rows, prices=prices, sides=entry.sides())
    return replace(one, relaxed=entry.flag("relaxed"), blocks=entry.blocks())


def _is_whole(side: object) -> bool:
    return side is None or (isinstance(side, int | float) and not isinstance(side, bool) and float(side).is_integer())


def _nothing(name: str, unit: str) -> Claim:
    return Claim(name, unit, "none", 1.0, -math.inf, -math.inf, False, False, (), {}, (), np.zeros(0))
