"""Grid zones of the region: polygons, import limits, reserve margin, and the peak load each zone is taken to have.

    import_limit_mw[z] = sum over the AC interfaces of the MW into z + the MW of DC and back-to-back links at z
    peak_load_mw[z]    = (99.9th percentile of the coincident load of the authorities that serve the group of z)
                         * people[z] / people[group of z]                                              (estimated)

A group is a set of zones served by a set of balancing authorities: one authority's territory does not follow the zones, so
its load is shared by people (census areas by their centre; a zone without a centre takes half of the nearest area).
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
from siting.regions.log import Entry
from siting.regions.northwest.areas import census_areas
from siting.regions.northwest.load import cleaned_load, peak_mw

RESERVE_YEAR: Final = 2025
RESERVE_CASE: Final = "static"
SMALLEST_HOLE_KM2: Final = 100.0
SLIVER_DEGREES: Final = 0.004


@dataclass(frozen=True, slots=True)
class ZoneFacts:
    """What is declared of a zone: its name for people, its load shape and its standard time."""

    id: str
    name: str
    authority: str
    utc_offset_h: int


ZONE_FACTS: Final = (
    ZoneFacts("p1", "Washington, north-west", "BPAT", -8),
    ZoneFacts("p2", "Washington, south", "BPAT", -8),
    ZoneFacts("p3", "Washington, east", "BPAT", -8),
    ZoneFacts("p4", "Washington, mid-Columbia", "BPAT", -8),
    ZoneFacts("p5", "Oregon, north", "BPAT", -8),
    ZoneFacts("p6", "Oregon, south-west", "PACW", -8),
    ZoneFacts("p7", "Oregon, south-east", "IPCO", -8),
    ZoneFacts("p8", "California, far north", "PACW", -8),
    ZoneFacts("p12", "Nevada, north", "NEVP", -8),
    ZoneFacts("p13", "Nevada, south", "NEVP", -8),
    ZoneFacts("p14", "Idaho, north", "AVA", -8),
    ZoneFacts("p15", "Idaho, south-west", "IPCO", -7),
    ZoneFacts("p16", "Idaho, south-east", "PACE", -7),
    ZoneFacts("p17", "Montana, west", "NWMT", -7),
    ZoneFacts("p18", "Montana, central", "NWMT", -7),
    ZoneFacts("p19", "Montana, north-east", "WAUW", -7),
    ZoneFacts("p20", "Montana, south-east", "NWMT", -7),
    ZoneFacts("p21", "Wyoming, west", "PACE", -7),
    ZoneFacts("p22", "Wyoming, north-east", "WACM", -7),
    ZoneFacts("p25", "Utah", "PACE", -7),
    ZoneFacts("p26", "Utah, north-east", "PACE", -7),
)
FACTS_BY_ZONE: Final = {facts.id: facts for facts in ZONE_FACTS}


@dataclass(frozen=True, slots=True)
class LoadGroup:
    """Zones that share the coincident load of some balancing authorities; zones outside the region take their part too."""

    zones: tuple[str, ...]
    authorities: tuple[str, ...]


LOAD_GROUPS: Final = (
    LoadGroup(
        ("p1", "p2", "p3", "p5", "p6", "p8", "p14"),
        ("AVA", "BPAT", "PACW", "PGE", "PSEI", "SCL", "TPWR"),
    ),
    LoadGroup(("p4",), ("CHPD", "DOPD", "GCPD")),
    LoadGroup(("p7", "p15"), ("IPCO",)),
    LoadGroup(("p12", "p13"), ("NEVP",)),
    LoadGroup(("p16", "p21", "p25", "p26"), ("PACE",)),
    LoadGroup(("p17", "p18", "p20"), ("NWMT",)),
    LoadGroup(("p19",), ("WAUW",)),
    LoadGroup(("p22", "p23", "p24", "p32", "p34"), ("WACM",)),
)


def all_zones(sources: Path) -> gpd.GeoDataFrame:
    """Every zone of the country: zone, state, nercr, geometry (polygons only)."""
    zones = raw.layer(sources, raw.ZONES).rename(columns={"rb": "zone", "st": "state"})
    zones = zones.set_geometry(gpd.GeoSeries([_polygons(shape) for shape in zones.geometry], crs=raw.WGS84))
    return zones[["zone", "state", "nercr", "geometry"]]


def _polygons(shape: shapely.Geometry) -> shapely.Geometry:
    parts = [part for part in shapely.get_parts(shape) if shapely.get_type_id(part) in (3, 6)]
    return shapely.union_all(parts)


def import_limits_mw(sources: Path) -> dict[str, float]:
    """MW that may flow into each zone over all its interfaces."""
    limits: dict[str, float] = {}
    alternating = raw.table(sources, raw.INTERFACES_AC)
    for start, end, forward, back in alternating[["r", "rr", "MW_f0", "MW_r0"]].itertuples(index=False):
        limits[end] = limits.get(end, 0.0) + float(forward)
        limits[start] = limits.get(start, 0.0) + float(back)
    direct = raw.table(sources, raw.INTERFACES_DC)
    for start, end, both_ways in direct[["r", "rr", "MW"]].itertuples(index=False):
        limits[end] = limits.get(end, 0.0) + float(both_ways)
        limits[start] = limits.get(start, 0.0) + float(both_ways)
    return limits


def reserve_margins(sources: Path) -> dict[str, float]:
    """Planning reserve margin by NERC region, as a share, in `RESERVE_YEAR`."""
    table = raw.table(sources, raw.RESERVES).rename(columns={"*nercr": "nercr"})
    chosen = table[table["t"] == RESERVE_YEAR]
    return dict(zip(chosen["nercr"], chosen[RESERVE_CASE].astype(float), strict=True))


def people_by_zone(sources: Path, zones: gpd.GeoDataFrame) -> tuple[dict[str, float], list[Entry]]:
    """People in each zone, from census areas by their centre; a zone without a centre takes half of the nearest area."""
    areas, _ = census_areas(sources)
    areas["zone"] = gpd.sjoin(areas, zones[["zone", "geometry"]], how="left", predicate="within")["zone"]
    people = {str(zone): float(number) for zone, number in areas.groupby("zone")["pop"].sum().items()}
    entries = []
    for zone in sorted(set(FACTS_BY_ZONE) - set(people)):
        inner = zones.loc[zones["zone"] == zone].geometry.iloc[0].representative_point()
        nearest = areas.iloc[int(np.hypot(areas.geometry.x - inner.x, areas.geometry.y - inner.y).argmin())]
        half = float(nearest["pop"]) / 2
        people[zone] = half
        if isinstance(nearest["zone"], str):
            people[nearest["zone"]] -= half
        entries.append(
            Entry(
                "zones",
                zone,
                "assumed",
                f"no census centre inside: half of the nearest area's people ({half:.0f}) share the load",
            )
        )
    return people, entries


def peak_loads_mw(sources: Path, zones: gpd.GeoDataFrame) -> tuple[dict[str, float], list[Entry]]:
    """Estimated peak load of each zone of the region, in MW."""
    load, entries = cleaned_load(sources)
    people, assumed = people_by_zone(sources, zones)
    peaks: dict[str, float] = {}
    for group in LOAD_GROUPS:
        group_peak = peak_mw(load[list(group.authorities)].sum(axis=1, skipna=False).dropna())
        total = sum(people.get(zone, 0.0) for zone in group.zones)
        for zone in group.zones:
            peaks[zone] = group_peak * people.get(zone, 0.0) / total
    return peaks, [*entries, *assumed]


def build_zones(sources: Path) -> tuple[gpd.GeoDataFrame, list[Entry]]:
    """The `zones` layer."""
    everything = all_zones(sources)
    zones = everything[everything["zone"].isin(FACTS_BY_ZONE)].reset_index(drop=True)
    limits, margins = import_limits_mw(sources), reserve_margins(sources)
    peaks, entries = peak_loads_mw(sources, everything)
    frame = gpd.GeoDataFrame(
        {
            "id": zones["zone"],
            "name": [FACTS_BY_ZONE[zone].name for zone in zones["zone"]],
            "state": zones["state"],
            "import_limit_mw": [limits.get(zone, 0.0) for zone in zones["zone"]],
            "peak_load_mw": [peaks[zone] for zone in zones["zone"]],
            "reserve_margin_share": [margins[region] for region in zones["nercr"]],
            "load_profile": [load_profile_id(zone) for zone in zones["zone"]],
            "utc_offset_h": [float(FACTS_BY_ZONE[zone].utc_offset_h) for zone in zones["zone"]],
        },
        geometry=zones.geometry,
        crs=raw.WGS84,
    )
    for zone in frame.loc[frame["import_limit_mw"] == 0, "id"]:
        entries.append(Entry("zones", zone, "kept", "no interface of the source reaches it: import limit 0 MW"))
    return frame, entries


def load_profile_id(zone: str) -> str:
    """Profile of a zone's load: by authority, and by clock where an authority spans two."""
    facts = FACTS_BY_ZONE[zone]
    home = [other.utc_offset_h for other in ZONE_FACTS if other.authority == facts.authority]
    suffix = "" if len(set(home)) == 1 else f"-utc{-facts.utc_offset_h}"
    return f"load-{facts.authority.lower()}{suffix}"


ATTRIBUTION: Final = (
    "Made from the Global Power Plant Database (World Resources Institute and partners, CC BY 4.0), HIFLD, ReEDS (NREL), "
    "EIA, USACE, NOAA, Starlink ground stations (J. Simon), TopoHub (P. Jurkiewicz) and Natural Earth; "
    "full credits in data/README.md."
)
"""What every map and report made of the region says."""


def build_region(zones: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Entry]]:
    """The `region` layer: the union of the zones with the slivers between their outlines closed."""
    union = shapely.union_all(zones.geometry.to_numpy())
    closed = union.buffer(SLIVER_DEGREES, join_style="mitre").buffer(-SLIVER_DEGREES, join_style="mitre")
    parts = []
    filled = 0
    for part in shapely.get_parts(shapely.union(closed, union)):
        holes = [ring for ring in part.interiors if _area_km2(shapely.Polygon(ring)) >= SMALLEST_HOLE_KM2]
        filled += len(part.interiors) - len(holes)
        parts.append(shapely.Polygon(part.exterior, holes))
    words = {"id": ["northwest"], "name": ["American Northwest and Great Basin"], "attribution": [ATTRIBUTION]}
    frame = gpd.GeoDataFrame(words, geometry=[shapely.union_all(parts)], crs=raw.WGS84)
    reason = f"zone outlines do not meet exactly: slivers closed at {SLIVER_DEGREES} degrees, {filled} small holes filled"
    return frame, [Entry("region", "northwest", "repaired", reason)]


def _area_km2(polygon: shapely.Polygon) -> float:
    return float(gpd.GeoSeries([polygon], crs=raw.WGS84).to_crs(raw.ALBERS).area.iloc[0]) / 1e6


def nearest_zone(points: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> pd.Series:
    """Id of the zone each point lies in, or the nearest one, in the order of `points`."""
    metric = zones[["id", "geometry"]].to_crs(raw.ALBERS).rename(columns={"id": "zone_found"})
    joined = gpd.sjoin_nearest(points[["geometry"]].to_crs(raw.ALBERS), metric).sort_values("zone_found", kind="stable")
    return joined[~joined.index.duplicated()]["zone_found"].reindex(points.index)
