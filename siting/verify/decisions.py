"""`plan.json` tells the same plan as the tables: totals, and for every chosen site its numbers, modules and links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from siting.verify.built import Built
from siting.verify.report import ROUNDING, Judge, Rule, places, rows

TOTALS = Rule("V161", "plan.totals", "the totals are those of the tables")
SITES = Rule("V162", "plan.sites", "the sites are the chosen ones of the table, with its numbers")
STANDS = Rule("V163", "plan.stands", "modules and links stand as in the tables")
PROVEN = Rule("V164", "plan.proven", "a plan is proven, with exit code 0, where every aim is met")
FILE: Final = "plan.json"
_PROVEN_CODE: Final = 0


def check(built: Built, judge: Judge) -> None:
    """Hold `plan.json` to the tables."""
    plan = built.folder.plan
    _check_totals(built, plan, judge)
    table = built.folder.tables["sites"]
    chosen = table[table["verdict"] == "chosen"].set_index("id")
    told = {str(site.get("id")): site for site in plan.get("sites", [])}
    judge.holds(
        SITES, [name in told for name in chosen.index], FILE, "sites", rows("site", list(chosen.index)), lambda _: "missing"
    )
    judge.holds(SITES, [name in chosen.index for name in told], FILE, "sites", rows("site", list(told)), lambda _: "passed over")
    for name in [name for name in chosen.index if name in told]:
        _check_row(told[name], chosen.loc[[name]].iloc[0], f"site {name}", judge)
        _check_modules(built, name, told[name], judge)
        _check_links(built, "power_links", "link_periods", "line_mw", "mw_by_period", name, told[name], judge)
        _check_links(built, "data_links", "data_periods", "units", "units_by_period", name, told[name], judge)


def _check_totals(built: Built, plan: Mapping[str, Any], judge: Judge) -> None:
    periods, totals = built.question.clock.periods, plan.get("totals", {})
    judge.same(TOTALS, [", ".join(map(str, plan.get("periods", [])))], [", ".join(periods)], FILE, "periods", places(("", [""])))
    by_period = rows("period", periods)
    judge.equal(TOTALS, _padded(plan.get("it_mw", []), len(periods)), built.it_mw.sum(axis=0), FILE, "it_mw", by_period)
    whole = places(("", ["totals"]))
    expected = {
        "candidates": len(built.site_ids),
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


def _check_row(told: Mapping[str, Any], row: pd.Series, where: str, judge: Judge) -> None:
    """A record of `plan.json` beside the row of the table it tells of."""
    for key, value in told.items():
        if key in row.index:
            _compare(value, row[key], where, key, judge)


def _compare(told: Any, written: Any, where: str, key: str, judge: Judge) -> None:
    place = places(("", [where]))
    if isinstance(written, float | np.floating):
        judge.equal(SITES, [_number(told)], [float(written)], FILE, key, place)
    else:
        judge.same(SITES, ["" if told is None else str(told)], [str(written)], FILE, key, place)


def _check_modules(built: Built, name: str, told: Mapping[str, Any], judge: Judge) -> None:
    site = built.site_ids.index(name)
    kinds, periods = built.question.asked.module_names(), built.question.clock.periods
    standing = told.get("modules", {})
    have = [[_number(standing.get(period, {}).get(kind, 0)) for period in periods] for kind in kinds]
    where = places((f"site {name}, module", kinds), ("period", periods))
    judge.equal(STANDS, have, built.modules[site], FILE, "modules", where)


def _check_links(
    built: Built, links: str, by_period: str, column: str, key: str, name: str, told: Mapping[str, Any], judge: Judge
) -> None:
    table, stock = built.folder.tables[links], built.folder.tables[by_period]
    own = table[table["site_id"] == name].set_index("id")
    entries: Sequence[Mapping[str, Any]] = told.get(links, [])
    ids = [str(entry.get("id")) for entry in entries]
    judge.same(STANDS, [" ".join(sorted(ids))], [" ".join(sorted(own.index))], FILE, links, places(("site", [name])))
    for entry in entries:
        link = str(entry.get("id"))
        if link not in own.index:
            continue
        _check_row(entry, own.loc[[link]].iloc[0], f"site {name}, link {link}", judge)
        part = stock[stock["link_id"] == link]
        standing = entry.get(key, {})
        where = places((f"link {link}, period", list(part["period"])))
        judge.equal(STANDS, [_number(standing.get(period)) for period in part["period"]], part[column], FILE, key, where)
        judge.holds(STANDS, [len(standing) == len(part)], FILE, key, places(("link", [link])))


def _padded(values: Sequence[Any], count: int) -> list[float]:
    return [_number(values[n]) if n < len(values) else float("nan") for n in range(count)]


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else float("nan")
