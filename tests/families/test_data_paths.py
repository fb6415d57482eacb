"""Data paths: when fibre is lit, who shares it, what the sky carries, how long a way takes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from siting.errors import InputError
from siting.geo import geodesic_km
from siting.objectives import OBJECTIVES
from siting.sky import footprint_angle, laser_ms, satellites_in_view, slant_km
from siting.solve.job import Status
from tests.planned import broken_rules, planned, verdict
from tests.worlds import Best, World, best_of, candidate, named, opened, small_world

MOST_COMPUTE = OBJECTIVES[:1]
HAIR = 1e-3
PSI = footprint_angle(550.0, 25.0)


def wired(periods: int = 1, **knobs: Any) -> World:
    """Fibre alone to one point of presence, one path asked; fibre costs no upkeep and power nothing."""
    world = small_world(periods=periods).only("connectivity", "fibre")
    world.layers["pops"] = world.layers["pops"][:1]
    free = {"fibre__upkeep_share_per_year": 0.0, "hydro__price_usd_per_mwh": 0.0}
    return world.turned(**{"connectivity__paths": 1, **free, **knobs})


def skied(periods: int = 1, **knobs: Any) -> World:
    """Satellite alone, one path, 0.3 Gbps a MW: 1.5 Gbps a module."""
    world = small_world(periods=periods).only("connectivity", "satellite")
    ample = {"satellite__cell_gbps": 100.0, "satellite__gateway_gbps": 100.0, "satellite__terminal_gbps": 3.0}
    return world.turned(**{"connectivity__paths": 1, **ample, **knobs})


def neighbours(periods: int = 1, /, **knobs: Any) -> World:
    """Two sites of one module each, four kilometres apart, some thirty from the only point of presence."""
    world = wired(periods, **{"fibre__shared_reach_km": 10.0, **knobs})
    world.layers["candidates"] = [
        candidate("a", -120.5, 46.0, limit_mw=5.0),
        candidate("b", -120.45, 46.0, limit_mw=5.0),
    ]
    return world


def most(world: World, folder: Path) -> list[float]:
    """Most MW of IT by period."""
    best = best_of(world, folder, MOST_COMPUTE)
    assert best.status is Status.OPTIMAL
    return [float(mw) for mw in best.it_mw().sum(axis=0)]


def cheapest(world: World, folder: Path) -> Best:
    best = best_of(world, folder)
    assert best.status is Status.OPTIMAL
    return best


def apart(world: World, one: tuple[str, str], other: tuple[str, str]) -> float:
    a, b = world.row(*one)["at"], world.row(*other)["at"]
    return float(geodesic_km(*a, *b))


# ---- when fibre is lit


def test_a_lateral_serves_from_the_period_in_which_it_is_lit(tmp_path: Path) -> None:
    assert most(wired(2, fibre__lead_months=12.0), tmp_path) == [0.0, 40.0]
    assert most(wired(2, fibre__lead_months=12.0 + HAIR), tmp_path) == [0.0, 0.0]


def test_a_lateral_lit_with_the_first_module_is_in_time_for_the_first_period(tmp_path: Path) -> None:
    assert most(wired(fibre__lead_months=8.0), tmp_path) == [40.0]  # modules have power after eight months
    assert most(wired(fibre__lead_months=8.0 + HAIR), tmp_path) == [0.0]


def test_a_longer_lateral_is_lit_later(tmp_path: Path) -> None:
    route = 1.4 * apart(wired(), ("candidates", "a"), ("pops", "pop-1"))
    assert most(wired(fibre__lead_months_per_km=8.0 / route), tmp_path) == [40.0]
    assert most(wired(fibre__lead_months_per_km=8.0 / route + 1e-6), tmp_path) == [0.0]


def test_satellite_comes_first_and_fibre_later(tmp_path: Path) -> None:
    world = skied(2, fibre__lead_months=12.0, satellite__site_terminals=2)
    world.model["off"].remove("fibre")
    assert most(world, tmp_path) == [20.0, 40.0]  # two terminals of 3 Gbps carry four modules
    best = cheapest(world, tmp_path)
    assert best["fibre.lateral"].sum(axis=0).tolist() == [0.0, 1.0]


def test_a_second_path_is_asked_for_only_from_its_month(tmp_path: Path) -> None:
    world = skied(2, fibre__lead_months=12.0, connectivity__paths=2, connectivity__paths_from_months=12.0)
    world.model["off"].remove("fibre")
    world.layers["pops"] = world.layers["pops"][:1]
    assert most(world, tmp_path) == [40.0, 40.0]
    assert most(world.turned(connectivity__paths_from_months=0.0), tmp_path) == [0.0, 40.0]
    assert most(world.turned(fibre__lead_months=12.0 + HAIR), tmp_path) == [0.0, 0.0]  # what opens must have two paths later


# ---- fibre that is shared


def test_neighbours_share_one_lateral_over_a_spur(tmp_path: Path) -> None:
    world = neighbours()
    lateral = 0.5 + 0.126 * apart(world, ("candidates", "a"), ("pops", "pop-1"))
    spur = 0.2 + 0.126 * apart(world, ("candidates", "a"), ("candidates", "b"))
    best = cheapest(world, tmp_path)
    assert best.count() == 2
    assert best.reached[1] == pytest.approx(lateral + spur)
    assert cheapest(world.turned(fibre__spur_ends_musd=1.0), tmp_path).reached[1] == pytest.approx(lateral + spur + 0.8)


def test_no_reach_and_no_room_on_the_pair_leave_two_laterals(tmp_path: Path) -> None:
    both = sum(0.5 + 0.126 * apart(neighbours(), ("candidates", key), ("pops", "pop-1")) for key in "ab")
    length = apart(neighbours(), ("candidates", "a"), ("candidates", "b"))
    for turn in ({"shared_reach_km": 0.0}, {"shared_reach_km": length - 1e-6}, {"pair_gbps": 3200.0 - HAIR}):
        world = neighbours(**{f"fibre__{key}": value for key, value in turn.items()})
        assert cheapest(world, tmp_path).reached[1] == pytest.approx(both)
    assert cheapest(neighbours(fibre__pair_gbps=3200.0), tmp_path).reached[1] < both


def test_a_spur_dearer_than_the_sites_own_lateral_is_no_candidate(tmp_path: Path) -> None:
    program = opened(neighbours(fibre__spur_ends_musd=50.0), tmp_path).program()
    assert "fibre.spur" not in {variable.name for variable in program.space.variables}
    switched_off = opened(neighbours(fibre__shared_reach_km=0.0), tmp_path).program()
    assert switched_off.space.size == program.space.size


def test_a_spur_waits_for_its_trunk(tmp_path: Path) -> None:
    world = neighbours(2, fibre__lead_months=12.0)
    assert cheapest(world, tmp_path)["fibre.spur"].sum(axis=0).tolist() == [0.0, 1.0]


def test_a_spur_to_the_same_point_of_presence_is_no_second_path(tmp_path: Path) -> None:
    world = neighbours(connectivity__paths=2)
    assert most(world, tmp_path) == [0.0]
    world.layers["pops"].append(named("pop-2", -120.05, 46.0))
    assert most(world, tmp_path) == [10.0]
    best = cheapest(world, tmp_path)  # each site has its own lateral and the neighbour's nearest, or both of its own
    for i in range(2):
        ends = best["fibre.lateral"].reshape(2, 2)[i].sum() + best["fibre.spur"][i].sum()
        assert ends >= 2


def test_a_pair_narrower_than_a_lateral_is_refused_with_both_sides(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        opened(wired(fibre__pair_gbps=1000.0), tmp_path)
    told = refused.value.faults[0].sentence()
    assert "fibre.pair_gbps" in told
    assert "fibre.lateral_gbps = 1600" in told


# ---- the sky


def test_a_footprint_has_the_radius_of_the_filings() -> None:
    assert pytest.approx(941.0, abs=1.0) == PSI * 6371.0
    assert [round(slant_km(550.0, e)) for e in (25.0, 40.0, 60.0, 90.0)] == [1123, 812, 627, 550]


def test_satellites_in_view_follow_the_density_far_from_its_pole() -> None:
    latitude = np.array([0.0, 10.0, 20.0])
    density = (1 - np.cos(PSI)) / (np.pi * np.sqrt(np.sin(np.radians(53.0)) ** 2 - np.sin(np.radians(latitude)) ** 2))
    assert satellites_in_view(latitude, 1.0, 53.0, PSI) == pytest.approx(density, rel=0.01)


def test_no_satellite_is_lost_between_latitudes() -> None:
    latitude = np.degrees(np.arcsin((np.arange(4000) + 0.5) / 2000 - 1))  # equal areas
    for inclination in (53.0, 97.6):
        mean = satellites_in_view(latitude, 1000.0, inclination, PSI).mean()
        assert mean == pytest.approx(1000.0 * (1 - np.cos(PSI)) / 2, rel=1e-3)


def test_no_satellite_is_in_view_beyond_inclination_and_footprint() -> None:
    edge = 53.0 + np.degrees(PSI)
    assert satellites_in_view(np.array([edge - 0.1, edge + 1e-6, 90.0]), 3168.0, 53.0, PSI)[0] > 0
    assert satellites_in_view(np.array([edge + 1e-6, -edge - 1e-6, 90.0]), 3168.0, 53.0, PSI).tolist() == [0.0, 0.0, 0.0]


def test_four_hundred_polar_satellites_show_three_or_four_at_high_latitudes() -> None:
    assert [round(float(n)) for n in satellites_in_view(np.array([60.0, 65.0]), 400.0, 97.6, PSI)] == [3, 4]


@pytest.mark.parametrize(("km", "published"), [(1000, 17.1), (3000, 25.8), (5000, 34.8), (8000, 48.0), (12000, 66.0)])
def test_laser_ways_take_what_is_published_within_three_hundredths(km: float, published: float) -> None:
    one_way = 2 * slant_km(550.0, 40.0) / 299.792458 + 7.5 + float(laser_ms(np.array([km]), 550.0, 1.2)[0])
    assert one_way == pytest.approx(published, rel=0.03)


@pytest.mark.parametrize("knob", ["site_gbps", "programme_share", "site_network_share", "usable_share"])
def test_each_limit_of_the_sky_holds_a_site_to_its_gbps(knob: str, tmp_path: Path) -> None:
    world = skied(satellite__network_gbps=1000.0, satellite__satellite_gbps=1.0)
    side = float(np.degrees(PSI) * np.sqrt(2))
    middles = np.array([15.5 * 3.0, (np.floor(46.0 / side) + 0.5) * side])  # of the cell from 45 to 48 degrees, of the footprint
    both = satellites_in_view(middles, 3168.0, 53.0, PSI) + satellites_in_view(middles, 400.0, 97.6, PSI)
    seen = float(both.min())
    whole = {"site_gbps": 1.0, "usable_share": seen}.get(knob, 1000.0)
    world = world.turned(satellite__site_network_share=1.0, satellite__programme_share=1.0, satellite__usable_share=1.0)
    assert most(world.turned(**{f"satellite__{knob}": 7.5 / whole + 1e-9}), tmp_path) == [25.0]
    assert most(world.turned(**{f"satellite__{knob}": (7.5 - HAIR) / whole}), tmp_path) == [20.0]


def test_cells_of_one_footprint_share_the_satellites_in_view(tmp_path: Path) -> None:
    world = skied(satellite__cell_degrees=0.25, satellite__satellites=0.0, satellite__satellite_gbps=1.0)
    world.layers["candidates"].append(candidate("b", -120.0, 46.0))
    side = float(np.degrees(PSI) * np.sqrt(2))
    middle = (np.floor(46.0 / side) + 0.5) * side
    share = 7.5 / float(satellites_in_view(np.array([middle]), 400.0, 97.6, PSI)[0])
    more = world.turned(satellite__polar_satellites=4000.0, satellite__usable_share=share / 10 + 1e-9)
    assert most(more, tmp_path) == [25.0]
    assert most(more.turned(satellite__usable_share=(share - 1e-3) / 10), tmp_path) == [20.0]


def test_beyond_the_dense_latitudes_only_polar_satellites_count(tmp_path: Path) -> None:
    world = skied(satellite__polar_satellites=0.0)
    assert most(world, tmp_path) == [40.0]
    assert most(world.turned(satellite__dense_latitude_degrees=40.0), tmp_path) == [0.0]


def twice_skied(**knobs: Any) -> World:
    world = skied(satellite__nearest=2, **knobs)
    world.layers["gateways"].append({**named("far", -119.5, 46.5), "capacity_gbps": None})
    return world


def test_two_gateways_are_one_path_unless_said_otherwise(tmp_path: Path) -> None:
    assert most(twice_skied(connectivity__paths=2), tmp_path) == [0.0]
    assert most(twice_skied(connectivity__paths=2, satellite__separate_paths=2), tmp_path) == [40.0]


def test_a_floor_that_no_site_can_carry_is_refused_with_both_sides(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        opened(skied(satellite__least_gbps=0.3, satellite__site_gbps=0.2), tmp_path)
    told = refused.value.faults[0].sentence()
    assert "satellite.least_gbps" in told
    assert "site_gbps and network shares allow 0.2" in told


def test_terminals_of_a_site_are_counted_over_all_its_gateways(tmp_path: Path) -> None:
    assert most(twice_skied(satellite__site_terminals=2), tmp_path) == [20.0]


def test_far_users_are_reached_by_laser_and_near_ones_by_the_gateway(tmp_path: Path) -> None:
    world = skied()
    world.layers["demand"].append({**named("tokyo", 139.7, 35.7), "population": 1e6})
    facts = opened(world, tmp_path).problem.facts["satellite"]
    site, gate = (-120.5, 46.0), (-121.5, 46.5)
    up = 2 * slant_km(550.0, 40.0) / 299.792458 + 7.5
    city = 2 * (up + 0.004897 * 2.1 * float(geodesic_km(*gate, -121.9, 46.9)))
    tokyo = float(geodesic_km(*site, 139.7, 35.7))
    far = 2 * (up + 1.2 * tokyo * (1 + 550 / 6371) / 299.792458 + 2 * 0.3)
    assert facts.rtt_ms[0] == pytest.approx([city, far])  # type: ignore[attr-defined]
    grounded = opened(world.turned(satellite__lasers=False), tmp_path).problem.facts["satellite"]
    landed = 2 * (up + 0.004897 * 2.1 * float(geodesic_km(*gate, 139.7, 35.7)))
    assert grounded.rtt_ms[0] == pytest.approx([city, landed])  # type: ignore[attr-defined]


def test_a_gateway_outside_the_footprint_is_reached_by_laser(tmp_path: Path) -> None:
    world = skied(satellite__reach_km=3000.0, satellite__lasers=False)
    world.layers["gateways"] = [{**named("gate", -105.0, 46.0), "capacity_gbps": None}]
    world.layers["demand"] = [{**named("city", -105.0, 46.0), "population": 1e6}]
    km = float(geodesic_km(-120.5, 46.0, -105.0, 46.0))
    up = 2 * slant_km(550.0, 40.0) / 299.792458 + 7.5
    expected = 2 * (up + 1.2 * km * (1 + 550 / 6371) / 299.792458 + 0.3)
    assert opened(world, tmp_path).problem.facts["satellite"].rtt_ms[0, 0] == pytest.approx(expected)  # type: ignore[attr-defined]


TIGHTER: list[tuple[Callable[..., World], str, tuple[float, ...]]] = [
    (wired, "fibre__lead_months", (0.0, 8.0, 9.0)),
    (wired, "fibre__lead_months_per_km", (0.0, 0.1, 0.3)),
    (skied, "satellite__site_gbps", (100.0, 6.0, 1.0)),
    (skied, "satellite__usable_share", (0.5, 0.001, 0.0)),
    (skied, "satellite__least_elevation_degrees", (25.0, 60.0, 80.0)),
    (skied, "satellite__satellites", (3168.0, 10.0, 0.0)),
    (skied, "satellite__programme_share", (0.01, 1e-5, 0.0)),
]


@pytest.mark.parametrize(("world", "knob", "values"), TIGHTER, ids=[knob for _, knob, _ in TIGHTER])
def test_a_tighter_knob_never_helps(world: Callable[..., World], knob: str, values: tuple[float, ...], tmp_path: Path) -> None:
    found = [most(world(**{knob: value}), tmp_path)[0] for value in values]
    assert found == sorted(found, reverse=True)


# ---- the checker


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two neighbours, one lateral lit in the second year, a spur, a satellite path each and two gateways."""
    world = neighbours(2, fibre__lead_months=12.0, connectivity__paths=2, connectivity__paths_from_months=12.0)
    world.model["off"].remove("satellite")
    world.model["satellite"] = {"nearest": 2}
    world.layers["gateways"].append({**named("far", -119.5, 46.5), "capacity_gbps": None})
    world.layers["demand"].append({**named("tokyo", 139.7, 35.7), "population": 1e6})
    return planned(world, tmp_path_factory.mktemp("data"))


def test_a_plan_with_spurs_and_satellite_first_passes(plan: Path) -> None:
    assert verdict(plan).faults == ()
    kinds = [row["properties"]["kind"] for row in json.loads((plan / "data_links.geojson").read_text())["features"]]
    assert sorted(kinds) == ["fibre", "satellite", "satellite", "spur"]
    latency = pd.read_csv(plan / "latency.csv")
    assert set(latency["kind"]) == {"fibre", "satellite", "spur"}


def _link(kind: str, column: str, turn: Callable[[Any], Any]) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "data_links.geojson"
        found = json.loads(path.read_text())
        row = next(each["properties"] for each in found["features"] if each["properties"]["kind"] == kind)
        row[column] = turn(row[column])
        path.write_text(json.dumps(found))

    return change


def _rows(file: str, turn: Callable[[list[dict[str, str]]], list[dict[str, str]]]) -> Callable[[Path], None]:
    return lambda folder: _csv(folder, file, turn)


def _csv(folder: Path, file: str, turn: Callable[[list[dict[str, str]]], list[dict[str, str]]]) -> None:
    frame = pd.read_csv(folder / file, dtype=str, keep_default_na=False)
    pd.DataFrame(turn(frame.to_dict("records")), columns=frame.columns).to_csv(folder / file, index=False)  # type: ignore[arg-type]


def _asked(family: str, knob: str, value: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "scenario.json"
        found = json.loads(path.read_text())
        found[family][knob] = value
        path.write_text(json.dumps(found))

    return change


def _times(kind: str, by: float) -> Callable[[Path], None]:
    return _rows(
        "latency.csv", lambda rows: [{**r, "rtt_ms": str(float(r["rtt_ms"]) * (by if r["kind"] == kind else 1.0))} for r in rows]
    )


DAMAGES: dict[str, tuple[str, Callable[[Path], None]]] = {
    "a cheaper spur": ("fibre.capital", _link("spur", "capital_musd", lambda x: x * 0.99)),
    "a spur without upkeep": ("fibre.running", _link("spur", "running_musd_per_year", lambda x: x + 1.0)),
    "a narrower spur": ("fibre.gbps", _link("spur", "capacity_gbps", lambda x: x / 2)),
    "a spur with a terminal": ("fibre.one", _link("spur", "terminals", lambda _: 1)),
    "a spur to nowhere": ("files.refer", _link("spur", "target_id", lambda _: "z")),
    "a spur that is called a lateral": ("files.refer", _link("spur", "kind", lambda _: "fibre")),
    "a spur to another name": ("reach.named", _link("spur", "target_name", lambda x: x + "x")),
    "a longer spur": ("reach.length", _link("spur", "length_km", lambda x: x * 1.01)),
    "fibre lit too late": ("fibre.lit", _asked("fibre", "lead_months", 12.5)),
    "fibre built too slowly": ("fibre.lit", _asked("fibre", "lead_months_per_km", 0.1)),
    "a spur out of reach": ("reach.within", _asked("fibre", "shared_reach_km", 3.0)),
    "sharing switched off": ("reach.within", _asked("fibre", "shared_reach_km", 0.0)),
    "no room on the pair": ("fibre.trunk", _asked("fibre", "pair_gbps", 3000.0)),
    "dearer ends": ("fibre.capital", _asked("fibre", "spur_ends_musd", 0.3)),
    "two paths from the start": ("connectivity.paths", _asked("connectivity", "paths_from_months", 0.0)),
    "a sky that does not count": ("connectivity.paths", _asked("satellite", "separate_paths", 0)),
    "a poorer sky": ("satellite.cell", _asked("satellite", "usable_share", 1e-4)),
    "thinner satellites": ("satellite.footprint", _asked("satellite", "satellite_gbps", 1e-3)),
    "a smaller site": ("satellite.site_gbps", _asked("satellite", "site_gbps", 0.1)),
    "a smaller part of the network": ("satellite.site_gbps", _asked("satellite", "site_network_share", 1e-8)),
    "a smaller programme": ("satellite.network", _asked("satellite", "programme_share", 1e-7)),
    "a higher orbit": ("latency.rtt", _asked("satellite", "altitude_km", 560.0)),
    "a straighter way by laser": ("latency.rtt", _asked("satellite", "laser_route_factor", 1.1)),
    "no lasers": ("latency.rtt", _asked("satellite", "lasers", False)),
    "a quicker spur": ("latency.rtt", _times("spur", 0.99)),
    "a quicker satellite": ("latency.rtt", _times("satellite", 0.99)),
    "a spur without its time": ("latency.rows", _rows("latency.csv", lambda rows: [r for r in rows if r["kind"] != "spur"])),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_data_path_is_refused(name: str, plan: Path, tmp_path: Path) -> None:
    rule, damage = DAMAGES[name]
    folder = Path(shutil.copytree(plan.parent, tmp_path / "world")) / plan.name
    damage(folder)
    assert rule in broken_rules(folder)


def test_a_lateral_taken_from_under_its_spur_is_refused(plan: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(plan.parent, tmp_path / "world")) / plan.name
    path = folder / "data_links.geojson"
    found = json.loads(path.read_text())
    gone = next(each["properties"]["id"] for each in found["features"] if each["properties"]["kind"] == "fibre")
    found["features"] = [each for each in found["features"] if each["properties"]["id"] != gone]
    path.write_text(json.dumps(found))
    _csv(folder, "data_periods.csv", lambda rows: [row for row in rows if row["link_id"] != gone])
    assert {"fibre.trunk", "connectivity.paths"} <= broken_rules(folder)
