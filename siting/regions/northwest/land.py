"""Where no cluster may stand (parks, lakes, towns) and the base map. Plants are never tested against these coarse outlines."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import geopandas as gpd
import pandas as pd
import shapely

from siting.regions import raw
from siting.regions.ids import place_code, slug, unique
from siting.regions.log import Entry

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
    parts = [part for part in shapely.get_parts(shapely.get_parts(shape)) if part.geom_type == "Polygon" and part.area > LEAST_DEGREES2]
    return shapely.union_all(parts) if parts else shapely.MultiPolygon()


def build_exclusions(sources: Path, region: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Entry]]:
    """The `exclusions` layer."""
    frames, entries = [], []
    for kind, layer_name, column in (("park", "parks_us_nps_10m", "unit_name"), ("lake", "lakes_north_america_10m", "name"), ("urban", "urban_areas_50m", "")):
        full = raw.layer(sources, raw.NATURAL_EARTH, layer_name)
        cut = clipped(full, region)
        centre = shapely.point_on_surface(cut.geometry.to_numpy())
        codes = [place_code(y, x) for x, y in shapely.get_coordinates(centre)]
        names = cut[column].fillna("").astype(str).tolist() if column else [""] * len(cut)
        names = [" ".join(name.split()) for name in names]
        ids = [f"{kind}-{slug(name) if name else code}" for name, code in zip(names, codes, strict=True)]
        frames.append(gpd.GeoDataFrame({"id": ids, "name": [name or f"{kind} area" for name in names], "kind": kind}, geometry=cut.geometry, crs=raw.WGS84))
        entries.append(Entry("exclusions", layer_name, "repaired", f"{len(cut)} of {len(full)} shapes cut to the region, simplified at {SIMPLIFY_DEGREES} degrees"))
    frame = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=raw.WGS84)
    frame["id"] = unique(frame["id"].tolist())
    return frame, entries


def build_basemap(sources: Path, region: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Entry]]:
    """The `basemap` layer: state borders and rivers in the window around the region."""
    west, south, east, north = region.total_bounds
    window = shapely.box(*(side + sign * WINDOW_MARGIN_DEGREES for side, sign in zip((west, south, east, north), (-1, -1, 1, 1), strict=True)))
    states = raw.layer(sources, raw.NATURAL_EARTH, "states_50m")
    states = states[shapely.intersects(states.geometry.to_numpy(), window)]
    borders = shapely.intersection(shapely.boundary(states.geometry.to_numpy()), window)
    rivers = raw.layer(sources, raw.NATURAL_EARTH, "rivers_50m")
    rivers = rivers[shapely.intersects(rivers.geometry.to_numpy(), window)]
    streams = shapely.simplify(shapely.intersection(rivers.geometry.to_numpy(), window), RIVER_SIMPLIFY_DEGREES)
    border_rows = [(f"border-{slug(name)}", name, "border", shape) for name, shape in zip(states["name"], borders, strict=True)]
    river_rows = [(f"river-{slug(name)}", name, "river", shape) for name, shape in zip(rivers["name"].fillna("river"), streams, strict=True)]
    frame = gpd.GeoDataFrame([row for row in border_rows + river_rows if not row[3].is_empty], columns=["id", "name", "kind", "geometry"], geometry="geometry", crs=raw.WGS84)
    frame["geometry"] = shapely.line_merge(frame.geometry.to_numpy())
    frame = frame.assign(order=[shape.wkt for shape in frame.geometry]).sort_values(["id", "order"], kind="stable").drop(columns="order").reset_index(drop=True)
    frame["id"] = unique(frame["id"].tolist())
    return frame, []
