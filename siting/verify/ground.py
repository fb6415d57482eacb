"""Where things are: geodesics on the ellipsoid, which polygon holds a point, cells of the world."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import Geod

from siting.verify.report import Flags, Floats

Shapes = NDArray[np.object_]
_ELLIPSOID: Final = Geod(ellps="WGS84")
EDGE_DEGREES: Final = 2e-6
"""Points that files hold with six decimals may have moved over an edge by this much."""
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
    points = np.array([shapely.Point(x, y) for x, y in zip(lon, lat, strict=True)], dtype=object)
    held: Flags = np.zeros((len(lon), len(shapes)), dtype=np.bool_)
    if held.size:
        hits = shapely.STRtree(shapes).query(points, predicate="intersects")
        held[hits[0], hits[1]] = True
    return held


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
