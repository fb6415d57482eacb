"""A model for one's own layers: what is found, what is missing, what is assumed, and that it loads afterwards."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from shapely.geometry import Point

from siting.errors import InputError, OutputError
from siting.families import FAMILIES
from siting.family import knob_facts
from siting.layers import read_layers
from siting.layers.candidates import survey_candidates
from siting.layers.profiles import make_slices
from siting.new import new_model
from siting.problem import build_problem
from siting.regions.australia import build_australia
from siting.scenario import load_scenario
from siting.scenario.settings import CATALOGUE
from tests.layers.small_region import collection, documents, faults_of, feature, point, profile_lines, write
from tests.regions.places import SOURCES, needs_sources


def layers(folder: Path, **changes: Any) -> Path:
    """A folder `mine` with the small region; a layer given as None is left out."""
    mine = folder / "mine"
    mine.mkdir()
    write(mine, {name: content for name, content in {**documents(), **changes}.items() if content is not None})
    return mine


def network() -> dict[str, Any]:
    return {
        "pops": collection(feature("p1", point(-121.0, 46.0))),
        "gateways": collection(feature("g1", point(-120.0, 46.0), capacity_gbps=40.0)),
        "demand": collection(feature("d1", point(-120.0, 46.0), population=1000)),
    }


def test_a_model_of_whole_layers_loads_and_reads_them(tmp_path: Path) -> None:
    made = new_model("own", layers(tmp_path, **network()), tmp_path)
    assert made.path == tmp_path / "models/own/model.toml"
    scenario = load_scenario("own", cwd=tmp_path)
    assert not scenario.warnings
    assert not scenario.off
    assert {source.file for source in scenario.layer_sources} >= {
        "mine/sources.geojson",
        "mine/profiles.csv",
        "mine/pops.geojson",
    }
    assert dict(scenario.modules) == dict(CATALOGUE)
    read = read_layers(scenario.layer_sources, roots=scenario.roots)
    assert len(read["sources"]) == 4
    assert str(tmp_path) not in made.path.read_text(encoding="utf-8")


def test_every_default_a_new_model_shows_is_the_default(tmp_path: Path) -> None:
    text = new_model("own", layers(tmp_path, **network()), tmp_path).path.read_text(encoding="utf-8")
    before = load_scenario("own", cwd=tmp_path)
    turned = re.sub(r"^# (\w+ = )", r"\1", text.replace("# [crs]\n# sources", "# [crs]\n#  sources"), flags=re.MULTILINE)
    assert sum(len(knob_facts(family.knobs)) for family in FAMILIES) <= turned.count(" = ") - text.count("\n# [crs]")
    (tmp_path / "models/own/model.toml").write_text(turned, encoding="utf-8")
    after = load_scenario("own", cwd=tmp_path)
    assert after.digest() == before.digest()
    listed = {value.path: value.origin for value in after.values}
    assert all(
        listed[f"{family.name}.{fact.name}"].startswith("models/own/model.toml:")
        for family in FAMILIES
        for fact in knob_facts(family.knobs)
    )


def test_families_without_their_layer_are_switched_off_and_it_is_said_why(tmp_path: Path) -> None:
    made = new_model("own", layers(tmp_path, substations=None), tmp_path)
    scenario = load_scenario("own", cwd=tmp_path)
    assert scenario.off == {"grid_strain", "adequacy", "fibre", "satellite", "connectivity"}
    assert [warning.value for warning in scenario.warnings] == ["no layer demand"]  # no family off is warned of
    notes = "\n".join(made.notes)
    assert "layer pops is not there: fibre cannot run" in notes
    assert "family grid_strain is switched off: it needs substations" in notes
    assert "family adequacy is switched off: it needs substations" in notes
    assert "family connectivity is switched off: it needs fibre and satellite" in notes
    text = made.path.read_text(encoding="utf-8")
    assert "# grid_strain is off: there is no layer substations" in text
    assert "[fibre]  # switched off" in text


def test_a_layer_that_can_be_done_without_is_told_with_what_is_assumed(tmp_path: Path) -> None:
    made = new_model("own", layers(tmp_path, climate=None, exclusions=None, **network()), tmp_path)
    notes = "\n".join(made.notes)
    assert "layer climate is not there: 15 degC is taken at every site" in notes
    assert "layer exclusions is not there: nothing is excluded" in notes
    scenario = load_scenario("own", cwd=tmp_path)
    assert "cooling" not in scenario.off
    assert [warning.value for warning in scenario.warnings] == ["no layer climate"]


def test_missing_columns_are_told_with_what_fills_them(tmp_path: Path) -> None:
    made = new_model("own", layers(tmp_path, **network()), tmp_path)
    notes = "\n".join(made.notes)
    assert "layer zones: column reserve_margin_share is not there, 0.15 is used [share] (planning reserve margin)" in notes
    assert "layer substations: column main_network is not there, True is used" in notes
    assert "column import_limit_mw" not in notes


def test_a_column_of_a_near_name_is_pointed_at_and_not_taken(tmp_path: Path) -> None:
    zones = documents()["zones"]
    for zone in zones["features"]:
        zone["properties"]["reserve_margin"] = 0.2
    made = new_model("own", layers(tmp_path, zones=zones, **network()), tmp_path)
    assert any("0.15 is used" in note and '"reserve_margin" is it, rename it' in note for note in made.notes)


def test_everything_that_is_missing_or_wrong_is_told_at_once_and_nothing_written(tmp_path: Path) -> None:
    zones = documents()["zones"]
    for zone in zones["features"]:
        zone["properties"]["import_limit"] = zone["properties"].pop("import_limit_mw")
    sources = documents()["sources"]
    sources["features"][1]["properties"]["capacity_mw"] = "1,200"
    mine = layers(tmp_path, region=None, profiles=None, zones=zones, sources=sources)
    (mine / "regions.geojson").write_text("{}", encoding="utf-8")
    found = faults_of(lambda: new_model("own", mine, tmp_path))
    told = [(fault.code, fault.field) for fault in found]
    assert {("S026", "region"), ("S026", "profiles"), ("L004", "import_limit_mw"), ("L001", "capacity_mw")} <= set(told)
    assert len(told) == len(set(told))
    sentences = {fault.field: fault.sentence() for fault in found}
    assert 'If "regions.geojson" is it, rename it' in sentences["region"]
    assert "profiles.csv with the columns profile, month, hour, value" in sentences["profiles"]
    assert not (tmp_path / "models").exists()


def test_a_model_that_exists_is_not_touched(tmp_path: Path) -> None:
    mine = layers(tmp_path, **network())
    path = new_model("own", mine, tmp_path).path
    path.write_text("kept", encoding="utf-8")
    with pytest.raises(OutputError, match="exists already"):
        new_model("own", mine, tmp_path)
    assert path.read_text(encoding="utf-8") == "kept"


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    mine = layers(tmp_path, **network())
    (tmp_path / "models").touch()
    with pytest.raises(OutputError, match="cannot write"):
        new_model("own", mine, tmp_path)
    assert (tmp_path / "models").read_bytes() == b""


def test_a_single_geopackage_with_all_layers_is_enough(tmp_path: Path) -> None:
    package = tmp_path / "all.gpkg"
    for name, content in {**documents(), **network()}.items():
        if name != "profiles":
            gpd.GeoDataFrame.from_features(content, crs="EPSG:4326").to_file(package, layer=name, driver="GPKG")
    rows = [
        dict(zip(("profile", "month", "hour", "value"), line.split(","), strict=True)) for line in profile_lines().split()[1:]
    ]
    table = pd.DataFrame(rows).astype({"month": int, "hour": int, "value": float})
    pyogrio.write_dataframe(table, package, layer="profiles", driver="GPKG", append=True)
    new_model("own", Path("all.gpkg"), tmp_path)
    scenario = load_scenario("own", cwd=tmp_path)
    assert not scenario.region
    assert len(read_layers(scenario.layer_sources, roots=scenario.roots)["profiles"]) == 2 * 288


@pytest.mark.parametrize("name", ["../x", "a/b", "", "base", "compare", "a b"])
def test_a_model_has_a_name_that_fits_into_a_path(tmp_path: Path, name: str) -> None:
    mine = layers(tmp_path, **network())
    (fault,) = faults_of(lambda: new_model(name, mine, tmp_path))
    assert fault.code == "S022"
    assert not (tmp_path / "models").exists()


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    (fault,) = faults_of(lambda: new_model("own", tmp_path / "nowhere", tmp_path))
    assert (fault.code, fault.value) == ("S026", "no such folder")


def test_layers_of_one_geopackage_in_another_crs_are_found_by_name(tmp_path: Path) -> None:
    mine = layers(tmp_path, sources=None, substations=None, **network())
    for name in ("sources", "substations"):
        frame = gpd.GeoDataFrame.from_features(documents()[name], crs="EPSG:4326").to_crs("EPSG:5070")
        frame.to_file(mine / "power.gpkg", layer=name, driver="GPKG")
    gpd.GeoDataFrame({"id": ["x"]}, geometry=[Point(0, 0)], crs="EPSG:5070").to_file(
        mine / "power.gpkg", layer="plants", driver="GPKG"
    )
    made = new_model("own", mine, tmp_path)
    text = made.path.read_text(encoding="utf-8")
    assert re.search(r'^sources = "../../mine/power.gpkg#sources"', text, re.MULTILINE)
    assert re.search(r'^region = "../../mine"', text, re.MULTILINE)
    assert any(note.startswith("power.gpkg#plants is not used") for note in made.notes)
    scenario = load_scenario("own", cwd=tmp_path)
    assert len(read_layers(scenario.layer_sources, roots=scenario.roots)["sources"]) == 4


def test_two_files_for_one_layer_are_refused(tmp_path: Path) -> None:
    mine = layers(tmp_path, **network())
    (mine / "pops.json").write_text((mine / "pops.geojson").read_text(encoding="utf-8"), encoding="utf-8")
    (fault,) = faults_of(lambda: new_model("own", mine, tmp_path))
    assert (fault.code, fault.field) == ("S027", "pops")


def test_layers_outside_the_project_are_told_to_need_leave(tmp_path: Path) -> None:
    mine = layers(tmp_path, **network())
    project = tmp_path / "project"
    project.mkdir()
    made = new_model("own", mine, project)
    assert any("--allow-outside" in note for note in made.notes)
    with pytest.raises(InputError) as caught:
        load_scenario("own", cwd=project)
    assert {fault.code for fault in caught.value.faults} == {"X007"}
    assert load_scenario("own", cwd=project, allow_outside=True).region == "../../../mine"


def test_own_candidates_are_used_and_said_to_be(tmp_path: Path) -> None:
    own = collection(feature("a", point(-121.4, 45.7)), feature("b", point(-120.2, 47.1)))
    made = new_model("own", layers(tmp_path, candidates=own, **network()), tmp_path)
    assert any(note.startswith("candidates are your own") for note in made.notes)
    assert "Your own candidates are used" in made.path.read_text(encoding="utf-8")


@needs_sources
def test_australia_goes_from_layers_to_a_problem_with_one_new_model(tmp_path: Path) -> None:
    build_australia(SOURCES, tmp_path / "nem")
    made = new_model("nem", Path("nem"), tmp_path)
    assert any("layer exclusions is not there" in note for note in made.notes)
    scenario = load_scenario("nem", cwd=tmp_path)
    assert not scenario.off
    layers = read_layers(scenario.layer_sources, roots=scenario.roots)
    rules = scenario.candidates
    sites, _ = survey_candidates(
        layers,
        cell_resolution=rules.cell_resolution,
        reach_km=rules.reach_km,
        site_limit_mw=rules.limit_mw,
        land_ha=rules.land_ha,
        land_musd_per_ha=rules.land_musd_per_ha,
    )
    problem = build_problem(scenario, layers.frames, sites, make_slices(scenario.time.seasons, scenario.time.blocks, ""))
    assert len(problem.site_ids) > 100
    assert {"hydro", "solar", "grid"} <= set(problem.network.kinds)
