"""Solved values to tables: what stands where, what flows, what is spent. Money and shares come from the ledgers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import LineString

from siting.family import DataLinks, Floats, Ints, Ledger, Problem, Solved, Standing
from siting.plan.schema import DATA_PERIODS, DISPATCH, EQUIPMENT, GIVEN, LATENCY, LINK_PERIODS, MODULES, PROGRAMME
from siting.program.assemble import Program
from siting.units import unit_of

WGS84 = "EPSG:4326"
NOTHING_MW = 1e-7


@dataclass(frozen=True, slots=True)
class Money:
    """Undiscounted money of a solution. `capital` (labels, P): stock standing; `running` (labels, P): a year;
    `site_capital` (I) in the last period, `site_running` (I) a year in the last period."""

    capital: dict[str, Floats]
    running: dict[str, Floats]
    site_capital: Floats
    site_running: Floats


def money(program: Program, values: Floats, owner: Ints) -> Money:
    """Money by label, period and site."""
    sites, periods = len(program.problem.site_ids), len(program.problem.time.periods)
    capital, site_capital = _by_label(program.ledgers.capital_musd, values, owner, sites, periods)
    running, site_running = _by_label(program.ledgers.running_musd, values, owner, sites, periods)
    return Money(capital, running, site_capital, site_running)


def _by_label(ledger: Ledger, values: Floats, owner: Ints, sites: int, periods: int) -> tuple[dict[str, Floats], Floats]:
    labels: dict[str, Floats] = {}
    by_site = np.zeros(sites)
    for entry in ledger.entries:
        paid = entry.coefficients * values[entry.columns]
        total = labels.setdefault(entry.label, np.zeros(periods))
        np.add.at(total, entry.at, paid)
        last = (entry.at == periods - 1) & (owner[entry.columns] >= 0)
        np.add.at(by_site, owner[entry.columns[last]], paid[last])
    return labels, by_site


def cashflow_table(problem: Problem, paid: Money) -> pd.DataFrame:
    """Money by period and line: capital spent in the period, running cost of the whole period."""
    years = problem.time.years
    rows = []
    for label, stock in paid.capital.items():
        rows += [
            (period, label, "capital", spent)
            for period, spent in zip(problem.time.periods, np.diff(stock, prepend=0.0), strict=True)
        ]
    for label, yearly in paid.running.items():
        rows += [(period, label, "running", spent) for period, spent in zip(problem.time.periods, yearly * years, strict=True)]
    frame = pd.DataFrame(rows, columns=["period", "line", "kind", "musd"])
    return frame.sort_values(["period", "kind", "line"], kind="stable").reset_index(drop=True)


def modules_table(problem: Problem, solved: Solved) -> pd.DataFrame:
    """Modules standing, by site, type and period, where there are any at the end."""
    counts = np.rint(solved["modules"]).astype(np.int64)
    rows = []
    for i, k in np.argwhere(counts[:, :, -1] > 0).tolist():
        added = np.diff(counts[i, k], prepend=0)
        for p, period in enumerate(problem.time.periods):
            if not counts[i, k, p]:
                continue
            it_mw = float(counts[i, k, p] * problem.modules.it_mw[k])
            rows.append((problem.site_ids[i], problem.modules.names[k], period, int(counts[i, k, p]), int(added[p]), it_mw))
    return pd.DataFrame(rows, columns=list(MODULES.names))


def built_links(solved: Solved) -> Ints:
    """Positions of the tie-lines that are built."""
    return np.flatnonzero(solved["line"][:, -1] > 0.5)


def first_periods(problem: Problem, built: Floats) -> list[str]:
    """Name of the first period in which each row of `built` (N, P) stands; "" where it never does."""
    first = np.argmax(built > 0.5, axis=1)
    stands = (built > 0.5).any(axis=1)
    return [problem.time.periods[p] if there else "" for p, there in zip(first, np.atleast_1d(stands), strict=True)]


def power_links_table(program: Program, solved: Solved, values: Floats) -> gpd.GeoDataFrame:
    """Tie-lines that are built, as lines from the supply point to the site."""
    problem, links = program.problem, built_links(solved)
    network, hours = problem.network, problem.time.hours
    site, point = network.link_site[links], network.link_point[links]
    kv, loss = link_class(problem, solved)
    frame = pd.DataFrame(
        {
            "id": [network.link_ids[link] for link in links],
            "site_id": [problem.site_ids[i] for i in site],
            "supply_id": [network.ids[s] for s in point],
            "supply_name": [network.names[s] for s in point],
            "kind": [network.kinds[s] for s in point],
            "kv": kv[links],
            "length_km": network.link_km[links],
            "loss_share": loss[links],
            "first_period": first_periods(problem, solved["line"][links]),
            "line_mw": solved["line_mw"][links, -1],
            "energy_gwh_per_year": solved["flow_mw"][links, -1] @ hours / 1e3,
            "capital_musd": _link_capital(program, values)[links],
        }
    )
    places = _lines(network.lon[point], network.lat[point], problem.lon[site], problem.lat[site])
    return gpd.GeoDataFrame(frame, geometry=places, crs=WGS84)


def link_class(problem: Problem, solved: Solved) -> tuple[Floats, Floats]:
    """Voltage of every link, and the share of what is sent in a year of the last period that is lost; NaN and 0 where tie-lines
    are switched off."""
    facts, flow, hours = problem.facts.get("tie_lines"), solved["flow_mw"][:, -1:], problem.time.hours
    kv, light = (getattr(facts, name, np.full(len(flow), none)) for name, none in (("kv", np.nan), ("loss_share", 0.0)))
    sent, lost = flow[:, 0] @ hours, lost_mw(problem, flow)[:, 0] @ hours
    return kv, np.divide(lost, sent, out=light.copy(), where=sent > NOTHING_MW * hours.sum())


def lost_mw(problem: Problem, flow_mw: Floats) -> Floats:
    """What is lost of flows (L, P, T) on the way; 0 where tie-lines are switched off."""
    lost = getattr(problem.facts.get("tie_lines"), "lost_mw", None)
    return np.zeros(flow_mw.shape) if lost is None else np.asarray(lost(flow_mw))


def _link_capital(program: Program, values: Floats) -> Floats:
    """Capital of every link in the last period: what the ledger charges its two columns."""
    core, last = program.core, len(program.problem.time.periods) - 1
    musd = np.zeros(program.space.size)
    for entry in program.ledgers.capital_musd.entries:
        at_last = entry.at == last
        np.add.at(musd, entry.columns[at_last], entry.coefficients[at_last] * values[entry.columns[at_last]])
    return np.asarray(musd[core.line.columns[:, -1]] + musd[core.line_mw.columns[:, -1]])


def _lines(lon1: Floats, lat1: Floats, lon2: Floats, lat2: Floats) -> list[LineString]:
    return [LineString([(a, b), (c, d)]) for a, b, c, d in zip(lon1, lat1, lon2, lat2, strict=True)]


def link_periods_table(problem: Problem, solved: Solved) -> pd.DataFrame:
    """Capacity of the built tie-lines in the periods in which they stand."""
    links = built_links(solved)
    rows = [
        (problem.network.link_ids[link], period, float(solved["line_mw"][link, p]))
        for link in links
        for p, period in enumerate(problem.time.periods)
        if solved["line"][link, p] > 0.5
    ]
    return pd.DataFrame(rows, columns=list(LINK_PERIODS.names))


def data_links_table(problem: Problem, carriers: Sequence[DataLinks]) -> gpd.GeoDataFrame:
    """Laterals and satellite paths that are built, as lines from the site to where they end."""
    parts = [_data_part(problem, links) for links in carriers]
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=WGS84) if len(frame) else _no_data_links()


def _data_part(problem: Problem, links: DataLinks) -> pd.DataFrame:
    ends = links.target_lonlat
    return pd.DataFrame(
        {
            "id": list(links.ids),
            "site_id": [problem.site_ids[i] for i in links.site],
            "target_id": list(links.target_ids),
            "target_name": list(links.target_names),
            "kind": links.kind,
            "length_km": links.length_km,
            "first_period": first_periods(problem, (links.units > 0).astype(float)),
            "capacity_gbps": links.gbps[:, -1],
            "terminals": links.units[:, -1] if links.kind == "satellite" else 0,
            "capital_musd": links.capital_musd,
            "running_musd_per_year": links.running_musd_per_year,
            "geometry": _lines(problem.lon[links.site], problem.lat[links.site], ends[:, 0], ends[:, 1]),
        }
    )


def _no_data_links() -> gpd.GeoDataFrame:
    from siting.plan.schema import DATA_LINKS

    return gpd.GeoDataFrame({name: [] for name in DATA_LINKS.names}, geometry=[], crs=WGS84)


def data_periods_table(problem: Problem, carriers: Sequence[DataLinks]) -> pd.DataFrame:
    """Units and capacity of the built data links in the periods in which they stand."""
    rows = [
        (link, period, int(links.units[h, p]), float(links.gbps[h, p]))
        for links in carriers
        for h, link in enumerate(links.ids)
        for p, period in enumerate(problem.time.periods)
        if links.units[h, p] > 0
    ]
    return pd.DataFrame(rows, columns=list(DATA_PERIODS.names))


def latency_table(problem: Problem, carriers: Sequence[DataLinks], demand: gpd.GeoDataFrame | None) -> pd.DataFrame:
    """Best round-trip time of every chosen site to every place of demand, by kind of path."""
    best: dict[tuple[str, str, str], float] = {}
    names = {} if demand is None else dict(zip(demand["id"], demand["name"], strict=True))
    for links in carriers:
        for h, i in enumerate(links.site):
            for user, rtt in zip(names, links.rtt_ms[h], strict=True):
                key = (problem.site_ids[i], user, links.kind)
                best[key] = min(best.get(key, np.inf), float(rtt))
    rows = [(site, user, names[user], kind, rtt) for (site, user, kind), rtt in sorted(best.items())]
    return pd.DataFrame(rows, columns=list(LATENCY.names))


def equipment_table(problem: Problem, standing: Sequence[Standing]) -> pd.DataFrame:
    """What families keep at sites, by item and period, where there is any."""
    rows = [
        (problem.site_ids[i], item, problem.time.periods[p], float(amount[i, p]), unit_of(item))
        for each in standing
        for item, amount in each.stock.items()
        for i, p in np.argwhere(np.abs(amount) > NOTHING_MW).tolist()
    ]
    return pd.DataFrame(rows, columns=list(EQUIPMENT.names))


def given_table(problem: Problem, standing: Sequence[Standing]) -> pd.DataFrame:
    """What sites give to places, by item and period, where there is any."""
    rows = [
        (problem.site_ids[i], given.places[r], item, problem.time.periods[p], float(given.amount[i, r, p]), unit_of(item))
        for each in standing
        for item, given in each.given.items()
        for i, r, p in np.argwhere(np.abs(given.amount) > NOTHING_MW).tolist()
    ]
    return pd.DataFrame(rows, columns=list(GIVEN.names))


def programme_table(problem: Problem, standing: Sequence[Standing]) -> pd.DataFrame:
    """What belongs to no site, by item and period."""
    rows = [
        (item, period, float(amount[p]), unit_of(item))
        for each in standing
        for item, amount in each.programme.items()
        for p, period in enumerate(problem.time.periods)
    ]
    return pd.DataFrame(rows, columns=list(PROGRAMME.names))


def _operation(problem: Problem, standing: Sequence[Standing]) -> list[pd.DataFrame]:
    """What equipment does in each slice, at sites and in periods in which it does anything."""
    parts = []
    for each in standing:
        for item, mw in each.operation.items():
            busy = np.abs(mw).max(axis=2, initial=0.0) > NOTHING_MW
            sites = np.flatnonzero(busy.any(axis=1))
            ids = [problem.site_ids[i] for i in sites]
            parts.append(_dispatch(item, ids, ids, mw[sites], busy[sites].astype(float), problem))
    return parts


def dispatch_table(program: Program, solved: Solved, values: Floats, standing: Sequence[Standing]) -> pd.DataFrame:
    """MW by period and slice: on built links while they stand, served and unserved at open sites while they are open, and
    what equipment does."""
    problem = program.problem
    links = built_links(solved)
    sites = np.flatnonzero(solved["open"][:, -1] > 0.5)
    drawn = draw_mw(program, values)
    unserved = np.minimum(solved["unserved_mw"], drawn)
    network = problem.network
    parts = [
        _dispatch(
            "link",
            [network.link_ids[x] for x in links],
            [problem.site_ids[network.link_site[x]] for x in links],
            solved["flow_mw"][links],
            solved["line"][links],
            problem,
        ),
        _dispatch(
            "served",
            [problem.site_ids[i] for i in sites],
            [problem.site_ids[i] for i in sites],
            (drawn - unserved)[sites],
            solved["open"][sites],
            problem,
        ),
        _dispatch(
            "unserved",
            [problem.site_ids[i] for i in sites],
            [problem.site_ids[i] for i in sites],
            unserved[sites],
            solved["open"][sites],
            problem,
        ),
        *_operation(problem, standing),
    ]
    return pd.concat(parts, ignore_index=True)[list(DISPATCH.names)]


def _dispatch(
    entity: str, ids: Sequence[str], sites: Sequence[str], mw: Floats, stands: Floats, problem: Problem
) -> pd.DataFrame:
    count, periods, slices = mw.shape
    row, period, slice_ = (axis.ravel() for axis in np.indices((count, periods, slices)))
    frame = pd.DataFrame(
        {
            "entity": entity,
            "id": np.array(ids, dtype=object)[row] if count else np.zeros(0, object),
            "site_id": np.array(sites, dtype=object)[row] if count else np.zeros(0, object),
            "period": np.array(problem.time.periods, dtype=object)[period],
            "slice": np.array(problem.time.slices, dtype=object)[slice_],
            "mw": mw.ravel(),
        }
    )
    kept: pd.DataFrame = frame[(stands > 0.5)[row, period]]
    return kept


def draw_mw(program: Program, values: Floats) -> Floats:
    """Facility MW drawn at each site (I, P, T): everything in the draw ledger."""
    return program.ledgers.draw_mw.filled(values)
