"""`plan.json` tells the same plan as the tables: totals, for every chosen site its numbers, modules, links, equipment and what
it gives, and what belongs to no site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pandas as pd

from siting.verify.built import Built
from siting.verify.report import ROUNDING, Judge, Rule, places, rows

TOTALS = Rule("V161", "plan.totals", "the totals are those of the tables")
SITES = Rule("V162", "plan.sites", "the sites are the chosen ones of the table, with its numbers")
STANDS = Rule("V163", "plan.stands", "modules and links stand as in the tables")
PROVEN = Rule("V164", "plan.proven", "a plan is proven, with exit code 0, where every aim is met")
ITEMS = Rule("V165", "plan.items", "equipment, what sites give and what belongs to no site are those of the tables")
FILE: Final = "plan.json"
_PROVEN_CODE: Final = 0
Row = Mapping[str, Any]


@dataclass(slots=True)
class _Pairs:
    """What `plan.json` tells beside what a table tells, to be compared at once."""

    numbers: list[tuple[str, str, float, float]] = field(default_factory=list)
    texts: list[tuple[str, str, str, str]] = field(default_factory=list)

    def row(self, told: Row, written: Row, where: str) -> None:
        """Every key that a record of `plan.json` and a row of a table share."""
        for key in [key for key in told if key in written and not isinstance(told[key], dict | list)]:
            self.cell(told[key], written[key], where, key)

    def cell(self, told: Any, written: Any, where: str, key: str) -> None:
        """One value."""
        if isinstance(written, int | float):
            self.numbers.append((where, key, _number(told), float(written)))
        else:
            self.texts.append((where, key, "" if told is None else str(told), str(written)))

    def compare(self, rule: Rule, judge: Judge) -> None:
        """Hold all of them."""
        where = rows("", [f"{where}, {key}" for where, key, _, _ in self.numbers])
        judge.equal(rule, [pair[2] for pair in self.numbers], [pair[3] for pair in self.numbers], FILE, "sites", where)
        where = rows("", [f"{where}, {key}" for where, key, _, _ in self.texts])
        judge.same(rule, [pair[2] for pair in self.texts], [pair[3] for pair in self.texts], FILE, "sites", where)


def check(built: Built, judge: Judge) -> None:
    """Hold `plan.json` to the tables."""
    plan = built.folder.plan
    _check_totals(built, plan, judge)
    tables = built.folder.tables
    chosen = {row["id"]: row for row in _rows(tables["sites"]) if row["verdict"] == "chosen"}
    told = {str(site.get("id")): site for site in plan.get("sites", [])}
    judge.match(SITES, told, chosen, FILE, "sites")
    numbers, stands = _Pairs(), _Pairs()
    for name in [name for name in chosen if name in told]:
        numbers.row(told[name], chosen[name], f"site {name}")
        _modules(built, name, told[name], stands)
    for links, by_period, column, key in (
        ("power_links", "link_periods", "line_mw", "mw_by_period"),
        ("data_links", "data_periods", "units", "units_by_period"),
    ):
        written = {row["id"]: row for row in _rows(tables[links])}
        entries = {str(entry.get("id")): (name, entry) for name in told for entry in told[name].get(links, [])}
        judge.match(
            STANDS,
            (f"{e[0]}: {k}" for k, e in entries.items()),
            (f"{r['site_id']}: {k}" for k, r in written.items()),
            FILE,
            links,
        )
        stock: dict[str, dict[str, float]] = {}
        for row in _rows(tables[by_period]):
            stock.setdefault(row["link_id"], {})[row["period"]] = row[column]
        for link, (name, entry) in entries.items():
            numbers.row(entry, written.get(link, {}), f"site {name}, link {link}")
            _standing(entry.get(key, {}), stock.get(link, {}), f"link {link}", stands)
    numbers.compare(SITES, judge)
    stands.compare(STANDS, judge)
    _check_items(tables, plan, told, judge)


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    names = [str(name) for name in table.columns]
    return [dict(zip(names, row, strict=True)) for row in table.itertuples(index=False, name=None)]


def _check_totals(built: Built, plan: Mapping[str, Any], judge: Judge) -> None:
    periods, totals = built.question.clock.periods, plan.get("totals", {})
    judge.same(TOTALS, [", ".join(map(str, plan.get("periods", [])))], [", ".join(periods)], FILE, "periods", places(("", [""])))
    by_period = rows("period", periods)
    judge.equal(TOTALS, _padded(plan.get("it_mw", []), len(periods)), built.it_mw.sum(axis=0), FILE, "it_mw", by_period)
    whole = places(("", ["totals"]))
    expected = {
        "candidates": len(built.everyone.ids),
        "chosen": int(built.open[:, -1].sum()),
        "it_mw": float(built.it_mw[:, -1].sum()),
    }
    for key, value in expected.items():
        judge.equal(TOTALS, [_number(totals.get(key))], [value], FILE, f"totals.{key}", whole)
    cash = built.folder.tables["cashflow"]
    for kind in ("capital", "running"):
        part = cash[cash["kind"] == kind].groupby("period")["musd"].sum()
        have = [_number(totals.get(f"{kind}_musd", {}).get(period, 0.0)) for period in periods]
        judge.equal(
            TOTALS,
            have,
            [float(part.get(period, 0.0)) for period in periods],
            FILE,
            f"totals.{kind}_musd",
            by_period,
            slack=20 * ROUNDING,
        )
    met = [bool(aim.get("met")) for aim in plan.get("aims", [])]
    good = [plan.get("proven") == all(met), (plan.get("exit_code") == _PROVEN_CODE) == all(met)]
    judge.holds(
        PROVEN, good, FILE, "proven", rows("", ["proven", "exit_code"]), lambda at: str(plan.get(("proven", "exit_code")[at[0]]))
    )


def _modules(built: Built, name: str, told: Row, stands: _Pairs) -> None:
    site, standing = built.site_ids.index(name), told.get("modules", {})
    for k, kind in enumerate(built.question.asked.module_names()):
        for p, period in enumerate(built.question.clock.periods):
            have = standing.get(period, {}).get(kind, 0)
            stands.cell(have, float(built.modules[site, k, p]), f"site {name}, module {kind}", period)


def _standing(told: Row, written: Mapping[str, float], where: str, stands: _Pairs) -> None:
    for period in dict.fromkeys([*told, *written]):
        stands.cell(told.get(period), float(written.get(period, float("nan"))), where, period)


def _check_items(tables: Mapping[str, pd.DataFrame], plan: Row, told: Mapping[str, Any], judge: Judge) -> None:
    """Hold what `plan.json` tells by item to the tables: the same amounts at the same sites, places and periods."""
    have: dict[str, Any] = {
        f"programme {item}, {period}": amount
        for item, by_period in plan.get("programme", {}).items()
        for period, amount in by_period.items()
    }
    for name, site in told.items():
        for item, by_period in site.get("equipment", {}).items():
            have |= {f"equipment {name}, {item}, {period}": amount for period, amount in by_period.items()}
        for item, shares in site.get("given", {}).items():
            for place, by_period in shares.items():
                have |= {f"given {name}, {item}, {place}, {period}": amount for period, amount in by_period.items()}
    written: dict[str, float] = {}
    for table, keys in (
        ("programme", ("item", "period")),
        ("equipment", ("site_id", "item", "period")),
        ("given", ("site_id", "item", "place_id", "period")),
    ):
        for row in _rows(tables[table]):
            written[f"{table} {', '.join(str(row[key]) for key in keys)}"] = float(row["amount"])
    judge.match(ITEMS, have, written, FILE, "sites")
    both = [key for key in written if key in have]
    where = rows("", both)
    judge.equal(ITEMS, [_number(have[key]) for key in both], [written[key] for key in both], FILE, "amount", where)


def _padded(values: Sequence[Any], count: int) -> list[float]:
    return [_number(values[n]) if n < len(values) else float("nan") for n in range(count)]


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else float("nan")
