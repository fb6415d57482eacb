"""Places where a cluster may stand: made from the sources and the region's free ground, or the user's own completed.

Made candidates are one for each coarse H3 cell whose centre is within reach of a source: of its children two resolutions
finer, the best whose centre lies in the region, off the exclusions and within reach of a source. Best is the smallest sum of
the way to the nearest source and a share of the way to the nearest point of interconnection. Exclusions that an overlay adds
do not move candidates: those inside are marked in `excluded_by` and never chosen, so that a plan can be laid beside the one
without the overlay.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import h3
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from siting import geo
from siting.errors import Fault, input_error
from siting.layers.edits import ADDED_BY
from siting.layers.read import Layers
from siting.layers.schema import CANDIDATES

EXCLUDED_BY: Final = "excluded_by"
"""Column of candidates: what bars the place, "" where it is free."""
OUTSIDE: Final = "outside the region"
FINER: Final = 2
"""Resolutions between a coarse cell and the places looked at in it: 49 of them."""
GRID_WEIGHT: Final = 0.5
"""km to a source that one km to a point of interconnection counts for: power may come either way, energy from the source."""
_CLOSEST_SPACING: Final = 0.7
"""Least distance of two cells' centres, as a share of the mean distance at their resolution."""


@dataclass(frozen=True, slots=True)
class CandidateReport:
    """What became of the places looked at: `cells` coarse cells that reach from a source into the region, `kept` of them as
    candidates since they have free ground; `places` looked at in them, and how many each kind of exclusion took. Where the
    candidates are the user's `own`, cells, kept and places are their number. `barred` says by id what bars a kept candidate."""

    own: bool
    cells: int
    kept: int
    places: int
    places_excluded: tuple[tuple[str, int], ...]
    barred: tuple[tuple[str, str], ...]


def make_candidates(
    layers: Layers, *, cell_resolution: int, reach_km: float, site_limit_mw: float, land_ha: float, land_musd_per_ha: float
) -> gpd.GeoDataFrame:
    """The candidates of `survey_candidates` without its report."""
    return survey_candidates(
        layers,
        cell_resolution=cell_resolution,
        reach_km=reach_km,
        site_limit_mw=site_limit_mw,
        land_ha=land_ha,
        land_musd_per_ha=land_musd_per_ha,
    )[0]


def survey_candidates(
    layers: Layers, *, cell_resolution: int, reach_km: float, site_limit_mw: float, land_ha: float, land_musd_per_ha: float
) -> tuple[gpd.GeoDataFrame, CandidateReport]:
    """Candidates with the columns of their table and `excluded_by`, sorted by id, and what was passed over on the way.

    A `candidates` layer of the user's own is completed with zone and the given land and limit; otherwise candidates are made.
    Raises InputError where no place is left.
    """
    own = layers.get("candidates")
    if isinstance(own, gpd.GeoDataFrame):
        frame, cells, places, hit = own.copy(), len(own), len(own), list[tuple[str, int]]()
    else:
        frame, cells, places, hit = _made(layers, cell_resolution, reach_km)
    frame["zone"] = _zones(frame, layers)
    for column, value in (("limit_mw", site_limit_mw), ("land_ha", land_ha), ("land_musd_per_ha", land_musd_per_ha)):
        frame[column] = frame[column].fillna(float(value)) if column in frame else float(value)
    frame[EXCLUDED_BY] = _barred(frame, layers)
    rest = [name for name in frame.columns if name not in (*CANDIDATES.names, EXCLUDED_BY, "geometry")]
    frame = frame[[*CANDIDATES.names, EXCLUDED_BY, *rest, "geometry"]].sort_values("id", kind="stable").reset_index(drop=True)
    barred = frame[frame[EXCLUDED_BY] != ""]
    report = CandidateReport(
        isinstance(own, gpd.GeoDataFrame),
        cells,
        len(frame),
        places,
        tuple(hit),
        tuple(zip(barred["id"], barred[EXCLUDED_BY], strict=True)),
    )
    return frame, report


def _made(layers: Layers, resolution: int, reach_km: float) -> tuple[gpd.GeoDataFrame, int, int, list[tuple[str, int]]]:
    """One candidate a coarse cell; number of cells and places within reach, places excluded by kind of exclusion."""
    sources = _points(layers, "sources")
    cells, spots = _places(layers, geo.lonlat(sources), resolution, reach_km)
    coarse = np.array([h3.cell_to_parent(cell, resolution) for cell in cells], dtype=str)
    free, hit = _free(layers, spots)
    if not free.any():
        raise input_error([_nothing(reach_km)])
    i, j, source_km = geo.nearest(spots[free], geo.lonlat(sources))
    score = source_km + GRID_WEIGHT * _grid_km(layers, spots[free])
    order = np.lexsort((cells[free][i], score, coarse[free][i]))
    first = order[np.unique(coarse[free][order], return_index=True)[1]]
    chosen = spots[free][first]
    near = gpd.GeoDataFrame(sources.iloc[j[first]])
    frame = gpd.GeoDataFrame(
        {
            "id": pd.Series([f"c-{cell}" for cell in cells[free][first]], dtype="str"),
            "name": pd.Series(_names(near, chosen, source_km[first]), dtype="str"),
            "limit_mw": np.nan,
            "land_ha": np.nan,
            "land_musd_per_ha": np.nan,
        },
        geometry=shapely.points(chosen),
        crs=geo.WGS84,
    )
    return frame, len(np.unique(coarse)), len(cells), hit


def _points(layers: Layers, name: str) -> gpd.GeoDataFrame:
    """A layer that has geometry. Raises TypeError for one that has none."""
    frame = layers[name]
    if not isinstance(frame, gpd.GeoDataFrame):
        raise TypeError(f"layer {name} has no geometry")
    return frame


def _nothing(reach_km: float) -> Fault:
    expected = f"free ground in the region within {reach_km:g} km of a source"
    remedy = "Raise the reach, check region, sources and exclusions, or bring candidates"
    return Fault("L034", "", "", "candidates", "no place for a cluster", expected, remedy)


def _places(layers: Layers, sources: geo.Floats, resolution: int, reach_km: float) -> tuple[NDArray[np.str_], geo.Floats]:
    """Fine cells with their centre in the region and within reach of a source, in the order of their index, and the centres."""
    spacing_km = h3.average_hexagon_edge_length(resolution, unit="km") * np.sqrt(3.0) * _CLOSEST_SPACING
    rings = int(np.ceil(reach_km / spacing_km)) + 1
    around = sorted({cell for lon, lat in sources for cell in h3.grid_disk(h3.latlng_to_cell(lat, lon, resolution), rings)})
    near = geo.nearest(_centres(around), sources, 1, reach_km)[0]
    fine = np.array(sorted(child for at in near for child in h3.cell_to_children(around[at], resolution + FINER)), dtype=str)
    centres = _centres(fine)
    inside = geo.points_in_polygons(centres, layers["region"].geometry.to_numpy()) >= 0
    fine, centres = fine[inside], centres[inside]
    reached = geo.nearest(centres, sources, 1, reach_km)[0]
    return fine[reached], centres[reached]


def _centres(cells: Iterable[str]) -> geo.Floats:
    """Longitude and latitude (n, 2) of the centres of cells."""
    return np.array([h3.cell_to_latlng(cell) for cell in cells], dtype=np.float64).reshape(-1, 2)[:, ::-1]


def _own_exclusions(layers: Layers) -> gpd.GeoDataFrame | None:
    """The exclusions of the region itself, without those that overlays added."""
    exclusions = layers.get("exclusions")
    if not isinstance(exclusions, gpd.GeoDataFrame):
        return None
    return exclusions[exclusions[ADDED_BY] == ""] if ADDED_BY in exclusions else exclusions


def _free(layers: Layers, spots: geo.Floats) -> tuple[NDArray[np.bool_], list[tuple[str, int]]]:
    """Which places no exclusion of the region covers, and how many places each kind of exclusion covers."""
    exclusions = _own_exclusions(layers)
    if exclusions is None or not len(exclusions):
        return np.ones(len(spots), dtype=np.bool_), []
    number = geo.points_in_polygons(spots, exclusions.geometry.to_numpy())
    kinds = exclusions["kind"].to_numpy()[number[number >= 0]]
    names, counts = np.unique(kinds.astype(str), return_counts=True)
    return number < 0, [(str(name), int(count)) for name, count in zip(names, counts, strict=True)]


def _grid_km(layers: Layers, spots: geo.Floats) -> geo.Floats:
    """km to the nearest point of interconnection on the main network; 0 for all where there is none."""
    substations = layers.get("substations")
    if not isinstance(substations, gpd.GeoDataFrame) or not substations["main_network"].any():
        return np.zeros(len(spots))
    return geo.nearest(spots, geo.lonlat(substations[substations["main_network"]]))[2]


def _names(near: gpd.GeoDataFrame, spots: geo.Floats, km: geo.Floats) -> list[str]:
    """Names for people: "near Grand Coulee, 12 km NE"."""
    at = geo.lonlat(near)
    directions = geo.compass(at[:, 0], at[:, 1], spots[:, 0], spots[:, 1])
    labels = [name or identifier for name, identifier in zip(near["name"], near["id"], strict=True)]
    return [
        f"near {label}, {way:.0f} km {side}" if way >= 0.5 else f"at {label}"
        for label, way, side in zip(labels, km, directions, strict=True)
    ]


def _zones(frame: gpd.GeoDataFrame, layers: Layers) -> pd.Series:
    """The zone named by the user, else the one the place stands in, else the nearest."""
    zones = layers["zones"]
    number, _ = geo.nearest_polygons(geo.lonlat(frame), zones.geometry.to_numpy())
    found = pd.Series(zones["id"].to_numpy()[number], index=frame.index, dtype="str")
    return frame["zone"].where(frame["zone"].notna() & (frame["zone"] != ""), found) if "zone" in frame else found


def _barred(frame: gpd.GeoDataFrame, layers: Layers) -> pd.Series:
    """What bars each place: the name of the exclusion it lies in, or being outside the region; "" where nothing does."""
    spots = geo.lonlat(frame)
    words = np.full(len(frame), "", dtype=object)
    exclusions = layers.get("exclusions")
    if isinstance(exclusions, gpd.GeoDataFrame) and len(exclusions):
        number = geo.points_in_polygons(spots, exclusions.geometry.to_numpy())
        labels = np.where(exclusions["name"] != "", exclusions["name"], exclusions["id"]).astype(object)
        words[number >= 0] = labels[number[number >= 0]]
    words[geo.points_in_polygons(spots, layers["region"].geometry.to_numpy()) < 0] = OUTSIDE
    return pd.Series(words, index=frame.index, dtype="str")
