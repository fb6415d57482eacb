"""GeoJSON geometries read position by position, so that a wrong one is named instead of mended or dropped."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import shapely
from shapely.geometry.base import BaseGeometry

from siting.cells import NotFinite, shown


class GeometryError(Exception):
    """Why a geometry could not be read: code of the fault, what was found, what was expected, what to do."""

    def __init__(self, code: str, found: str, expected: str, remedy: str) -> None:
        """Carry the parts of the fault."""
        super().__init__(found)
        self.code, self.found, self.expected, self.remedy = code, found, expected, remedy


def shape_of(geometry: Any) -> BaseGeometry | None:
    """The shape of a GeoJSON geometry, heights left out; None for null. Raises GeometryError."""
    if geometry is None:
        return None
    if not isinstance(geometry, dict):
        raise GeometryError("L022", shown(geometry), "a geometry object", "Export the layer again")
    kind = geometry.get("type")
    if kind == "GeometryCollection":
        raise GeometryError("L032", "GeometryCollection", "one simple geometry a feature", "Split it into features")
    if not isinstance(kind, str) or kind not in _READERS:
        raise GeometryError("L032", f"geometry type {shown(kind)}", "one of " + ", ".join(_READERS), "Correct the type")
    if "coordinates" not in geometry:
        raise GeometryError("L022", "no coordinates", "coordinates", "Export the layer again")
    return _READERS[kind](geometry["coordinates"])


def _list(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise GeometryError("L022", shown(value), f"a list of {what}", "Correct the nesting of coordinates")
    return value


def _position(value: Any) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) < 2:
        raise GeometryError("L022", shown(value), "a position [longitude, latitude]", "Correct the nesting of coordinates")
    for number in value[:2]:
        kind = type(number)
        if kind is NotFinite or (kind is float and not math.isfinite(number)):
            raise GeometryError("L020", f"coordinate {number}", "finite coordinates", "Remove or correct the feature")
        if kind is not float and kind is not int:
            raise GeometryError("L021", f"coordinate {shown(number)}", "numbers", "Write coordinates as bare numbers")
    try:
        return float(value[0]), float(value[1])
    except OverflowError:
        raise GeometryError("L020", "a coordinate beyond all bounds", "finite coordinates", "Correct the feature") from None


def _line(value: Any) -> list[tuple[float, float]]:
    positions = [_position(item) for item in _list(value, "positions")]
    if len(positions) < 2:
        raise GeometryError("L024", f"a line of {len(positions)} positions", "at least 2", "Remove or correct the feature")
    return positions


def _ring(value: Any) -> list[tuple[float, float]]:
    positions = [_position(item) for item in _list(value, "positions")]
    if positions and positions[0] != positions[-1]:
        raise GeometryError("L028", "a ring that is not closed", "the last position equal to the first", "Repeat the first point")
    if len(positions) < 4:
        raise GeometryError("L024", f"a ring of {len(positions)} positions", "at least 4", "Remove or correct the feature")
    return positions


def _polygon(value: Any) -> shapely.Polygon:
    rings = [_ring(item) for item in _list(value, "rings")]
    return shapely.Polygon(rings[0], rings[1:]) if rings else shapely.Polygon()


_READERS: Final[dict[str, Callable[[Any], BaseGeometry]]] = {
    "Point": lambda value: shapely.Point(_position(value)) if value != [] else shapely.Point(),
    "MultiPoint": lambda value: shapely.MultiPoint([_position(item) for item in _list(value, "positions")]),
    "LineString": lambda value: shapely.LineString(_line(value)) if value != [] else shapely.LineString(),
    "MultiLineString": lambda value: shapely.MultiLineString([_line(item) for item in _list(value, "lines")]),
    "Polygon": _polygon,
    "MultiPolygon": lambda value: shapely.MultiPolygon([_polygon(item) for item in _list(value, "polygons")]),
}
