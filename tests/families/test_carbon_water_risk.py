"""Carbon, water and the risk of dry years: exact limits, prices, and what the checker finds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from siting.objectives import OBJECTIVES
from siting.solve.job import Status
from siting.verify.risk import premium_musd
from tests.planned import broken_rules, planned
from tests.worlds import Best, World, best_of, opened, optimum, small_world

MOST_COMPUTE = OBJECTIVES[:1]


def on(*families: str, **sections: dict[str, object]) -> World:
    """A dam of 40 MW and one site; nothing is on but these families."""
    world = small_world(seasons=2).only(*families)
    world.model["off"] = sorted(set(world.model["off"]) - set(families))
    for name, knobs in sections.items():
        world.model[name] = {**world.model.get(name, {}), **knobs}
    return world


def count(world: World, folder: Path) -> int:
    best = best_of(world, folder, MOST_COMPUTE)
    assert best.status is Status.OPTIMAL
    return best.count()


# ---- carbon


def test_a_carbon_cap_counts_energy_and_a_year_of_what_was_built(tmp_path: Path) -> None:
    yearly = 4 * (5.0 * 8760 * 0.024 + 5.0 * 1000.0 / 10.0)  # four modules: 1 051.2 t a year of energy each, 500 t built
    assert count(on("carbon", carbon={"cap_t_per_year": yearly}), tmp_path / "enough") == 4
    assert count(on("carbon", carbon={"cap_t_per_year": yearly - 0.1}), tmp_path / "short") == 3


def test_carbon_of_the_grid_is_what_its_zone_says(tmp_path: Path) -> None:
    world = on("carbon", carbon={"cap_t_per_year": 5.0 * 8760 * 0.5, "embodied_t_per_mw": 0.0})
    world.model["off"] = sorted({*world.model["off"], "hydro"} - {"grid_strain"})
    world.model["grid_strain"] = {"import_floor_mw": 500.0}
    world.profiles["load"] = [[0.5], [0.5]]
    assert count(world, tmp_path / "knob") == 3  # 500 / 129
    for zone in world.layers["zones"]:
        zone["carbon_kg_per_mwh"] = 250.0
    assert count(world, tmp_path / "zone") == 2


def test_a_price_of_carbon_is_a_running_cost(tmp_path: Path) -> None:
    found = best_of(on("carbon", carbon={"price_usd_per_t": 100.0}), tmp_path)
    ledgers = found.program.solved(found.values).ledgers
    tonnes = ledgers["carbon_t_per_year"] + ledgers["embodied_t"] / 10.0
    energy = 8 * 5.0 * 8760 * 45e-6
    assert tonnes == pytest.approx([8 * (5.0 * 8760 * 0.024 + 500.0)])
    assert ledgers["running_musd"] == pytest.approx(energy + 100e-6 * tonnes)


# ---- water


@pytest.mark.parametrize(("technology", "litres"), [("dry", 0.005), ("evaporative", 0.3)])
def test_water_is_that_of_the_technology_and_its_limits_hold(technology: str, litres: float, tmp_path: Path) -> None:
    for number, key in enumerate(("most_m3_per_year", "site_m3_per_year")):
        most = 3 * 5.0 * 8760 * litres
        world = on("cooling", "water", cooling={"technology": technology}, water={key: most})
        assert count(world, tmp_path / f"{number}") == 3
        assert count(world.turned(**{f"water__{key}": most - 0.01}), tmp_path / f"less-{number}") == 2


def test_an_air_economiser_needs_no_water(tmp_path: Path) -> None:
    world = on("cooling", "water", cooling={"technology": "air"}, water={"most_m3_per_year": 0.0})
    assert count(world, tmp_path) == 7  # 40 MW at a PUE of 1.14


# ---- risk


def three_waters(weight: float, tail: float = 0.25) -> World:
    """The dam is cheap and dry in one year of four; solar of any amount is dear and always there."""
    world = on("locks", risk={"weight": weight, "tail_share": tail}, locks={"force": ["a"]})
    world.model["off"] = sorted(set(world.model["off"]) - {"risk", "solar"})
    world.model["time"]["hydrology"] = [
        {"name": "dry", "probability_share": 0.25, "water_factor": 0.5},
        {"name": "normal", "probability_share": 0.75, "water_factor": 1.0},
    ]
    world.model["solar"] = {"contract_share": 1.0, "price_usd_per_mwh": 90.0}
    world.layers["sources"].append({**world.row("sources", "dam"), "id": "field", "kind": "solar", "profile": "sun"})
    world.row("candidates", "a")["limit_mw"] = 40.0
    return world


def test_the_premium_is_what_a_dry_year_costs_beyond_the_mean(tmp_path: Path) -> None:
    best = best_of(three_waters(0.4), tmp_path)
    assert best.count() == 8
    normal, dry = 40.0 * 8760 * 45e-6, 8760 * (20.0 * 45e-6 + 20.0 * 90e-6)
    assert best["risk.premium"] == pytest.approx([dry - (0.75 * normal + 0.25 * dry)])
    assert best.program.solved(best.values).ledgers["running_musd"] == pytest.approx(
        [0.75 * normal + 0.25 * dry + 0.4 * 0.75 * (dry - normal)]
    )


def test_all_years_together_or_one_year_have_no_premium(tmp_path: Path) -> None:
    assert best_of(three_waters(1.0, tail=1.0), tmp_path / "all")["risk.premium"] == pytest.approx([0.0], abs=1e-6)
    one = three_waters(1.0)
    one.model["time"]["hydrology"] = []
    assert best_of(one, tmp_path / "one")["risk.premium"] == pytest.approx([0.0], abs=1e-6)


def test_no_weight_writes_nothing(tmp_path: Path) -> None:
    program = opened(three_waters(0.0), tmp_path).program()
    assert not [variable.name for variable in program.space.variables if variable.name.startswith("risk.")]


def test_more_weight_never_makes_a_plan_cheaper(tmp_path: Path) -> None:
    costs = [_cost(best_of(three_waters(weight), tmp_path / str(weight))) for weight in (0.0, 0.3, 1.0)]
    assert costs == sorted(costs)


def _cost(best: Best) -> float:
    assert best.status is Status.OPTIMAL
    return best.reached[1]


def test_the_checkers_premium_is_the_mean_of_the_dearest_years() -> None:
    cost, share = np.array([[10.0], [40.0], [20.0]]), np.array([0.5, 0.2, 0.3])
    assert premium_musd(cost, share, 0.4) == pytest.approx([(0.2 * 40 + 0.2 * 20) / 0.4 - 19.0])
    assert premium_musd(cost, share, 1.0) == pytest.approx([0.0])


# ---- the checker


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = three_waters(0.5)
    world.model["off"] = sorted(set(world.model["off"]) - {"carbon", "water", "cooling"})
    world.model["carbon"] = {"price_usd_per_t": 50.0, "cap_t_per_year": 20000.0}
    world.model["water"] = {"most_m3_per_year": 1e5}
    return planned(world, tmp_path_factory.mktemp("plan"))


def test_a_plan_with_carbon_water_and_risk_passes(folder: Path) -> None:
    assert broken_rules(folder) == set()


@pytest.mark.parametrize(
    ("item", "factor", "rule"),
    [
        ("carbon_t_per_year", 0.9, "carbon.told"),
        ("embodied_t", 1.1, "carbon.told"),
        ("programme_water_m3_per_year", 0.5, "water.told"),
        ("risk_premium_musd", 0.9, "risk.premium"),
        ("risk_premium_musd", 1.1, "money.line"),
    ],
)
def test_what_is_told_wrongly_of_the_programme_is_found(item: str, factor: float, rule: str, folder: Path) -> None:
    path = folder / "programme.csv"
    sound = path.read_text()
    table = pd.read_csv(path)
    table.loc[table["item"] == item, "amount"] *= factor
    table.to_csv(path, index=False)
    try:
        assert rule in broken_rules(folder)
    finally:
        path.write_text(sound)


def test_carbon_and_water_are_held_by_their_limits(folder: Path) -> None:
    path = folder / "scenario.json"
    sound = path.read_text()
    for told, harder, rule in (
        ('"cap_t_per_year": 20000.0', '"cap_t_per_year": 9000.0', "carbon.cap"),
        ('"most_m3_per_year": 100000.0', '"most_m3_per_year": 100.0', "water.programme"),
        ('"site_m3_per_year": 1000000000.0', '"site_m3_per_year": 100.0', "water.site"),
    ):
        assert told in sound
        path.write_text(sound.replace(told, harder))
        try:
            assert rule in broken_rules(folder)
        finally:
            path.write_text(sound)


def test_optimum_of_everything_at_once_is_proven(tmp_path: Path) -> None:
    world = three_waters(0.5)
    world.model["off"] = sorted(set(world.model["off"]) - {"carbon", "water", "cooling"})
    assert optimum(opened(world, tmp_path).program()).status is Status.OPTIMAL
