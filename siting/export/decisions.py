"""`plan.json`: the decisions, machine-readable: what was asked, how far it is proven, what stands where and when.

Besides modules and links a site tells its `equipment` (item -> period -> amount) and what it has `given` (item -> place ->
period -> amount); `programme` (item -> period -> amount) belongs to no site. Items end in their unit.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pandas as pd

from siting.export.cells import Cell, number, number_or_none, records, text, written_columns
from siting.export.standing import at_sites, given, of_programme
from siting.plan.record import AimResult, Plan
from siting.plan.schema import DATA_LINKS, POWER_LINKS, SITES

PLAN_JSON_VERSION: Final = 1
_NOT_A_DECISION: Final = ("verdict", "held_back_by", "why", "supplied_by")


def write(plan: Plan, folder: Path) -> tuple[str, ...]:
    """Write `plan.json` and return its name. No seconds and no memory in it: the same run gives the same bytes."""
    path = folder / "plan.json"
    path.write_bytes((json.dumps(decisions(plan), ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode())
    return (path.name,)


def decisions(plan: Plan) -> dict[str, Any]:
    """The decisions as plain types, ready for JSON."""
    record = plan.record
    return {
        "plan_version": PLAN_JSON_VERSION,
        "model": text(record.model),
        "title": text(record.title),
        "what_ifs": [text(name) for name in record.what_ifs],
        "status": record.status,
        "exit_code": record.exit_code,
        "proven": record.proven,
        "seed": record.seed,
        "periods": list(record.periods),
        "it_mw": [number(value) for value in record.it_mw],
        "aims": [_aim(aim) for aim in record.aims],
        "totals": _totals(plan),
        "programme": {item: _numbers(dict(zip(record.periods, told, strict=True))) for item, told in of_programme(plan).items()},
        "sites": _sites(plan),
    }


def _aim(aim: AimResult) -> dict[str, Any]:
    return {
        "name": aim.name,
        "title": aim.title,
        "unit": aim.unit,
        "value": number_or_none(aim.value),
        "bound": number_or_none(aim.bound),
        "gap": number_or_none(aim.gap),
        "gross_gap": number_or_none(aim.gross_gap),
        "asked_gap": number_or_none(aim.asked_gap),
        "met": aim.met,
    }


def _totals(plan: Plan) -> dict[str, Any]:
    cash = plan.cashflow.groupby(["kind", "period"], sort=False)["musd"].sum()
    by_kind: dict[str, dict[str, float]] = {"capital": {}, "running": {}}
    for kind, period in cash.index:
        by_kind[str(kind)][str(period)] = number(float(cash[(kind, period)]))
    return {
        "candidates": len(plan.sites),
        "chosen": len(plan.chosen),
        "it_mw": number(float(plan.sites["it_mw"].sum())),
        "capital_musd": by_kind["capital"],
        "running_musd": by_kind["running"],
    }


def _sites(plan: Plan) -> list[dict[str, Any]]:
    modules: dict[str, dict[str, dict[str, Cell]]] = defaultdict(lambda: defaultdict(dict))
    for row in records(plan.modules, ("site_id", "period", "module", "count")):
        if row["count"]:
            modules[str(row["site_id"])][str(row["period"])][str(row["module"])] = row["count"]
    power = _links(plan.power_links, written_columns(plan.power_links, POWER_LINKS), plan.link_periods, "line_mw", "mw_by_period")
    data = _links(plan.data_links, written_columns(plan.data_links, DATA_LINKS), plan.data_periods, "units", "units_by_period")
    equipment, handed = at_sites(plan), given(plan)
    chosen = plan.chosen
    names = [name for name in written_columns(chosen, SITES, tuple(plan.site_columns)) if name not in _NOT_A_DECISION]
    found = []
    lons, lats = chosen.geometry.x.tolist(), chosen.geometry.y.tolist()
    for row, lon, lat in zip(records(chosen, names), lons, lats, strict=True):
        key = str(row["id"])
        place = {"lon": number(lon), "lat": number(lat)}
        holds = {item: _numbers(sites[key]) for item, sites in equipment.items() if key in sites}
        gives = {
            item: {where: _numbers(by) for where, by in sites[key].items()} for item, sites in handed.items() if key in sites
        }
        links = {"power_links": power[key], "data_links": data[key]}
        found.append({**row, **place, "modules": modules[key], **links, "equipment": holds, "given": gives})
    return found


def _numbers(by_period: Mapping[str, float]) -> dict[str, float]:
    return {period: number(value) for period, value in by_period.items()}


def _links(
    frame: pd.DataFrame, columns: tuple[str, ...], periods: pd.DataFrame, value: str, name: str
) -> dict[str, list[dict[str, Any]]]:
    standing: dict[str, dict[str, Cell]] = defaultdict(dict)
    for row in records(periods, ("link_id", "period", value)):
        standing[str(row["link_id"])][str(row["period"])] = row[value]
    by_site: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in records(frame, columns):
        entry: dict[str, Any] = {key: item for key, item in row.items() if key != "site_id"}
        entry[name] = standing[str(row["id"])]
        by_site[str(row["site_id"])].append(entry)
    return by_site
