"""Synthetic worlds of any size: a model folder from a seed, opened through the same front door as a real region.

    python -m tests.bench.continent FOLDER --candidates 1000 --slices 24 --periods 1 --kind plain --seed 0

writes FOLDER/data/continent (layers as GeoParquet, profiles as CSV) and FOLDER/models/continent/model.toml. A candidate
stands for 400 km2, so that the area grows with their number and what lies around one does not change: hydro plants, solar
plants and substations within reach, six to nine tie-lines a site. Rivers are strings of plants that share a season;
qualities of sites differ by distance, climate, land and what the plants can sell. Magnitudes follow FACTS: plants as in the
northwest (median 50 MW, a long tail), substations of 200 to 1 500 MW loaded to 0.6 to 0.85 at the peak.

The question is the cheapest way to `target_mw`: 1 200 MW from 1 000 candidates up, 1.2 MW a candidate below that.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from siting.families import FAMILIES
from siting.scenario.settings import CATALOGUE
from tests.worlds import toml_text

Floats = NDArray[np.float64]
NAME: Final = "continent"
KINDS: Final = ("plain", "storage", "small_land", "contested")
ON: Final = frozenset(
    {
        "hardware", "hydro", "solar", "grid_strain", "tie_lines", "connectivity", "fibre", "satellite", "cooling", "workload",
        "land", "target", "locks", "budget",
    }
)  # fmt: skip
"""Families that are on in every world; `storage` joins them in one kind."""
CALENDAR: Final = {4: (2, 2), 8: (2, 4), 12: (2, 6), 24: (4, 6), 96: (4, 24)}
"""Slices -> seasons and blocks of a day."""
SEASONS: Final = {
    2: {"winter": [10, 11, 12, 1, 2, 3], "summer": [4, 5, 6, 7, 8, 9]},
    4: {"winter": [12, 1, 2], "spring": [3, 4, 5], "summer": [6, 7, 8], "autumn": [9, 10, 11]},
}
RAMP: Final = {1: (1.0,), 2: (0.5, 1.0), 3: (0.3, 0.65, 1.0)}
"""Periods -> share of the target that stands at the end of each."""
KM2_PER_CANDIDATE: Final = 400.0
MIDDLE: Final = (-95.0, 38.0)
KM_PER_DEGREE: Final = 111.2
RIVERS, SUNS, LOADS = 8, 5, 6
"""Numbers of profiles."""
MUSD_PER_MW: Final = 55.0
"""Budget for a MW of the target: enough, so that the target and not the budget decides."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a world is made from."""

    candidates: int = 1000
    slices: int = 24
    periods: int = 1
    kind: str = "plain"
    seed: int = 0
    target_mw: float | None = None

    @property
    def target(self) -> float:
        """MW of IT asked for at the end."""
        return min(1200.0, 1.2 * self.candidates) if self.target_mw is None else self.target_mw


class Ground:
    """A plane of the world's size in km with everything on it, from one stream of random numbers."""

    def __init__(self, asked: Asked) -> None:
        count, contested = asked.candidates, asked.kind == "contested"
        self.asked, self.random = asked, np.random.default_rng(asked.seed)
        height = np.sqrt(count * KM2_PER_CANDIDATE / 2.0)
        self.size_km: Floats = np.array([2.0 * height, height])
        self.zone_grid = (lambda high: (2 * high, high))(max(1, round(np.sqrt(min(count, 40_000) / 600))))
        self.hydro, self.river = self._rivers(max(4, count // (80 if contested else 6)))
        self.solar = self.spread(max(3, count // (40 if contested else 14)))
        self.grid = self.spread(max(4, count // (40 if contested else 12)))
        sources = np.vstack([self.hydro, self.hydro, self.solar, self.grid])
        base = sources[self.random.integers(0, len(sources), count)]
        self.candidates = self.inside(base + self.random.normal(0.0, 28.0, (count, 2)))

    def spread(self, count: int) -> Floats:
        """Points anywhere (n, 2)."""
        return self.random.uniform(0.0, 1.0, (count, 2)) * self.size_km

    def inside(self, points: Floats) -> Floats:
        """Points moved onto the plane, a kilometre off its edge."""
        return np.asarray(np.clip(points, 1.0, self.size_km - 1.0))

    def _rivers(self, count: int) -> tuple[Floats, NDArray[np.int64]]:
        """Plants in strings of about eight, 15 to 55 km apart, and the river of each."""
        rivers = max(2, count // 8)
        river = np.arange(count) % rivers
        step = np.arange(count) // rivers
        length = int(step.max()) + 1
        angle = self.random.uniform(0, 2 * np.pi, (rivers, 1)) + np.cumsum(self.random.normal(0, 0.4, (rivers, length)), axis=1)
        way = self.random.uniform(15.0, 55.0, (rivers, length))
        along = np.cumsum(np.stack([np.cos(angle), np.sin(angle)], axis=2) * way[:, :, None], axis=1)
        along += self.spread(rivers)[:, None, :]
        return self.inside(_folded(along[river, step], self.size_km)), river

    def degrees(self, points: Floats) -> Floats:
        """Longitude and latitude (n, 2) of points of the plane; lengths along parallels stay true."""
        lat = MIDDLE[1] + (points[:, 1] - self.size_km[1] / 2) / KM_PER_DEGREE
        lon = MIDDLE[0] + (points[:, 0] - self.size_km[0] / 2) / (KM_PER_DEGREE * np.cos(np.radians(lat)))
        return np.column_stack([lon, lat])

    def zone_of(self, points: Floats) -> NDArray[np.str_]:
        """Id of the zone each point stands in."""
        wide, high = self.zone_grid
        cell = np.minimum((points / self.size_km * self.zone_grid).astype(int), (wide - 1, high - 1))
        return np.char.add("z", np.char.zfill((cell[:, 1] * wide + cell[:, 0]).astype(str), 3))


def _folded(points: Floats, size: Floats) -> Floats:
    """Points beyond an edge mirrored at it."""
    turned = np.mod(points, 2.0 * size)
    return np.where(turned > size, 2.0 * size - turned, turned)


# ---- layers


def layers_of(ground: Ground) -> dict[str, gpd.GeoDataFrame]:
    """All layers by name."""
    count, random = ground.asked.candidates, ground.random
    return {
        "region": _polygons(ground, ["continent"], np.array([[0.0, 0.0, *ground.size_km]]), name="Continent"),
        "zones": _zones(ground),
        "sources": _sources(ground),
        "substations": _substations(ground),
        "pops": _points(ground, "pop", ground.spread(max(6, count // 25))),
        "gateways": _points(ground, "gate", ground.spread(max(3, count // 100)), capacity_gbps=200.0),
        "climate": _climate(ground),
        "candidates": _candidates(ground, random),
    }


def _points(ground: Ground, head: str, points: Floats, **columns: Any) -> gpd.GeoDataFrame:
    numbers = np.char.zfill(np.arange(len(points)).astype(str), 6)
    ids = np.char.add(f"{head}-", numbers)
    names = np.char.add(f"{head.title()} ", numbers)
    degrees = np.round(ground.degrees(points), 6)
    return gpd.GeoDataFrame({"id": ids, "name": names, **columns}, geometry=shapely.points(degrees), crs="OGC:CRS84")


def _polygons(ground: Ground, ids: Sequence[str], boxes: Floats, **columns: Any) -> gpd.GeoDataFrame:
    """Boxes of the plane (west, south, east, north in km), their edges cut fine enough to stay boxes in degrees."""
    outlines = shapely.segmentize(shapely.box(*boxes.T), 25.0)
    shapes = shapely.transform(outlines, ground.degrees)
    return gpd.GeoDataFrame({"id": list(ids), **columns}, geometry=shapes, crs="OGC:CRS84")


def _zones(ground: Ground) -> gpd.GeoDataFrame:
    wide, high = ground.zone_grid
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(wide), np.arange(high)))
    cell = ground.size_km / ground.zone_grid
    boxes = np.column_stack([x * cell[0], y * cell[1], (x + 1) * cell[0], (y + 1) * cell[1]])
    many = wide * high
    return _polygons(
        ground,
        list(ground.zone_of((boxes[:, :2] + boxes[:, 2:]) / 2)),
        boxes,
        import_limit_mw=np.round(ground.random.lognormal(9.0, 0.5, many)),
        peak_load_mw=np.round(ground.random.lognormal(7.5, 0.6, many)),
        load_profile=[f"load-{number}" for number in np.arange(many) % LOADS],
    )


def _sources(ground: Ground) -> gpd.GeoDataFrame:
    random, rivers, suns = ground.random, len(ground.hydro), len(ground.solar)
    contested = ground.asked.kind == "contested"
    scale = 13.0 if contested else 1.0
    mean = np.concatenate(
        [np.clip(random.lognormal(3.9, 0.8, rivers), 4.0, 600.0) * scale, np.clip(random.lognormal(3.2, 0.6, suns), 5.0, 120.0)]
    )
    share = np.concatenate([random.uniform(0.4, 0.55, rivers), random.uniform(0.22, 0.29, suns)])
    unused = np.concatenate([mean[:rivers] * random.uniform(0.1, 0.4, rivers), np.zeros(suns)])
    places = np.vstack([ground.hydro, ground.solar])
    band = np.minimum((ground.solar[:, 1] / ground.size_km[1] * SUNS).astype(int), SUNS - 1)
    return _points(
        ground,
        "plant",
        places,
        kind=["hydro"] * rivers + ["solar"] * suns,
        zone=ground.zone_of(places),
        capacity_mw=np.round(mean / share, 1),
        mean_output_mw=np.round(mean, 2),
        unused_mw=np.round(unused, 2),
        profile=[f"river-{number % RIVERS}" for number in ground.river] + [f"sun-{number}" for number in band],
        basin=[f"river-{number}" for number in ground.river] + [f"sun-{number}" for number in band],
    )


def _substations(ground: Ground) -> gpd.GeoDataFrame:
    random, count = ground.random, len(ground.grid)
    kv = random.choice([138.0, 230.0, 345.0, 500.0], count, p=[0.6, 0.2, 0.12, 0.08])
    return _points(
        ground,
        "post",
        ground.grid,
        zone=ground.zone_of(ground.grid),
        kv=kv,
        rating_mw=pd.Series(kv).map({138.0: 200.0, 230.0: 450.0, 345.0: 900.0, 500.0: 1500.0}).to_numpy(),
        loading_share=np.round(random.uniform(0.6, 0.85, count), 4),
        main_network=True,
    )


def _climate(ground: Ground) -> gpd.GeoDataFrame:
    random, count = ground.random, max(4, ground.asked.candidates // 30)
    places = ground.spread(count)
    north = ground.degrees(places)[:, 1] - MIDDLE[1]
    return _points(
        ground,
        "air",
        places,
        mean_c=np.round(np.clip(13.0 - 0.7 * north + random.normal(0, 2.5, count), -15.0, 28.0), 2),
        seasonal_swing_c=np.round(random.uniform(7.0, 14.0, count), 2),
        daily_swing_c=np.round(random.uniform(4.0, 7.5, count), 2),
        elevation_m=np.round(random.uniform(0.0, 1800.0, count)),
    )


def _candidates(ground: Ground, random: np.random.Generator) -> gpd.GeoDataFrame:
    count = ground.asked.candidates
    small = ground.asked.kind == "small_land"
    land = random.uniform(1.5, 6.0, count) if small else np.clip(random.lognormal(4.2, 0.7, count), 10.0, 350.0)
    limit = random.uniform(5.0, 14.0, count) if small else random.uniform(30.0, 250.0, count)
    return _points(
        ground,
        "place",
        ground.candidates,
        limit_mw=np.round(limit, 1),
        land_ha=np.round(land, 1),
        land_musd_per_ha=np.round(random.uniform(0.005, 0.08, count), 4),
    )


# ---- profiles and model file


def profiles() -> pd.DataFrame:
    """Profiles by month and hour: rivers and suns of mean 1, loads of peak 1."""
    month, hour = np.meshgrid(np.arange(12), np.arange(24), indexing="ij")
    values: dict[str, Floats] = {}
    for number in range(RIVERS):
        wave = np.cos(2 * np.pi * (month - 4.5 - 0.9 * number) / 12.0)
        values[f"river-{number}"] = _of_mean_one((1.0 + 0.35 * wave) * (1.0 + 0.06 * np.exp(-(((hour - 19) / 3.0) ** 2))))
    for number in range(SUNS):
        season = 1.0 + (0.15 + 0.08 * number) * np.cos(2 * np.pi * (month - 5.5) / 12.0)
        values[f"sun-{number}"] = _of_mean_one(season * np.clip(np.sin((hour - 6 + 0.5) / 12.0 * np.pi), 0.0, None))
    for number in range(LOADS):
        summer = np.cos(2 * np.pi * (month - (6 if number % 2 else 0)) / 12.0)
        evening = np.exp(-(((hour - 18 - 0.3 * number) / 3.0) ** 2))
        load = 0.62 + 0.02 * number + 0.10 * summer + 0.20 * evening - 0.08 * np.exp(-(((hour - 3) / 3.0) ** 2))
        values[f"load-{number}"] = load / load.max()
    return pd.DataFrame(
        {
            "profile": np.repeat(list(values), 288),
            "month": np.tile(np.repeat(np.arange(1, 13), 24), len(values)),
            "hour": np.tile(np.arange(24), 12 * len(values)),
            "value": np.round(np.concatenate([value.ravel() for value in values.values()]), 5),
        }
    )


def _of_mean_one(values: Floats) -> Floats:
    return np.asarray(values / values.mean())


def model_of(asked: Asked) -> dict[str, Any]:
    """The model file as a tree."""
    seasons, blocks = CALENDAR[asked.slices]
    on = ON | ({"storage"} if asked.kind == "storage" else frozenset())
    steps = np.diff([0.0, *RAMP[asked.periods]]) * asked.target
    return {
        "schema_version": 1,
        "title": f"Continent: {asked.candidates} candidates, {asked.slices} slices, {asked.periods} periods, {asked.kind}",
        "region": NAME,
        "start": "2027-01",
        "off": sorted(family.name for family in FAMILIES if family.name not in on),
        "time": {
            "blocks": blocks,
            "dispatch_blocks": blocks,
            "periods": [{"name": str(2027 + number), "months": 12} for number in range(asked.periods)],
            "seasons": SEASONS[seasons],
        },
        "modules": {name: CATALOGUE[name].model_dump(mode="json") for name in ("pod", "hall", "block")},
        "hydro": {"nearest": 4, **({"reach_km": 120.0} if asked.kind == "contested" else {})},
        "target": {"it_mw": [round(share * asked.target, 3) for share in RAMP[asked.periods]]},
        "budget": {
            "total_musd": MUSD_PER_MW * asked.target,
            "period_musd_per_year": MUSD_PER_MW * float(steps.max()),
        },
        "objective": {"aims": ["cheapest_for_target"]},
        "effort": {"gap": 0.0025, "time_limit_s": 600.0, "memory_gb": 6.0},
    }


def write_continent(folder: Path, asked: Asked) -> Path:
    """Write the world below a folder; the model's name is `continent`. Returns the model file."""
    data, model = folder / "data" / NAME, folder / "models" / NAME / "model.toml"
    data.mkdir(parents=True, exist_ok=True)
    model.parent.mkdir(parents=True, exist_ok=True)
    for name, frame in layers_of(Ground(asked)).items():
        frame.to_parquet(data / f"{name}.parquet", index=False)
    profiles().to_csv(data / "profiles.csv", index=False)
    model.write_text(toml_text(model_of(asked)), encoding="utf-8")
    return model


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.continent", description="Write a synthetic world.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--candidates", type=int, default=1000)
    parser.add_argument("--slices", type=int, choices=tuple(CALENDAR), default=24)
    parser.add_argument("--periods", type=int, choices=tuple(RAMP), default=1)
    parser.add_argument("--kind", choices=KINDS, default="plain")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--target-mw", type=float, default=None)
    given = parser.parse_args(arguments)
    asked = Asked(given.candidates, given.slices, given.periods, given.kind, given.seed, given.target_mw)
    print(write_continent(given.folder, asked))


if __name__ == "__main__":
    main()
