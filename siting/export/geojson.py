"""RFC 7946 GeoJSON, byte for byte the same for the same plan: WGS 84, stable ids, 6 decimals, one feature a line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import shapely
from shapely.geometry import LineString, MultiLineString
from shapely.geometry.base import BaseGeometry

from siting.errors import OutputError
from siting.export.cells import records, written_columns
from siting.export.shown import left_out, left_out_words, shown_sites
from siting.plan.record import Plan
from siting.plan.schema import DATA_LINKS, POWER_LINKS, SITES
from siting.table import Table

COORDINATE_DECIMALS: Final = 6
_HALF_TURN: Final = 180.0


def write(plan: Plan, folder: Path) -> tuple[str, ...]:
    """Write `sites`, `power_links` and `data_links` as GeoJSON and return the file names.

    Of many candidates only the chosen and the best of the others are in `sites`; the file says how many more there are.

    Raises OutputError where a layer is not WGS 84 or a file does not hold what was written.
    """
    return (
        write_layer(shown_sites(plan), SITES, folder / "sites.geojson", tuple(plan.site_columns), left_out_words(left_out(plan))),
        write_layer(plan.power_links, POWER_LINKS, folder / "power_links.geojson"),
        write_layer(plan.data_links, DATA_LINKS, folder / "data_links.geojson"),
    )


def write_layer(frame: gpd.GeoDataFrame, table: Table, path: Path, more: Sequence[str] = (), note: str = "") -> str:
    """Write one layer, read it back, and return the file's name. `more` orders the columns beyond the table's; `note` becomes
    a foreign member of the collection."""
    columns = written_columns(frame, table, more)
    lines = [
        json.dumps(feature, ensure_ascii=False, allow_nan=False, separators=(",", ":")) for feature in features(frame, columns)
    ]
    body = ",\n".join(lines)
    head = f'"note":{json.dumps(note, ensure_ascii=False)},' if note else ""
    path.write_bytes(f'{{"type":"FeatureCollection",{head}"features":[\n{body}\n]}}\n'.encode())
    _compare(path, frame, columns)
    return path.name


def features(frame: gpd.GeoDataFrame, columns: Sequence[str]) -> list[dict[str, Any]]:
    """The frame's rows as GeoJSON features; column `id` is the feature's id too. Raises OutputError where not WGS 84."""
    require_wgs84(frame)
    shapes = frame.geometry.tolist()
    return [
        {"type": "Feature", "id": record["id"], "properties": record, "geometry": geometry(shape)}
        for record, shape in zip(records(frame, columns), shapes, strict=True)
    ]


def require_wgs84(frame: gpd.GeoDataFrame) -> None:
    """Raise OutputError unless the frame says it is in WGS 84 (longitude, latitude)."""
    if len(frame) and (frame.crs is None or frame.crs.to_epsg() != 4326):
        raise OutputError(f"layers of a plan are in WGS 84; found {frame.crs}")


def geometry(shape: BaseGeometry | None, decimals: int = COORDINATE_DECIMALS) -> dict[str, Any] | None:
    """The shape as a GeoJSON geometry: outer rings counter-clockwise, lines cut at the antimeridian, 2D, rounded."""
    if shape is None or shape.is_empty:
        return None
    flat = shapely.force_2d(shape)
    if isinstance(flat, LineString):
        flat = cut_at_antimeridian(flat)
    mapping = shapely.orient_polygons(flat, exterior_cw=False).__geo_interface__
    return {"type": mapping["type"], "coordinates": _rounded(mapping["coordinates"], decimals)}


def cut_at_antimeridian(line: LineString) -> LineString | MultiLineString:
    """The line, in parts where it crosses 180 degrees by the shorter way."""
    parts: list[list[tuple[float, float]]] = [[]]
    previous: tuple[float, float] | None = None
    for lon, lat in line.coords:
        if previous is not None and abs(lon - previous[0]) > _HALF_TURN:
            edge = _HALF_TURN if previous[0] > 0 else -_HALF_TURN
            ahead = lon + 2 * edge
            share = (edge - previous[0]) / (ahead - previous[0])
            crossing = previous[1] + share * (lat - previous[1])
            parts[-1].append((edge, crossing))
            parts.append([(-edge, crossing)])
        parts[-1].append((lon, lat))
        previous = (lon, lat)
    return line if len(parts) == 1 else MultiLineString(parts)


def _rounded(coordinates: Any, decimals: int) -> Any:
    if isinstance(coordinates, (list, tuple)):
        return [_rounded(part, decimals) for part in coordinates]
    return round(float(coordinates), decimals) + 0.0


def _compare(path: Path, frame: gpd.GeoDataFrame, columns: Sequence[str]) -> None:
    found = json.loads(path.read_bytes())["features"]
    ids = [feature["id"] for feature in found]
    if len(found) != len(frame) or len(set(ids)) != len(ids):
        raise OutputError(f"{path.name} holds {len(set(ids))} of {len(frame)} features after writing")
    if any(list(feature["properties"]) != list(columns) for feature in found):
        raise OutputError(f"{path.name} does not hold every column after writing")
