"""The shipped model and its overlays, and the page of knobs: whole, fresh and as documented."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import shapely

from siting.families import FAMILIES
from siting.family import Knobs, knob_facts
from siting.knobs import knobs_markdown
from siting.layers.schema import TABLES
from siting.objectives import OBJECTIVES
from siting.scenario import Scenario, load_scenario
from siting.scenario.settings import CATALOGUE, SECTIONS, General, ModuleType

ROOT = Path(__file__).resolve().parents[2]
OVERLAYS = (
    "better-chips", "carbon-price", "dry-year", "half-budget", "no-satellite", "river-corridor", "three-waters", "tight-grid",
)  # fmt: skip


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a region of the right names, so that only the model is put to the test here."""
    folder = tmp_path_factory.mktemp("stand")
    region = folder / "data/northwest"
    region.mkdir(parents=True)
    for name, table in TABLES.items():
        if name != "candidates":
            (region / f"{name}.{'csv' if table.shape == 'None' else 'geojson'}").touch()
    return folder


def northwest(stand: Path, *what_ifs: str, sets: tuple[str, ...] = ()) -> Scenario:
    return load_scenario(ROOT / "models/northwest", what_ifs, sets, stand)


def test_the_model_loads_without_a_warning(stand: Path) -> None:
    scenario = northwest(stand)
    assert scenario.name == "northwest"
    assert not scenario.warnings
    assert [period.months for period in scenario.time.periods] == [12, 12, 12]
    assert (len(scenario.time.seasons), scenario.time.blocks) == (4, 6)
    assert set(scenario.knobs) == {family.name for family in FAMILIES}
    assert scenario.start == "2027-01"
    assert scenario.effort.gap == 0.02


def test_the_model_has_the_module_types_of_the_catalogue(stand: Path) -> None:
    assert dict(northwest(stand).modules) == dict(CATALOGUE)
    assert list(CATALOGUE) == ["container", "pod", "hall", "block"]


def test_the_model_writes_out_a_table_for_every_family() -> None:
    text = (ROOT / "models/northwest/model.toml").read_text(encoding="utf-8")
    assert set(re.findall(r"^\[(\w+)\]", text, re.MULTILINE)) == {family.name for family in FAMILIES} | set(SECTIONS)


def test_every_overlay_ships_with_two_lines_of_reason_and_changes_something(stand: Path) -> None:
    base = northwest(stand)
    assert tuple(sorted(path.stem for path in (ROOT / "models/northwest/whatif").glob("*.toml"))) == OVERLAYS
    for name in OVERLAYS:
        scenario = northwest(stand, name)
        assert len(scenario.why[name].splitlines()) == 2
        told = {value.path for value in scenario.values if "whatif" in value.origin}
        assert told
        before, after = base.resolved(), scenario.resolved()
        assert any(before[key] != after[key] for key in before if key not in ("what_ifs", "why"))
        assert not scenario.warnings


def test_all_overlays_but_none_disagree(stand: Path) -> None:
    scenario = northwest(stand, *OVERLAYS)
    assert scenario.what_ifs == OVERLAYS
    assert scenario.off == {"satellite"}


def test_overlays_and_sets_change_what_they_name(stand: Path) -> None:
    scenario = northwest(stand, "dry-year", "tight-grid", sets=("budget.total_musd=30000", 'locks.forbid=["c-1", "c-2"]'))
    assert scenario.knobs["hydro"].model_dump()["year_factor"] == 0.75
    assert scenario.knobs["grid_strain"].model_dump()["strain_limit"] == 0.70
    assert scenario.knobs["budget"].model_dump()["total_musd"] == 30000
    assert scenario.knobs["locks"].model_dump()["forbid"] == ("c-1", "c-2")
    assert {"--set"} == {value.origin for value in scenario.values if value.path == "budget.total_musd"}


def test_half_the_budget_is_half_of_every_limit(stand: Path) -> None:
    whole, half = northwest(stand).knobs["budget"].model_dump(), northwest(stand, "half-budget").knobs["budget"].model_dump()
    assert half["total_musd"] == whole["total_musd"] / 2
    assert half["period_musd_per_year"] == whole["period_musd_per_year"] / 2


def test_the_corridor_is_one_valid_polygon_along_the_columbia(stand: Path) -> None:
    (source,) = northwest(stand, "river-corridor").exclude
    assert source.resolved == ROOT / "models/northwest/whatif/river-corridor.geojson"
    document = json.loads(source.resolved.read_text(encoding="utf-8"))
    (feature,) = document["features"]
    polygon = shapely.from_geojson(json.dumps(feature["geometry"]))
    assert isinstance(polygon, shapely.Polygon)
    assert polygon.is_valid
    assert polygon.exterior.is_ccw
    dams = {
        "Wells": (-119.866, 47.947),
        "Rocky Reach": (-120.295, 47.533),
        "Rock Island": (-120.094, 47.342),
        "Wanapum": (-119.97, 46.873),
    }
    assert all(polygon.contains(shapely.Point(dam)) for dam in dams.values())
    assert not polygon.contains(shapely.Point(-120.51, 46.6))  # Yakima


def test_the_page_of_knobs_is_fresh() -> None:
    fresh = knobs_markdown(FAMILIES, OBJECTIVES)
    assert (ROOT / "models/KNOBS.md").read_text(encoding="utf-8") == fresh, "write it anew: siting knobs --write models/KNOBS.md"


def test_the_page_tells_every_knob_with_its_facts() -> None:
    page = knobs_markdown(FAMILIES, OBJECTIVES)
    for family in FAMILIES:
        section = page[page.index(f"## {family.title}\n") :]
        section = section[: section.find("\n## ", 1)]
        for fact in knob_facts(family.knobs):
            (row,) = [line for line in section.splitlines() if line.startswith(f"| `{fact.name}` |")]
            assert fact.meaning in row
            assert f"| {fact.source} |" in row
            assert f"| {fact.unit} |" in row
    models: list[type[Knobs]] = [General, ModuleType, *SECTIONS.values()]
    for model in models:
        assert all(f"| `{name}` |" in page for name in model.model_fields)
    assert all(f"`{aim.name}`" in page for aim in OBJECTIVES)


def test_no_setting_or_family_shares_a_name() -> None:
    names = [*General.model_fields, *SECTIONS, "modules", "layers", "crs", "edits", "why", *(family.name for family in FAMILIES)]
    assert len(names) == len(set(names))
