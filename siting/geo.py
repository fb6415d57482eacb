"""Where things are and how far apart: the only place of the planning side that reprojects or measures.

Coordinates are longitude and latitude in degrees on WGS 84, arrays of shape (n, 2). Lengths are geodesics of the ellipsoid
in km, areas geodesic in ha. Degrees are never taken for distances: neighbours are searched among points of space (a chord is
never longer than the geodesic it belongs to), and what is found is measured on the ellipsoid.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS as CRS
from pyproj import Geod, Transformer
from pyproj.exceptions import CRSError as CRSError
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

WGS84: Final = CRS.from_epsg(4326)
COMPASS: Final = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")
M2_PER_HA: Final = 10_000.0
_GEOD: Final = Geod(ellps="WGS84")
_SLACK: Final = 1e-6
"""km added to search radii, so that rounding never loses a neighbour that stands exactly at the reach."""


def to_wgs84(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The frame in WGS 84, x longitude and y latitude. Raises ValueError where it has no CRS or points have no image there."""
    if frame.crs is None:
        raise ValueError("the coordinate reference system is unknown")
    if frame.crs.equals(WGS84) or frame.crs.equals(CRS.from_user_input("OGC:CRS84")):
        return frame.set_crs(WGS84, allow_override=True)
    moved = frame.to_crs(WGS84)
    if not np.isfinite(shapely.get_coordinates(moved.geometry.to_numpy())).all():
        raise ValueError(f"some points of {frame.crs.to_string()} have no longitude and latitude")
    return moved


def is_degrees(crs: CRS) -> bool:
    """Whether coordinates of this CRS are longitudes and latitudes in degrees."""
    return crs.is_geographic and all(axis.unit_name in ("degree", "") for axis in crs.axis_info[:2])


def lonlat(frame: gpd.GeoDataFrame) -> Floats:
    """Longitude and latitude (n, 2) of a frame of points."""
    return np.column_stack([frame.geometry.x.to_numpy(dtype=np.float64), frame.geometry.y.to_numpy(dtype=np.float64)])


def _geodesic(lon1: Any, lat1: Any, lon2: Any, lat2: Any) -> tuple[Floats, Floats]:
    """Azimuth at the first point in degrees and length in km."""
    a, b, c, d = np.broadcast_arrays(*(np.asarray(value, dtype=np.float64) for value in (lon1, lat1, lon2, lat2)))
    azimuth, _, metres = _GEOD.inv(a.copy(), b.copy(), c.copy(), d.copy())
    return np.asarray(azimuth, dtype=np.float64), np.asarray(metres, dtype=np.float64) / 1000.0


def geodesic_km(lon1: Any, lat1: Any, lon2: Any, lat2: Any) -> Floats:
    """Length in km of the shortest line on the ellipsoid between points, element by element (arrays are broadcast)."""
    return _geodesic(lon1, lat1, lon2, lat2)[1]


def planar_km(one: gpd.GeoDataFrame, other: gpd.GeoDataFrame) -> Floats:
    """Straight lines in km between the points of two frames (n, m) in one projected CRS. Raises ValueError without one."""
    if one.crs is None or one.crs != other.crs or not one.crs.is_projected:
        raise ValueError("planar distances need one projected coordinate reference system")
    km_per_unit = one.crs.axis_info[0].unit_conversion_factor / 1000.0
    start, end = lonlat(one), lonlat(other)
    metres = np.hypot(start[:, None, 0] - end[None, :, 0], start[:, None, 1] - end[None, :, 1])
    return np.asarray(metres * km_per_unit, dtype=np.float64)


def compass(lon1: Any, lat1: Any, lon2: Any, lat2: Any) -> list[str]:
    """Direction of the second points as seen from the first, as one of eight compass points."""
    azimuth = np.atleast_1d(_geodesic(lon1, lat1, lon2, lat2)[0])
    return [COMPASS[int(step)] for step in np.round(azimuth / 45.0).astype(np.int64) % 8]


def _space_km(points: Floats) -> Floats:
    """Points of the ellipsoid's surface in earth-centred axes, km (n, 3)."""
    lon, lat = np.radians(points[:, 0]), np.radians(points[:, 1])
    normal = _GEOD.a / np.sqrt(1.0 - _GEOD.es * np.sin(lat) ** 2) / 1000.0
    return np.column_stack(
        [normal * np.cos(lat) * np.cos(lon), normal * np.cos(lat) * np.sin(lon), normal * (1.0 - _GEOD.es) * np.sin(lat)]
    )


def _sorted_near(origin: Floats, goal: Floats, i: Ints, j: Ints, reach_km: Floats | float = np.inf) -> tuple[Ints, Ints, Floats]:
    """Those of the pairs whose geodesic is at most the reach (one, or one a pair), sorted by origin, then km, then goal."""
    km = geodesic_km(origin[i, 0], origin[i, 1], goal[j, 0], goal[j, 1])
    near = km <= reach_km
    i, j, km = i[near], j[near], km[near]
    order = np.lexsort((j, km, i))
    return i[order], j[order], km[order]


def _in_balls(tree: cKDTree, space: Floats, reach_km: Floats) -> tuple[Ints, Ints]:
    """Every pair of a point (n) and a goal of the tree whose chord is at most the point's reach."""
    found = tree.query_ball_point(space, reach_km + _SLACK)
    counts = np.fromiter((len(goals) for goals in found), dtype=np.int64, count=len(found))
    i = np.repeat(np.arange(len(space), dtype=np.int64), counts)
    j = np.concatenate([np.asarray(goals, dtype=np.int64) for goals in found]) if counts.sum() else np.empty(0, dtype=np.int64)
    return i, j


def _as_points(points: Any) -> Floats:
    array = np.asarray(points, dtype=np.float64)
    return array.reshape(-1, 2)


def within(origin: Any, goal: Any, reach_km: float) -> tuple[Ints, Ints, Floats]:
    """All pairs (i, j, km) with a geodesic of at most `reach_km`, sorted by i, then km, then j."""
    start, end = _as_points(origin), _as_points(goal)
    if not len(start) or not len(end):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0)
    found = cKDTree(_space_km(start)).sparse_distance_matrix(
        cKDTree(_space_km(end)), float(reach_km) + _SLACK, output_type="ndarray"
    )
    return _sorted_near(start, end, found["i"].astype(np.int64), found["j"].astype(np.int64), float(reach_km))


def nearest(origin: Any, goal: Any, k: int = 1, reach_km: float = np.inf) -> tuple[Ints, Ints, Floats]:
    """The `k` nearest goals of each origin within `reach_km` as (i, j, km), sorted by i, then km, then j.

    An origin with fewer goals in reach has fewer rows. Equal distances go to the goal that comes first.
    """
    start, end = _as_points(origin), _as_points(goal)
    count = min(int(k), len(end))
    if not len(start) or count < 1:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0)
    space, tree = _space_km(start), cKDTree(_space_km(end))
    ranks = list(range(1, min(count + 1, len(end)) + 1))
    found: Any = tree.query(space, k=ranks, distance_upper_bound=reach_km + _SLACK)
    chord, close = found
    asked = chord[:, :count] < np.inf
    i, j, km = _sorted_near(start, end, np.nonzero(asked)[0], close[:, :count][asked].astype(np.int64))
    # A chord is never longer than its geodesic: where the next goal's chord is longer than every geodesic found, no other goal
    # can be nearer. Elsewhere all goals within the longest of them are measured.
    longest = np.zeros(len(start))
    np.maximum.at(longest, i, km)
    unsure = chord[:, count] <= longest + _SLACK if chord.shape[1] > count else np.zeros(len(start), dtype=np.bool_)
    if unsure.any():
        rows = np.flatnonzero(unsure)
        more, other = _in_balls(tree, space[rows], longest[rows])
        sure = ~unsure[i]
        i, j, km = _sorted_near(start, end, np.concatenate([i[sure], rows[more]]), np.concatenate([j[sure], other]))
    first = np.searchsorted(i, np.arange(len(start)))
    kept = (np.arange(len(i)) - first[i] < count) & (km <= reach_km)
    return i[kept], j[kept], km[kept]


def local_projection(points: Any) -> CRS:
    """An equal-area projection in metres centred on the points: Lambert azimuthal about their mean direction."""
    x, y, z = _space_km(_as_points(points)).mean(axis=0)
    lon, lat = np.degrees(np.arctan2(y, x)), np.degrees(np.arctan2(z, (1.0 - _GEOD.es) * np.hypot(x, y)))
    return CRS.from_proj4(f"+proj=laea +lat_0={lat:.6f} +lon_0={lon:.6f} +datum=WGS84 +units=m +no_defs")


def area_ha(geometries: Sequence[Any] | NDArray[np.object_]) -> Floats:
    """Geodesic area of each polygon in ha (n); 0 for what has no area."""
    return np.array([abs(_GEOD.geometry_area_perimeter(shape)[0]) / M2_PER_HA for shape in geometries], dtype=np.float64)


def length_km(geometries: Sequence[Any] | NDArray[np.object_]) -> Floats:
    """Geodesic length of each line in km (n)."""
    return np.array([_GEOD.geometry_length(shape) / 1000.0 for shape in geometries], dtype=np.float64)


def points_in_polygons(points: Any, polygons: Sequence[Any] | NDArray[np.object_]) -> Ints:
    """For each point the number of the first polygon that holds it, its edge included; -1 where none does."""
    places = _as_points(points)
    answer = np.full(len(places), -1, dtype=np.int64)
    shapes = np.asarray(polygons, dtype=object)
    if not len(places) or not len(shapes):
        return answer
    # The polygons ask the points, not the points the polygons: the side that asks is prepared, so that an outline of many
    # vertices is not walked through for every point.
    spots: Any = shapely.points(places)
    polygon, point = shapely.STRtree(spots).query(shapes, predicate="intersects")
    order = np.lexsort((polygon, point))
    point, polygon = point[order], polygon[order]
    first = np.unique(point, return_index=True)[1]
    answer[point[first]] = polygon[first]
    return answer


def nearest_polygons(points: Any, polygons: Sequence[Any] | NDArray[np.object_]) -> tuple[Ints, Floats]:
    """For each point the number of the polygon that holds it or else the nearest one, and the way to it in km."""
    places = _as_points(points)
    number = points_in_polygons(places, polygons)
    km = np.zeros(len(places))
    outside = np.flatnonzero(number < 0)
    if not len(outside) or not len(polygons):
        return number, km
    shapes = np.asarray(polygons, dtype=object)
    forth = Transformer.from_crs(WGS84, local_projection(places[outside]), always_xy=True)
    flat_points = shapely.points(np.column_stack(forth.transform(places[outside, 0], places[outside, 1])))
    flat_shapes = shapely.transform(shapes, lambda xy: np.column_stack(forth.transform(xy[:, 0], xy[:, 1])))
    number[outside] = shapely.STRtree(flat_shapes).nearest(flat_points)
    ends = shapely.get_point(shapely.shortest_line(flat_points, flat_shapes[number[outside]]), 1)
    lon, lat = forth.transform(shapely.get_x(ends), shapely.get_y(ends), direction="INVERSE")
    km[outside] = geodesic_km(places[outside, 0], places[outside, 1], lon, lat)
    return number, km


def crosses_antimeridian(geometries: NDArray[np.object_]) -> Flags:
    """Whether a line or ring has two neighbouring vertices more than 180 degrees of longitude apart (n)."""
    parts, part_owner = shapely.get_parts(geometries, return_index=True)
    if len(parts) and (shapely.get_type_id(parts) == shapely.GeometryType.POLYGON).any():
        rings, ring_part = shapely.get_rings(parts, return_index=True)
        lines = shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING
        parts = np.concatenate([parts[lines], rings])
        part_owner = np.concatenate([part_owner[lines], part_owner[ring_part]])
    xy, owner = shapely.get_coordinates(parts, return_index=True)
    wide = (np.abs(np.diff(xy[:, 0])) > 180.0) & (owner[1:] == owner[:-1])
    answer = np.zeros(len(geometries), dtype=np.bool_)
    answer[part_owner[owner[1:][wide]]] = True
    return answer
