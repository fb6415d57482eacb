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
from siting.statement import candidates_of, layers_of

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
