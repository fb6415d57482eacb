"""The columns of the sites that sum up the plan, recomputed: load, money, energy, and what families tell of a site."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from siting.verify import energy, grid_strain, idle, money
from siting.verify.built import FIBRE, SATELLITE, SPUR, Built
from siting.verify.cooling import pue
from siting.verify.cost import Item
from siting.verify.idle import FILE, LIMIT, SITE, WORDS
from siting.verify.land import used_ha
from siting.verify.report import ROUNDING, Floats, Judge, Rule, rows
from siting.verify.stocks import delivered_mw
from siting.verify.workload import draw_mw

ENERGY = Rule("V154", "power_links.energy", "a link's energy is what flows on it in the last period", "GWh")


def check(built: Built, judge: Judge) -> None:
    """Hold the columns of the sites and the energy of the links to the recomputed ones."""
    table, where = built.folder.tables["sites"], rows("site", built.site_ids)
    found = money.items(built)
    capital = _by_site(built, found, "capital")
    running = _by_site(built, found, "running")
    it_mw = built.it_mw[:, -1]
    own = {"it_mw": it_mw, "facility_mw": built.question.clock.year_mean(draw_mw(built)[:, -1, :])}
    own |= {"capital_musd": capital, "running_musd_per_year": running, "capital_musd_per_mw": _ratio(capital, it_mw)}
    own |= _energy(built)
    for name, values in own.items():
        judge.equal(SITE, table[name], values, FILE, name, where, slack=_slack(name, it_mw), size=np.nan_to_num(values))
    families = _family_columns(built)
    for name, values in families.items():
        if name in table:
            have = np.nan_to_num(idle.numbers(table[name]))
            judge.equal(SITE, have, np.where(np.isnan(values), have, values), FILE, name, where, slack=10 * ROUNDING)
    judge.at_most(LIMIT, it_mw, table["limit_mw"].to_numpy(dtype=np.float64), FILE, "limit_mw", where)
    links = built.folder.tables["power_links"].set_index("id").loc[list(built.link_ids)]
    sent = energy.gwh_per_year(built)[:, -1]
    judge.equal(
        ENERGY,
        links["energy_gwh_per_year"],
        sent,
        "power_links.geojson",
        "energy_gwh_per_year",
        rows("link", built.link_ids),
        slack=ROUNDING * 10,
    )
    _check_words(built, judge)
    idle.check(built, tuple(families), judge)


def _by_site(built: Built, found: tuple[Item, ...], kind: str) -> Floats:
    total = np.zeros(len(built.site_ids))
    for item in found:
        if item.kind == kind:
            mine = item.site >= 0
            np.add.at(total, item.site[mine], item.musd[mine, -1])
    return total


def _ratio(part: Floats, whole: Floats) -> Floats:
    ratio: Floats = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return ratio


def _slack(name: str, it_mw: Floats) -> Floats:
    """What rounded flows may make of sums and ratios of them."""
    if name in ("energy_usd_per_mwh", "hydro_share", "solar_share", "grid_share", "served_share"):
        return 1e-4 / np.maximum(it_mw, 1.0)
    return np.full(len(it_mw), 20 * ROUNDING)


def _energy(built: Built) -> Mapping[str, Floats]:
    """Price and shares of the energy of the last period, and the share of it that is served (I)."""
    clock, sites = built.question.clock, built.link_site
    bought = built.per_site(energy.gwh_per_year(built)[:, -1], sites) * 1000.0
    paid = built.per_site(energy.musd_per_year(built)[:, -1], sites) / energy.USD_TO_MUSD
    arrives = clock.year_mean(delivered_mw(built)[:, -1, :])
    every = built.per_site(arrives, sites)
    found = {"energy_usd_per_mwh": _ratio(paid, bought)}
    kinds = np.array([built.points.kinds[point] for point in built.link_point], dtype=object)
    for kind in energy.KINDS:
        of_kind = np.flatnonzero(kinds == kind)
        found[f"{kind}_share"] = _ratio(built.per_site(arrives[of_kind], sites[of_kind]), every)
    draw, lost = (clock.year_mean(each[:, -1, :]) for each in (draw_mw(built), built.unserved_mw))
    found["served_share"] = _ratio(draw - lost, draw)
    return found


def _family_columns(built: Built) -> Mapping[str, Floats]:
    """Columns that families append to the table of sites, in the last period (I); NaN where nothing is held to."""
    asked, clock, sites = built.question.asked, built.question.clock, built.link_site
    kinds = np.array([built.points.kinds[point] for point in built.link_point], dtype=object)
    mean = clock.year_mean(built.flow_mw[:, -1, :])
    found: dict[str, Floats] = {}
    for kind in energy.KINDS:
        at = np.flatnonzero(kinds == kind)
        found[f"{kind}_mw"] = built.per_site(mean[at], sites[at])
    found["tie_km"] = built.per_site(built.link_km, sites)
    fibre, satellite = np.append(built.data_of(FIBRE), built.data_of(SPUR)), built.data_of(SATELLITE)
    found["fibre_km"] = built.per_site(built.data_km[fibre], built.data_site[fibre])
    found["satellite_gbps"] = built.per_site(built.gbps[satellite][:, -1], built.data_site[satellite])
    found["land_ha_used"] = used_ha(built)[:, -1]
    if asked.on("connectivity"):
        found["gbps_needed"] = asked.number("connectivity", "gbps_per_mw") * built.it_mw[:, -1]
    found["pue_mean"] = np.where(built.open[:, -1], clock.year_mean(pue(built.question, built.lon, built.lat)), np.nan)
    if asked.on("grid_strain"):
        found["strain_share"] = _strain(built)
    for part in built.parts:
        found |= part.columns(built)
    return found


def _strain(built: Built) -> Floats:
    """Highest loading of the substations of each site in the last period (I); 0 where it has none."""
    stations = built.question.layers.get("substations")
    zones = built.question.layers.get("zones").ids
    load = grid_strain.zone_load(built.question)
    found = np.zeros(len(built.site_ids))
    place = {name: n for n, name in enumerate(stations.ids)}
    ratings, loading = stations.numbers("rating_mw"), stations.numbers("loading_share")
    for n, point in enumerate(built.link_point):
        if built.points.kinds[point] != "grid":
            continue
        row = place[built.points.ids[point]]
        flow = built.flow_mw[built.link_point == point][:, -1, :].sum(axis=0)
        rating = float(ratings[row])
        today = float(loading[row]) * load[zones.index(built.points.zones[point])]
        highest = float((today + flow / rating).max()) if rating > 0 else np.nan
        found[built.link_site[n]] = max(found[built.link_site[n]], highest)
    return found


def _check_words(built: Built, judge: Judge) -> None:
    table, where = built.folder.tables["sites"], rows("site", built.site_ids)
    suppliers: list[set[str]] = [set() for _ in built.site_ids]
    for site, point in zip(built.link_site, built.link_point, strict=True):
        suppliers[site].add(built.points.names[point])
    told = [
        all(name in text for name in names) and bool(text) == bool(names)
        for text, names in zip(table["supplied_by"], suppliers, strict=True)
    ]
    judge.holds(WORDS, told, FILE, "supplied_by", where, lambda at: str(table["supplied_by"].iloc[at[0]]))
