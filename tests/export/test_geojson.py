from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import pytest
from shapely.geometry import LineString, Point, Polygon

from siting.errors import OutputError
from siting.export import geojson
from siting.plan.record import Plan
from siting.plan.schema import SITES
from siting.table import Field, Table

_AREAS = Table("areas", "Polygon", "areas", (Field("id", "text", "identifier"),))


def test_every_candidate_is_a_feature_with_its_id_and_every_column(plan: Plan, tmp_path: Path) -> None:
    geojson.write(plan, tmp_path)
    found = json.loads((tmp_path / "sites.geojson").read_bytes())
    assert found["type"] == "FeatureCollection"
    assert "crs" not in found
    assert [feature["id"] for feature in found["features"]] == plan.sites["id"].tolist()
    for feature in found["features"]:
        assert list(feature["properties"]) == [*SITES.names, *plan.site_columns]
        assert feature["properties"]["id"] == feature["id"]
    assert {feature["properties"]["verdict"] for feature in found["features"]} == {"chosen", "passed_over"}


def test_missing_numbers_are_null(plan: Plan, tmp_path: Path) -> None:
    geojson.write(plan, tmp_path)
    text = (tmp_path / "sites.geojson").read_text(encoding="utf-8")
    assert "NaN" not in text
    assert '"hydro_share":null' in text


def test_one_feature_a_line_and_unix_ends(plan: Plan, tmp_path: Path) -> None:
    geojson.write(plan, tmp_path)
    body = (tmp_path / "power_links.geojson").read_bytes()
    assert b"\r" not in body
    assert body.endswith(b"]}\n")
    assert body.count(b"\n") == len(plan.power_links) + 2


def test_coordinates_are_longitude_latitude_with_six_decimals(plan: Plan, tmp_path: Path) -> None:
    sites = plan.sites.copy()
    sites.geometry = [Point(-119.12345678, 46.98765432), *sites.geometry.iloc[1:]]
    geojson.write(replace(plan, sites=sites), tmp_path)
    found = json.loads((tmp_path / "sites.geojson").read_bytes())["features"][0]
    assert found["geometry"] == {"type": "Point", "coordinates": [-119.123457, 46.987654]}


def test_outer_rings_turn_left_and_holes_right(tmp_path: Path) -> None:
    clockwise = Polygon([(0, 0), (0, 4), (4, 4), (4, 0)], [[(1, 1), (2, 1), (2, 2), (1, 2)]])
    frame = gpd.GeoDataFrame({"id": ["a"]}, geometry=[clockwise], crs=4326)
    geojson.write_layer(frame, _AREAS, tmp_path / "areas.geojson")
    outer, hole = json.loads((tmp_path / "areas.geojson").read_bytes())["features"][0]["geometry"]["coordinates"]
    assert _area(outer) > 0
    assert _area(hole) < 0
    assert outer[0] == outer[-1]


def _area(ring: list[list[float]]) -> float:
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring)) / 2


def test_a_line_over_the_antimeridian_is_cut_there() -> None:
    found = geojson.geometry(LineString([(179.0, 10.0), (-179.0, 12.0)]))
    assert found == {"type": "MultiLineString", "coordinates": [[[179.0, 10.0], [180.0, 11.0]], [[-180.0, 11.0], [-179.0, 12.0]]]}


def test_a_line_that_stays_on_its_side_is_not_cut() -> None:
    assert geojson.geometry(LineString([(-119.0, 46.0), (-118.0, 46.5)])) == {
        "type": "LineString",
        "coordinates": [[-119.0, 46.0], [-118.0, 46.5]],
    }


def test_the_file_reads_back_with_every_feature_and_no_other_reference_system(plan: Plan, tmp_path: Path) -> None:
    geojson.write(plan, tmp_path)
    for name, frame in (("sites", plan.sites), ("power_links", plan.power_links), ("data_links", plan.data_links)):
        found = gpd.read_file(tmp_path / f"{name}.geojson")
        assert found["id"].tolist() == frame["id"].tolist()
        assert found.crs is not None
        assert found.crs.to_epsg() == 4326
        assert found.geometry.geom_equals_exact(frame.geometry, 1e-6).all()


def test_a_layer_in_metres_is_refused(plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="WGS 84"):
        geojson.write(replace(plan, sites=plan.sites.to_crs(5070)), tmp_path)


def test_a_number_without_end_is_refused(plan: Plan, tmp_path: Path) -> None:
    sites = plan.sites.assign(capital_musd=float("inf"))
    with pytest.raises(OutputError, match="not finite"):
        geojson.write(replace(plan, sites=sites), tmp_path)


def test_two_features_of_one_id_are_refused(plan: Plan, tmp_path: Path) -> None:
    sites = plan.sites.assign(id="same")
    with pytest.raises(OutputError, match="1 of 9"):
        geojson.write(replace(plan, sites=sites), tmp_path)


def test_a_plan_without_links_gives_empty_layers(plan: Plan, tmp_path: Path) -> None:
    geojson.write(replace(plan, data_links=plan.data_links.iloc[:0]), tmp_path)
    assert json.loads((tmp_path / "data_links.geojson").read_bytes())["features"] == []
