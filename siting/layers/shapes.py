"""From shapes in a file's own CRS to shapes in WGS 84 of the kind the table asks for; what is wrong with any is told."""

from __future__ import annotations

from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.errors import ShapelyError

from siting import geo
from siting.cells import at_most
from siting.errors import Fault
from siting.geo import CRS
from siting.layers.raw import RawLayer, parse_crs
from siting.table import Shape

Shapes = NDArray[np.object_]
_FITTING: Final[dict[Shape, tuple[str, ...]]] = {
    "Point": ("Point",),
    "Line": ("LineString", "MultiLineString"),
    "Polygon": ("Polygon", "MultiPolygon"),
    "None": (),
}


def settle_crs(raw: RawLayer, declared: str) -> tuple[CRS | None, list[Fault]]:
    """The CRS a layer is in: what the file says, the scenario declares, or the format means. Raises RefusedError."""
    stated = parse_crs(declared, raw.file, "scenario") if declared else None
    if raw.crs is not None and stated is not None and not raw.crs.equals(stated, ignore_axis_order=True):
        found = f"{stated.to_string()[:60]} declared in the scenario, {raw.crs.to_string()[:60]} in the file"
        return None, [Fault("L017", raw.file, "", "crs", found, "one CRS", "Remove the wrong one")]
    crs = raw.crs or stated or raw.crs_default
    if crs is None:
        remedy = "Set the CRS in the file, or declare crs in the scenario"
        return None, [Fault("L016", raw.file, "", "crs", "no CRS", "a known CRS", remedy)]
    return crs, []


def settle_shapes(raw: RawLayer, shape: Shape, crs: CRS, repair: bool) -> tuple[Shapes | None, list[Fault]]:
    """The shapes of a layer in WGS 84; None where any is wrong. Faults and warnings are told per feature."""
    shapes = np.array([], dtype=object) if raw.shapes is None else _single_points(raw.shapes, shape)
    faults = at_most(_kind_faults(raw, shapes, shape))
    if faults or raw.told:
        return None, faults
    if geo.is_degrees(crs):
        faults = _degree_faults(raw, shapes)
        if faults:
            return None, faults
    try:
        shapes = geo.to_wgs84(gpd.GeoDataFrame(geometry=shapes, crs=crs)).geometry.to_numpy()
    except ValueError as error:
        remedy = "The CRS is probably not the one the coordinates are in: correct it"
        return None, [Fault("L019", raw.file, "", "geometry", str(error), "points on the map", remedy)]
    shapes = np.asarray(shapes, dtype=object)
    if shape == "Point":
        return shapes, []
    faults = _antimeridian_faults(raw, shapes)
    shapes, crossed = _validity(raw, shapes, repair) if shape == "Polygon" else (shapes, [])
    told = [*faults, *crossed]
    return (shapes if all(fault.warning for fault in told) else None), told


def _single_points(shapes: Shapes, shape: Shape) -> Shapes:
    """MultiPoints of one point as that point, where points are asked for."""
    if shape != "Point":
        return shapes
    single = shapes.copy()
    several = shapely.get_type_id(shapes) == shapely.GeometryType.MULTIPOINT
    alone = several & (shapely.get_num_geometries(shapes) == 1)
    single[alone] = shapely.get_geometry(shapes[alone], 0)
    return single


def _kind_faults(raw: RawLayer, shapes: Shapes, shape: Shape) -> list[Fault]:
    wanted = "/".join(_FITTING[shape])
    remedies = {
        "Polygon": "Buffer it to polygons, or use it as candidates",
        "Point": "Use centroids, or one point a feature",
        "Line": "Use lines, or polygon boundaries",
    }
    faults = []
    for row in np.flatnonzero(_odd_kinds(shapes, shape)).tolist():
        if row in raw.told:
            continue
        one = shapes[row]
        if one is None or one.is_empty:
            found = "no geometry" if one is None else f"an empty {one.geom_type}"
            faults.append(Fault("L030", raw.file, raw.places[row], "geometry", found, wanted, "Give it a geometry or remove it"))
        elif one.geom_type not in _FITTING[shape]:
            faults.append(Fault("L032", raw.file, raw.places[row], "geometry", one.geom_type, wanted, remedies.get(shape, "")))
        elif not np.isfinite(shapely.get_coordinates(one)).all():
            remedy = "Remove or correct the feature"
            faults.append(
                Fault("L020", raw.file, raw.places[row], "geometry", "a coordinate that is NaN", "finite coordinates", remedy)
            )
    return faults


def _odd_kinds(shapes: Shapes, shape: Shape) -> NDArray[np.bool_]:
    """Which shapes are missing, empty, of another kind than the table's, or have coordinates that are not finite."""
    kinds = [shapely.GeometryType[kind.upper()].value for kind in _FITTING[shape]]
    odd = shapely.is_missing(shapes) | shapely.is_empty(shapes) | ~np.isin(shapely.get_type_id(shapes), kinds)
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    odd[owner[~np.isfinite(xy).all(axis=1)]] = True
    return np.asarray(odd, dtype=np.bool_)


def _degree_faults(raw: RawLayer, shapes: Shapes) -> list[Fault]:
    """Coordinates that cannot be longitudes and latitudes; swapped ones are told apart."""
    bounds = shapely.bounds(shapes)
    if not len(bounds):
        return []
    lon, lat = np.abs(bounds[:, [0, 2]]).max(axis=1), np.abs(bounds[:, [1, 3]]).max(axis=1)
    wrong = np.flatnonzero((lon > 180.0 + 1e-9) | (lat > 90.0 + 1e-9))
    swapped = (lon <= 90.0).all() and (lat <= 180.0).all()
    faults = []
    for row in wrong:
        found = f"longitude {bounds[row, 0]:.6g}, latitude {bounds[row, 1]:.6g}"
        if swapped:
            code, remedy = "L011", "The coordinates look swapped: GeoJSON is [lon, lat]"
        else:
            code, remedy = "L014", "The values are not degrees: declare the layer's crs in the scenario"
        faults.append(Fault(code, raw.file, raw.places[row], "geometry", found, "degrees", remedy))
    return at_most(faults)


def _antimeridian_faults(raw: RawLayer, shapes: Shapes) -> list[Fault]:
    remedy = "Split it at 180 degrees (RFC 7946, 3.1.9) or bring it in a local projected CRS that does not reach there"
    found, expected = "neighbouring vertices more than 180 degrees of longitude apart", "a shape on one side of 180 degrees"
    rows = np.flatnonzero(geo.crosses_antimeridian(shapes))
    return at_most([Fault("L023", raw.file, raw.places[row], "geometry", found, expected, remedy) for row in rows])


def _validity(raw: RawLayer, shapes: Shapes, repair: bool) -> tuple[Shapes, list[Fault]]:
    """Polygons that cross themselves: faults, or repaired and recorded with the area before and after."""
    mended = shapes.copy()
    faults = []
    for row in np.flatnonzero(~shapely.is_valid(shapes)):
        reason = shapely.is_valid_reason(shapes[row])
        if not repair:
            remedy = "Repair it, or allow repair = true"
            faults.append(Fault("L025", raw.file, raw.places[row], "geometry", reason, "a valid polygon", remedy))
            continue
        made = _polygonal(shapes[row])
        if made is None:
            faults.append(Fault("L025", raw.file, raw.places[row], "geometry", reason, "a polygon with an area", "Draw it again"))
            continue
        mended[row] = made
        before, after = geo.area_ha([shapes[row], made])
        done = f"Repaired: area {before:.6g} ha before, {after:.6g} ha after"
        faults.append(Fault("L026", raw.file, raw.places[row], "geometry", reason, "a valid polygon", done, True))
    return mended, faults


def _polygonal(shape: Any) -> Any:
    """A valid polygon or multipolygon of the same outline; None where no area remains."""
    try:
        made = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    except ShapelyError:
        return None
    parts = [part for part in shapely.get_parts(made) if part.geom_type == "Polygon" and part.area > 0]
    return None if not parts else parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
