"""A small region as documents that a test may spoil before they are written: two zones, four plants, three substations."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from siting.errors import Fault, InputError
from siting.layers import Layers, LayerSource, read_layers

Document = dict[str, Any]
Documents = dict[str, Any]
"""Layer name -> GeoJSON document, or text (CSV), or bytes written as they are."""

WEST, SOUTH, EAST, NORTH = -122.0, 45.0, -118.0, 48.0


def feature(identifier: Any, geometry: Any, **properties: Any) -> Document:
    return {"type": "Feature", "properties": {"id": identifier, **properties}, "geometry": geometry}


def point(lon: float, lat: float) -> Document:
    return {"type": "Point", "coordinates": [lon, lat]}


def rectangle(west: float, south: float, east: float, north: float) -> Document:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def collection(*features: Document) -> Document:
    return {"type": "FeatureCollection", "features": list(features)}


def zone(identifier: str, west: float, east: float, **changes: Any) -> Document:
    properties = {"name": f"Zone {identifier}", "import_limit_mw": 500.0, "peak_load_mw": 4000.0, "load_profile": "load"}
    return feature(identifier, rectangle(west, SOUTH, east, NORTH), **{**properties, **changes})


def source(identifier: str, lon: float, lat: float, **changes: Any) -> Document:
    properties = {
        "name": f"Plant {identifier}",
        "kind": "hydro",
        "zone": "z1" if lon < -120 else "z2",
        "capacity_mw": 200.0,
        "mean_output_mw": 90.0,
        "unused_mw": 12.5,
        "profile": "river",
        "basin": "Columbia",
    }
    return feature(identifier, point(lon, lat), **{**properties, **changes})


def substation(identifier: str, lon: float, lat: float) -> Document:
    zone_id = "z1" if lon < -120 else "z2"
    return feature(identifier, point(lon, lat), zone=zone_id, kv=230, rating_mw=400, loading_share=0.5)


def candidate(identifier: Any, lon: float, lat: float, **properties: Any) -> Document:
    return feature(identifier, point(lon, lat), **properties)


def profile_lines(names: tuple[str, ...] = ("river", "load"), value: str = "1.0") -> str:
    lines = [f"{name},{month},{hour},{value}" for name in names for month in range(1, 13) for hour in range(24)]
    return "\n".join(["profile,month,hour,value", *lines]) + "\n"


def documents() -> Documents:
    """A region in which everything is right."""
    return {
        "region": collection(feature("small", rectangle(WEST, SOUTH, EAST, NORTH), name="Small")),
        "zones": collection(zone("z1", WEST, -120.0), zone("z2", -120.0, EAST)),
        "sources": collection(
            source("S-01", -121.5, 45.6),
            source("S-02", -120.3, 47.2),
            source("S-03", -119.1, 46.4),
            source("S-04", -118.6, 46.9, kind="solar"),
        ),
        "substations": collection(substation("n1", -121.0, 45.8), substation("n2", -119.5, 46.5), substation("n3", -119.0, 47.0)),
        "exclusions": collection(feature("park-1", rectangle(-121.0, 46.5, -120.8, 46.7), name="High Park", kind="park")),
        "climate": collection(
            feature("t1", point(-121.0, 46.0), mean_c=11.0, seasonal_swing_c=9.0, daily_swing_c=5.0),
            feature("t2", point(-119.0, 47.0), mean_c=9.0, seasonal_swing_c=12.0, daily_swing_c=6.0),
        ),
        "profiles": profile_lines(),
    }


def candidates_document() -> Document:
    return collection(candidate("a", -121.4, 45.7), candidate("b", -120.2, 47.1), candidate("c", -119.2, 46.3))


def write(folder: Path, contents: Mapping[str, Any]) -> list[LayerSource]:
    """The documents as files; where each is found."""
    found = []
    for name, content in contents.items():
        ending = ".csv" if isinstance(content, str) else ".geojson"
        path = folder / f"{name}{ending}"
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        found.append(LayerSource(name, path.name, path))
    return found


def read(folder: Path, contents: Mapping[str, Any], **options: Any) -> Layers:
    return read_layers(write(folder, contents), roots=[folder], **options)


def faults_of(work: Callable[[], object]) -> tuple[Fault, ...]:
    """The faults a piece of work is refused with."""
    try:
        work()
    except InputError as error:
        return error.faults
    raise AssertionError("nothing was refused")


def with_layer(name: str, content: Any) -> Documents:
    """The region with one layer exchanged."""
    return {**documents(), name: content}
