"""Cooling by technology and height, and limits on number, size and distance of sites."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from siting.errors import InputError
from siting.families.cooling import CoolingKnobs, power_usage
from siting.families.site_limits import too_near
from siting.objectives import OBJECTIVES
from siting.solve.job import Status
from tests.planned import broken_rules, planned
from tests.verify.damage import cell
from tests.worlds import World, best_of, candidate, opened, small_world, source

MOST_COMPUTE = OBJECTIVES[:1]


# ---- cooling


@pytest.mark.parametrize(
    ("technology", "air_c", "pue"),
    [
        ("dry", 24.0, 1.086), ("dry", 34.0, 1.123), ("dry", 44.0, 1.249), ("dry", 60.0, 1.29),
        ("air", 30.0, 1.14), ("air", 40.0, 1.37),
        ("evaporative", 20.0, 1.155), ("evaporative", 30.0, 1.21), ("evaporative", 40.0, 1.38),
    ],
)  # fmt: skip
def test_pue_is_that_of_the_published_curve_and_the_margin(technology: str, air_c: float, pue: float) -> None:
    knobs = CoolingKnobs.model_validate({"technology": technology})
    assert float(power_usage(np.array([air_c]), knobs)[0]) == pytest.approx(pue)


def test_fans_take_more_in_thin_air() -> None:
    thin = (1.0 - 2.25577e-5 * 1500.0) ** (-2 * 4.2559) - 1.0  # about a third more
    assert thin == pytest.approx(0.34, abs=0.01)
    hot = np.array([34.0])
    for technology, fans in (("dry", 0.0225), ("air", 0.06), ("evaporative", 0.0)):
        knobs = CoolingKnobs.model_validate({"technology": technology})
        more = power_usage(hot, knobs, 1500.0) - power_usage(hot, knobs)
        assert float(more[0]) == pytest.approx(fans * thin)


def high(metres: float, **knobs: object) -> World:
    world = small_world().only("cooling")
    world.row("climate", "air").update({"mean_c": 24.0, "elevation_m": metres})
    world.model["cooling"] = {"technology": "air", "margin": 0.0, "air_pue": 1.12, **knobs}
    return world


def test_a_high_site_holds_less_on_the_same_power(tmp_path: Path) -> None:
    for mw, metres, modules in ((39.2, 0.0, 7), (39.2, 1500.0, 6)):
        world = high(metres)
        world.row("sources", "dam")["mean_output_mw"] = mw
        assert best_of(world, tmp_path / f"{metres}", MOST_COMPUTE).count() == modules


def test_a_limit_of_the_facility_counts_the_hottest_day(tmp_path: Path) -> None:
    world = high(0.0, limit_is_facility=True)  # 24 + 10 + 5 + 6 = 45 C: a PUE of 1.12 + 15 * 0.023
    world.row("candidates", "a")["limit_mw"] = 10.0 * 1.465
    assert best_of(world, tmp_path / "fits", MOST_COMPUTE).count() == 2
    world.row("candidates", "a")["limit_mw"] = 10.0 * 1.465 - 1e-3
    assert best_of(world, tmp_path / "less", MOST_COMPUTE).count() == 1


@pytest.mark.parametrize("technology", ["dry", "air", "evaporative"])
def test_a_plan_with_any_cooling_passes(technology: str, tmp_path: Path) -> None:
    world = high(1200.0, technology=technology, margin=0.02)
    assert broken_rules(planned(world, tmp_path)) == set()


def test_an_unknown_technology_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        opened(high(0.0, technology="ice"), tmp_path)
    assert "evaporative" in next(fault for fault in refused.value.faults if not fault.warning).expected


# ---- site limits


def row_of_sites(**knobs: object) -> World:
    """Three sites in a row, some 23 km from one to the next, each with a dam of 10 MW."""
    world = small_world().only()
    world.model["off"] = sorted(set(world.model["off"]) - {"site_limits"})
    world.model["site_limits"] = knobs
    world.model["hydro"]["reach_km"] = 15.0
    places = [("a", -120.8), ("b", -120.5), ("c", -120.2)]
    world.layers["candidates"] = [candidate(key, lon, 46.0) for key, lon in places]
    world.layers["sources"] = [source(f"dam-{key}", lon, 46.1, mean_output_mw=10.0) for key, lon in places]
    return world


def opened_sites(world: World, folder: Path) -> int:
    best = best_of(world, folder, MOST_COMPUTE)
    assert best.status is Status.OPTIMAL
    return round(float(best["open"][:, -1].sum()))


def test_no_limit_writes_no_row(tmp_path: Path) -> None:
    program = opened(row_of_sites(), tmp_path).program()
    assert not [name for name in program.model.component_map() if name.startswith("site_limits.")]
    assert opened_sites(row_of_sites(), tmp_path / "free") == 3


def test_sites_are_as_many_as_may_and_must_be(tmp_path: Path) -> None:
    assert opened_sites(row_of_sites(most_sites=2), tmp_path / "two") == 2
    poor = row_of_sites(least_sites=3).turned(budget__total_musd=400.0, budget__period_musd_per_year=400.0)
    poor.model["off"] = sorted(set(poor.model["off"]) - {"budget", "hardware"})
    best = best_of(poor, tmp_path / "poor", MOST_COMPUTE)
    assert best.status is Status.INFEASIBLE


def test_sites_keep_their_distance_to_the_metre(tmp_path: Path) -> None:
    from siting.geo import geodesic_km

    km = float(geodesic_km(-120.8, 46.0, -120.5, 46.0))
    assert opened_sites(row_of_sites(spacing_km=km), tmp_path / "at") == 3
    assert opened_sites(row_of_sites(spacing_km=km + 1e-3), tmp_path / "beyond") == 2
    assert opened_sites(row_of_sites(spacing_km=2.5 * km), tmp_path / "alone") == 1


def test_cliques_hold_every_near_pair_and_no_other() -> None:
    rng = np.random.default_rng(5)
    places = np.column_stack([rng.uniform(-121, -120, 40), rng.uniform(45, 46, 40)])
    from siting.geo import geodesic_km

    clique, member = too_near(places, 30.0)
    held = {pair for c in set(clique.tolist()) for pair in itertools.combinations(sorted(member[clique == c].tolist()), 2)}
    near = {(i, j) for i, j in itertools.combinations(range(40), 2) if geodesic_km(*places[i], *places[j]) < 30.0}
    assert held == near
    assert len(set(clique.tolist())) < len(near)


def test_a_site_is_no_smaller_and_no_larger_than_it_may_be(tmp_path: Path) -> None:
    world = row_of_sites(least_mw=10.0)
    world.row("sources", "dam-b")["mean_output_mw"] = 9.9
    assert opened_sites(world, tmp_path / "small") == 2
    best = best_of(row_of_sites(most_mw=5.0), tmp_path / "large", MOST_COMPUTE)
    assert best.it_mw()[:, -1].tolist() == [5.0, 5.0, 5.0]


@pytest.mark.parametrize(
    ("limits", "locks", "both"),
    [
        ({"most_sites": 1, "least_sites": 2}, {}, ("2 sites", "site_limits.most_sites")),
        ({"most_mw": 5.0, "least_mw": 10.0}, {}, ("10 MW", "site_limits.most_mw")),
        ({"most_sites": 1}, {"force": ["a", "b"]}, ("2 sites", "site_limits.most_sites")),
        ({"least_sites": 4}, {}, ("4 sites, of 3 candidates", "at most 3")),
        ({"spacing_km": 40.0}, {"force": ["a", "b"]}, ("a and b", "site_limits.spacing_km")),
        ({"least_mw": 500.0}, {"force": ["a"]}, ("100 MW", "site_limits.least_mw")),
    ],
)
def test_limits_that_clash_are_refused_with_both_sides(
    limits: dict[str, object], locks: dict[str, object], both: tuple[str, str], tmp_path: Path
) -> None:
    world = row_of_sites(**limits)
    world.model["off"] = sorted(set(world.model["off"]) - {"locks"})
    world.model["locks"] = locks
    with pytest.raises(InputError) as refused:
        opened(world, tmp_path)
    fault = next(fault for fault in refused.value.faults if not fault.warning)
    assert both[0] in fault.value
    assert both[1] in fault.expected


def test_a_plan_within_its_limits_passes_and_one_beyond_does_not(tmp_path: Path) -> None:
    world = row_of_sites(most_sites=2, least_sites=2, least_mw=10.0, spacing_km=30.0)
    folder = planned(world, tmp_path)
    assert broken_rules(folder) == set()
    path = folder / "scenario.json"
    sound = path.read_text()
    for told, harder, rule in (
        ('"most_sites": 2', '"most_sites": 1', "site_limits.most_sites"),
        ('"least_sites": 2', '"least_sites": 3', "site_limits.least_sites"),
        ('"least_mw": 10.0', '"least_mw": 11.0', "site_limits.least_mw"),
        ('"most_mw": 5000.0', '"most_mw": 9.0', "site_limits.most_mw"),
        ('"spacing_km": 30.0', '"spacing_km": 50.0', "site_limits.spacing"),
    ):
        assert told in sound
        path.write_text(sound.replace(told, harder))
        assert rule in broken_rules(folder)
    path.write_text(sound)
    cell(folder, "modules.csv", 0, "count", lambda _: 1)
    assert "site_limits.least_mw" in broken_rules(folder)
