"""Reading: one answer whatever the format, CRS and order; edits and added polygons; what is recorded."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pandas.testing import assert_frame_equal
from shapely.geometry import box

from siting.layers import ADDED_BY, AddPolygons, Layers, LayerSource, RowEdit, read_layers
from siting.layers.schema import TABLES
from tests.layers.small_region import (
    candidate,
    candidates_document,
    collection,
    documents,
    faults_of,
    feature,
    read,
    write,
)

NORTHWEST = Path(__file__).parents[2] / "data" / "northwest"


def shaped(layers: Layers, name: str) -> gpd.GeoDataFrame:
    frame = layers[name]
    assert isinstance(frame, gpd.GeoDataFrame)
    return frame


def same(one: Layers, other: Layers, degrees: float = 0.0) -> None:
    """The same layers with the same cells, and shapes no further apart than given."""
    assert list(one.frames) == list(other.frames)
    for name, frame in one.frames.items():
        twin = other[name]
        assert list(frame.columns) == list(twin.columns), name
        plain = [column for column in frame.columns if column != "geometry"]
        assert_frame_equal(pd.DataFrame(frame[plain]), pd.DataFrame(twin[plain]), obj=name)
        if isinstance(frame, gpd.GeoDataFrame):
            apart = shapely.hausdorff_distance(frame.geometry.to_numpy(), twin.geometry.to_numpy())
            assert apart.max() <= degrees, name


def test_the_order_of_features_and_lines_changes_nothing(tmp_path: Path) -> None:
    turned = {
        name: {**content, "features": content["features"][::-1]}
        if isinstance(content, dict)
        else "\n".join([content.splitlines()[0], *content.splitlines()[:0:-1]]) + "\n"
        for name, content in documents().items()
    }
    same(read(tmp_path, documents()), read(tmp_path, turned))


@pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:5070"])
def test_the_crs_of_the_files_changes_nothing_and_is_recorded(crs: str, tmp_path: Path) -> None:
    plain = read(tmp_path, documents())
    sources = []
    for name, frame in plain.frames.items():
        if isinstance(frame, gpd.GeoDataFrame):
            path = tmp_path / f"{name}.gpkg"
            frame.to_crs(crs).to_file(path, driver="GPKG", layer=name)
        else:
            path = tmp_path / f"{name}.csv"
        sources.append(LayerSource(name, path.name, path))
    moved = read_layers(sources, roots=[tmp_path])
    same(plain, moved, 1e-6)
    assert set(moved.crs_found.values()) == {crs}
    assert set(plain.crs_found.values()) == {"EPSG:4326"}


def test_a_geojson_with_the_old_crs_member_or_a_declared_crs_is_reprojected(tmp_path: Path) -> None:
    plain = read(tmp_path, documents())
    moved = json.loads(shaped(plain, "sources").to_crs("EPSG:5070").to_json(drop_id=True))
    moved.pop("crs", None)
    sources = write(tmp_path, {**documents(), "sources": moved})
    declared = [LayerSource(s.name, s.path, s.resolved, crs="EPSG:5070" if s.name == "sources" else "") for s in sources]
    same(plain, read_layers(declared, roots=[tmp_path]), 1e-6)
    moved["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::5070"}}
    same(plain, read(tmp_path, {**documents(), "sources": moved}), 1e-6)


def test_columns_have_the_declared_types_and_further_columns_stay(tmp_path: Path) -> None:
    made = documents()
    for number, one in enumerate(made["sources"]["features"]):
        one["properties"].update(
            owner=f"utility {number}", turbines=number, tags=["a", {"b": None}], mixed=[1, "x", None, 2.5][number]
        )
    layers = read(tmp_path, made)
    plants = shaped(layers, "sources")
    assert list(plants.columns) == [*TABLES["sources"].names, "mixed", "owner", "tags", "turbines", "geometry"]
    assert plants["turbines"].tolist() == [0, 1, 2, 3]
    assert plants["tags"].iloc[0] == '["a", {"b": null}]'
    assert plants["mixed"].iloc[:2].tolist() == ["1", "x"]
    assert plants["capacity_mw"].dtype == np.float64
    assert layers["substations"]["main_network"].tolist() == [True] * 3
    assert layers["zones"]["reserve_margin_share"].tolist() == [0.15, 0.15]
    assert layers["profiles"]["month"].dtype == np.int64
    plants.to_file(tmp_path / "again.gpkg", driver="GPKG")


def test_numbers_as_ids_become_text_on_both_sides_of_a_reference(tmp_path: Path) -> None:
    made = documents()
    for place, one in enumerate(made["zones"]["features"], start=1):
        one["properties"]["id"] = place
    for name in ("sources", "substations"):
        for one in made[name]["features"]:
            one["properties"]["zone"] = int(one["properties"]["zone"][1:])
    layers = read(tmp_path, made)
    assert layers["zones"]["id"].tolist() == ["1", "2"]
    assert set(layers["sources"]["zone"]) == {"1", "2"}


def test_the_member_id_of_a_feature_serves_where_no_property_does(tmp_path: Path) -> None:
    made = documents()
    for one in made["sources"]["features"]:
        one["id"] = one["properties"].pop("id")
    same(read(tmp_path, documents()), read(tmp_path, made))


def test_layers_are_read_only_and_name_what_is_missing(tmp_path: Path) -> None:
    layers = read(tmp_path, documents())
    assert layers.get("gateways") is None
    with pytest.raises(KeyError, match="no layer gateways; there are region, zones"):
        layers["gateways"]
    with pytest.raises(TypeError):
        layers.frames["region"] = layers["zones"]  # type: ignore[index]
    for source in layers.sources:
        assert layers.digests[source.name] == hashlib.sha256(source.resolved.read_bytes()).hexdigest()


def test_a_bow_tie_is_repaired_when_allowed_and_recorded(tmp_path: Path) -> None:
    ring = [[-121, 46], [-120, 47], [-120, 46], [-121, 47], [-121, 46]]
    made = {**documents(), "exclusions": collection(feature("x-1", {"type": "Polygon", "coordinates": [ring]}))}
    for strict in (False, True):
        layers = read(tmp_path, made, repair=True, strict=strict)
        assert [fault.code for fault in layers.warnings] == ["L026"]
        assert "ha before" in layers.warnings[0].remedy
        shape = layers["exclusions"].geometry.iloc[0]
        assert shape.is_valid
        assert shape.area == pytest.approx(0.5)


def test_a_polygon_without_any_area_is_not_repaired(tmp_path: Path) -> None:
    ring = [[-121, 46], [-120, 47], [-121, 46], [-121, 46]]
    made = {**documents(), "exclusions": collection(feature("x-1", {"type": "Polygon", "coordinates": [ring]}))}
    assert [fault.code for fault in faults_of(lambda: read(tmp_path, made, repair=True))] == ["L025"]


def edit(identifier: str, column: str, value: Any, layer: str = "sources", origin: str = "whatif/dry.toml:12") -> RowEdit:
    return RowEdit(layer, identifier, column, value, origin)


def test_an_edit_changes_one_cell_and_nothing_else(tmp_path: Path) -> None:
    plain = read(tmp_path, documents())["sources"]
    edited = read(tmp_path, documents(), edits=[edit("S-03", "unused_mw", 3)])["sources"]
    expected = plain.copy()
    expected.loc[expected["id"] == "S-03", "unused_mw"] = 3.0
    assert_frame_equal(pd.DataFrame(edited.drop(columns="geometry")), pd.DataFrame(expected.drop(columns="geometry")))


def test_an_edit_may_set_an_optional_column_the_file_has_not(tmp_path: Path) -> None:
    layers = read(tmp_path, documents(), edits=[edit("n2", "main_network", False, "substations")])
    assert layers["substations"]["main_network"].tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("wrong", "code", "tells"),
    [
        (edit("S-3", "unused_mw", 3), "W001", ("whatif/dry.toml", "line 12", "S-3", 'Did you mean "S-0')),
        (edit("S-03", "unused", 3), "W003", ("whatif/dry.toml", "line 12", 'Did you mean "unused_mw"')),
        (edit("S-03", "id", "S-09"), "W003", ("other than id",)),
        (edit("S-03", "unused_mw", 3, "source"), "W001", ("no such layer", 'Did you mean "sources"')),
        (edit("river", "value", 3, "profiles"), "W003", ("rows without id",)),
        (edit("S-03", "unused_mw", -3), "L044", ("sources.geojson", "S-03", "edited in whatif/dry.toml:12")),
        (edit("S-03", "zone", "z9"), "L063", ("edited in whatif/dry.toml:12", "z9")),
    ],
)
def test_a_wrong_edit_is_told_with_its_origin(wrong: RowEdit, code: str, tells: tuple[str, ...], tmp_path: Path) -> None:
    faults = faults_of(lambda: read(tmp_path, documents(), edits=[wrong]))
    assert [fault.code for fault in faults] == [code]
    assert all(part in faults[0].sentence() for part in tells), faults[0].sentence()


def test_two_edits_of_one_cell_must_agree(tmp_path: Path) -> None:
    first, second = edit("S-03", "unused_mw", 3), edit("S-03", "unused_mw", 4, origin="whatif/wet.toml:2")
    faults = faults_of(lambda: read(tmp_path, documents(), edits=[first, second]))
    assert [fault.code for fault in faults] == ["W005"]
    assert "whatif/dry.toml:12" in faults[0].value
    assert faults[0].file == "whatif/wet.toml"
    assert read(tmp_path, documents(), edits=[first, first])["sources"]["unused_mw"].min() == 3.0


def added(path: Path, **columns: Any) -> AddPolygons:
    shape = box(-121.5, 45.6, -121.4, 45.7)
    frame = gpd.GeoDataFrame({"name": ["River corridor"], **columns}, geometry=[shape], crs=4326)
    frame.to_crs("EPSG:3857").to_file(path, driver="GPKG", layer="corridor")
    return AddPolygons(LayerSource("corridor", path.name, path))


def test_added_polygons_are_reprojected_marked_and_get_ids(tmp_path: Path) -> None:
    layers = read(tmp_path, documents(), edits=[added(tmp_path / "protected river.gpkg")])
    exclusions = layers["exclusions"]
    assert dict(zip(exclusions["id"], exclusions[ADDED_BY], strict=True)) == {
        "park-1": "",
        "protected-river-1": "protected river.gpkg",
    }
    assert exclusions["kind"].tolist() == ["park", "other"]
    assert exclusions.geometry.iloc[1].equals_exact(box(-121.5, 45.6, -121.4, 45.7), 1e-9)
    assert layers.crs_found["protected river.gpkg"] == "EPSG:3857"
    assert len(layers.digests["protected river.gpkg"]) == 64


def test_added_polygons_make_the_layer_where_there_is_none(tmp_path: Path) -> None:
    contents = {name: content for name, content in documents().items() if name != "exclusions"}
    layers = read(tmp_path, contents, edits=[added(tmp_path / "river.gpkg", id=["r1"])])
    assert layers["exclusions"]["id"].tolist() == ["r1"]


def test_added_polygons_may_not_take_an_id_of_the_layer_nor_leave_the_project(tmp_path: Path) -> None:
    faults = faults_of(lambda: read(tmp_path, documents(), edits=[added(tmp_path / "river.gpkg", id=["park-1"])]))
    assert [(fault.code, fault.file) for fault in faults] == [("L005", "river.gpkg")]
    outside = AddPolygons(LayerSource("x", "../x.geojson", tmp_path.parent / "x.geojson"))
    assert [fault.code for fault in faults_of(lambda: read(tmp_path, documents(), edits=[outside]))] == ["X007"]


def test_a_user_region_needs_only_region_zones_sources_and_what_its_families_read(tmp_path: Path) -> None:
    contents = {name: content for name, content in documents().items() if name in ("region", "zones", "sources", "profiles")}
    assert list(read(tmp_path, contents, needed={"profiles": frozenset(), "gateways": frozenset()}).frames) == list(contents)
    assert {fault.field for fault in faults_of(lambda: read(tmp_path, contents))} == {"substations"}


def test_warnings_become_faults_when_strict(tmp_path: Path) -> None:
    contents = {**documents(), "candidates": collection(candidate("a", -121.5, 46), candidate("b", -121.5, 46))}
    assert [fault.code for fault in read(tmp_path, contents).warnings] == ["L061"]
    assert [(fault.code, fault.warning) for fault in faults_of(lambda: read(tmp_path, contents, strict=True))] == [
        ("L061", False)
    ]


def test_a_good_candidates_layer_has_no_warnings(tmp_path: Path) -> None:
    layers = read(tmp_path, {**documents(), "candidates": candidates_document()})
    assert layers.warnings == ()
    assert layers["candidates"]["limit_mw"].isna().all()


@pytest.mark.slow
def test_a_large_bad_file_is_refused_in_five_seconds_and_half_a_gigabyte(tmp_path: Path) -> None:
    features = [
        feature(f"S-{n}", {"type": "Point", "coordinates": [-121 + n * 1e-5, 46]}, capacity_mw="1,200" if n % 7 else 5, zone="z9")
        for n in range(40_000)
    ]
    sources = write(tmp_path, {**documents(), "sources": collection(*features)})
    script = (
        "import sys, resource, time\n"
        "from pathlib import Path\n"
        "from siting.errors import InputError\n"
        "from siting.layers import LayerSource, read_layers\n"
        "folder = Path(sys.argv[1])\n"
        "sources = [LayerSource(path.stem, path.name, path) for path in sorted(folder.iterdir())]\n"
        "start = time.process_time()\n"
        "try:\n"
        "    read_layers(sources, roots=[folder])\n"
        "except InputError as error:\n"
        "    print(len(error.faults), time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)\n"
    )
    assert len(sources) == 7
    answer = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True)
    faults, seconds, megabytes = (float(word) for word in answer.stdout.split())
    assert faults >= 100
    assert seconds < 5.0
    assert megabytes < 500.0


@pytest.mark.skipif(not NORTHWEST.is_dir(), reason="data/northwest is not built")
def test_the_built_in_region_reads_without_faults() -> None:
    paths = [path for path in sorted(NORTHWEST.iterdir()) if path.stem in TABLES]
    layers = read_layers([LayerSource(path.stem, path.name, path) for path in paths], roots=[NORTHWEST])
    assert not [fault.sentence() for fault in layers.warnings]
    assert len(layers["sources"]) > 100
    assert {"region", "zones", "sources", "substations", "profiles"} <= set(layers.frames)
