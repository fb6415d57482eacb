"""A small world and a plan for it, made by hand: the scenario, the layers and the decisions are written down, every other
number of the plan follows from them in plain loops, and all of it is written in the form of a published folder."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import h3
import pandas as pd
from pyproj import Geod

from siting.plan.schema import PLAN_TABLES
from siting.verify.parts import PARTS

GEOD = Geod(ellps="WGS84")
PERIODS = ("2027", "2028")
MONTHS = {"2027": 12, "2028": 6}
SLICES = ("winter-00", "winter-12", "summer-00", "summer-12")
SEASONS = {"winter": [10, 11, 12, 1, 2, 3], "summer": [4, 5, 6, 7, 8, 9]}
DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
NONE = float("nan")
FIRST = (
    "hardware", "hydro", "solar", "grid_strain", "tie_lines", "connectivity", "fibre", "satellite", "cooling", "workload", "land",
    "budget", "locks",
)  # fmt: skip
"""Families of this world; all others are switched off."""
Row = dict[str, Any]


def scenario() -> Row:
    """What is asked."""
    return {
        "schema_version": 1,
        "name": "toy",
        "title": "A toy",
        "start": "2027-01",
        "off": [part.family for part in PARTS if part.family not in FIRST],
        "time": {
            "blocks": 2,
            "dispatch_blocks": 2,
            "hydrology": [],
            "periods": [{"name": name, "months": MONTHS[name]} for name in PERIODS],
            "seasons": deepcopy(SEASONS),
        },
        "finance": {"discount_rate": 0.08, "operating_years": 3.0},
        "candidates": {"cell_resolution": 4, "reach_km": 60.0, "limit_mw": 60.0, "land_ha": 10.0, "land_musd_per_ha": 0.02},
        "objective": {"aims": ["most_compute", "least_cost"], "tolerance_share": 0.0, "compute_value_musd_per_mw_month": 0.85},
        "effort": {"gap": 0.02},
        "modules": {
            "container": {
                "it_mw": 1.0,
                "facility_musd": 12.0,
                "it_musd": 27.0,
                "running_musd_per_year": 0.3,
                "yard_ha": 0.2,
                "load_factor": 0.8,
                "performance": 1.0,
                "lead_months": 8.0,
                "trucks": 10.0,
            },
            "block": {
                "it_mw": 20.0,
                "facility_musd": 200.0,
                "it_musd": 520.0,
                "running_musd_per_year": 5.0,
                "yard_ha": 3.0,
                "load_factor": 0.75,
                "performance": 1.0,
                "lead_months": 8.0,
                "trucks": 10.0,
            },
        },
        "hardware": {
            "site_work_share": 0.4,
            "remote_factor": 1.25,
            "transport_factor": 1.05,
            "opening_musd": 5.0,
            "remote_running_factor": 1.4,
        },
        "hydro": {
            "unused_share": 0.25,
            "contract_share": 0.2,
            "year_factor": 0.9,
            "floor_share": 0.0,
            "firm_commitment_share": 0.0,
            "spilled_share": 0.0,
            "spilled_price_usd_per_mwh": 10.0,
            "price_by_season": [],
            "price_by_block": [],
            "price_usd_per_mwh": 45.0,
            "reach_km": 90.0,
            "nearest": 1,
        },
        "solar": {
            "contract_share": 1.0,
            "curtailed_share": 0.0,
            "curtailed_price_usd_per_mwh": 10.0,
            "price_by_season": [],
            "price_by_block": [],
            "price_usd_per_mwh": 30.0,
            "reach_km": 90.0,
            "nearest": 2,
        },
        "grid_strain": {
            "strain_limit": 0.75,
            "calm_limit": 0.8,
            "stressed_share": 0.85,
            "import_share": 0.03,
            "import_floor_mw": 20.0,
            "circuits": 0,
            "price_usd_per_mwh": 60.0,
            "wheeling_usd_per_mwh": 15.0,
            "price_by_season": [],
            "price_by_block": [],
            "stressed_premium_share": 0.35,
            "reach_km": 60.0,
            "nearest": 1,
        },
        "tie_lines": {
            "price_factor": 1.4,
            "remote_factor": 1.25,
            "route_factor": 1.3,
            "fixed_share": 0.7,
            "transformer_musd_per_mw": 0.012,
            "loss_share_per_100_km": 0.0062,
            "transformer_loss_share": 0.01,
            "resistance_factor": 0.0,
            "knee_share": 0.5,
            "second_segment_above_share": 0.03,
            "loadability_limit": False,
            "substation_share": 0.0,
            "upkeep_share_per_year": 0.015,
        },
        "connectivity": {"gbps_per_mw": 0.3, "paths": 2, "paths_from_months": 0.0},
        "fibre": {
            "musd_per_km": 0.09,
            "ends_musd": 0.5,
            "route_factor": 1.4,
            "internet_route_factor": 2.1,
            "lateral_gbps": 100.0,
            "upkeep_share_per_year": 0.02,
            "reach_km": 320.0,
            "nearest": 2,
            "lead_months": 0.0,
            "lead_months_per_km": 0.0,
            "shared_reach_km": 0.0,
            "shared_nearest": 2,
            "spur_ends_musd": 0.2,
            "pair_gbps": 20000.0,
        },
        "satellite": {
            "terminal_gbps": 10.0,
            "site_terminals": 4,
            "least_gbps": 0.2,
            "gateway_gbps": 25.6,
            "cell_gbps": 40.0,
            "cell_degrees": 3.0,
            "terminal_musd": 1.25,
            "musd_per_gbps_year": 0.9,
            "internet_route_factor": 2.1,
            "reach_km": 940.0,
            "nearest": 1,
            "separate_paths": 1,
            "site_gbps": 100.0,
            "network_gbps": 450000.0,
            "site_network_share": 0.001,
            "programme_share": 0.01,
            "satellites": 3168.0,
            "inclination_degrees": 53.0,
            "dense_latitude_degrees": 57.0,
            "polar_satellites": 400.0,
            "polar_inclination_degrees": 97.6,
            "altitude_km": 550.0,
            "least_elevation_degrees": 25.0,
            "satellite_gbps": 25.0,
            "usable_share": 0.5,
            "lasers": True,
            "laser_route_factor": 1.2,
        },
        "cooling": {
            "technology": "dry",
            "base_pue": 1.066,
            "evaporative_pue": 1.135,
            "air_pue": 1.12,
            "margin": 0.02,
            "warming_c": 8.0,
            "dry_m3_per_mwh": 0.005,
            "evaporative_m3_per_mwh": 0.3,
            "air_m3_per_mwh": 0.0,
            "limit_is_facility": False,
        },
        "workload": {"served_share": 0.98, "firm_share": 0.5},
        "land": {"price_factor": 1.5, "usable_share": 1.0},
        "budget": {"total_musd": 3000.0, "period_musd_per_year": 3000.0, "carry_over": False, "count_running": False},
        "locks": {"force": [], "forbid": [], "until": "", "existing": [], "existing_lines": [], "earlier_plan": ""},
        "layers": {},
        "exclude": [],
        "edits": [],
    }


def layers() -> dict[str, list[Row]]:
    """The layers; geometry as `at` (points) or `box` (polygons)."""
    return {
        "region": [{"id": "toy", "name": "Toy", "box": (-121.0, 45.0, -119.0, 47.0)}],
        "zones": [
            {
                "id": "west",
                "name": "West",
                "import_limit_mw": 400.0,
                "load_profile": "load-west",
                "box": (-121.0, 45.0, -120.0, 47.0),
            },
            {
                "id": "east",
                "name": "East",
                "import_limit_mw": 900.0,
                "load_profile": "load-east",
                "box": (-120.0, 45.0, -119.0, 47.0),
            },
        ],
        "sources": [
            _source("dam", "hydro", "west", 100.0, 60.0, 40.0, "river", (-120.6, 46.0)),
            _source("weir", "hydro", "east", 30.0, 20.0, 4.0, "river", (-119.4, 46.6)),
            _source("field", "solar", "east", 30.0, 8.0, 0.0, "sun", (-119.5, 45.5)),
            _source("panel", "solar", "west", 12.0, 3.0, 0.0, "sun", (-120.2, 46.9)),
        ],
        "substations": [
            _station("low", "west", 115.0, 200.0, 0.6, True, (-120.45, 46.15)),
            _station("low-2", "west", 138.0, 200.0, 0.6, True, (-120.3, 46.3)),
            _station("island", "west", 138.0, 200.0, 0.1, False, (-120.5, 46.11)),
            _station("high", "east", 230.0, 400.0, 0.7, True, (-119.6, 45.6)),
            _station("high-2", "east", 500.0, 1500.0, 0.7, True, (-119.3, 46.0)),
        ],
        "pops": [
            {"id": "pop-1", "name": "Pop one", "at": (-120.9, 45.2)},
            {"id": "pop-2", "name": "Pop two", "at": (-119.2, 45.2)},
            {"id": "pop-3", "name": "Pop three", "at": (-119.2, 46.9)},
        ],
        "gateways": [
            {"id": "gate-1", "name": "Gate one", "capacity_gbps": 12.0, "at": (-120.0, 44.0)},
            {"id": "gate-2", "name": "Gate two", "capacity_gbps": None, "at": (-118.0, 48.5)},
        ],
        "demand": [
            {"id": "city", "name": "City", "population": 1e6, "at": (-122.3, 47.6)},
            {"id": "town", "name": "Town", "population": 1e5, "at": (-116.2, 43.6)},
        ],
        "exclusions": [{"id": "lake", "name": "Lake", "kind": "lake", "box": (-119.9, 46.0, -119.8, 46.1)}],
        "more": [{"id": "park", "name": "Park", "kind": "park", "box": (-119.75, 46.45, -119.55, 46.65)}],
        "climate": [
            {"id": "cold", "name": "Cold", "mean_c": 9.0, "seasonal_swing_c": 9.0, "daily_swing_c": 5.0, "at": (-120.5, 46.2)},
            {"id": "warm", "name": "Warm", "mean_c": 15.0, "seasonal_swing_c": 12.0, "daily_swing_c": 7.0, "at": (-119.5, 45.4)},
        ],
    }


def _source(
    key: str, kind: str, zone: str, capacity: float, mean: float, unused: float, profile: str, at: tuple[float, float]
) -> Row:
    return {
        "id": key,
        "name": key.title(),
        "kind": kind,
        "zone": zone,
        "capacity_mw": capacity,
        "mean_output_mw": mean,
        "unused_mw": unused,
        "profile": profile,
        "at": at,
    }


def _station(key: str, zone: str, kv: float, rating: float, loading: float, main: bool, at: tuple[float, float]) -> Row:
    return {
        "id": key,
        "name": key.title(),
        "zone": zone,
        "kv": kv,
        "rating_mw": rating,
        "loading_share": loading,
        "main_network": main,
        "at": at,
    }


def profiles() -> dict[str, list[list[float]]]:
    """Month-hour profiles."""
    river = [[1.0 + 0.3 * math.cos(2 * math.pi * (m - 4.5) / 12) for _ in range(24)] for m in range(12)]
    sun = [
        [max(0.0, 3.0 * math.sin(math.pi * (h - 6) / 12)) * (1 + 0.3 * math.cos(math.pi * (m - 6) / 6)) for h in range(24)]
        for m in range(12)
    ]
    west = [[0.6 + 0.2 * (m in (11, 0)) + 0.2 * (h in range(17, 21)) for h in range(24)] for m in range(12)]
    east = [[0.5 + 0.2 * (m in (6, 7)) + 0.3 * (h in range(15, 20)) for h in range(24)] for m in range(12)]
    return {"river": river, "sun": sun, "load-west": west, "load-east": east}


def cell_centre(lon: float, lat: float) -> tuple[float, float]:
    """The centre of the fine cell of the grid that a place lies in."""
    north, east = h3.cell_to_latlng(h3.latlng_to_cell(lat, lon, 6))
    return round(east, 6), round(north, 6)


NAMED = {
    "c-1": cell_centre(-120.5, 46.1),
    "c-2": cell_centre(-119.6, 45.7),
    "c-3": cell_centre(-119.65, 46.55),
    "c-4": cell_centre(-120.2, 46.7),
}
"""Candidates of the plan: two chosen, one in the park of the overlay, one passed over."""


@dataclass
class World:
    """Scenario, layers and decisions. `counts`: site -> module -> period -> standing; `lines`: (site, supply, kind) ->
    MW by period from the period it stands; `use` how flows are shared: links in their order of call by site; `data`:
    (site, target, kind) -> (units, gbps) by period; `unserved_share` of the draw in the last slice.
    Unless `made`, the candidates are a layer of the user's."""

    asked: Row = field(default_factory=scenario)
    layers: dict[str, list[Row]] = field(default_factory=layers)
    profiles: dict[str, list[list[float]]] = field(default_factory=profiles)
    candidates: dict[str, tuple[float, float]] = field(default_factory=lambda: dict(NAMED))
    made: bool = False
    counts: dict[str, dict[str, dict[str, int]]] = field(
        default_factory=lambda: {
            "c-1": {"block": {"2027": 1, "2028": 2}, "container": {"2027": 0, "2028": 3}},
            "c-2": {"container": {"2028": 10}},
        }
    )
    lines: dict[tuple[str, str, str], dict[str, float]] = field(
        default_factory=lambda: {
            ("c-1", "dam", "hydro"): {"2027": 15.0, "2028": 18.0},
            ("c-1", "low", "grid"): {"2027": 15.0, "2028": 25.0},
            ("c-2", "field", "solar"): {"2028": 9.0},
            ("c-2", "high", "grid"): {"2028": 10.0},
        }
    )
    data: dict[tuple[str, str, str], dict[str, tuple[int, float]]] = field(
        default_factory=lambda: {
            ("c-1", "pop-1", "fibre"): {"2027": (1, 100.0), "2028": (1, 100.0)},
            ("c-1", "pop-3", "fibre"): {"2027": (1, 100.0), "2028": (1, 100.0)},
            ("c-2", "pop-2", "fibre"): {"2028": (1, 100.0)},
            ("c-2", "gate-1", "satellite"): {"2028": (1, 3.5)},
        }
    )
    unserved_share: float = 0.01
    sent: dict[tuple[tuple[str, str, str], str, int], float] | None = None

    def at(self, layer: str, key: str) -> tuple[float, float]:
        """Where a feature is."""
        lon, lat = self.row(layer, key)["at"]
        return float(lon), float(lat)

    def row(self, layer: str, key: str) -> Row:
        """A feature."""
        return next(row for row in self.layers[layer] if row["id"] == key)


def made_world() -> World:
    """The world without a layer of candidates: one more candidate in each other coarse cell with a fit place."""
    return World(candidates=dict(every_candidate()), made=True)


@cache
def every_candidate() -> tuple[tuple[str, tuple[float, float]], ...]:
    """The named candidates, and the first fit place of each other coarse cell."""
    named = dict(NAMED)
    taken = {h3.cell_to_parent(h3.latlng_to_cell(lat, lon, 6), 4) for lon, lat in named.values()}
    known, asked = layers(), scenario()
    west, south, east, north = known["region"][0]["box"]
    box = h3.LatLngPoly([(south, west), (south, east), (north, east), (north, west)])
    for child in sorted(h3.h3shape_to_cells(box, 6)):
        parent = h3.cell_to_parent(child, 4)
        spots = [h3.cell_to_latlng(cell)[::-1] for cell in (child, parent)]
        ways = [min(km(spot, plant["at"]) for plant in known["sources"]) for spot in spots]
        w, s, e, n = known["exclusions"][0]["box"]
        drowned = w < spots[0][0] < e and s < spots[0][1] < n
        if parent not in taken and max(ways) <= asked["candidates"]["reach_km"] and not drowned:
            taken.add(parent)
            named[f"c-{parent}"] = (round(spots[0][0], 6), round(spots[0][1], 6))
    return tuple(named.items())


def cells(t: int) -> list[tuple[int, int, float]]:
    """Months (from 0), hours and days of a slice."""
    months = list(SEASONS.values())[t // 2]
    return [(m - 1, h, float(DAYS[m - 1])) for m in months for h in range(12 * (t % 2), 12 * (t % 2) + 12)]


def hours(t: int) -> float:
    """Hours a year of a slice."""
    return sum(days for _, _, days in cells(t))


def mean(grid: list[list[float]], t: int) -> float:
    """Mean of a profile in a slice."""
    return sum(grid[m][h] * d for m, h, d in cells(t)) / hours(t)


def peak(grid: list[list[float]], t: int) -> float:
    """Highest value of a profile in a slice."""
    return max(grid[m][h] for m, h, _ in cells(t))


def km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Geodesic length."""
    return float(GEOD.inv(*one, *other)[2]) / 1000.0


def offer(world: World, key: str, kind: str, t: int) -> float:
    """MW a supply point offers in a slice."""
    if kind == "grid":
        row = world.row("substations", key)
        load = zone_load(world, row["zone"], t)
        limit = (
            world.asked["grid_strain"]["strain_limit"]
            if stressed(world, row["zone"], t)
            else world.asked["grid_strain"]["calm_limit"]
        )
        return float(max(0.0, limit * row["rating_mw"] - row["loading_share"] * row["rating_mw"] * load))
    row, knobs = world.row("sources", key), world.asked[kind]
    sold = knobs["contract_share"] * row["mean_output_mw"]
    if kind == "hydro":
        sold = knobs["year_factor"] * (sold + knobs["unused_share"] * row["unused_mw"])
    return float(min(row["capacity_mw"], sold * mean(world.profiles[row["profile"]], t)))


def zone_load(world: World, zone: str, t: int) -> float:
    """Load of a zone in a slice, 1 at the peak."""
    return peak(world.profiles[world.row("zones", zone)["load_profile"]], t)


def stressed(world: World, zone: str, t: int) -> bool:
    """Whether the slice is stressed in the zone."""
    return bool(zone_load(world, zone, t) >= world.asked["grid_strain"]["stressed_share"])


def price(world: World, key: str, kind: str, t: int) -> float:
    """USD/MWh at a supply point."""
    if kind != "grid":
        return float(world.asked[kind]["price_usd_per_mwh"])
    knobs = world.asked["grid_strain"]
    more = knobs["stressed_premium_share"] if stressed(world, world.row("substations", key)["zone"], t) else 0.0
    return float(knobs["price_usd_per_mwh"] * (1 + more) + knobs["wheeling_usd_per_mwh"])


def pue(world: World, site: str, t: int) -> float:
    """Power usage effectiveness of a site in a slice."""
    if "cooling" in world.asked["off"]:
        return 1.0
    row = min(world.layers["climate"], key=lambda each: km(each["at"], world.candidates[site]))
    knobs = world.asked["cooling"]
    air = 0.0
    for m, h, d in cells(t):
        season = row["seasonal_swing_c"] * math.cos(2 * math.pi * (m + 1 - 7) / 12)
        air += d * (row["mean_c"] + season + row["daily_swing_c"] * math.cos(2 * math.pi * (h + 0.5 - 15) / 24))
    air = air / hours(t) + knobs["warming_c"]
    rise = 0.0037 * min(max(air - 24, 0), 10) + 0.0126 * min(max(air - 34, 0), 10)
    return float(knobs["base_pue"] + rise + knobs["margin"])


def it_mw(world: World, site: str, period: str) -> float:
    """IT load standing."""
    return float(sum(world.asked["modules"][k]["it_mw"] * by.get(period, 0) for k, by in world.counts.get(site, {}).items()))


def draw(world: World, site: str, period: str, t: int) -> float:
    """What a site draws."""
    types = world.asked["modules"]
    busy = sum(types[k]["it_mw"] * types[k]["load_factor"] * by.get(period, 0) for k, by in world.counts.get(site, {}).items())
    return float(busy * pue(world, site, t))


def link_km(world: World, key: tuple[str, str, str]) -> float:
    """Length of a tie-line or data link."""
    layer = {"grid": "substations", "hydro": "sources", "solar": "sources", "fibre": "pops", "satellite": "gateways"}[key[2]]
    return round(km(world.candidates[key[0]], world.at(layer, key[1])), 6)


def loss(world: World, key: tuple[str, str, str]) -> float:
    """Share lost on a tie-line."""
    knobs = world.asked["tie_lines"]
    if "tie_lines" in world.asked["off"]:
        return 0.0
    return float(
        knobs["loss_share_per_100_km"] * knobs["route_factor"] * link_km(world, key) / 100 + knobs["transformer_loss_share"]
    )


def line_class(world: World, key: tuple[str, str, str]) -> tuple[float, float, float, float, float]:
    """Voltage written, voltage of the class, its rating, MUSD of 2019 per km and bay of a tie-line."""
    classes = [(138.0, 205.0, 0.82, 1.7), (230.0, 400.0, 1.02, 3.1), (345.0, 900.0, 1.5, 5.5), (500.0, 1500.0, 2.21, 10.0)]
    if key[2] == "grid":
        kv = world.row("substations", key[1])["kv"]
        best = min(classes, key=lambda each: abs(each[0] - kv))
        return (kv, *best)
    most = max(offer(world, key[1], key[2], t) for t in range(4))
    best = next(each for each in classes if each[1] >= most)
    return (best[0], *best)


def line_capital(world: World, key: tuple[str, str, str], period: str) -> float:
    """Cost of a tie-line standing."""
    if period not in world.lines[key] or "tie_lines" in world.asked["off"]:
        return 0.0
    knobs = world.asked["tie_lines"]
    _, _, rating, per_km, bay = line_class(world, key)
    whole = per_km * knobs["price_factor"] * knobs["remote_factor"] * knobs["route_factor"] * link_km(world, key)
    fixed = knobs["fixed_share"] * whole + bay * knobs["price_factor"]
    by_mw = (1 - knobs["fixed_share"]) * whole / rating + knobs["transformer_musd_per_mw"]
    return float(fixed + by_mw * world.lines[key][period])


def flows(world: World) -> dict[tuple[tuple[str, str, str], str, int], float]:
    """MW sent: the links of a site are called in their order until the draw less the unserved is covered;
    `sent` of the world goes before."""
    if world.sent is not None:
        return world.sent
    sent: dict[tuple[tuple[str, str, str], str, int], float] = {}
    for site in world.counts:
        for period in PERIODS:
            for t in range(4):
                need = draw(world, site, period, t) - unserved(world, site, period, t)
                for key in [key for key in world.lines if key[0] == site and period in world.lines[key]]:
                    most = min(offer(world, key[1], key[2], t), world.lines[key][period])
                    mw = min(most, max(0.0, need) / (1 - loss(world, key)))
                    mw = math.ceil(mw * 1e6) / 1e6 if mw < most else mw
                    sent[(key, period, t)] = mw
                    need -= mw * (1 - loss(world, key))
                assert need <= 1e-5, f"{site} {period} {t} lacks {need} MW"
    return sent


def unserved(world: World, site: str, period: str, t: int) -> float:
    """MW not served."""
    return world.unserved_share * draw(world, site, period, t) if t == 3 else 0.0


def data_money(world: World, key: tuple[str, str, str], period: str) -> tuple[float, float]:
    """Capital and running cost of a data link standing."""
    if period not in world.data[key]:
        return 0.0, 0.0
    units, gbps = world.data[key][period]
    knobs = world.asked[key[2]]
    if key[2] == "satellite":
        return units * knobs["terminal_musd"], gbps * knobs["musd_per_gbps_year"]
    capital = knobs["musd_per_km"] * knobs["route_factor"] * link_km(world, key) + knobs["ends_musd"]
    return capital * units, capital * units * knobs["upkeep_share_per_year"]


def money(world: World) -> dict[tuple[str, str], dict[str, dict[str, float]]]:
    """(line, kind) -> site -> period -> cost of the stock, or of a year."""
    asked, sent = world.asked, flows(world)
    hard, types = asked["hardware"], asked["modules"]
    away = hard["site_work_share"] * hard["remote_factor"] + (1 - hard["site_work_share"]) * hard["transport_factor"]
    found: dict[tuple[str, str], dict[str, dict[str, float]]] = {}

    def add(line: str, kind: str, site: str, period: str, musd: float) -> None:
        by_site = found.setdefault((line, kind), {}).setdefault(site, dict.fromkeys(PERIODS, 0.0))
        by_site[period] += musd

    for site, kinds in world.counts.items():
        for period in PERIODS:
            for k, by in kinds.items():
                n = by.get(period, 0)
                add("IT hardware", "capital", site, period, n * types[k]["it_musd"])
                add("modules", "capital", site, period, n * types[k]["facility_musd"] * away)
                add(
                    "operation",
                    "running",
                    site,
                    period,
                    n * types[k]["running_musd_per_year"] * hard["remote_running_factor"],
                )
                land = types[k]["yard_ha"] * asked["candidates"]["land_musd_per_ha"] * asked["land"]["price_factor"]
                add("land", "capital", site, period, n * land)
            add("site opening", "capital", site, period, hard["opening_musd"] * (it_mw(world, site, period) > 0))
    for key in world.lines:
        for period in PERIODS:
            capital = line_capital(world, key, period)
            if "tie_lines" not in asked["off"]:
                add("tie lines", "capital", key[0], period, capital)
                add("line upkeep", "running", key[0], period, capital * asked["tie_lines"]["upkeep_share_per_year"])
            usd = sum(sent.get((key, period, t), 0.0) * hours(t) * price(world, key[1], key[2], t) for t in range(4))
            add(f"energy: {key[2]}", "running", key[0], period, usd / 1e6)
    for key in world.data:
        names = ("satellite terminals", "satellite bandwidth") if key[2] == "satellite" else ("fibre laterals", "fibre upkeep")
        for period in PERIODS:
            capital, running = data_money(world, key, period)
            add(names[0], "capital", key[0], period, capital)
            add(names[1], "running", key[0], period, running)
    return found


def aims(world: World) -> tuple[float, float, float]:
    """Compute, present value of cost, and of IT hardware alone."""
    rate = 1 + world.asked["finance"]["discount_rate"]
    starts = {"2027": 0, "2028": 12}

    def years(first: int, count: int) -> float:
        return float(sum(rate ** (-(first + m + 0.5) / 12) / 12 for m in range(count)))

    compute = sum(years(starts[p], MONTHS[p]) * sum(it_mw(world, site, p) for site in world.counts) for p in PERIODS)
    lasting = {"2027": 12, "2028": int(world.asked["finance"]["operating_years"] * 12)}
    cost = hardware = 0.0
    for (line, kind), by_site in money(world).items():
        for by in by_site.values():
            for n, p in enumerate(PERIODS):
                if kind == "running":
                    cost += by[p] * years(starts[p], lasting[p])
                    continue
                spent = (by[p] - (by[PERIODS[n - 1]] if n else 0.0)) * rate ** (-starts[p] / 12)
                cost += spent
                hardware += spent if line == "IT hardware" else 0.0
    return compute, cost, hardware


def first(by: dict[str, Any]) -> str:
    """First period with something."""
    return next((p for p in PERIODS if by.get(p)), "")


def write_world(world: World, root: Path) -> Path:
    """Write layers and a published folder below `root`; returns the folder."""
    write_layers(world, root)
    folder = root / "out" / "toy" / "base"
    folder.mkdir(parents=True, exist_ok=True)
    write_plan(world, folder)
    seal(folder)
    return folder


def write_layers(world: World, root: Path) -> None:
    """Write the layers and say in the scenario where they are."""
    place = root / "data" / "toy"
    place.mkdir(parents=True, exist_ok=True)
    own = [{"id": key, "name": key, "at": at} for key, at in world.candidates.items()]
    for name, rows in (world.layers if world.made else {"candidates": own} | world.layers).items():
        features = []
        for row in rows:
            properties = {key: value for key, value in row.items() if key not in ("at", "box")}
            if "at" in row:
                shape: Row = {"type": "Point", "coordinates": list(row["at"])}
            else:
                w, s, e, n = row["box"]
                shape = {"type": "Polygon", "coordinates": [[[w, s], [e, s], [e, n], [w, n], [w, s]]]}
            features.append({"type": "Feature", "id": row["id"], "properties": properties, "geometry": shape})
        (place / f"{name}.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    lines = ["profile,month,hour,value"]
    lines += [f"{name},{m + 1},{h},{grid[m][h]!r}" for name, grid in world.profiles.items() for m in range(12) for h in range(24)]
    (place / "profiles.csv").write_text("\n".join(lines) + "\n")
    for path in sorted(place.iterdir()):
        file = path.relative_to(root).as_posix()
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        entry = {
            "name": path.stem,
            "path": path.name,
            "file": file,
            "sublayer": "",
            "crs": "",
            "sha256": digest,
        }
        if path.stem == "more":
            world.asked["exclude"] = [entry]
        else:
            world.asked["layers"][path.stem] = entry


def number(value: Any) -> Any:
    """As a file keeps it."""
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, 6) + 0.0
    return value


def write_geojson(path: Path, rows: list[Row]) -> None:
    """Rows with `geometry` as features."""
    features = [
        {
            "type": "Feature",
            "id": row["id"],
            "properties": {key: number(value) for key, value in row.items() if key != "geometry"},
            "geometry": row["geometry"],
        }
        for row in rows
    ]
    body = ",\n".join(json.dumps(each) for each in features)
    path.write_text(f'{{"type":"FeatureCollection","features":[\n{body}\n]}}\n')


def write_csv(path: Path, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
    """A table."""
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([["" if number(v) is None else number(v) for v in row] for row in rows])
    path.write_text(page.getvalue())


def point(at: tuple[float, float]) -> Row:
    """A point."""
    return {"type": "Point", "coordinates": list(at)}


def line(one: tuple[float, float], other: tuple[float, float]) -> Row:
    """A line."""
    return {"type": "LineString", "coordinates": [list(one), list(other)]}


def write_plan(world: World, folder: Path) -> None:
    """All files but the manifest."""
    sent, cash = flows(world), money(world)
    sites = [site_row(world, site, sent, cash) for site in world.candidates]
    write_geojson(folder / "sites.geojson", sites)
    modules = [
        (
            site,
            k,
            p,
            by.get(p, 0),
            by.get(p, 0) - (by.get(PERIODS[n - 1], 0) if n else 0),
            by.get(p, 0) * world.asked["modules"][k]["it_mw"],
        )
        for site, kinds in world.counts.items()
        for k, by in kinds.items()
        for n, p in enumerate(PERIODS)
        if by.get(p, 0)
    ]
    write_csv(folder / "modules.csv", ["site_id", "module", "period", "count", "added", "it_mw"], modules)
    power = [power_row(world, key, sent) for key in world.lines]
    write_geojson(folder / "power_links.geojson", power)
    stands = [(link_id(key), p, mw) for key, by in world.lines.items() for p, mw in by.items()]
    write_csv(folder / "link_periods.csv", ["link_id", "period", "line_mw"], stands)
    data = [data_row(world, key) for key in world.data]
    write_geojson(folder / "data_links.geojson", data)
    units = [(link_id(key), p, n, gbps) for key, by in world.data.items() for p, (n, gbps) in by.items()]
    write_csv(folder / "data_periods.csv", ["link_id", "period", "units", "gbps"], units)
    for name in ("equipment", "given", "programme"):
        write_csv(folder / f"{name}.csv", list(PLAN_TABLES[name].names), [])
    write_csv(folder / "latency.csv", ["site_id", "demand_id", "demand_name", "kind", "rtt_ms"], latency(world))
    write_csv(folder / "cashflow.csv", ["period", "line", "kind", "musd"], cashflow(cash))
    write_csv(folder / "cash_months.csv", list(PLAN_TABLES["cash_months"].names), cash_months(world, cashflow(cash)))
    write_csv(
        folder / "limits.csv",
        ["family", "limit", "title", "row", "use", "limit_value", "unit", "room", "rows", "binding", "marginal_value"],
        [
            ("budget", "total", "capital over all periods", "", 2000.0, 3000.0, "MUSD", 1000.0, 1, 0, None),
            ("land", "area", "land of a site", "c-1", 6.6, 10.0, "ha", 3.4, 1, 0, None),
            ("land", "area", "land of a site", "", None, None, "ha", None, 8, 0, None),
            *supply_limits(world, sent),
        ],
    )
    pd.DataFrame(dispatch(world, sent), columns=["entity", "id", "site_id", "period", "slice", "mw"]).to_parquet(
        folder / "dispatch.parquet"
    )
    (folder / "scenario.json").write_text(json.dumps(world.asked, indent=1))
    decisions = plan_json(world, folder, sites, power, data)
    (folder / "plan.json").write_text(json.dumps(decisions, indent=1))


def supply_limits(world: World, sent: dict[Any, float]) -> list[tuple[Any, ...]]:
    """Rows of the dam in the first period, and of the budget."""
    rows: list[tuple[Any, ...]] = []
    for t, name in enumerate(SLICES):
        use, limit = sent[(("c-1", "dam", "hydro"), PERIODS[0], t)], offer(world, "dam", "hydro", t)
        if limit - use > -1e-4:
            room = max(0.0, limit - use)
            row = f"supply[dam,{PERIODS[0]},{name}]"
            rows.append(("core", "supply", "power", row, use, limit, "MW", room, 1, int(room < 1e-4), None))
    return rows


def link_id(key: tuple[str, str, str]) -> str:
    """The id of a link."""
    return f"{key[0]}--{key[1]}"


def site_row(world: World, site: str, sent: dict[Any, float], cash: dict[Any, Any]) -> Row:
    """A row of the sites."""
    last, types = PERIODS[-1], world.asked["modules"]
    kinds = world.counts.get(site, {})
    totals = {
        kind: sum(by.get(site, {}).get(last, 0.0) for (_, k), by in cash.items() if k == kind) for kind in ("capital", "running")
    }
    links = [key for key in world.lines if key[0] == site and last in world.lines[key]]
    year = sum(hours(t) for t in range(4))
    drawn = sum(hours(t) * draw(world, site, last, t) for t in range(4)) / year
    lost = sum(hours(t) * unserved(world, site, last, t) for t in range(4)) / year
    bought = {key: sum(hours(t) * sent[(key, last, t)] for t in range(4)) for key in links}
    paid = sum(hours(t) * sent[(key, last, t)] * price(world, key[1], key[2], t) for key in links for t in range(4))
    arrives = {key: bought[key] * (1 - loss(world, key)) for key in links}
    size = it_mw(world, site, last)
    opened = first({p: it_mw(world, site, p) for p in PERIODS})
    row: Row = {
        "id": site,
        "name": site.upper(),
        "verdict": "chosen" if opened else "passed_over",
        "zone": "west" if world.candidates[site][0] < -120 else "east",
        "it_mw": size,
        "first_period": opened,
        "limit_mw": world.asked["candidates"]["limit_mw"],
        "facility_mw": drawn,
        "capital_musd": totals["capital"],
        "capital_musd_per_mw": totals["capital"] / size if size else NONE,
        "running_musd_per_year": totals["running"],
        "energy_usd_per_mwh": paid / sum(bought.values()) if links else NONE,
        **{
            f"{kind}_share": sum(v for key, v in arrives.items() if key[2] == kind) / sum(arrives.values()) if links else NONE
            for kind in ("hydro", "solar", "grid")
        },
        "served_share": 1 - lost / drawn if drawn else NONE,
        "supplied_by": ", ".join(key[1].title() for key in links),
        "held_back_by": "land",
        "why": "because",
        "rank": 0 if opened else 1 + [name for name in world.candidates if not it_mw(world, name, last)].index(site),
        **{f"{kind}_mw": sum(v for key, v in bought.items() if key[2] == kind) / year for kind in ("hydro", "solar", "grid")},
        "tie_km": sum(link_km(world, key) for key in links),
        "fibre_km": sum(link_km(world, key) for key in world.data if key[0] == site and key[2] == "fibre"),
        "satellite_gbps": float(sum(by[last][1] for key, by in world.data.items() if key[0] == site and key[2] == "satellite")),
        "gbps_needed": size * world.asked["connectivity"]["gbps_per_mw"],
        "land_ha_used": float(sum(types[k]["yard_ha"] * by.get(last, 0) for k, by in kinds.items())),
        "pue_mean": sum(hours(t) * pue(world, site, t) for t in range(4)) / year,
        "strain_share": strain(world, site, sent),
        "excluded_by": "park" if site == "c-3" else "",
        "lock": "forced"
        if site in world.asked["locks"]["force"]
        else "forbidden"
        if site in world.asked["locks"]["forbid"]
        else "",
        "geometry": point(world.candidates[site]),
    }
    return row


def strain(world: World, site: str, sent: dict[Any, float]) -> float:
    """Highest loading of a site's substations."""
    highest = 0.0
    for key in world.lines:
        if key[0] != site or key[2] != "grid":
            continue
        row = world.row("substations", key[1])
        for t in range(4):
            flow = sum(mw for (k, p, s), mw in sent.items() if k[1] == key[1] and p == PERIODS[-1] and s == t)
            highest = max(highest, row["loading_share"] * zone_load(world, row["zone"], t) + flow / row["rating_mw"])
    return highest


def power_row(world: World, key: tuple[str, str, str], sent: dict[Any, float]) -> Row:
    """A row of the tie-lines."""
    site, supply, kind = key
    layer = "substations" if kind == "grid" else "sources"
    return {
        "id": link_id(key),
        "site_id": site,
        "supply_id": supply,
        "supply_name": world.row(layer, supply)["name"],
        "kind": kind,
        "kv": line_class(world, key)[0],
        "length_km": link_km(world, key),
        "loss_share": loss(world, key),
        "first_period": first(world.lines[key]),
        "line_mw": world.lines[key][PERIODS[-1]],
        "energy_gwh_per_year": sum(hours(t) * sent[(key, PERIODS[-1], t)] for t in range(4)) / 1000,
        "capital_musd": line_capital(world, key, PERIODS[-1]),
        "geometry": line(world.at(layer, supply), world.candidates[site]),
    }


def data_row(world: World, key: tuple[str, str, str]) -> Row:
    """A row of the data links."""
    site, target, kind = key
    layer = "pops" if kind == "fibre" else "gateways"
    units, gbps = world.data[key][PERIODS[-1]]
    capital, running = data_money(world, key, PERIODS[-1])
    return {
        "id": link_id(key),
        "site_id": site,
        "target_id": target,
        "target_name": world.row(layer, target)["name"],
        "kind": kind,
        "length_km": link_km(world, key),
        "first_period": first(world.data[key]),
        "capacity_gbps": gbps,
        "terminals": units if kind == "satellite" else 0,
        "capital_musd": capital,
        "running_musd_per_year": running,
        "geometry": line(world.candidates[site], world.at(layer, target)),
    }


def latency(world: World) -> list[tuple[Any, ...]]:
    """Round-trip times of the best path of each kind."""
    best: dict[tuple[str, str, str, str], float] = {}
    for key in world.data:
        site, target, kind = key
        layer = "pops" if kind == "fibre" else "gateways"
        for row in world.layers["demand"]:
            onward = km(world.at(layer, target), row["at"]) * world.asked[kind]["internet_route_factor"]
            if kind == "fibre":
                ms = 2 * (0.004897 + 0.0003) * (link_km(world, key) * world.asked["fibre"]["route_factor"] + onward)
            else:
                straight = km(world.candidates[site], row["at"])
                lasers = 1.2 * straight * (1 + 550 / 6371) / 299.792458 + 0.3 * math.ceil(straight / 4500)
                ms = 2 * (2 * 812.0663739852343 / 299.792458 + 7.5 + min(0.004897 * onward, lasers))
            name = (site, row["id"], row["name"], kind)
            best[name] = min(best.get(name, math.inf), ms)
    return [(*name, ms) for name, ms in best.items()]


def cashflow(cash: dict[Any, Any]) -> list[tuple[Any, ...]]:
    """Rows of the cash flow."""
    rows = []
    for (name, kind), by_site in cash.items():
        for n, p in enumerate(PERIODS):
            now = sum(by[p] for by in by_site.values())
            before = sum(by[PERIODS[n - 1]] for by in by_site.values()) if n else 0.0
            rows.append((p, name, kind, now - before if kind == "capital" else now * MONTHS[p] / 12))
    return rows


def cash_months(world: World, cash: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows of the months: all modules take eight months, so power comes from the ninth on, in later periods evenly."""
    budget, rows, total = world.asked["budget"], [], 0.0
    first = 0
    for p in PERIODS:
        musd = sum(row[3] for row in cash if row[0] == p and (row[2] == "capital" or budget["count_running"]))
        running = sum(row[3] for row in cash if row[0] == p and row[2] == "running" and budget["count_running"])
        share = [0.0] * MONTHS[p]
        powered = range(max(8 - first, 0), MONTHS[p])
        for part, ahead in ((0.2, 8), (0.5, 2), (0.3, 0)):
            for month in powered:
                for at in [month - ahead] if month >= ahead else range(MONTHS[p]):
                    share[at] += part / len(powered) / (1 if month >= ahead else MONTHS[p])
        for at in range(MONTHS[p]):
            spent = (musd - running) * share[at] + running / MONTHS[p]
            total += spent
            month = first + at
            cap = budget["period_musd_per_year"] / 12
            caps = (NONE, NONE) if "budget" in world.asked["off"] else (cap, min(cap * (month + 1), budget["total_musd"]))
            label = f"{2027 + month // 12}-{month % 12 + 1:02d}"
            rows.append((label, p, spent, caps[0], total, caps[1]))
        first += MONTHS[p]
    return rows


def dispatch(world: World, sent: dict[Any, float]) -> list[tuple[Any, ...]]:
    """Rows of the dispatch."""
    rows: list[tuple[Any, ...]] = []
    for p in PERIODS:
        for t, name in enumerate(SLICES):
            rows += [
                ("link", link_id(key), key[0], p, name, round(sent[(key, p, t)], 6))
                for key in world.lines
                if p in world.lines[key]
            ]
            for site in [site for site in world.counts if it_mw(world, site, p)]:
                lost = unserved(world, site, p, t)
                rows.append(("served", site, site, p, name, round(draw(world, site, p, t) - lost, 6)))
                rows.append(("unserved", site, site, p, name, round(lost, 6)))
    return rows


def plan_json(world: World, folder: Path, sites: list[Row], power: list[Row], data: list[Row]) -> Row:
    """The decisions."""
    compute, cost, hardware = aims(world)
    cash = pd.read_csv(folder / "cashflow.csv", dtype={"period": str})
    told = []
    for row in [row for row in sites if row["verdict"] == "chosen"]:
        site = row["id"]
        entry = {
            key: number(value)
            for key, value in row.items()
            if key not in ("geometry", "verdict", "why", "held_back_by", "supplied_by")
        }
        entry["lon"], entry["lat"] = world.candidates[site]
        entry["modules"] = {
            p: {k: by[p] for k, by in world.counts[site].items() if by.get(p)} for p in PERIODS if it_mw(world, site, p)
        }
        entry["power_links"] = [
            {**{k: number(v) for k, v in link.items() if k not in ("geometry", "site_id")}, "mw_by_period": world.lines[key]}
            for key, link in zip(world.lines, power, strict=True)
            if key[0] == site
        ]
        entry["data_links"] = [
            {
                **{k: number(v) for k, v in link.items() if k not in ("geometry", "site_id")},
                "units_by_period": {p: n for p, (n, _) in world.data[key].items()},
            }
            for key, link in zip(world.data, data, strict=True)
            if key[0] == site
        ]
        told.append(entry)
    return {
        "plan_version": 1,
        "model": "toy",
        "status": "optimal",
        "exit_code": 0,
        "proven": True,
        "periods": list(PERIODS),
        "it_mw": [sum(it_mw(world, site, p) for site in world.counts) for p in PERIODS],
        "aims": [
            _aim("most_compute", compute, compute * 1.01, compute),
            _aim("least_cost", cost, cost * 0.995, cost - hardware),
        ],
        "totals": {
            "candidates": len(sites),
            "chosen": len(told),
            "it_mw": sum(it_mw(world, site, PERIODS[-1]) for site in world.counts),
            **{
                f"{kind}_musd": {p: round(float(cash[(cash.kind == kind) & (cash.period == p)].musd.sum()), 6) for p in PERIODS}
                for kind in ("capital", "running")
            },
        },
        "sites": told,
    }


def _aim(name: str, value: float, bound: float, controllable: float) -> Row:
    gap = abs(bound - value)
    return {
        "name": name,
        "title": name,
        "unit": "",
        "value": round(value, 6),
        "bound": round(bound, 6),
        "gap": round(gap / controllable, 6),
        "gross_gap": round(gap / value, 6),
        "asked_gap": 0.02,
        "met": True,
    }


def seal(folder: Path) -> None:
    """Write the manifest with the digest of every file."""
    files = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.name != "manifest.json"
    }
    document = {
        "format": 1,
        "run": "0" * 16,
        "slices": list(SLICES),
        "slice_hours": [hours(t) for t in range(4)],
        "slice_season": ["winter", "winter", "summer", "summer"],
        "files": files,
    }
    (folder / "manifest.json").write_text(json.dumps(document))
