"""Toy worlds: a few sites on a small map with round numbers, written as files and read through the real door.

A `World` is what the files say, as plain Python: layers as lists of rows (`at` for points, `box` for polygons), profiles by
season and block, and the model file as a tree. Tests change a copy, write it, and go on with what was read.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.families import FAMILIES
from siting.family import Facts, Family, Problem
from siting.layers.profiles import MEAN_YEAR, make_slices
from siting.layers.read import Layers
from siting.objectives import OBJECTIVES
from siting.objectives.aim import Aim, Scales
from siting.problem import active_families, build_problem
from siting.program.assemble import Program, assemble
from siting.program.matrix import Matrix, audit, compile_matrix
from siting.scenario import Scenario, load_scenario
from siting.solve.blocks import whole
from siting.solve.highs import solve as solve_here
from siting.solve.job import Answer, Job, Options, Status
from siting.stair import candidates_of, layers_of

Row = dict[str, Any]
Floats = NDArray[np.float64]
MONTHS = {
    1: {"year": list(range(1, 13))},
    2: {"winter": [10, 11, 12, 1, 2, 3], "summer": [4, 5, 6, 7, 8, 9]},
}
EVERYTHING_BUT_SUPPLY = (
    "hardware", "tie_lines", "connectivity", "fibre", "satellite", "cooling", "workload", "land", "budget", "locks",
)  # fmt: skip

LATER = tuple(family.name for family in FAMILIES if family.name not in (*EVERYTHING_BUT_SUPPLY, "hydro", "solar", "grid_strain"))
"""Families that a small world has switched off."""


@dataclass
class World:
    """What the files of a model say."""

    model: Row
    layers: dict[str, list[Row]]
    profiles: dict[str, list[list[float]]]
    """Name -> value by season and block."""
    crs: dict[str, str] = field(default_factory=dict)
    """Layer -> CRS it is written in, where not WGS 84."""

    def copy(self) -> World:
        return deepcopy(self)

    def row(self, layer: str, key: str) -> Row:
        return next(row for row in self.layers[layer] if row["id"] == key)

    def turned(self, **knobs: Any) -> World:
        """A copy with knobs turned, each as family__knob=value."""
        other = self.copy()
        for name, value in knobs.items():
            section, key = name.split("__")
            other.model.setdefault(section, {})[key] = value
        return other

    def without(self, *families: str) -> World:
        """A copy with families switched off."""
        other = self.copy()
        other.model["off"] = sorted({*other.model["off"], *families})
        return other

    def only(self, *families: str) -> World:
        """A copy in which no family is on but these and the supply that is on already."""
        return self.without(*(name for name in EVERYTHING_BUT_SUPPLY if name not in families))


def small_world(*, periods: int = 1, seasons: int = 1, blocks: int = 1) -> World:
    """One site ten kilometres from a dam; 5 MW modules that draw all they are rated for; lines that lose the planning value at
    any load; everything else round."""
    return World(
        model={
            "schema_version": 1,
            "title": "Toy",
            "region": "toyland",
            "start": "2027-01",
            "off": ["solar", "grid_strain", *LATER],
            "time": {
                "blocks": blocks,
                "dispatch_blocks": blocks,
                "periods": [{"name": str(2027 + p), "months": 12} for p in range(periods)],
                "seasons": MONTHS[seasons],
            },
            "finance": {"discount_rate": 0.08, "operating_years": 10.0},
            "modules": {"pod": pod()},
            "hydro": {"unused_share": 0.0, "contract_share": 1.0},
            "tie_lines": {"resistance_factor": 0.0, "loadability_limit": False},
            "connectivity": {"paths_from_months": 0.0},
            "fibre": {"lead_months": 0.0, "lead_months_per_km": 0.0},
        },
        layers={
            "region": [{"id": "toyland", "name": "Toyland", "box": (-122.0, 45.0, -118.0, 47.0)}],
            "zones": [zone("west", -122.0, -120.0), zone("east", -120.0, -118.0)],
            "sources": [source("dam", -120.5, 46.1)],
            "substations": [substation("post", -120.5, 45.9)],
            "pops": [named("pop-1", -120.9, 46.0), named("pop-2", -120.9, 46.4)],
            "gateways": [{**named("gate", -121.5, 46.5), "capacity_gbps": None}],
            "demand": [{**named("city", -121.9, 46.9), "population": 1e6}],
            "climate": [{**named("air", -120.5, 46.0), "mean_c": 10.0, "seasonal_swing_c": 10.0, "daily_swing_c": 5.0}],
            "candidates": [candidate("a", -120.5, 46.0)],
        },
        profiles={name: [[1.0] * blocks for _ in range(seasons)] for name in ("river", "sun", "load")},
    )


def pod(it_mw: float = 5.0, **changes: Any) -> Row:
    return {
        "it_mw": it_mw,
        "facility_musd": 10.0 * it_mw,
        "it_musd": 27.0 * it_mw,
        "running_musd_per_year": 0.3 * it_mw,
        "load_factor": 1.0,
        "yard_ha": 0.2 * it_mw,
        **changes,
    }


def named(key: str, lon: float, lat: float) -> Row:
    return {"id": key, "name": key.title(), "at": (lon, lat)}


def zone(key: str, west: float, east: float, **changes: Any) -> Row:
    box = (west, 45.0, east, 47.0)
    return {"id": key, "name": key.title(), "import_limit_mw": 1000.0, "load_profile": "load", "box": box, **changes}


def source(key: str, lon: float, lat: float, **changes: Any) -> Row:
    values = {"kind": "hydro", "zone": "west", "capacity_mw": 1000.0, "mean_output_mw": 40.0, "unused_mw": 0.0}
    return {**named(key, lon, lat), **values, "profile": "river", "basin": "", **changes}


def substation(key: str, lon: float, lat: float, **changes: Any) -> Row:
    values = {"zone": "west", "kv": 138.0, "rating_mw": 100.0, "loading_share": 0.5, "main_network": True}
    return {**named(key, lon, lat), **values, **changes}


def candidate(key: str, lon: float, lat: float, **changes: Any) -> Row:
    return {**named(key, lon, lat), "limit_mw": 100.0, "land_ha": 100.0, "land_musd_per_ha": 0.02, **changes}


# ---- files


def write_world(world: World, root: Path) -> None:
    """Write layers and model below a folder: data/toyland and models/toy."""
    place = root / "data" / "toyland"
    place.mkdir(parents=True, exist_ok=True)
    for name, rows in world.layers.items():
        (place / f"{name}.geojson").write_text(json.dumps(_collection(rows)), encoding="utf-8")
    (place / "profiles.csv").write_text(_profile_text(world), encoding="utf-8")
    model = root / "models" / "toy"
    model.mkdir(parents=True, exist_ok=True)
    (model / "model.toml").write_text(toml_text(world.model), encoding="utf-8")


def _collection(rows: Iterable[Row]) -> Row:
    return {"type": "FeatureCollection", "features": [_feature(row) for row in rows]}


def _feature(row: Row) -> Row:
    if "at" in row:
        shape: Row = {"type": "Point", "coordinates": list(row["at"])}
    else:
        west, south, east, north = row["box"]
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        shape = {"type": "Polygon", "coordinates": [ring]}
    properties = {key: value for key, value in row.items() if key not in ("at", "box")}
    return {"type": "Feature", "properties": properties, "geometry": shape}


def _profile_text(world: World) -> str:
    seasons, width = list(world.model["time"]["seasons"].values()), 24 // world.model["time"]["dispatch_blocks"]
    season_of = {month: number for number, months in enumerate(seasons) for month in months}
    lines = ["profile,month,hour,value"]
    for name, values in world.profiles.items():
        for month in range(1, 13):
            lines += [f"{name},{month},{hour},{values[season_of[month]][hour // width]!r}" for hour in range(24)]
    return "\n".join(lines) + "\n"


def toml_text(tree: Mapping[str, Any], head: str = "") -> str:
    """A tree as TOML: tables below tables, lists of tables inline."""
    values = [f"{key} = {_toml(value)}" for key, value in tree.items() if not isinstance(value, Mapping)]
    tables = [toml_text(value, f"{head}{key}.") for key, value in tree.items() if isinstance(value, Mapping)]
    return "\n".join([*([f"[{head[:-1]}]"] if head else []), *values, "", *tables])


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return json.dumps(value)


# ---- from files to a program and its optimum


@dataclass(frozen=True)
class Opened:
    """A world read through the real door."""

    scenario: Scenario
    layers: Layers
    problem: Problem

    @property
    def families(self) -> tuple[Family, ...]:
        return active_families(self.scenario)

    def program(self, families: Sequence[Family] | None = None) -> Program:
        return assemble(self.problem, self.families if families is None else families, self.scenario.knobs)


def opened(world: World, root: Path) -> Opened:
    """Write a world and read it again."""
    write_world(world, root)
    return read_world(root)


def read_world(root: Path) -> Opened:
    """The toy model below a folder."""
    scenario = load_scenario("toy", cwd=root)
    layers = layers_of(scenario)
    years = tuple((year.name, year.probability_share, year.water_factor) for year in scenario.time.hydrology) or MEAN_YEAR
    slices = make_slices(scenario.time.seasons, scenario.time.dispatch_blocks, years=years)
    return Opened(scenario, layers, build_problem(scenario, layers.frames, candidates_of(scenario, layers), slices))


@dataclass(frozen=True)
class Best:
    """Proven optima of the aims in their order, and the values of the last: by component name, and over all columns."""

    status: Status
    reached: tuple[float, ...]
    values: Floats
    program: Program
    matrix: Matrix

    def __getitem__(self, name: str) -> Floats:
        variable = next(variable for variable in self.matrix.space.variables if variable.name == name)
        return self.values[variable.columns]

    def it_mw(self) -> Floats:
        """MW of IT by site and period."""
        return np.asarray(np.einsum("ikp,k->ip", self["modules"], self.program.problem.modules.it_mw))

    def count(self) -> int:
        """Modules at the end."""
        return round(float(self["modules"][:, :, -1].sum()))


def optimum(program: Program, aims: Sequence[Aim] = OBJECTIVES[:2]) -> Best:
    """The aims solved to proven optimality in this process, without search engine or child process."""
    matrix = compile_matrix(program.model, program.space)
    reached: list[float] = []
    values: Floats = np.zeros(matrix.columns)
    for place, aim in enumerate(aims):
        if place:
            aims[place - 1].hold(Scales(program.problem, program.core, program.ledgers, matrix.columns), values)
            matrix = compile_matrix(program.model, program.space)
        cost = aim_cost(program, aim, matrix)
        answer = answered(matrix, cost)
        if answer.status is not Status.OPTIMAL or answer.solution is None:
            return Best(answer.status, tuple(reached), values, program, matrix)
        values = np.where(matrix.integer, np.rint(answer.solution), answer.solution)
        reached.append((-1.0 if aim.maximise else 1.0) * float(cost @ values))
    return Best(Status.OPTIMAL, tuple(reached), values, program, matrix)


def aim_cost(program: Program, aim: Aim, matrix: Matrix) -> Floats:
    """Costs of a minimisation over all columns."""
    weight = -1.0 if aim.maximise else 1.0
    return weight * aim.coefficients(Scales(program.problem, program.core, program.ledgers, matrix.columns))


def answered(matrix: Matrix, cost: Floats, **options: Any) -> Answer:
    """A matrix solved in this process to proven optimality."""
    audit(matrix, cost)
    stop = threading.Event()
    settings = Options(**{"relative_gap": 1e-9, "absolute_gap": 1e-7, "feasibility": 1e-9, **options})
    try:
        return solve_here(Job("here", whole(matrix, cost), settings), _deaf, stop)
    finally:
        stop.set()


def _deaf(message: object) -> None:
    """For those who do not listen."""


def best_of(world: World, root: Path, aims: Sequence[Aim] = OBJECTIVES[:2]) -> Best:
    """A world through its files to its optimum."""
    return optimum(opened(world, root).program(), aims)


def facts_of(problem: Problem, family: str) -> Facts:
    return problem.facts[family]


# ---- worlds at random


def random_world(seed: int) -> World:
    """A tiny world: 2 to 4 sites that share up to three plants and a substation, one or two periods, up to four slices, one or
    two module types, families switched on at random, limits that mostly bind. The same seed gives the same world."""
    rng = np.random.default_rng(seed)
    periods, seasons, blocks = _sizes(rng)
    world = small_world(periods=periods, seasons=seasons, blocks=blocks)
    types = 2 if periods == 1 and rng.random() < 0.5 else 1
    sizes = [[5.0], [2.0, 5.0]][types - 1]
    world.model["modules"] = {f"type-{n}": _random_type(rng, mw) for n, mw in enumerate(sizes)}
    counts = 2 if periods == 2 else 3
    sites = int(rng.integers(2, 4 if periods == 2 else 5))
    world.layers["candidates"] = [_random_site(rng, n, counts * 5.0 / types) for n in range(sites)]
    kinds = ["hydro", "solar"] if rng.random() < 0.4 else ["hydro"]
    world.layers["sources"] = [_random_source(rng, n, kind) for n, kind in enumerate(kinds)]
    grid = rng.random() < 0.5
    world.layers["substations"] = [_random_substation(rng)]
    world.layers["pops"] = [named(f"pop-{n}", *_near(rng, 0.6)) for n in range(int(rng.integers(1, 3)))]
    world.profiles = {
        name: [[_digits(rng.uniform(low, high)) for _ in range(blocks)] for _ in range(seasons)]
        for name, low, high in (("river", 0.6, 1.4), ("sun", 0.2, 2.0), ("load", 0.6, 1.0))
    }
    _random_knobs(rng, world)
    switched = [name for name in EVERYTHING_BUT_SUPPLY if rng.random() < 0.25]
    off = {*LATER, "solar" if "solar" not in kinds else "", "" if grid else "grid_strain", *switched} - {""}
    off -= _random_power(np.random.default_rng(10_000 + seed), world)
    off -= _random_later(np.random.default_rng(20_000 + seed), world)
    world.model["off"] = sorted(off)
    return world


def _sizes(rng: np.random.Generator) -> tuple[int, int, int]:
    shapes = ((1, 1, 1), (1, 2, 1), (1, 1, 2), (1, 2, 2), (2, 1, 1), (2, 2, 1), (2, 1, 2), (2, 1, 2))
    return shapes[int(rng.integers(len(shapes)))]


def _digits(value: float) -> float:
    return round(float(value), 3)


def _near(rng: np.random.Generator, spread: float) -> tuple[float, float]:
    return _digits(-120.5 + rng.uniform(-spread, spread)), _digits(46.0 + rng.uniform(-spread, spread))


def _random_type(rng: np.random.Generator, it_mw: float) -> Row:
    factor = rng.uniform(0.8, 1.2)
    return pod(it_mw, facility_musd=_digits(10.0 * it_mw * factor), load_factor=_digits(rng.uniform(0.7, 1.0)))


def _random_site(rng: np.random.Generator, number: int, most_mw: float) -> Row:
    limit = _digits(rng.uniform(0.6, 1.1) * most_mw)
    lon, lat = _near(rng, 0.3)
    return candidate(f"s{number}", lon, lat, limit_mw=limit, land_ha=_digits(rng.uniform(1.0, 4.0)))


def _random_source(rng: np.random.Generator, number: int, kind: str) -> Row:
    mean = _digits(rng.uniform(6.0, 30.0))
    lon, lat = _near(rng, 0.3)
    profile = "sun" if kind == "solar" else "river"
    unused = _digits(rng.uniform(0.0, 8.0))
    return source(f"p{number}", lon, lat, kind=kind, mean_output_mw=mean, unused_mw=unused, profile=profile)


def _random_substation(rng: np.random.Generator) -> Row:
    lon, lat = _near(rng, 0.3)
    rating, loading = _digits(rng.uniform(20.0, 60.0)), _digits(rng.uniform(0.3, 0.7))
    return substation("g0", lon, lat, kv=float(rng.choice([115.0, 230.0, 345.0])), rating_mw=rating, loading_share=loading)


def _random_power(rng: np.random.Generator, world: World) -> set[str]:
    """Lines whose losses grow with the load, rivers with a floor, substations of few circuits, zones short of margin; the
    families that are on."""
    world.model["tie_lines"] = {
        "resistance_factor": float(rng.choice([0.0, 3.0])),
        "second_segment_above_share": float(rng.choice([0.0, 0.03])),
    }
    world.model["hydro"] |= {
        "floor_share": float(rng.choice([0.0, 0.0, 0.2])),
        "firm_commitment_share": float(rng.choice([0.0, 0.1])),
    }
    world.model["grid_strain"] |= {"circuits": int(rng.choice([0, 3, 5]))}
    world.model["adequacy"] = {"high_margin_share": float(rng.choice([-1.0, 0.16]))}
    return {"adequacy"} if rng.random() < 0.5 else set()


def _random_knobs(rng: np.random.Generator, world: World) -> None:
    model = world.model
    model["hydro"] = {"contract_share": _digits(rng.uniform(0.3, 1.0)), "unused_share": _digits(rng.uniform(0.0, 1.0))}
    model["connectivity"] |= {"paths": int(rng.integers(0, 3)), "gbps_per_mw": _digits(rng.uniform(0.1, 1.0))}
    model["fibre"] |= {"lateral_gbps": float(rng.choice([4.0, 100.0])), "nearest": int(rng.integers(1, 3))}
    model["satellite"] = {
        "site_terminals": int(rng.integers(0, 3)),
        "terminal_gbps": _digits(rng.uniform(2.0, 6.0)),
        "gateway_gbps": _digits(rng.uniform(1.0, 12.0)),
        "cell_gbps": _digits(rng.uniform(1.0, 12.0)),
    }
    model["grid_strain"] = {"import_floor_mw": _digits(rng.uniform(1.0, 15.0)), "import_share": 0.0}
    model["cooling"] = {"warming_c": _digits(rng.uniform(-5.0, 20.0))}
    model["workload"] = {"served_share": _digits(rng.uniform(0.85, 1.0)), "firm_share": _digits(rng.uniform(0.3, 1.0))}
    musd = 40.0 * sum(row["limit_mw"] for row in world.layers["candidates"]) * rng.uniform(0.3, 0.9)
    model["budget"] = {
        "total_musd": _digits(musd),
        "period_musd_per_year": _digits(musd * rng.uniform(0.5, 1.0)),
        "carry_over": bool(rng.random() < 0.5),
        "count_running": bool(rng.random() < 0.3),
    }
    if rng.random() < 0.3:
        model["locks"] = {"forbid": ["s0"]}
    model["fibre"]["lead_months"] = float(rng.choice([0.0, 0.0, 10.0]))
    model["connectivity"]["paths_from_months"] = float(rng.choice([0.0, 12.0]))


ORACLE_KNOWS = (
    "storage", "generation", "onsite_solar", "islanding", "time_to_power", "rollout", "site_limits", "carbon", "target",
    "training", "inference", "diversification",
)  # fmt: skip
"""Families of the whole deal that a world at random may have on, besides adequacy; every knob the oracle asks for is said."""


def _random_later(rng: np.random.Generator, world: World) -> set[str]:
    """Knobs of the families of the whole deal, and hydrology years; the families that are on."""
    model, periods = world.model, len(world.model["time"]["periods"])
    if rng.random() < 0.3:
        model["time"]["hydrology"] = [
            {"name": "dry", "probability_share": 0.3, "water_factor": _digits(rng.uniform(0.6, 0.9))},
            {"name": "wet", "probability_share": 0.7, "water_factor": _digits(rng.uniform(0.9, 1.2))},
        ]
    for name in ("total_musd", "period_musd_per_year"):
        model["budget"][name] = _digits(1.4 * model["budget"][name])
    for kind in model["modules"].values():
        kind |= {"lead_months": float(rng.choice([0.0, 3.0, 8.0])), "trucks": 10.0}
    for row in world.layers["sources"]:
        row["basin"] = str(rng.choice(["", "river"]))
    for row in world.layers["zones"]:
        row |= {"queue_months": float(rng.choice([0.0, 5.0, 9.0])), "carbon_kg_per_mwh": float(rng.choice([100.0, 400.0]))}
        row |= {"reserve_margin_share": float(rng.choice([0.15, 0.15, 0.25])), "peak_load_mw": 40.0}
    _random_own_power(rng, model)
    _random_timing(rng, model, periods)
    _random_places(rng, model, periods)
    on = {family for family in ORACLE_KNOWS if rng.random() < (0.4 if family in OWN_POWER else 0.25)}
    return on if on & {"storage", "generation"} else on - {"islanding"}


OWN_POWER = ("storage", "generation", "onsite_solar", "time_to_power")


def _random_own_power(rng: np.random.Generator, model: Row) -> None:
    model["hydro"] |= {"spilled_share": float(rng.choice([0.0, 0.0, 0.5])), "spilled_price_usd_per_mwh": 5.0}
    cheap = float(rng.choice([0.1, 1.0]))
    model["storage"] = {
        "energy_musd_per_mwh": _digits(cheap * rng.uniform(0.1, 0.3)),
        "power_musd_per_mw": 0.15,
        "price_factor": 1.05,
        "upkeep_share_per_year": 0.025,
        "round_trip_share": _digits(rng.uniform(0.7, 0.95)),
        "least_charge_share": float(rng.choice([0.0, 0.1])),
        "cycles_per_day": float(rng.choice([0.5, 1.0, 2.0])),
        "service_years": float(rng.choice([0.0, 10.0])),
        "shortest_h": float(rng.choice([0.0, 2.0])),
        "longest_h": _digits(rng.uniform(4.0, 14.0)),
        "most_power_share": _digits(rng.uniform(0.2, 2.0)),
        "land_ha_per_mwh": float(rng.choice([0.005, 0.05])),
        "standby_h": float(rng.choice([2.0, 8.0])),
        "firm_h": float(rng.choice([0.0, 4.0])),
    }
    model["generation"] = {
        "gas_at_sites": bool(rng.random() < 0.8),
        "gas_usd_per_mmbtu": _digits(rng.uniform(1.0, 10.0)),
        "diesel_usd_per_mmbtu": 25.0,
        "engine_musd_per_mw": 1.15,
        "turbine_musd_per_mw": 1.319,
        "diesel_musd_per_mw": 0.8,
        "price_factor": 1.05,
        "engine_efficiency_share": 0.38,
        "turbine_efficiency_share": 0.354,
        "diesel_efficiency_share": 0.322,
        "engine_running_usd_per_mwh": 25.0,
        "turbine_running_usd_per_mwh": 5.0,
        "diesel_running_usd_per_mwh": 25.0,
        "gas_t_per_mwh": 0.198,
        "diesel_t_per_mwh": 0.257,
        "engine_lead_months": float(rng.choice([0.0, 4.0, 14.0])),
        "turbine_lead_months": float(rng.choice([6.0, 36.0])),
        "diesel_lead_months": float(rng.choice([0.0, 6.0])),
        "availability_share": 0.95,
        "most_energy_share": float(rng.choice([0.0, 0.05, 0.3])),
        "bridge_months": float(rng.choice([0.0, 6.0, 18.0])),
        "most_power_share": _digits(rng.uniform(0.2, 1.5)),
        "backup_h": float(rng.choice([8.0, 72.0])),
        "diesel_test_h": 50.0,
    }
    model["onsite_solar"] = {
        "clearness_share": _digits(rng.uniform(0.41, 0.64)),
        "panels_musd_per_mw": _digits(cheap * rng.uniform(0.3, 1.0)),
        "site_factor": 1.0,
        "upkeep_musd_per_mw_year": 0.017,
        "land_ha_per_mw": float(rng.choice([0.05, 0.3])),
        "most_power_share": _digits(rng.uniform(0.5, 4.0)),
        "lifecycle_t_per_mwh": 0.045,
    }
    model["islanding"] = {
        "outage_h": 2.0,
        "critical_share": _digits(rng.uniform(0.0, 0.4)),
        "firm_load_share": float(rng.choice([0.0, 0.5])),
    }


def _random_timing(rng: np.random.Generator, model: Row, periods: int) -> None:
    model["time_to_power"] = {
        "queue_months": 12.0,
        "line_lead_months": float(rng.choice([0.0, 6.0, 10.0 if periods == 1 else 14.0])),
        "line_months_per_100_km": 4.0,
        "transformer_lead_months": float(rng.choice([0.0, 7.0])),
        "arrival_share": float(rng.choice([0.5, 1.0])),
    }
    most = _digits(rng.uniform(0.6, 2.0))
    model["rollout"] = {
        "start_mw_per_month": _digits(rng.uniform(0.45, 1.0) * most),
        "growth_share_per_month": _digits(rng.uniform(0.0, 0.2)),
        "programme_mw_per_month": most,
        "zone_mw_per_month": _digits(rng.uniform(0.5, 2.0)),
        "site_mw_per_month": _digits(rng.uniform(0.45, 1.0)),
        "trucks_per_month": _digits(rng.uniform(1.0, 4.0)),
    }


def _random_places(rng: np.random.Generator, model: Row, periods: int) -> None:
    model["site_limits"] = {
        "most_sites": int(rng.integers(1, 4)),
        "least_sites": int(rng.integers(0, 2)),
        "least_mw": float(rng.choice([0.0, 6.0])),
        "most_mw": float(rng.choice([5000.0, 11.0])),
        "spacing_km": _digits(rng.uniform(0.0, 40.0)),
    }
    model["carbon"] = {
        "hydro_kg_per_mwh": 24.0,
        "solar_kg_per_mwh": 45.0,
        "grid_kg_per_mwh": 129.0,
        "embodied_t_per_mw": float(rng.choice([0.0, 1000.0])),
        "embodied_years": 10.0,
        "cap_t_per_year": float(rng.choice([1e9, _digits(rng.uniform(2000.0, 20000.0))])),
        "price_usd_per_t": float(rng.choice([0.0, 80.0])),
    }
    model["target"] = {"it_mw": [0.0] * (periods - 1) + [float(rng.choice([0.0, 5.0]))]}
    model["training"] = {
        "training_share": _digits(rng.uniform(0.2, 0.6)),
        "block_mw": float(rng.choice([5.0, 7.0])),
        "interruptible_share": float(rng.choice([0.005, 0.05])),
        "multi_site": "off",
    }
    model["inference"] = {
        "inference_share": _digits(rng.uniform(0.1, 0.4)),
        "gbps_per_mw": _digits(rng.uniform(0.0, 1.7)),
        "voice_share": 0.1,
        "agent_share": 0.3,
        "chat_share": 0.4,
        "batch_share": 0.2,
        "voice_rtt_ms": 2000.0,
        "agent_rtt_ms": 2000.0,
        "chat_rtt_ms": 2000.0,
    }
    model["diversification"] = {
        "zone_share": 1.0,
        "basin_share": _digits(rng.uniform(0.3, 1.0)),
        "source_share": _digits(rng.uniform(0.3, 1.0)),
        "free_mw": _digits(rng.uniform(3.0, 12.0)),
        "gateway_share": 1.0,
        "free_gbps": _digits(rng.uniform(0.0, 5.0)),
    }
