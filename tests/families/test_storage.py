"""Batteries: what they make possible at the very limit, what they cost, and what is refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from siting.families.storage import StorageKnobs, _netted, fade_share, oversize
from siting.objectives import OBJECTIVES
from siting.solve.job import Status
from tests.planned import amount, broken_rules, operation, planned
from tests.worlds import World, best_of, opened, optimum, small_world

HAIR = 1e-3
LOSSLESS = {"round_trip_share": 1.0, "least_charge_share": 0.0, "longest_h": 12.0, "most_power_share": 0.5}


def day_and_night(blocks: int = 2, /, **knobs: float) -> World:
    """A dam with 20 MW and 60 MW by turns, and batteries."""
    world = small_world(blocks=blocks).only()
    world.model["off"].remove("storage")
    world.profiles["river"] = [[0.5, 1.5] * (blocks // 2)]
    world.model["storage"] = {**LOSSLESS, **knobs}
    return world


def count(world: World, folder: Path) -> int:
    best = best_of(world, folder, OBJECTIVES[:1])
    assert best.status is Status.OPTIMAL
    return best.count()


def test_a_battery_without_losses_makes_a_day_even(tmp_path: Path) -> None:
    assert count(day_and_night(), tmp_path) == 8  # 40 MW on the mean
    assert count(day_and_night().without("storage"), tmp_path) == 4


def test_a_line_carries_more_than_its_site_draws_where_a_battery_charges_from_it(tmp_path: Path) -> None:
    world = day_and_night()
    world.row("candidates", "a")["limit_mw"] = 40.0
    best = best_of(world, tmp_path)
    assert best.count() == 8  # they draw 40 MW by night too, when the dam has 20
    assert best["line_mw"].tolist() == [[pytest.approx(60.0)]]
    assert best["flow_mw"].max() == pytest.approx(60.0)


def test_losses_are_what_the_round_trip_says(tmp_path: Path) -> None:
    # 7 modules: 12 h * 15 MW out of 12 h * 25 MW in
    assert count(day_and_night(round_trip_share=0.6 + HAIR, most_power_share=1.0), tmp_path) == 7
    assert count(day_and_night(round_trip_share=0.6 - HAIR, most_power_share=1.0), tmp_path) == 6


def test_power_is_bounded_by_the_load_standing(tmp_path: Path) -> None:
    # 20 MW for 40 MW of load, 15 MW for 35
    assert count(day_and_night(most_power_share=0.5 - HAIR), tmp_path) == 7


def test_energy_is_bounded_by_hours_at_full_power(tmp_path: Path) -> None:
    assert count(day_and_night(longest_h=12.0 - HAIR), tmp_path) == 7


def test_the_last_charge_is_never_given(tmp_path: Path) -> None:
    assert count(day_and_night(least_charge_share=HAIR), tmp_path) == 7


def test_cycles_a_day_bound_what_is_given(tmp_path: Path) -> None:
    assert count(day_and_night(cycles_per_day=1.0 - HAIR), tmp_path) == 7


def test_two_cycles_a_day_need_half_the_energy(tmp_path: Path) -> None:
    twice = day_and_night(4, longest_h=6.0)
    assert count(twice.turned(storage__cycles_per_day=2.0), tmp_path) == 8
    assert count(twice.turned(storage__cycles_per_day=1.0), tmp_path) == 5  # 12 h * 5 MW out of 6 h * 12.5 MW


def test_the_level_keeps_a_battery_within_its_energy(tmp_path: Path) -> None:
    long = day_and_night(2, cycles_per_day=2.0, longest_h=6.0)
    assert count(long, tmp_path) == 5  # 12 h * 5 MW out of 6 h * 12.5 MW


def test_fade_is_that_of_the_sheet() -> None:
    left = [1.0 - fade_share(years, 1.0) for years in (5, 10, 16, 20)]
    assert left == pytest.approx([0.931, 0.876, 0.813, 0.772], abs=1e-3)
    assert oversize(StorageKnobs()) == pytest.approx(1.0 / 0.876, rel=1e-3)


def test_a_battery_costs_what_is_bought_of_it(tmp_path: Path) -> None:
    world = day_and_night(service_years=0.0, price_factor=2.0, energy_musd_per_mwh=0.2, power_musd_per_mw=0.1)
    best = best_of(world, tmp_path)
    solved = best.program.solved(best.values)
    assert best["storage.mw"][0, 0] == pytest.approx(20.0)
    assert best["storage.mwh"][0, 0] == pytest.approx(240.0)
    assert solved.ledgers["capital_musd"][0] == pytest.approx(2.0 * (0.2 * 240.0 + 0.1 * 20.0))
    assert best.program.solved(best.values).ledgers["land_ha"][0, 0] == pytest.approx(24.0)


def test_standby_energy_is_never_cycled(tmp_path: Path) -> None:
    program = opened(day_and_night(), tmp_path).program()
    standby = next(each for each in program.space.variables if each.name == "storage.standby_mw")
    standby.lower_values[:] = HAIR
    assert optimum(program, OBJECTIVES[:1]).count() == 7


@pytest.mark.parametrize(
    ("knob", "values"),
    [
        ("round_trip_share", (0.9, 0.7, 0.5)),
        ("least_charge_share", (0.0, 0.2, 0.5)),
        ("longest_h", (12.0, 6.0, 3.0)),
        ("shortest_h", (2.0, 12.0)),
        ("most_power_share", (0.5, 0.2, 0.0)),
        ("cycles_per_day", (1.0, 0.5, 0.2)),
    ],
)
def test_a_tighter_knob_never_gives_more(knob: str, values: tuple[float, ...], tmp_path: Path) -> None:
    counts = [count(day_and_night(**{knob: value}), tmp_path) for value in values]
    assert counts == sorted(counts, reverse=True)


def test_no_power_allowed_is_as_if_it_were_switched_off(tmp_path: Path) -> None:
    none = opened(day_and_night(most_power_share=0.0), tmp_path).program()
    assert not [each for each in none.space.variables if each.name.startswith("storage.")]


# ---- the files


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = day_and_night(4, round_trip_share=0.81, least_charge_share=0.1).turned(storage__service_years=10.0)
    return planned(world, tmp_path_factory.mktemp("storage"))


def test_a_sound_plan_passes(made: Path) -> None:
    assert broken_rules(made) == set()


def test_more_than_a_cycle_a_day_passes_too(tmp_path: Path) -> None:
    assert broken_rules(planned(day_and_night(4, cycles_per_day=2.0, longest_h=4.0), tmp_path)) == set()


DAMAGE: dict[str, tuple[str, Callable[[Path], None]]] = {
    "more charging": ("storage.level", lambda folder: operation(folder, "battery_charge_mw", lambda mw: mw * 1.01)),
    "less charging": ("storage.level", lambda folder: operation(folder, "battery_charge_mw", lambda mw: mw * 0.99)),
    "more discharging": ("storage.level", lambda folder: operation(folder, "battery_discharge_mw", lambda mw: mw * 1.01)),
    "less discharging": ("core.balance", lambda folder: operation(folder, "battery_discharge_mw", lambda mw: mw * 0.99)),
    "a fuller battery": ("storage.room", lambda folder: operation(folder, "battery_level_mwh", lambda mwh: mwh + 500.0)),
    "an empty battery": ("storage.room", lambda folder: operation(folder, "battery_level_mwh", lambda mwh: mwh - 10.0)),
    "a level out of step": ("storage.level", lambda folder: operation(folder, "battery_level_mwh", lambda mwh: mwh + 1.0, "00-")),
    "both at once": ("storage.power", lambda folder: operation(folder, "battery_charge_mw", lambda mw: mw + 1.0)),
    "negative charging": ("storage.power", lambda folder: operation(folder, "battery_charge_mw", lambda mw: -mw)),
    "less power": ("storage.power", lambda folder: amount(folder, "battery_mw", lambda mw: mw * 0.9)),
    "less energy": ("storage.cycles", lambda folder: amount(folder, "battery_mwh", lambda mwh: mwh * 0.9)),
    "more energy": ("money.line", lambda folder: amount(folder, "battery_mwh", lambda mwh: mwh * 1.01)),
    "too much energy": ("storage.size", lambda folder: amount(folder, "battery_mwh", lambda mwh: mwh * 20.0)),
    "too much power": ("storage.size", lambda folder: amount(folder, "battery_mw", lambda mw: mw * 20.0)),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_battery_is_refused(name: str, made: Path, tmp_path: Path) -> None:
    shutil.copytree(made.parent, tmp_path / "world")
    rule, harm = DAMAGE[name]
    harm(tmp_path / "world/plan")
    assert rule in broken_rules(tmp_path / "world/plan")


def test_simultaneous_charging_is_netted_without_losing_energy() -> None:
    knobs = StorageKnobs(round_trip_share=0.81)
    charge, discharge, into = _netted(np.array([2.0, 1.0]), np.array([1.0, 2.0]), knobs)
    assert into == pytest.approx([0.9 * 2.0 - 1.0 / 0.9, 0.9 - 2.0 / 0.9])
    assert np.minimum(charge, discharge).max() == 0.0
    assert (discharge - charge >= np.array([-1.0, 1.0])).all()
