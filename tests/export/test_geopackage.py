from __future__ import annotations

import sqlite3
import xml.etree.ElementTree as ET
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import pytest
from shapely.geometry import MultiPolygon

from siting.export import geopackage, qgis
from siting.plan.record import Plan
from tests.export.small_plan import small_plan

_PLAN_LAYERS = {"sites", "chosen_sites", "power_links", "data_links"}
_BASE_LAYERS = {"region", "zones", "exclusions", "basemap", "lines", "substations", "sources", "pops", "gateways", "demand"}
_TABLES = {
    "modules", "cashflow", "cash_months", "limits", "latency", "link_periods", "data_periods", "equipment", "given", "programme",
    "layer_styles", "run_record",
}  # fmt: skip


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gpkg")
    geopackage.write(small_plan(), folder)
    return folder / "plan.gpkg"


def _ask(path: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as base:
        return base.execute(query).fetchall()


def test_it_holds_every_layer_and_table(package: Path) -> None:
    layers = dict(pyogrio.list_layers(package).tolist())
    assert set(layers) == _PLAN_LAYERS | _BASE_LAYERS | _TABLES
    assert {name for name, shape in layers.items() if shape is None} == _TABLES


def test_layers_come_back_whole(package: Path, plan: Plan) -> None:
    sites = gpd.read_file(package, layer="sites")
    assert sites["id"].tolist() == plan.sites["id"].tolist()
    assert sites["why"].tolist() == plan.sites["why"].tolist()
    assert sites.geometry.geom_equals(plan.sites.geometry).all()
    assert gpd.read_file(package, layer="chosen_sites")["id"].tolist() == plan.chosen["id"].tolist()
    exclusions = gpd.read_file(package, layer="exclusions")
    assert all(isinstance(shape, MultiPolygon) for shape in exclusions.geometry)
    assert exclusions.geometry.union_all().equals(gpd.GeoDataFrame(plan.layers["exclusions"]).geometry.union_all())


def test_every_layer_opens_with_a_default_style_that_is_well_formed(package: Path) -> None:
    rows = _ask(package, "SELECT f_table_name, f_geometry_column, styleQML, useAsDefault FROM layer_styles")
    assert {row[0] for row in rows} == _PLAN_LAYERS | _BASE_LAYERS
    geometry = dict(_ask(package, "SELECT table_name, column_name FROM gpkg_geometry_columns"))
    for name, column, qml, default in rows:
        assert default == 1
        assert geometry[name] == column
        renderer = ET.fromstring(str(qml)).find("renderer-v2")
        assert renderer is not None
        symbols = {symbol.get("name") for symbol in renderer.iterfind("symbols/symbol")}
        assert {category.get("symbol") for category in renderer.iterfind("categories/category")} <= symbols


def test_sites_are_categorised_by_verdict_and_sized_by_mw() -> None:
    root = ET.fromstring(qgis.qml(qgis.STYLES["sites"]))
    renderer = root.find("renderer-v2")
    assert renderer is not None
    assert renderer.get("attr") == "verdict"
    assert [one.get("value") for one in renderer.iterfind("categories/category")] == ["chosen", "passed_over"]
    expressions = [option.get("value") for option in root.iter("Option") if option.get("name") == "expression"]
    assert any(expression and "it_mw" in expression for expression in expressions)


def test_the_run_record_says_what_was_asked_and_how_it_ended(package: Path) -> None:
    found = dict(_ask(package, "SELECT key, value FROM run_record"))
    assert found["model"] == "northwest"
    assert found["status"] == "optimal"
    assert found["value.budget.total_musd"] == "15000.0 MUSD (models/northwest/model.toml:12)"
    assert not any("seconds" in str(key) for key in found)


def test_written_again_it_holds_the_same(plan: Plan, tmp_path: Path) -> None:
    dumps = []
    for _ in range(2):
        geopackage.write(plan, tmp_path)
        with closing(sqlite3.connect(tmp_path / "plan.gpkg")) as base:
            dumps.append("\n".join(base.iterdump()))
    assert dumps[0] == dumps[1]


def test_empty_layers_are_layers(plan: Plan, tmp_path: Path) -> None:
    geopackage.write(replace(plan, data_links=plan.data_links.iloc[:0]), tmp_path)
    assert pyogrio.read_info(tmp_path / "plan.gpkg", layer="data_links")["features"] == 0
    assert pyogrio.read_info(tmp_path / "plan.gpkg", layer="data_links")["geometry_type"] == "LineString"


def test_a_region_of_few_layers_is_enough(plan: Plan, tmp_path: Path) -> None:
    geopackage.write(replace(plan, layers={"region": plan.layers["region"]}), tmp_path)
    assert set(dict(pyogrio.list_layers(tmp_path / "plan.gpkg").tolist())) == _PLAN_LAYERS | {"region"} | _TABLES
