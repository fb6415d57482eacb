"""The layers are read again as they are: any format, any CRS, edits and further exclusions applied."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from siting.verify import verify_files, verify_folder
from siting.verify.asked import Asked
from siting.verify.layers import Layers, read_layers
from siting.verify.report import CannotCheck
from tests.verify.world import World, seal, write_plan, write_world


def _asked(root: Path) -> dict[str, Any]:
    asked: dict[str, Any] = json.loads((root / "out/toy/base/scenario.json").read_text())
    return asked


def _read(asked: dict[str, Any], root: Path) -> Layers:
    return read_layers(Asked(asked, "scenario.json"), {}, root / "out/toy/base", root)


@pytest.mark.parametrize("ending", ["gpkg", "parquet", "fgb", "geojson", "shp"])
@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:32611", "EPSG:5070"])
def test_a_layer_is_the_same_in_any_format_and_crs(ending: str, crs: str, copy: Path) -> None:
    asked = _asked(copy)
    here = copy / "data/toy"
    frame = gpd.read_file(here / "gateways.geojson").to_crs(crs)
    if ending == "shp":
        frame = frame.rename(columns={"capacity_gbps": "cap"})
    path = here / f"other.{ending}"
    if ending == "parquet":
        frame.to_parquet(path)
    else:
        frame.to_file(path)
    found = _read(asked, copy).get("gateways")
    declared = "" if ending != "geojson" or crs == "EPSG:4326" else crs
    asked["layers"]["gateways"] |= {"file": f"data/toy/other.{ending}", "sha256": "", "crs": declared}
    other = _read(asked, copy).get("gateways")
    order = [other.ids.index(name) for name in found.ids]
    assert np.allclose(other.lon[order], found.lon, atol=1e-6)
    assert np.allclose(other.lat[order], found.lat, atol=1e-6)
    if ending != "shp":
        assert np.allclose(other.numbers("capacity_gbps")[order], found.numbers("capacity_gbps"), equal_nan=True)


def test_a_layer_of_points_may_be_a_csv_file_in_its_own_crs(copy: Path) -> None:
    asked = _asked(copy)
    frame = gpd.read_file(copy / "data/toy/pops.geojson").to_crs("EPSG:32611")
    cells = zip(frame["id"], frame["name"], frame.geometry.x, frame.geometry.y, strict=True)
    lines = ["id,name,x,y", *(f"{key},{name},{x!r},{y!r}" for key, name, x, y in cells)]
    (copy / "data/toy/pops.csv").write_text("\n".join(lines) + "\n")
    found = _read(asked, copy).get("pops")
    asked["layers"]["pops"] |= {"file": "data/toy/pops.csv", "sha256": "", "crs": "EPSG:32611"}
    other = _read(asked, copy).get("pops")
    assert other.ids == found.ids
    assert np.allclose(other.lon, found.lon, atol=1e-7)


def test_an_edited_row_counts_as_edited(tmp_path: Path) -> None:
    world = World()
    folder = write_world(world, tmp_path)
    world.asked["edits"] = [
        {"layer": "sources", "id": "dam", "column": "capacity_mw", "value": 10.0, "origin": "whatif/x.toml:3"}
    ]
    write_plan(world, folder)
    seal(folder)
    assert {fault.code for fault in verify_folder(folder, tmp_path).faults} >= {"V201", "V117"}


def test_an_edit_of_another_row_changes_nothing(tmp_path: Path) -> None:
    world = World()
    folder = write_world(world, tmp_path)
    world.asked["edits"] = [
        {"layer": "sources", "id": "weir", "column": "capacity_mw", "value": 10.0, "origin": "whatif/x.toml:3"}
    ]
    write_plan(world, folder)
    seal(folder)
    assert verify_folder(folder, tmp_path).passed


def test_a_further_exclusion_in_another_crs_is_held_to(copy: Path) -> None:
    folder = copy / "out/toy/base"
    frame = gpd.GeoDataFrame({"name": ["corridor"]}, geometry=[shapely.box(-119.8, 45.5, -119.4, 45.9)], crs=4326)
    frame.to_crs("EPSG:32611").to_file(copy / "data/toy/corridor.gpkg")
    asked = _asked(copy)
    entry = {"name": "corridor", "path": "corridor.gpkg", "file": "data/toy/corridor.gpkg", "sublayer": "", "crs": ""}
    asked["exclude"].append({**entry, "sha256": hashlib.sha256((copy / "data/toy/corridor.gpkg").read_bytes()).hexdigest()})
    (folder / "scenario.json").write_text(json.dumps(asked))
    report = verify_files(folder, copy)
    assert {fault.code for fault in report.faults} == {"V272", "V153"}
    assert "corridor-1" in next(fault.value for fault in report.faults if fault.code == "V272")


def test_candidates_of_the_user_replace_the_rules_for_made_ones(tmp_path: Path) -> None:
    world = World()
    world.layers["candidates"] = [
        {"id": name, "name": name, "limit_mw": 50.0 if name == "c-1" else None, "at": at} for name, at in world.candidates.items()
    ]
    folder = write_world(world, tmp_path)
    codes = {fault.code for fault in verify_folder(folder, tmp_path).faults}
    assert codes == {"V152"}, "the limit of c-1 is now its own"
    world.layers["candidates"][3]["at"] = (-120.3, 46.7)
    assert "V121" in {fault.code for fault in verify_folder(write_world(world, tmp_path), tmp_path).faults}
    world.layers["candidates"].pop()
    assert "V122" in {fault.code for fault in verify_folder(write_world(world, tmp_path), tmp_path).faults}


def test_a_column_without_numbers_is_told(copy: Path) -> None:
    path = copy / "data/toy/sources.geojson"
    path.write_text(path.read_text().replace("100.0", '"much"'))
    with pytest.raises(CannotCheck) as stop:
        _read(_asked(copy), copy)
    assert stop.value.fault.field == "capacity_mw"


def test_a_profile_that_is_not_whole_is_told(copy: Path) -> None:
    path = copy / "data/toy/profiles.csv"
    path.write_text("\n".join(path.read_text().splitlines()[:-1]) + "\n")
    report = verify_files(copy / "out/toy/base", copy)
    assert any(fault.code == "V005" and "287 rows" in fault.value for fault in report.faults)
