"""The built-in region `northwest`: the American Northwest and Great Basin, 21 grid zones in eight states.

Every step is a function from the source folder and earlier layers to a layer and its log entries; `assemble` is their order.
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd

from siting.regions import raw
from siting.regions.log import BuildLog
from siting.regions.northwest.climate import build_climate
from siting.regions.northwest.connectivity import build_demand, build_gateways, build_pops
from siting.regions.northwest.grid import build_substations
from siting.regions.northwest.land import build_basemap, build_exclusions
from siting.regions.northwest.linemap import build_lines
from siting.regions.northwest.plants import build_sources
from siting.regions.northwest.profiles import build_profiles
from siting.regions.northwest.zones import build_region, build_zones

NEEDED = (
    raw.PLANTS.format(country="USA"),
    raw.ZONES,
    raw.INTERFACES_AC,
    raw.INTERFACES_DC,
    raw.RESERVES,
    raw.LINES,
    raw.LOAD,
    raw.HYDRO_HOURLY,
    raw.HYDRO_MONTHLY,
    raw.RADIATION,
    raw.DEGREE_DAYS,
    raw.TEMPERATURE,
    raw.STARLINK,
    raw.NETWORK_NODES,
    raw.NATURAL_EARTH,
    raw.PLACES,
)


def assemble(sources: Path) -> tuple[dict[str, gpd.GeoDataFrame], pd.DataFrame, BuildLog]:
    """All layers by name, the profile table and the build log. Raises InputError naming every source file not found."""
    raw.require(sources, NEEDED)
    zones, zone_notes = build_zones(sources)
    region, region_notes = build_region(zones)
    plants, plant_notes = build_sources(sources, region, zones)
    profiles, profile_notes = build_profiles(sources, plants, zones)
    made = {
        "substations": build_substations(sources, region, zones, plants),
        "lines": build_lines(sources, region),
        "pops": build_pops(sources, region),
        "gateways": build_gateways(sources, region),
        "demand": build_demand(sources, region),
        "exclusions": build_exclusions(sources, region),
        "climate": build_climate(sources, region),
        "basemap": build_basemap(sources, region),
    }
    layers = {"region": region, "zones": zones, "sources": plants} | {name: frame for name, (frame, _) in made.items()}
    notes = [*zone_notes, *region_notes, *plant_notes, *profile_notes, *(one for _, found in made.values() for one in found)]
    counts = [(name, len(frame)) for name, frame in layers.items()] + [("profiles", profiles["profile"].nunique())]
    return layers, profiles, BuildLog("northwest", tuple(sorted(notes)), tuple(counts))
