"""The model by quarters: the northwest model in everything but its periods, what it is searched on and how its money is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from siting.layers.schema import TABLES
from siting.scenario import Scenario, load_scenario

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Scenario, Scenario]:
    """The yearly model and the one by quarters, over a region of the right names."""
    folder = tmp_path_factory.mktemp("stand")
    region = folder / "data/northwest"
    region.mkdir(parents=True)
    for name, table in TABLES.items():
        if name != "candidates":
            (region / f"{name}.{'csv' if table.shape == 'None' else 'geojson'}").touch()
    years, quarters = (load_scenario(ROOT / "models" / name, (), (), folder) for name in ("northwest", "northwest-quarters"))
    return years, quarters


def test_it_loads_without_a_warning(both: tuple[Scenario, Scenario]) -> None:
    assert both[1].name == "northwest-quarters"
    assert not both[1].warnings


def test_it_has_twelve_quarters_from_the_same_month(both: tuple[Scenario, Scenario]) -> None:
    periods = both[1].time.periods
    assert [period.months for period in periods] == [3] * 12
    assert [period.name for period in periods][:5] == ["2027-Q1", "2027-Q2", "2027-Q3", "2027-Q4", "2028-Q1"]
    assert both[1].start == both[0].start


def test_a_quarter_has_its_share_of_the_money_and_keeps_what_is_left(both: tuple[Scenario, Scenario]) -> None:
    budget = both[1].knobs["budget"].model_dump()
    assert budget["carry_over"]
    assert budget["period_musd_per_year"] * 3 / 12 == 3750.0
    assert budget["total_musd"] == 45000.0


def test_it_is_searched_on_mean_days_and_dispatched_on_every_hour(both: tuple[Scenario, Scenario]) -> None:
    assert [(model.time.blocks, model.time.dispatch_blocks) for model in both] == [(6, 24), (1, 24)]


def test_everything_else_is_as_in_the_yearly_model(both: tuple[Scenario, Scenario]) -> None:
    years, quarters = (model.resolved() for model in both)
    for model in (years, quarters):
        for section, keys in (
            ("time", ("periods", "blocks")),
            ("budget", ("carry_over",)),
            ("effort", ("time_limit_s", "memory_gb")),
        ):
            for key in keys:
                model[section].pop(key)
        for key in ("name", "model", "title"):
            model.pop(key)
    assert quarters == years
