"""Solar fields at sites: the yield of the sheet, the land they share, what they curtail, and what is refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from siting.families.onsite_solar import CLEARNESS, DAYS, LATITUDES, PANELS, YEAR, capacity_factor
from siting.objectives import OBJECTIVES
from siting.solve.job import Status
from siting.verify.onsite_solar import hourly
from tests.planned import amount, broken_rules, operation, planned
from tests.worlds import Best, World, best_of, opened, small_world

HAIR = 1e-3


def sunny(blocks: int = 4, /, **knobs: float) -> World:
    """A dam with 40 MW by night and 20 MW by day, a site of much land, and a field."""
    world = small_world(blocks=blocks).only("land")
    world.model["off"].remove("onsite_solar")
    world.profiles["river"] = [[1.0] + [0.5] * (blocks - 2) + [1.0]]
    world.row("candidates", "a").update(land_ha=1000.0, limit_mw=40.0)
    world.model["onsite_solar"] = {"most_power_share": 50.0, **knobs}
    return world


def solved(world: World, folder: Path) -> Best:
    best = best_of(world, folder, OBJECTIVES[:1])
    assert best.status is Status.OPTIMAL
    return best


def test_yield_is_that_of_the_table() -> None:
    for column, clearness in enumerate(CLEARNESS):
        grid = capacity_factor(LATITUDES, float(clearness))
        assert grid.mean(axis=2) @ DAYS / 365.0 == pytest.approx(YEAR[:, column], rel=0.01)
        assert grid.max() <= 1.0
        assert grid.min() == 0.0


def test_yield_of_a_panel_is_the_anchor_of_the_sheet() -> None:
    texas, denmark = (
        float((capacity_factor(np.array([lat]), clearness).mean(axis=2) @ DAYS)[0] * 24.0 / PANELS)
        for lat, clearness in ((35.0, 0.55), (55.0, 0.50))
    )
    assert texas == pytest.approx(1690.0, rel=0.01)  # kWh a kW of panels
    assert denmark == pytest.approx(1140.0, rel=0.01)


def test_seasons_turn_round_south_of_the_equator() -> None:
    north, south = capacity_factor(np.array([40.0, -40.0]), 0.5).mean(axis=2)
    assert north.argmax() in (5, 6)
    assert south.argmax() in (11, 0)
    assert south.mean() == pytest.approx(north.mean(), rel=0.02)


def test_the_checker_computes_the_same_yield_by_itself() -> None:
    for latitude in (-70.0, -33.3, 0.0, 12.0, 44.4, 61.0):
        for clearness in (0.40, 0.55, 0.65):
            mine = capacity_factor(np.array([latitude]), clearness)[0]
            assert np.array(hourly(latitude, clearness)) == pytest.approx(mine, abs=1e-9)


def test_a_field_gives_what_the_sun_gives_it(tmp_path: Path) -> None:
    best = solved(sunny(), tmp_path)
    cf = best.program.problem.facts["onsite_solar"].cf[0]  # type: ignore[attr-defined]
    grid = capacity_factor(np.array([46.0]), 0.55)[0]
    assert cf == pytest.approx((grid * DAYS[:, None] / 365.0).sum(axis=0).reshape(4, 6).mean(axis=1))
    assert best.count() == 8  # 20 MW of sun by day
    assert best["onsite_solar.mw"][0, 0] >= 20.0 / cf[1:3].min() - 1e-6


def test_a_field_shares_the_land_with_the_modules(tmp_path: Path) -> None:
    cf = solved(sunny(), tmp_path).program.problem.facts["onsite_solar"].cf[0]  # type: ignore[attr-defined]
    needed = 8 * 1.0 + 20.0 / float(cf[1:3].min()) * PANELS * 2.0
    world = sunny()
    world.row("candidates", "a")["land_ha"] = needed + HAIR
    assert solved(world, tmp_path).count() == 8
    world.row("candidates", "a")["land_ha"] = needed - HAIR
    assert solved(world, tmp_path).count() == 7


def test_a_field_is_no_larger_than_the_load_standing_allows(tmp_path: Path) -> None:
    cf = solved(sunny(), tmp_path).program.problem.facts["onsite_solar"].cf[0]  # type: ignore[attr-defined]
    share = 20.0 / float(cf[1:3].min()) / 40.0
    assert solved(sunny(most_power_share=share + 1e-6), tmp_path).count() == 8
    assert solved(sunny(most_power_share=share - 1e-3), tmp_path).count() == 7


def test_a_field_costs_and_emits_by_the_mw(tmp_path: Path) -> None:
    best = best_of(sunny(panels_musd_per_mw=2.0, site_factor=1.5, upkeep_musd_per_mw_year=0.1), tmp_path, OBJECTIVES[:2])
    mw = float(best["onsite_solar.mw"][0, 0])
    ledgers = best.program.solved(best.values).ledgers
    land = 0.02 * (8 * 1.0 + mw * PANELS * 2.0)
    assert ledgers["capital_musd"][0] == pytest.approx(1.5 * 2.0 * PANELS * mw + land)
    mean = float(best.program.problem.facts["onsite_solar"].cf[0].mean())  # type: ignore[attr-defined]
    assert ledgers["carbon_t_per_year"][0] == pytest.approx(0.045 * 8760.0 * mean * mw)


@pytest.mark.parametrize(("knob", "values"), [("most_power_share", (4.0, 1.0, 0.0)), ("clearness_share", (0.65, 0.5, 0.4))])
def test_a_tighter_knob_never_gives_more(knob: str, values: tuple[float, ...], tmp_path: Path) -> None:
    worlds = [sunny(**{"most_power_share": 1.0, knob: value}) for value in values]
    counts = [solved(world, tmp_path).count() for world in worlds]
    assert counts == sorted(counts, reverse=True)


def test_no_field_allowed_is_as_if_it_were_switched_off(tmp_path: Path) -> None:
    none = opened(sunny(most_power_share=0.0), tmp_path).program()
    assert not [each for each in none.space.variables if each.name.startswith("onsite_solar.")]


# ---- the files


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return planned(sunny(), tmp_path_factory.mktemp("field"))


def test_a_sound_plan_passes(made: Path) -> None:
    assert broken_rules(made) == set()


FIELD, GIVEN = "onsite_solar_mw", "onsite_solar_output_mw"
DAMAGE: dict[str, tuple[str, Callable[[Path], None]]] = {
    "more output": ("onsite_solar.output", lambda folder: operation(folder, GIVEN, lambda mw: mw + 0.1)),
    "less output": ("onsite_solar.output", lambda folder: operation(folder, GIVEN, lambda mw: mw * 0.99)),
    "a larger field": ("onsite_solar.output", lambda folder: amount(folder, FIELD, lambda mw: mw * 1.01)),
    "a smaller field": ("onsite_solar.output", lambda folder: amount(folder, FIELD, lambda mw: mw * 0.99)),
    "a field beyond the land": ("land.area", lambda folder: amount(folder, FIELD, lambda mw: mw * 100.0)),
    "a field beyond the load": ("onsite_solar.size", lambda folder: amount(folder, FIELD, lambda mw: mw * 100.0)),
    "a negative field": ("onsite_solar.size", lambda folder: amount(folder, FIELD, lambda mw: -mw)),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_field_is_refused(name: str, made: Path, tmp_path: Path) -> None:
    shutil.copytree(made.parent, tmp_path / "world")
    rule, harm = DAMAGE[name]
    harm(tmp_path / "world/plan")
    assert rule in broken_rules(tmp_path / "world/plan")
