"""Layers to arrays: sites, supply points, tie-lines, time and what each family derives from geography."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np

from siting.errors import Fault, InputError, input_error
from siting.families import FAMILIES
from siting.family import (
    PAIR_SEPARATOR,
    Facts,
    Family,
    Floats,
    Geography,
    Ints,
    Knobs,
    Modules,
    Network,
    Problem,
    SupplyPoints,
    Timeline,
)
from siting.geo import lonlat, nearest
from siting.layers.profiles import Slices, design_temperature, month_hours, slice_profile, slice_temperature
from siting.scenario import Scenario
from siting.scenario.forced import refuse_clashes
from siting.units import MONTHS_PER_YEAR


def build_problem(
    scenario: Scenario,
    layers: Mapping[str, Any],
    sites: gpd.GeoDataFrame,
    slices: Slices,
    families: Sequence[Family] = FAMILIES,
    *,
    part: bool = False,
) -> Problem:
    """The whole question as arrays. Raises InputError with all faults that only show here (an unknown site in a lock). With
    `part` the sites are only some of the candidates, and what they lack together is no fault."""
    active = active_families(scenario, families)
    geography = replace(_geography(scenario, layers, sites, slices), part=part)
    offers = [points for family in active for points in family.points(geography, scenario.knobs[family.name])]
    network, notes = connect(geography.sites, offers, part=part)
    facts = _derive(active, geography, network, scenario.knobs)
    problem = Problem(
        site_ids=tuple(geography.sites["id"].to_list()),
        site_names=tuple(geography.sites["name"].to_list()),
        site_zones=tuple(geography.sites["zone"].to_list()),
        lon=np.asarray(geography.sites.geometry.x, dtype=np.float64),
        lat=np.asarray(geography.sites.geometry.y, dtype=np.float64),
        limit_mw=_limits(geography.sites["limit_mw"].to_numpy(float), facts),
        time=geography.time,
        modules=geography.modules,
        network=network,
        facts=facts,
        notes=notes,
        compute_value_musd_per_mw_month=scenario.objective.compute_value_musd_per_mw_month,
        tolerance_share=scenario.objective.tolerance_share,
        existing_modules=next((each.existing_modules for each in facts.values() if each.existing_modules is not None), None),
        existing_line_mw=next((each.existing_line_mw for each in facts.values() if each.existing_line_mw is not None), None),
        part=part,
    )
    if not part:
        refuse_clashes(scenario, problem)
    return problem


def active_families(scenario: Scenario, families: Sequence[Family] = FAMILIES) -> tuple[Family, ...]:
    """The families that are not switched off, in registry order."""
    return tuple(family for family in families if family.name not in scenario.off)


def timeline(scenario: Scenario, slices: Slices) -> Timeline:
    """Periods, slices and the discount factors of both money and compute, from monthly sums."""
    months = np.array([period.months for period in scenario.time.periods], dtype=np.int64)
    first = np.concatenate([[0], np.cumsum(months)[:-1]])
    rate = scenario.finance.discount_rate
    tail = round(scenario.finance.operating_years * MONTHS_PER_YEAR)
    running = [_discounted_years(rate, start, length) for start, length in zip(first, months, strict=True)]
    running[-1] = _discounted_years(rate, int(first[-1]), max(int(months[-1]), tail))
    return Timeline(
        periods=tuple(period.name for period in scenario.time.periods),
        start_month=first,
        months=months,
        years=months / MONTHS_PER_YEAR,
        start_years=first / MONTHS_PER_YEAR,
        capital_factor=(1.0 + rate) ** -(first / MONTHS_PER_YEAR),
        compute_years=np.array([_discounted_years(rate, start, length) for start, length in zip(first, months, strict=True)]),
        running_years=np.array(running),
        slices=slices.labels,
        seasons=slices.seasons,
        season_of=np.asarray(slices.season, dtype=np.int64),
        block_of=np.asarray(slices.block, dtype=np.int64),
        hours=np.asarray(slices.hours, dtype=np.float64),
        block_h=slices.block_h,
        before=slice_before(slices.hydrology, slices.season, slices.block),
        hydrology=slices.years,
        hydrology_of=slices.hydrology,
        hydrology_share=slices.year_share,
        water_factor=slices.water_factor,
    )


def slice_before(hydrology: Ints, season: Ints, block: Ints) -> Ints:
    """For each slice the one before it in its representative day, for the first the last (T)."""
    blocks = int(block.max()) + 1
    slices = np.arange(len(block), dtype=np.int64)
    day = hydrology * (int(season.max()) + 1) + season
    assert (slices == day * blocks + block).all()
    return np.asarray(day * blocks + (block - 1) % blocks, dtype=np.int64)


def _discounted_years(rate: float, first_month: int, months: int) -> float:
    middle = (first_month + np.arange(months) + 0.5) / MONTHS_PER_YEAR
    return float(np.sum((1.0 + rate) ** -middle) / MONTHS_PER_YEAR)


def _geography(scenario: Scenario, layers: Mapping[str, Any], sites: gpd.GeoDataFrame, slices: Slices) -> Geography:
    sites = sites.sort_values("id").reset_index(drop=True)
    profiles = layers["profiles"]
    temperature_c, design_c = _air(sites, layers.get("climate"), slices)
    return Geography(
        layers=layers,
        sites=sites,
        time=timeline(scenario, slices),
        modules=_modules(scenario),
        mean_profile=slice_profile(profiles, slices),
        peak_profile=slice_profile(profiles, slices, how="max"),
        temperature_c=temperature_c,
        design_temperature_c=design_c,
        calendar=month_hours(slices),
    )


def _air(sites: gpd.GeoDataFrame, climate: gpd.GeoDataFrame | None, slices: Slices) -> tuple[Floats, Floats]:
    """Mean temperature by site and slice (I, T) and design temperature by site (I), those of the climate point nearest to each
    site; a mild 15 C where there is no climate layer."""
    if climate is None or not len(climate):
        return np.full((len(sites), len(slices.labels)), 15.0), np.full(len(sites), 15.0)
    _, point, _ = nearest(lonlat(sites), lonlat(climate))
    return slice_temperature(climate, slices)[point], design_temperature(climate)[point]


def _modules(scenario: Scenario) -> Modules:
    names = tuple(scenario.modules)
    types = [scenario.modules[name] for name in names]
    return Modules(
        names=names,
        it_mw=np.array([kind.it_mw for kind in types], dtype=float),
        facility_musd=np.array([kind.facility_musd for kind in types], dtype=float),
        it_musd=np.array([kind.it_musd for kind in types], dtype=float),
        running_musd_per_year=np.array([kind.running_musd_per_year for kind in types], dtype=float),
        yard_ha=np.array([kind.yard_ha for kind in types], dtype=float),
        load_factor=np.array([kind.load_factor for kind in types], dtype=float),
        performance=np.array([kind.performance for kind in types], dtype=float),
        lead_months=np.array([kind.lead_months for kind in types], dtype=float),
        trucks=np.array([kind.trucks for kind in types], dtype=float),
    )


def connect(sites: gpd.GeoDataFrame, offers: Sequence[SupplyPoints], *, part: bool = False) -> tuple[Network, tuple[str, ...]]:
    """Candidate tie-lines: each site to the nearest points of every group within reach. Points that no site reaches
    are left out, and the notes count them; a `part` of the candidates that reaches none keeps them, without links."""
    places = lonlat(sites)
    site_ids = sites["id"].to_list()
    parts: list[tuple[SupplyPoints, Ints]] = []
    rows: list[tuple[Ints, Ints, Floats]] = []
    notes: list[str] = []
    first = 0
    for offer in offers:
        site, point, km = _links(places, offer)
        kept = np.arange(len(offer.ids)) if part and not len(point) else np.unique(point)
        if len(kept) < len(offer.ids):
            notes.append(
                f"{len(offer.ids) - len(kept)} of {len(offer.ids)} {offer.kind} supply points are reached by no candidate."
            )
        rows.append((site, first + np.searchsorted(kept, point), km))
        parts.append((offer, kept))
        first += len(kept)
    if not parts or not first:
        raise InputError("no candidate reaches any supply point", (_no_supply(),))
    site, point, km = (np.concatenate([row[column] for row in rows]) for column in range(3))
    order = np.lexsort((point, site))
    site, point, km = site[order], point[order], km[order]
    ids = tuple(offer.ids[number] for offer, kept in parts for number in kept)
    duplicated = sorted(name for name, count in Counter(ids).items() if count > 1)
    if duplicated:
        raise input_error(
            [
                Fault("L075", "sources, substations", "", "id", name, "an id used in one layer only", "Rename one of them.")
                for name in duplicated
            ]
        )
    network = Network(
        ids=ids,
        names=tuple(offer.names[number] for offer, kept in parts for number in kept),
        kinds=tuple(offer.kind for offer, kept in parts for _ in kept),
        families=tuple(offer.family for offer, kept in parts for _ in kept),
        zones=tuple(offer.zones[number] for offer, kept in parts for number in kept),
        lon=np.concatenate([offer.lon[kept] for offer, kept in parts]),
        lat=np.concatenate([offer.lat[kept] for offer, kept in parts]),
        kv=np.concatenate([offer.kv[kept] for offer, kept in parts]),
        available_mw=np.concatenate([offer.available_mw[kept] for offer, kept in parts]),
        price_usd_per_mwh=np.concatenate([offer.price_usd_per_mwh[kept] for offer, kept in parts]),
        link_ids=tuple(f"{site_ids[i]}{PAIR_SEPARATOR}{ids[s]}" for i, s in zip(site.tolist(), point.tolist(), strict=True)),
        link_site=site,
        link_point=point,
        link_km=km,
    )
    return network, tuple(notes)


def _no_supply() -> Fault:
    return Fault(
        "L076",
        "sources, substations",
        "",
        "geometry",
        "no plant or substation within reach of any candidate",
        "at least one",
        "Raise reach_km of hydro, solar or grid_strain, or bring candidates near the sources.",
    )


def _links(places: Floats, offer: SupplyPoints) -> tuple[Ints, Ints, Floats]:
    parts = []
    for group in np.unique(offer.group):
        members = np.flatnonzero(offer.group == group)
        site, point, km = nearest(
            places, np.column_stack([offer.lon[members], offer.lat[members]]), offer.nearest, offer.reach_km
        )
        parts.append((site, members[point], km))
    if not parts:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    return tuple(np.concatenate([part[column] for part in parts]) for column in range(3))  # type: ignore[return-value]


def _derive(families: Sequence[Family], geography: Geography, network: Network, knobs: Mapping[str, Knobs]) -> dict[str, Facts]:
    facts: dict[str, Facts] = {}
    faults: list[Fault] = []
    for family in families:
        try:
            facts[family.name] = family.derive(geography, network, knobs[family.name])
        except InputError as error:
            faults.extend(error.faults)
    if faults:
        raise input_error(faults)
    return facts


def _limits(own: Floats, facts: Mapping[str, Facts]) -> Floats:
    limits = [own, *(fact.site_limit_mw for fact in facts.values() if fact.site_limit_mw is not None)]
    least: Floats = np.min(np.vstack(limits), axis=0)
    return least
