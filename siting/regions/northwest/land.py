"""Where no cluster may stand (parks, lakes, towns) and the base map. Plants are never tested against these coarse outlines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import geopandas as gpd
import pandas as pd
import shapely

from siting.regions import raw
from siting.regions.ids import place_code, slug, unique
from siting.regions.log import Entry
from siting.regions.northwest.connectivity import largest_place_near

SIMPLIFY_DEGREES: Final = 0.002
LEAST_DEGREES2: Final = 1e-5
WINDOW_MARGIN_DEGREES: Final = 1.0
RIVER_SIMPLIFY_DEGREES: Final = 0.005


def clipped(frame: gpd.GeoDataFrame, region: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The polygons of a frame cut to the region, simplified, without crumbs."""
    outline = region.geometry.iloc[0]
    near = frame[shapely.intersects(frame.geometry.to_numpy(), outline)].reset_index(drop=True)
    cut = shapely.intersection(shapely.make_valid(near.geometry.to_numpy()), outline)
    slim = [_polygons(shape) for shape in shapely.make_valid(shapely.simplify(cut, SIMPLIFY_DEGREES))]
    result = near.set_geometry(gpd.GeoSeries(slim, crs=raw.WGS84))
    return result[~result.geometry.is_empty].reset_index(drop=True)


def _polygons(shape: shapely.Geometry) -> shapely.Geometry:
    parts = [
        part for part in shapely.get_parts(shapely.get_parts(shape)) if part.geom_type == "Polygon" and part.area > LEAST_DEGREES2
    ]
    return shapely.union_all(parts) if parts else shapely.MultiPolygon()


@dataclass(frozen=True, slots=True)
class Outline:
    """A layer of the base map source that becomes exclusions of one kind; `column` holds the name, "" where there is none."""

    kind: str
    layer: str
    column: str


OUTLINES: Final = (
    Outline("park", "parks_us_nps_10m", "unit_name"),
    Outline("lake", "lakes_50m", "name"),
    Outline("lake", "lakes_north_america_10m", "name"),
    Outline("urban", "urban_areas_50m", ""),
)


def build_exclusions(sources: Path, region: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Entry]]:
    """The `exclusions` layer."""
    places = raw.window(raw.us_places(sources), region, WINDOW_MARGIN_DEGREES)
    frames, entries = [], []
    for outline in OUTLINES:
        full = raw.layer(sources, raw.NATURAL_EARTH, outline.layer)
        cut = clipped(full, region)
        names = [" ".join(str(name).split()) for name in cut[outline.column].fillna("")] if outline.column else [""] * len(cut)
        names = [name or _place_name(outline.kind, shape, places) for name, shape in zip(names, cut.geometry, strict=True)]
        frames.append(gpd.GeoDataFrame({"name": names, "kind": outline.kind}, geometry=cut.geometry, crs=raw.WGS84))
        words = f"{len(cut)} of {len(full)} shapes reach into the region; cut to it, simplified at {SIMPLIFY_DEGREES} degrees"
        entries.append(Entry("exclusions", outline.layer, "repaired", words))
    frame = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=raw.WGS84)
    frame = frame.dissolve(by=["kind", "name"], sort=True).reset_index()
    frame["id"] = unique(
        [f"{kind}-{slug(name).removeprefix(f'{kind}-')}" for kind, name in zip(frame["kind"], frame["name"], strict=True)]
    )
    return frame, entries


def _place_name(kind: str, shape: shapely.Geometry, places: gpd.GeoDataFrame) -> str:
    """What an outline without a name is called: after the largest place within 25 km, else after where it lies."""
    spot = gpd.GeoDataFrame(geometry=[shapely.point_on_surface(shape)], crs=raw.WGS84)
    place = largest_place_near(raw.metric_xy(spot)[0], places)
    return f"{kind} {place or place_code(spot.geometry.y.iloc[0], spot.geometry.x.iloc[0])}"


def build_basemap(sources: Path, region: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Entry]]:
    """The `basemap` layer: state borders and rivers in the window around the region."""
    west, south, east, north = region.total_bounds
    margin = WINDOW_MARGIN_DEGREES
    window = shapely.box(west - margin, south - margin, east + margin, north + margin)
    states = raw.layer(sources, raw.NATURAL_EARTH, "states_50m")
    states = states[shapely.intersects(states.geometry.to_numpy(), window)]
    borders = shapely.intersection(shapely.boundary(states.geometry.to_numpy()), window)
    rivers = raw.layer(sources, raw.NATURAL_EARTH, "rivers_50m")
    rivers = rivers[shapely.intersects(rivers.geometry.to_numpy(), window)]
    streams = shapely.simplify(shapely.intersection(rivers.geometry.to_numpy(), window), RIVER_SIMPLIFY_DEGREES)
    border_rows = [(f"border-{slug(name)}", name, "border", shape) for name, shape in zip(states["name"], borders, strict=True)]
    river_rows = [
        (f"river-{slug(name)}", name, "river", shape) for name, shape in zip(rivers["name"].fillna("river"), streams, strict=True)
    ]
    frame = gpd.GeoDataFrame(
        [row for row in border_rows + river_rows if not row[3].is_empty],
        columns=["id", "name", "kind", "geometry"],
        geometry="geometry",
        crs=raw.WGS84,
    )
    frame["geometry"] = shapely.line_merge(frame.geometry.to_numpy())
    frame = (
        frame.assign(order=[shape.wkt for shape in frame.geometry])
        .sort_values(["id", "order"], kind="stable")
        .drop(columns="order")
        .reset_index(drop=True)
    )
    frame["id"] = unique(frame["id"].tolist())
    return frame, []
