"""Files damaged at random are read or refused with faults; nothing else ever comes out, and what is read holds to its table."""

from __future__ import annotations

import copy
import json
import random
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest

from siting.errors import InputError
from siting.layers import LayerSource, read_layers
from siting.layers.candidates import survey_candidates
from siting.layers.schema import TABLES
from tests.layers.small_region import candidates_document, collection, documents, feature, read, write

pytestmark = pytest.mark.slow

SIGNS = (
    b"null",
    b"NaN",
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b",",
    b":",
    b"1e999",
    b"-",
    b"\xff",
    b"\x00",
    b"true",
    b"\\ud800",
    b'"id"',
)
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 2.5, 1e308, 10**400, float("nan"), float("inf"), -180, 181),
    *("", "x", "1", "\x00", "\ud800", "e\u0301", "Point", "<img>", "=1+1", "S-01"),
    *([], [[]], {}, {"a": [1]}, [None, None], ["a", "b"], [[-121, 46], [-120, 46]], [-121, 46, 3]),
)


def damaged(data: bytes, chance: random.Random) -> bytes:
    spoilt = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at, kind = chance.randrange(len(spoilt)), chance.random()
        if kind < 0.3:
            spoilt[at] = chance.randrange(256)
        elif kind < 0.5:
            del spoilt[at : at + chance.randint(1, 30)]
        elif kind < 0.8:
            spoilt[at : at + chance.choice([0, 1, 4])] = chance.choice(SIGNS)
        elif kind < 0.9:
            del spoilt[at:]
        else:
            spoilt[at:at] = spoilt[at // 2 : at // 2 + chance.randint(1, 60)]
        if not spoilt:
            return b"x"
    return bytes(spoilt)


@pytest.mark.parametrize("ending", ["geojson", "csv", "gpkg", "parquet", "fgb", "shp"])
def test_damaged_bytes_are_read_or_refused(ending: str, tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(read(tmp_path, documents())["sources"])
    path, spoilt = tmp_path / f"sources.{ending}", tmp_path / f"spoilt.{ending}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if ending == "csv":
            places = frame.assign(lon=frame.geometry.x, lat=frame.geometry.y)
            places.drop(columns="geometry").to_csv(path, index=False)
        elif ending == "parquet":
            frame.to_parquet(path)
        elif ending != "geojson":
            frame.to_file(path)
    for side in ("dbf", "shx", "prj", "cpg"):
        if path.with_suffix(f".{side}").exists():
            spoilt.with_suffix(f".{side}").write_bytes(path.with_suffix(f".{side}").read_bytes())
    others = write(tmp_path, {name: documents()[name] for name in ("region", "zones")})
    chance = random.Random(ending)
    refused, unnamed = 0, 0
    for _ in range(60):
        spoilt.write_bytes(damaged(path.read_bytes(), chance))
        try:
            layers = read_layers([*others, LayerSource("sources", spoilt.name, spoilt)], roots=[tmp_path], needed={})
            assert [fault for fault in TABLES["sources"].check(layers["sources"], "again") if not fault.warning] == []
        except InputError as error:
            refused += 1
            unnamed += sum(not fault.file for fault in error.faults)
    assert refused > 30
    assert unnamed == 0


def nodes(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inner:
        yield from nodes(part, (*path, key))


def twisted(document: Any, chance: random.Random) -> Any:
    made = copy.deepcopy(document)
    *way, last = chance.choice(list(nodes(made)))
    holder = made
    for key in way:
        holder = holder[key]
    kind = chance.random()
    if kind < 0.8:
        holder[last] = copy.deepcopy(chance.choice(ODD))
    elif kind < 0.9 or not isinstance(holder, dict):
        del holder[last]
    else:
        holder[chance.choice(["geometry", "id", "excluded_by", "lon", "", "crs", "type"])] = copy.deepcopy(chance.choice(ODD))
    return made


@pytest.mark.parametrize("seed", range(4))
def test_twisted_documents_are_read_or_refused(seed: int, tmp_path: Path) -> None:
    line = {"type": "LineString", "coordinates": [[-121, 46], [-120, 47]]}
    contents = {
        **{name: content for name, content in documents().items() if name != "profiles"},
        "candidates": candidates_document(),
        "lines": collection(feature("l-1", line, kv=230, length_km=100)),
    }
    chance = random.Random(seed)
    sources = write(tmp_path, contents)
    told: list[bytes] = []
    for _ in range(60):
        name = chance.choice(list(contents))
        (tmp_path / f"{name}.geojson").write_text(json.dumps(twisted(contents[name], chance)))
        try:
            layers = read_layers(sources, roots=[tmp_path], needed={}, repair=chance.random() < 0.5)
            for layer, frame in layers.frames.items():
                assert [fault for fault in TABLES[layer].check(frame, "again") if not fault.warning] == []
            survey_candidates(layers, cell_resolution=4, reach_km=60, site_limit_mw=200, land_ha=50, land_musd_per_ha=0.05)
        except InputError as error:
            told.append(error.message.encode("utf-8"))
        (tmp_path / f"{name}.geojson").write_text(json.dumps(contents[name]))
    assert len(told) > 20
    assert all(told)
