"""A region as a user would bring it: Australia's national electricity market, from the same public sources.

For trying the user's path end to end; it is not a built-in region and must never be committed: the substations come from
OpenStreetMap under the ODbL, so they go into a temporary folder only ("(c) OpenStreetMap contributors, ODbL 1.0").
Lines, exclusions and base map are left out, as are `basin`, `peak_load_mw`, `main_network` and gateway capacity. Assumed and
not read from a source: import limits, load shape, flat hydro, a factor for plants without recorded years, ratings, loading.
"""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from siting.regions import raw
from siting.regions.ids import place_code, plant_slug, slug, unique
from siting.regions.northwest.profiles import clear_sky, mean_one, profile_rows
from siting.regions.writer import layer_text, profiles_text

NATIONAL_ALBERS: Final = "EPSG:3577"
VERTICES: Final = "osm_power_grid_2017/Oceania_highvoltage_vertices.csv.gz"
LINKS: Final = "osm_power_grid_2017/Oceania_highvoltage_links.csv.gz"
UTC_OFFSET_H: Final = 10.0
IMPORT_LIMIT_MW: Final = MappingProxyType(
    {"Queensland": 700.0, "New South Wales": 2800.0, "Victoria": 2600.0, "Tasmania": 480.0, "South Australia": 820.0}
)
JOINED_STATES: Final = MappingProxyType(
    {"Australian Capital Territory": "New South Wales", "Jervis Bay Territory": "New South Wales"}
)
WRONG_PLANTS: Final = ("Wilpena",)
"""Wilpena: 145 MW stated, output of a plant of some hundred kW."""
PUMPED: Final = ("Wivenhoe", "Bendeela", "Kangaroo Valley", "Tumut 3")
WRONG_GATEWAYS: Final = ("Springbrook Creek, Australia", "Calrossie, Australia")
ASSUMED_FACTOR: Final = MappingProxyType({"hydro": 0.20, "solar": 0.25})
RATING_MW: Final = ((500.0, 1500.0), (330.0, 900.0), (220.0, 400.0), (100.0, 200.0))
DAY_SHAPE: Final = np.interp(np.arange(24), [0, 4, 8, 12, 15, 18, 21, 23], [0.68, 0.60, 0.80, 0.78, 0.84, 1.0, 0.88, 0.74])
OTHERS: Final = (raw.NATURAL_EARTH, raw.PLACES, raw.STARLINK, raw.NETWORK_NODES, raw.TEMPERATURE)
NEEDED: Final = (raw.PLANTS.format(country="AUS"), VERTICES, LINKS, *OTHERS)


def build_australia(sources: Path, out: Path) -> None:
    """Write the layers into `out` as a user might: GeoJSON beside GeoPackage in the national projection (EPSG:3577).

    Raises InputError naming every source file that is missing.
    """
    raw.require(sources, NEEDED)
    zones = _zones(sources)
    region = gpd.GeoDataFrame({"id": ["nem"]}, geometry=[shapely.union_all(zones.geometry.to_numpy())], crs=raw.WGS84)
    plants = _plants(sources, zones)
    layers = {"region": region, "zones": zones, "demand": _demand(sources, zones), "climate": _climate(sources, region)}
    layers |= {"pops": _pops(sources, zones), "gateways": _gateways(sources, zones)}
    out.mkdir(parents=True, exist_ok=True)
    for name, frame in layers.items():
        (out / f"{name}.geojson").write_text(layer_text(name, frame), encoding="utf-8")
    for name, frame in (("sources", plants), ("substations", _substations(sources, zones))):
        frame.to_crs(NATIONAL_ALBERS).to_file(out / f"{name}.gpkg", layer=name, driver="GPKG")
    (out / "profiles.csv").write_text(profiles_text(_profiles(zones)), encoding="utf-8")


def _zones(sources: Path) -> gpd.GeoDataFrame:
    states = raw.layer(sources, raw.NATURAL_EARTH, "states_50m")
    states = states[states["adm0_a3"] == "AUS"].assign(name=lambda frame: frame["name"].replace(dict(JOINED_STATES)))
    zones = states[states["name"].isin(list(IMPORT_LIMIT_MW))][["name", "geometry"]].dissolve(by="name").reset_index()
    zones["id"] = [slug(name) for name in zones["name"]]
    zones["import_limit_mw"] = zones["name"].map(dict(IMPORT_LIMIT_MW))
    zones["load_profile"], zones["utc_offset_h"] = "load-nem", UTC_OFFSET_H
    return zones


def _inside(points: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The points in a zone, with its id in column `zone`."""
    homes = zones[["id", "geometry"]].rename(columns={"id": "zone"})
    return gpd.sjoin(points, homes, predicate="within").drop(columns="index_right").reset_index(drop=True)


def _plants(sources: Path, zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    table = raw.table(sources, raw.PLANTS.format(country="AUS"))
    table = table[table["primary_fuel"].isin(["Hydro", "Solar"]) & (table["capacity_mw"] >= 10.0) & table["latitude"].notna()]
    table = table[~table["name"].str.startswith((*PUMPED, *WRONG_PLANTS))]
    plants = _inside(raw.points(table, "longitude", "latitude"), zones)
    kind = plants["primary_fuel"].str.lower()
    generation = plants[[f"generation_gwh_{year}" for year in range(2013, 2020)]].to_numpy(dtype=float)
    factor = np.minimum(generation / (plants["capacity_mw"].to_numpy(dtype=float)[:, None] * 8.76), 1.0)
    factor[(factor < 0.15) & (kind == "solar").to_numpy()[:, None]] = np.nan
    bare = np.isnan(factor).all(axis=1)
    factor[bare] = kind.map(dict(ASSUMED_FACTOR)).to_numpy(dtype=float)[bare, None]
    mean, best = np.nanmean(factor, axis=1), np.nanmax(factor, axis=1)
    ids = unique([f"{one}-{plant_slug(name)}" for one, name in zip(kind, plants["name"], strict=True)])
    values = {"mean_output_mw": mean * plants["capacity_mw"], "unused_mw": (best - mean) * plants["capacity_mw"]}
    made = plants.assign(id=ids, kind=kind, name=plants["name"].str.strip(), profile=kind + "-nem", **values)
    return made[["id", "name", "kind", "zone", "capacity_mw", "mean_output_mw", "unused_mw", "profile", "geometry"]]


def _substations(sources: Path, zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    links = raw.table(sources, LINKS, sep="#")
    links = links[links["voltage"].notna()]
    kv = links["voltage"].astype(str).str.split(";").map(lambda parts: max(float(part) for part in parts) / 1000.0)
    by_end = pd.concat([kv.set_axis(links["v_id_1"]), kv.set_axis(links["v_id_2"])])
    highest = by_end.groupby(level=0).max()
    table = raw.table(sources, VERTICES, sep="#")
    table = table[table["typ"].isin(["substation", "sub_station", "station", "plant"])].assign(kv=table["v_id"].map(highest))
    points = _inside(raw.points(table[table["kv"] >= RATING_MW[-1][0]], "lon", "lat"), zones)
    codes = [f"sub-{place_code(y, x)}" for x, y in zip(points.geometry.x, points.geometry.y, strict=True)]
    points["id"], points["loading_share"] = unique(codes), 0.6
    points["rating_mw"] = [next(mw for least, mw in RATING_MW if one >= least) for one in points["kv"]]
    return points[["id", "zone", "kv", "rating_mw", "loading_share", "geometry"]]


def _demand(sources: Path, zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    places = raw.table(sources, raw.PLACES)
    towns = places[(places["ADM0_A3"] == "AUS") & (places["POP_MAX"] >= 200_000)]
    found = raw.points(towns, "LONGITUDE", "LATITUDE")
    found["id"] = unique([f"city-{slug(name)}" for name in found["NAMEASCII"]])
    near = gpd.sjoin_nearest(found.to_crs(NATIONAL_ALBERS), zones[["geometry"]].to_crs(NATIONAL_ALBERS), max_distance=20_000.0)
    kept = found.loc[sorted(set(near.index))]
    return kept.rename(columns={"NAMEASCII": "name", "POP_MAX": "population"})[["id", "name", "population", "geometry"]]


def _pops(sources: Path, zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    nodes = _inside(raw.points(raw.table(sources, raw.NETWORK_NODES), "lon", "lat"), zones)
    nodes["name"] = nodes["name"].str.replace(r"[\d?]+", "", regex=True).str.strip()
    first = nodes.sort_values(["name", "network"], kind="stable").drop_duplicates("name").reset_index(drop=True)
    return first.assign(id=unique([f"pop-{slug(name)}" for name in first["name"]]))[["id", "name", "geometry"]]


def _gateways(sources: Path, zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    stations = raw.table(sources, raw.STARLINK)
    stations = stations[(stations["type"] == "gateway") & (stations["status"] == "operational")]
    found = _inside(raw.points(stations[~stations["name"].isin(list(WRONG_GATEWAYS))], "lon", "lat"), zones)
    return found.assign(id=[f"gw-{slug(name)}" for name in found["name"]])[["id", "name", "geometry"]]


def _climate(sources: Path, region: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    grid = raw.window(raw.points(raw.table(sources, raw.TEMPERATURE), "lon", "lat"), region, 0.0)
    months = grid[[f"t{month:02d}" for month in range(1, 13)]].to_numpy(dtype=float)
    swing = (months.max(axis=1) - months.min(axis=1)) / 2
    ids = [f"climate-{place_code(y, x)}" for x, y in zip(grid.geometry.x, grid.geometry.y, strict=True)]
    values = {"id": ids, "mean_c": grid["t_mean"], "seasonal_swing_c": swing, "daily_swing_c": 5.0}
    return gpd.GeoDataFrame(values, geometry=grid.geometry, crs=raw.WGS84)


def _profiles(zones: gpd.GeoDataFrame) -> pd.DataFrame:
    middle = shapely.union_all(zones.geometry.to_numpy()).centroid
    solar = mean_one(clear_sky(middle.y, middle.x, UTC_OFFSET_H))
    shapes = {"hydro-nem": np.ones((12, 24)), "solar-nem": solar, "load-nem": np.tile(DAY_SHAPE, (12, 1))}
    return pd.concat([profile_rows(name, shape) for name, shape in shapes.items()], ignore_index=True)
