"""All files together: same bytes, the decisions, what is refused."""

from __future__ import annotations

import ast
import json
from dataclasses import replace
from pathlib import Path

import pytest

import siting.export
from siting.errors import OutputError
from siting.export import write_all
from siting.plan.record import Plan
from tests.export.small_plan import small_plan, unproven


def test_export_sees_only_the_plan_and_the_ground_floor() -> None:
    allowed = ("siting.errors", "siting.units", "siting.table", "siting.layers.schema", "siting.plan", "siting.export")
    for path in Path(siting.export.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [name.name for name in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                assert not name.startswith(("pyomo", "highspy", "maplibre")), (path.name, name)
                assert not name.startswith("siting") or name.startswith(allowed), (path.name, name)


def test_written_twice_every_file_is_the_same(tmp_path: Path) -> None:
    folders = [tmp_path / "first", tmp_path / "second"]
    names = []
    for folder in folders:
        folder.mkdir()
        names.append(write_all(small_plan(), folder))
    assert names[0] == names[1]
    assert sorted(names[0]) == sorted(path.name for path in folders[0].iterdir())
    for name in names[0]:
        if name != "plan.gpkg":
            assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()


def test_what_was_observed_changes_no_file(plan: Plan, tmp_path: Path) -> None:
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder, seconds in zip(folders, (1.0, 99.0), strict=True):
        folder.mkdir()
        write_all(replace(plan, record=replace(plan.record, observed={"seconds": seconds, "memory_gb": seconds})), folder)
    for path in folders[0].iterdir():
        if path.name != "plan.gpkg":
            assert path.read_bytes() == (folders[1] / path.name).read_bytes()


def test_the_decisions_hold_what_stands_where_and_when(plan: Plan, tmp_path: Path) -> None:
    write_all(plan, tmp_path)
    found = json.loads((tmp_path / "plan.json").read_bytes())
    assert found["proven"] is True
    assert found["it_mw"] == list(plan.record.it_mw)
    assert [site["id"] for site in found["sites"]] == plan.chosen["id"].tolist()
    first = found["sites"][0]
    assert first["modules"]["2028"] == {"block": 3}
    assert {link["supply_name"] for link in first["power_links"]} == {"Wanapum", "Vantage 500"}
    assert first["power_links"][0]["mw_by_period"] == {"2027": 60.0, "2028": 160.0, "2029": 200.0}
    assert found["totals"]["capital_musd"]["2027"] == pytest.approx(4651.0)


def test_an_unknown_bound_is_null_in_the_decisions(plan: Plan, tmp_path: Path) -> None:
    aim = replace(plan.record.aims[0], bound=float("inf"), gap=float("inf"), gross_gap=float("nan"))
    write_all(replace(plan, record=replace(plan.record, aims=(aim,))), tmp_path)
    found = json.loads((tmp_path / "plan.json").read_bytes())
    assert found["aims"][0]["bound"] is None
    assert found["aims"][0]["met"] is False
    assert found["proven"] is False
    assert "no bound was found" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_plan_that_is_not_proven_says_so_on_every_page(plan: Plan, tmp_path: Path) -> None:
    write_all(unproven(plan), tmp_path)
    for name in ("report.html", "map.html"):
        assert "Not proven: gap 8.1 %" in (tmp_path / name).read_text(encoding="utf-8")


def test_a_folder_that_is_not_there_is_an_output_error(plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="could not be written"):
        write_all(plan, tmp_path / "missing")


def test_text_that_no_file_can_hold_is_replaced(tmp_path: Path) -> None:
    write_all(small_plan(lambda text: f"{text}\x00"), tmp_path)
    names = [feature["properties"]["name"] for feature in json.loads((tmp_path / "sites.geojson").read_bytes())["features"]]
    assert "Near Vantage�" in names
