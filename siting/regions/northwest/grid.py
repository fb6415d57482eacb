"""Substations: points of interconnection derived from the line network, with rating and today's loading (both estimated).

    rating_mw     = one circuit of the voltage class: 138 kV 200, 230 kV 400, 345 kV 900, 500 kV 1500 MW
    loading_share = 0.80 * (tightness[zone] / median tightness) ** 0.1, within 0.60 .. 0.95
    tightness     = peak_load_mw * (1 + reserve_margin_share) / (nameplate MW in the zone + import_limit_mw)

0.80 is the central loading at the zone's peak. A zone that must cover its load and reserve from little generation and import
runs its substations somewhat harder; the exponent 0.1 (judgement) keeps a factor two in tightness to 7 % in loading.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from siting.regions import raw
from siting.regions.ids import place_code, unique
from siting.regions.log import Entry
from siting.regions.northwest.network import SNAP_M, Network, build_network, merge_near
from siting.regions.northwest.plants import BORDER_KM
from siting.regions.northwest.zones import nearest_zone

BUFFER_KM: Final = 100.0
MERGE_M: Final = 1000.0
SMALLEST_RING_KM: Final = 2.0
DEAD_END_REACH_KM: Final = 30.0
CENTRAL_LOADING: Final = 0.80
TIGHTNESS_EXPONENT: Final = 0.1
LOADING_BOUNDS: Final = (0.60, 0.95)


@dataclass(frozen=True, slots=True)
class VoltageClass:
    """A voltage class of the line source: the kV it stands for and the rating of one circuit."""

    source_name: str
    kv: float
    rating_mw: float


CLASSES: Final = (
    VoltageClass("100-161", 138.0, 200.0),
    VoltageClass("220-287", 230.0, 400.0),
    VoltageClass("345", 345.0, 900.0),
    VoltageClass("500", 500.0, 1500.0),
)
CLASS_NUMBER: Final = {one.source_name: number for number, one in enumerate(CLASSES)}
UNKNOWN_NUMBER: Final = len(CLASSES)
DIRECT_CURRENT: Final = "DC"


def network_lines(sources: Path, region: gpd.GeoDataFrame) -> tuple[np.ndarray, np.ndarray, list[Entry]]:
    """Projected lines and their class numbers within the region and 100 km around it, cleaned of what is no line."""
    lines = raw.layer(sources, raw.LINES).to_crs(raw.ALBERS)
    outline = region.to_crs(raw.ALBERS).geometry.iloc[0]
    near = shapely.dwithin(lines.geometry.to_numpy(), shapely.simplify(outline, 500.0), BUFFER_KM * 1000.0)
    lines = lines[near].reset_index(drop=True)
    entries = []
    direct = lines["volt_class"] == DIRECT_CURRENT
    entries.append(
        Entry(
            "substations",
            "direct-current",
            "dropped",
            f"{int(direct.sum())} direct-current lines are no point of interconnection",
        )
    )
    shapes = shapely.normalize(lines.geometry.to_numpy())
    twin = pd.Series(shapely.to_wkb(shapes)).duplicated().to_numpy() & ~direct.to_numpy()
    entries.append(
        Entry("substations", "same-geometry", "dropped", f"{int(twin.sum())} lines repeat another's geometry (parallel circuits)")
    )
    ring = shapely.is_closed(shapes) & (shapely.length(shapes) < SMALLEST_RING_KM * 1000.0)
    entries.append(
        Entry("substations", "yard-rings", "dropped", f"{int(ring.sum())} closed rings under {SMALLEST_RING_KM:.0f} km are yards")
    )
    lines = lines[~direct.to_numpy() & ~twin & ~ring]
    kind = lines["volt_class"].map(CLASS_NUMBER).fillna(UNKNOWN_NUMBER).to_numpy(dtype=int)
    return lines.geometry.to_numpy(), kind, entries


def class_points(network: Network) -> pd.DataFrame:
    """Nodes where lines of a voltage class end or meet, merged within 1 km per class: x, y, kind, ends, main, members."""
    frames = []
    for kind in range(len(CLASSES)):
        ours = network.kind == kind
        nodes = np.unique(np.concatenate([network.start[ours], network.end[ours]]))
        degree = np.bincount(np.concatenate([network.start[ours], network.end[ours]]), minlength=len(network.xy))[nodes]
        centre = nodes[merge_near(network.xy[nodes], degree, MERGE_M)]
        home = np.full(len(network.xy), -1)
        home[nodes] = centre
        outer = home[network.start] != home[network.end]
        ends = np.concatenate([home[network.start[outer]], home[network.end[outer]]])
        tally = np.bincount(ends[ends >= 0], minlength=len(network.xy))
        grouped = pd.DataFrame({"node": centre, "main": network.part[nodes] == network.main}).groupby("node")
        merged = grouped.agg(main=("main", "any"), members=("main", "size")).reset_index()
        merged["x"], merged["y"] = network.xy[merged["node"], 0], network.xy[merged["node"], 1]
        merged["ends"], merged["kind"] = tally[merged["node"]], kind
        frames.append(merged)
    return pd.concat(frames, ignore_index=True)


def loading_by_zone(zones: gpd.GeoDataFrame, nameplate_mw: dict[str, float]) -> dict[str, float]:
    """Estimated loading of the zone's substations at its yearly peak, as a share of the rating."""
    supply = np.array([nameplate_mw.get(zone, 0.0) for zone in zones["id"]]) + zones["import_limit_mw"].to_numpy(dtype=float)
    need = zones["peak_load_mw"].to_numpy(dtype=float) * (1.0 + zones["reserve_margin_share"].to_numpy(dtype=float))
    tightness = need / np.maximum(supply, 1.0)
    positive = np.maximum(tightness, 1e-3)
    share = CENTRAL_LOADING * (positive / np.median(positive)) ** TIGHTNESS_EXPONENT
    return dict(zip(zones["id"], np.clip(share, *LOADING_BOUNDS).round(4).tolist(), strict=True))


def nameplate_by_zone(sources: Path, zones: gpd.GeoDataFrame) -> dict[str, float]:
    """MW of all power plants of any fuel in each zone."""
    table = raw.table(sources, raw.PLANTS.format(country="USA"))
    plants = raw.points(
        table[table["latitude"].notna() & table["longitude"].notna() & (table["capacity_mw"] > 0)], "longitude", "latitude"
    )
    plants = raw.window(plants, zones, 0.5)
    metric = zones[["id", "geometry"]].to_crs(raw.ALBERS)
    joined = gpd.sjoin_nearest(plants.to_crs(raw.ALBERS), metric, max_distance=BORDER_KM * 1000.0)
    return {str(zone): float(mw) for zone, mw in joined.groupby("id")["capacity_mw"].sum().items()}


def build_substations(
    sources: Path, region: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, plants: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, list[Entry]]:
    """The `substations` layer."""
    lines, kind, entries = network_lines(sources, region)
    network = build_network(lines, kind)
    entries.append(
        Entry(
            "substations", "noding", "repaired", f"{network.splits} through lines split where another of their class ends on them"
        )
    )
    entries.append(
        Entry(
            "substations",
            "joining",
            "repaired",
            f"{network.joins} ends of one class within {SNAP_M:.0f} m of a line of another join the networks",
        )
    )
    entries.append(
        Entry("substations", "loops", "dropped", f"{network.loops} pieces of line whose ends are one node at {SNAP_M:.0f} m")
    )
    points = class_points(network)
    within = shapely.contains_xy(region.to_crs(raw.ALBERS).geometry.iloc[0], points["x"], points["y"])
    points = points[within].reset_index(drop=True)
    near_plant = _near(points[["x", "y"]].to_numpy(), raw.metric_xy(plants), DEAD_END_REACH_KM * 1000.0)
    kept = ((points["ends"] >= 2) | ((points["ends"] == 1) & near_plant)).to_numpy()
    loading = loading_by_zone(zones, nameplate_by_zone(sources, zones))
    frame = _frame(points, zones, loading, raw.us_places(sources))
    frame, points_kept = frame[kept].reset_index(drop=True), points[kept]
    entries += _dead_ends(points[~kept])
    entries += _merged(frame["id"], points_kept["members"])
    counts = frame.loc[~frame["main_network"], "zone"].value_counts().sort_index()
    for zone, number in counts.items():
        entries.append(Entry("substations", str(zone), "kept", f"{number} points outside the main network (main_network false)"))
    return frame, entries


def _merged(ids: pd.Series, members: pd.Series) -> list[Entry]:
    """One entry for each point that stands for more than one junction."""
    pairs = [(str(one), int(number)) for one, number in zip(ids, members, strict=True) if number > 1]
    return [
        Entry("substations", one, "merged", f"{number} junctions of its voltage within 1 km made one") for one, number in pairs
    ]


def _near(xy: np.ndarray, others: np.ndarray, distance_m: float) -> np.ndarray:
    tree = shapely.STRtree(np.asarray(shapely.points(others)))
    hit = tree.query(shapely.points(xy), predicate="dwithin", distance=distance_m)[0]
    return np.isin(np.arange(len(xy)), hit)


def _dead_ends(points: pd.DataFrame) -> list[Entry]:
    """One entry a voltage class for the points left out: a single line ends there and no plant is near."""
    entries = []
    for number, one in enumerate(CLASSES):
        ours = points[points["kind"] == number]
        single = int((ours["ends"] == 1).sum())
        reason = f"{single} single-line ends without a plant in {DEAD_END_REACH_KM:.0f} km, {len(ours) - single} yard fragments"
        entries.append(Entry("substations", f"dead-ends-{one.kv:.0f}-kv", "dropped", reason))
    return entries


def _frame(
    points: pd.DataFrame, zones: gpd.GeoDataFrame, loading: dict[str, float], places: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    geometry = gpd.GeoSeries(gpd.points_from_xy(points["x"], points["y"]), crs=raw.ALBERS)
    located = gpd.GeoDataFrame(points, geometry=geometry).to_crs(raw.WGS84)
    zone = nearest_zone(located, zones).to_numpy()
    kv = np.array([one.kv for one in CLASSES])[points["kind"]]
    codes = [place_code(y, x) for x, y in zip(located.geometry.x, located.geometry.y, strict=True)]
    return gpd.GeoDataFrame(
        {
            "id": unique([f"sub-{voltage:.0f}-{code}" for voltage, code in zip(kv, codes, strict=True)]),
            "name": [f"{voltage:.0f} kV, {words}" for voltage, words in zip(kv, near_place(located, places), strict=True)],
            "zone": zone,
            "kv": kv,
            "rating_mw": np.array([one.rating_mw for one in CLASSES])[points["kind"]],
            "loading_share": [loading[one] for one in zone],
            "main_network": points["main"].astype(bool),
        },
        geometry=located.geometry,
        crs=raw.WGS84,
    )


def near_place(points: gpd.GeoDataFrame, places: gpd.GeoDataFrame) -> list[str]:
    """Words for where each point is: "12 km from Wenatchee"."""
    from_xy, to_xy = raw.metric_xy(points), raw.metric_xy(places)
    tree = shapely.STRtree(np.asarray(shapely.points(to_xy)))
    nearest = tree.nearest(shapely.points(from_xy))
    gap_km = np.hypot(*(from_xy - to_xy[nearest]).T) / 1000.0
    names = places["NAMEASCII"].to_numpy()[nearest]
    return [f"{gap:.0f} km from {name}" for gap, name in zip(gap_km, names, strict=True)]
