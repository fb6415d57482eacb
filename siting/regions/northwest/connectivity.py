"""Points of presence, satellite gateways and the places where users are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from siting.regions import raw
from siting.regions.ids import slug, unique
from siting.regions.log import Entry
from siting.regions.northwest.network import merge_near

POP_MARGIN_KM: Final = 300.0
POP_MERGE_M: Final = 25_000.0
PLACE_NAME_KM: Final = 25.0
MISPLACED_KM: Final = 100.0
BIG_PLACE_PEOPLE: Final = 500_000.0
SATELLITE_TOWN_KM: Final = 60.0
GATEWAY_MARGIN_KM: Final = 500.0
WRONG_GATEWAYS: Final = ("Tionesta, CA", "North Bend, OR")
WINDOW_DEGREES: Final = 9.0
DEMAND_PEOPLE: Final = 200_000.0
DEMAND_BEYOND: Final = ("San Francisco", "Sacramento", "Denver", "Los Angeles")


def within_km(points: gpd.GeoDataFrame, region: gpd.GeoDataFrame, margin_km: float) -> np.ndarray:
    """Which points lie in the region or within the margin of it."""
    outline = region.to_crs(raw.ALBERS).geometry.simplify(500.0).iloc[0]
    return np.asarray(points.to_crs(raw.ALBERS).distance(outline).to_numpy() <= margin_km * 1000.0)


def plain_name(name: str) -> str:
    """A node's name without numbers, question marks and run-together words: "SaltLakeCity2" -> "salt-lake-city"."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.sub(r"[\d?{}\[\]]+", " ", name))
    return slug(spaced)


def foreign(nodes: gpd.GeoDataFrame, sources: Path) -> np.ndarray:
    """Which nodes lie outside the United States by the 50m outline; coast towns just outside it count as inside."""
    countries = raw.layer(sources, raw.NATURAL_EARTH, "countries_50m")
    near = countries.cx[-140:-90, 25:60][["ADM0_A3", "geometry"]].to_crs(raw.ALBERS)
    joined = gpd.sjoin_nearest(nodes[["geometry"]].to_crs(raw.ALBERS), near)
    country = joined[~joined.index.duplicated()]["ADM0_A3"].reindex(nodes.index)
    return np.asarray((country != "USA").to_numpy())


def misplaced(nodes: gpd.GeoDataFrame, places: gpd.GeoDataFrame) -> np.ndarray:
    """Distance in km to the nearest place of the node's own name where that is a big one over 100 km away, else NaN.

    Small places share names (Santa Clara, Lincoln): only a name that some place of half a million bears is held against a node.
    """
    keys = pd.Series([plain_name(name) for name in places["NAMEASCII"]], index=places.index)
    big = set(keys[places["POP_MAX"] >= BIG_PLACE_PEOPLE])
    places = places[keys.isin(big)]
    found = np.full(len(nodes), np.nan)
    xy = raw.metric_xy(nodes)
    kept_keys = keys[keys.isin(big)].to_numpy()
    all_xy = raw.metric_xy(places)
    place_xy = {name: all_xy[kept_keys == name] for name in sorted(big)}
    for row, name in enumerate(nodes["name"]):
        same = place_xy.get(plain_name(str(name)))
        if same is None:
            continue
        gap_km = float(np.hypot(*(same - xy[row]).T).min()) / 1000.0
        if gap_km > MISPLACED_KM:
            found[row] = gap_km
    return found


def build_pops(sources: Path, region: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Entry]]:
    """The `pops` layer: nodes of published networks and satellite points of presence, merged at 25 km."""
    nodes = raw.points(raw.table(sources, raw.NETWORK_NODES)[["network", "name", "lon", "lat"]], "lon", "lat")
    stations = raw.table(sources, raw.STARLINK)
    satellite = stations[(stations["type"] == "pop") & (stations["status"] == "operational")].assign(network="Starlink")
    satellite = satellite.assign(name=satellite["name"].str.split(",").str[0])
    nodes = pd.concat([nodes, raw.points(satellite[["network", "name", "lon", "lat"]], "lon", "lat")], ignore_index=True)
    nodes = raw.window(nodes, region, WINDOW_DEGREES)
    nodes = (
        nodes[within_km(nodes, region, POP_MARGIN_KM)]
        .sort_values(["network", "name", "lon", "lat"], kind="stable")
        .reset_index(drop=True)
    )
    abroad = foreign(nodes, sources)
    wrong_km = misplaced(nodes, raw.points(raw.table(sources, raw.PLACES), "LONGITUDE", "LATITUDE"))
    entries = []
    for row in np.flatnonzero(abroad | ~np.isnan(wrong_km)):
        why = "outside the United States" if abroad[row] else f"{wrong_km[row]:.0f} km from the place of that name"
        entries.append(
            Entry("pops", slug(f"{nodes['network'][row]} {nodes['name'][row]}"), "dropped", f"{nodes['name'][row]}: {why}")
        )
    good = nodes[~abroad & np.isnan(wrong_km)].reset_index(drop=True)
    frame, merged = _merge_pops(good, raw.window(raw.us_places(sources), region, WINDOW_DEGREES))
    return frame, [*entries, *merged]


def _merge_pops(nodes: gpd.GeoDataFrame, places: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Entry]]:
    """One point a 25 km neighbourhood: the spot most networks share, named after the largest place near it."""
    xy = raw.metric_xy(nodes)
    spot = pd.Series([f"{x:.2f} {y:.2f}" for x, y in zip(nodes.geometry.x, nodes.geometry.y, strict=True)])
    centre = merge_near(xy, spot.map(spot.value_counts()).to_numpy(dtype=float), POP_MERGE_M)
    chosen = np.unique(centre)
    known = {plain_name(name): name for name in sorted(places["NAMEASCII"])}
    names = [pop_name(nodes.loc[(centre == one) & (spot == spot[one]), "name"], xy[one], places, known) for one in chosen]
    entries = []
    for one, name in zip(chosen, names, strict=True):
        members = nodes[centre == one]
        if len(members) > 1:
            words = f"{len(members)} nodes of {members['network'].nunique()} networks within 25 km made one"
            entries.append(Entry("pops", f"pop-{slug(name)}", "merged", words))
    frame = gpd.GeoDataFrame(
        {"id": unique([f"pop-{slug(name)}" for name in names]), "name": names},
        geometry=nodes.geometry.to_numpy()[chosen],
        crs=raw.WGS84,
    )
    return frame, entries


def pop_name(own: pd.Series, xy: np.ndarray, places: gpd.GeoDataFrame, known: dict[str, str]) -> str:
    """The commonest name of the nodes on the spot if it is a known place or two nodes bear it; else a place within 25 km."""
    tally = own.map(plain_name).value_counts().sort_index().sort_values(ascending=False, kind="stable")
    first = str(tally.index[0])
    if first in known or tally.iloc[0] > 1:
        return known.get(first, first.replace("-", " ").title())
    return largest_place_near(xy, places) or first.replace("-", " ").title()


def largest_place_near(xy: np.ndarray, places: gpd.GeoDataFrame) -> str:
    """Name of the largest place within 25 km of a projected point; "" where there is none."""
    near = np.hypot(*(raw.metric_xy(places) - xy).T) <= PLACE_NAME_KM * 1000.0
    found = places[near].sort_values(["POP_MAX", "NAMEASCII"], kind="stable")["NAMEASCII"]
    return str(found.iloc[-1]) if len(found) else ""


def build_gateways(sources: Path, region: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Entry]]:
    """The `gateways` layer: operational satellite gateways on United States soil within 500 km of the region."""
    stations = raw.window(raw.points(raw.table(sources, raw.STARLINK), "lon", "lat"), region, WINDOW_DEGREES)
    near = stations[(stations["type"] == "gateway") & within_km(stations, region, GATEWAY_MARGIN_KM)].reset_index(drop=True)
    planned = near["status"] != "operational"
    wrong = near["name"].isin(list(WRONG_GATEWAYS)).to_numpy()
    abroad = foreign(near, sources)
    entries = []
    for row in np.flatnonzero(planned.to_numpy() | wrong | abroad):
        why = (
            "planned, not operational"
            if planned[row]
            else "position known to be wrong"
            if wrong[row]
            else "outside the United States"
        )
        entries.append(Entry("gateways", f"gw-{slug(near['name'][row])}", "dropped", why))
    kept = near[~planned.to_numpy() & ~wrong & ~abroad]
    ids = [f"gw-{slug(name)}" for name in kept["name"]]
    frame = gpd.GeoDataFrame({"id": unique(ids), "name": kept["name"].tolist()}, geometry=kept.geometry.to_numpy(), crs=raw.WGS84)
    return frame, entries


def build_demand(sources: Path, region: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Entry]]:
    """The `demand` layer: places of 200 000 people and more in the region, and the four big ones around it."""
    places = raw.window(raw.us_places(sources), region, WINDOW_DEGREES)
    inside = within_km(places, region, 0.0) & (places["POP_MAX"] >= DEMAND_PEOPLE).to_numpy()
    beyond = (places["NAMEASCII"].isin(list(DEMAND_BEYOND)) & places["ADM1NAME"].isin(["California", "Colorado"])).to_numpy()
    chosen = places[inside | beyond].reset_index(drop=True)
    xy = raw.metric_xy(chosen)
    centre = merge_near(xy, chosen["POP_MAX"].to_numpy(dtype=float), SATELLITE_TOWN_KM * 1000.0)
    names = chosen["NAMEASCII"].tolist()
    entries = [
        Entry(
            "demand",
            f"city-{slug(names[one])}",
            "merged",
            f"its people count in the agglomeration of {names[big]}, within {SATELLITE_TOWN_KM:.0f} km",
        )
        for one, big in enumerate(centre)
        if one != big
    ]
    entries += [Entry("demand", f"city-{slug(name)}", "kept", "outside the region: many users nearby") for name in DEMAND_BEYOND]
    kept = chosen.iloc[np.unique(centre)].sort_values("POP_MAX", ascending=False, kind="stable")
    frame = gpd.GeoDataFrame(
        {
            "id": unique([f"city-{slug(name)}" for name in kept["NAMEASCII"]]),
            "name": kept["NAMEASCII"].tolist(),
            "population": kept["POP_MAX"].astype(float).tolist(),
        },
        geometry=kept.geometry.to_numpy(),
        crs=raw.WGS84,
    )
    return frame, entries
