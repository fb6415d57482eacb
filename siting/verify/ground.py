"""Where things are: geodesics on the ellipsoid, which polygon holds a point, cells of the world."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import Geod
from scipy.spatial import cKDTree

from siting.verify.report import Flags, Floats

Shapes = NDArray[np.object_]
_ELLIPSOID: Final = Geod(ellps="WGS84")
EDGE_DEGREES: Final = 2e-6
"""Points that files hold with six decimals may have moved over an edge by this much."""
_RADIUS_KM: Final = 6371.0
_SPHERE_MARGIN: Final = 1.02
"""A way on the ellipsoid is never so much longer or shorter than one on the sphere, with room to spare."""
LENGTH_SLACK_KM: Final = 3e-4
"""What the rounding of coordinates to six decimals may do to a length."""


def geodesic_km(lon1: ArrayLike, lat1: ArrayLike, lon2: ArrayLike, lat2: ArrayLike) -> Floats:
    """Length of the shortest line on WGS 84 between points, broadcast."""
    given = [np.asarray(each, dtype=np.float64) for each in (lon1, lat1, lon2, lat2)]
    shape = np.broadcast_shapes(*(each.shape for each in given))
    a, b, c, d = (np.broadcast_to(each, shape).ravel().copy() for each in given)
    _, _, metres = _ELLIPSOID.inv(a, b, c, d)
    found: Floats = np.asarray(metres, dtype=np.float64).reshape(shape) / 1000.0
    return found


def inside(lon: Floats, lat: Floats, shapes: Shapes) -> Flags:
    """Which points (n) lie in which polygons (m): (n, m), edges included."""
    held: Flags = np.zeros((len(lon), len(shapes)), dtype=np.bool_)
    held[tuple(_hits(lon, lat, shapes))] = True
    return held


def covered(lon: Floats, lat: Floats, shapes: Shapes) -> Flags:
    """Which points (n) lie in any of the polygons, edges included. Takes no room for points times polygons."""
    held: Flags = np.zeros(len(lon), dtype=np.bool_)
    held[_hits(lon, lat, shapes)[0]] = True
    return held


def _hits(lon: Floats, lat: Floats, shapes: Shapes) -> NDArray[np.int64]:
    """Pairs (2, h) of points and polygons that hold them."""
    if not len(lon) or not len(shapes):
        return np.zeros((2, 0), dtype=np.int64)
    shapely.prepare(shapes)
    found: NDArray[np.int64] = shapely.STRtree(shapes).query(shapely.points(lon, lat), predicate="intersects")
    return found


class Around:
    """Points on the globe in a tree, so that what is near is found without looking at all of them."""

    def __init__(self, lon: Floats, lat: Floats) -> None:
        self.lon, self.lat = lon, lat
        self._tree = cKDTree(_on_sphere(lon, lat)) if len(lon) else None

    def within(self, lon: float, lat: float, km: float) -> NDArray[np.int64]:
        """Positions of at least all points within so many km of a place."""
        if self._tree is None:
            return np.zeros(0, dtype=np.int64)
        chord = 2.0 * np.sin(min(km * _SPHERE_MARGIN / _RADIUS_KM + 1e-9, np.pi) / 2.0)
        near = self._tree.query_ball_point(_on_sphere(np.array([lon]), np.array([lat]))[0], chord + 1e-12)
        return np.sort(np.array(near, dtype=np.int64))

    def least_km(self, lon: Floats, lat: Floats, enough_km: float = np.inf) -> Floats:
        """The way to the nearest point (n), inf where there is none. Where it is below `enough_km` it may be told a little too
        long: the nearest as on a sphere."""
        if self._tree is None or not len(lon):
            return np.full(len(lon), np.inf)
        _, at = self._tree.query(_on_sphere(lon, lat))
        found = geodesic_km(lon, lat, self.lon[at], self.lat[at])
        for n in np.flatnonzero(found > enough_km):
            near = self.within(lon[n], lat[n], float(found[n]))
            found[n] = geodesic_km(lon[n], lat[n], self.lon[near], self.lat[near]).min(initial=found[n])
        return found


def _on_sphere(lon: Floats, lat: Floats) -> Floats:
    """Unit vectors (n, 3)."""
    east, north = np.radians(lon), np.radians(lat)
    return np.column_stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)])


def off_by_degrees(lon: Floats, lat: Floats, shapes: Shapes) -> Floats:
    """How far each point lies from each polygon, in degrees of latitude (longitude shrunk): (n, m), 0 inside."""
    found = np.zeros((len(lon), len(shapes)))
    for n in range(len(lon)):
        centre, shrink = np.array([lon[n], lat[n]]), np.array([np.cos(np.radians(lat[n])), 1.0])
        near = [shapely.transform(each, partial(_seen_from, centre, shrink)) for each in shapes]
        found[n] = [shapely.distance(each, shapely.Point(0.0, 0.0)) for each in near]
    return found


def _seen_from(centre: Floats, shrink: Floats, xy: Floats) -> Floats:
    """Coordinates (n, 2) as seen from a point, longitudes shrunk to the size of latitudes."""
    return (xy - centre) * shrink
