"""Every limit holds to its very edge: what meets it exactly passes, a thousandth over is refused by its rule."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h3
import pytest

from siting.verify import verify_folder
from tests.verify.world import (
    MONTHS,
    PERIODS,
    World,
    cells,
    draw,
    flows,
    hours,
    it_mw,
    km,
    line_class,
    made_world,
    mean,
    money,
    unserved,
    write_world,
    zone_load,
)

Edge = Callable[[World, float], None]
"""Sets a limit to what the plan uses divided by the factor: 1 meets it, 1.001 is a thousandth over."""
OVER = 1.001
CAPITAL = ("capital",)


def _hydro_capacity(world: World, over: float) -> None:
    sent = flows(world)
    world.row("sources", "dam")["capacity_mw"] = max(mw for (key, _, _), mw in sent.items() if key[1] == "dam") / over


def _hydro_share(world: World, over: float) -> None:
    row = world.row("sources", "dam")
    sold = max(mw / mean(world.profiles["river"], t) for (key, _, t), mw in flows(world).items() if key[1] == "dam")
    world.asked["hydro"]["unused_share"] = 0.0
    world.asked["hydro"]["contract_share"] = sold / world.asked["hydro"]["year_factor"] / row["mean_output_mw"] / over


def _dry_year(world: World, over: float) -> None:
    world.asked["hydro"]["year_factor"] *= 1.0 / over


def _solar_share(world: World, over: float) -> None:
    world.asked["solar"]["contract_share"] /= over


def _strain_limit(world: World, over: float) -> None:
    row, t = world.row("substations", "low"), 1
    flow = max(mw for (key, _, s), mw in flows(world).items() if key[1] == "low" and s == t)
    limit = row["loading_share"] * zone_load(world, "west", t) + flow / row["rating_mw"]
    world.row("substations", "high")["loading_share"] = 0.1
    world.asked["grid_strain"]["strain_limit"] = limit if over == 1 else limit - flow * (over - 1) / row["rating_mw"]


def _rating(world: World, over: float) -> None:
    row = world.row("substations", "low")
    flow = max(mw for (key, _, _), mw in flows(world).items() if key[1] == "low")
    world.lines[("c-1", "low", "grid")] = {"2027": min(15.0, flow), "2028": flow}
    world.asked["grid_strain"]["stressed_share"] = 1.0
    world.asked["grid_strain"]["import_floor_mw"] = 1000.0
    world.profiles["load-west"] = [[0.8] * 24 for _ in range(12)]
    row["loading_share"] = (world.asked["grid_strain"]["calm_limit"] - flow / over / row["rating_mw"]) / 0.8


def _zone_floor(world: World, over: float) -> None:
    world.asked["grid_strain"]["import_share"] = 0.0
    world.asked["grid_strain"]["import_floor_mw"] = _lent(world) / over


def _zone_share(world: World, over: float) -> None:
    world.asked["grid_strain"]["import_floor_mw"] = 0.0
    world.row("zones", "west")["import_limit_mw"] = _lent(world) / over / world.asked["grid_strain"]["import_share"]


def _lent(world: World) -> float:
    return max(mw for (key, _, t), mw in flows(world).items() if key[1] == "low" and t == 1)


def _gbps_per_mw(world: World, over: float) -> None:
    world.asked["connectivity"]["gbps_per_mw"] = 200.0 / it_mw(world, "c-1", "2028") * over
    world.data[("c-2", "gate-1", "satellite")] = {"2028": (2, 12.0)}


def _terminal(world: World, over: float) -> None:
    world.asked["satellite"]["terminal_gbps"] = 3.5 / over


def _least(world: World, over: float) -> None:
    world.asked["satellite"]["least_gbps"] = 3.5 * over


def _gateway(world: World, over: float) -> None:
    world.row("gateways", "gate-1")["capacity_gbps"] = 3.5 / over


def _gateway_knob(world: World, over: float) -> None:
    world.row("gateways", "gate-1")["capacity_gbps"] = None
    world.asked["satellite"]["gateway_gbps"] = 3.5 / over


def _cell(world: World, over: float) -> None:
    world.asked["satellite"]["cell_gbps"] = 3.5 / over


def _firm(world: World, over: float) -> None:
    world.asked["workload"]["served_share"] = 0.0
    world.asked["workload"]["firm_share"] = 1.0 - world.unserved_share / over


def _served(world: World, over: float) -> None:
    lost = sum(hours(t) * unserved(world, "c-1", "2028", t) for t in range(4))
    whole = sum(hours(t) * draw(world, "c-1", "2028", t) for t in range(4))
    other = sum(hours(t) * unserved(world, "c-2", "2028", t) for t in range(4))
    other /= sum(hours(t) * draw(world, "c-2", "2028", t) for t in range(4))
    world.asked["workload"]["served_share"] = 1.0 - max(lost / whole, other) / over


def _land(world: World, over: float) -> None:
    world.asked["candidates"]["land_ha"] = 6.6 / over


def _usable(world: World, over: float) -> None:
    world.asked["land"]["usable_share"] = 0.66 / over


def _limit(world: World, over: float) -> None:
    world.asked["candidates"]["limit_mw"] = 43.0 / over


def _spent(world: World) -> list[float]:
    stock = [
        sum(by[p] for (_, kind), sites in money(world).items() if kind == "capital" for by in sites.values()) for p in PERIODS
    ]
    return [stock[0], stock[1] - stock[0]]


def _running(world: World) -> list[float]:
    return [
        sum(by[p] for (_, kind), sites in money(world).items() if kind == "running" for by in sites.values()) * MONTHS[p] / 12
        for p in PERIODS
    ]


def _budget_total(world: World, over: float) -> None:
    world.asked["budget"]["total_musd"] = sum(_spent(world)) / over


def _budget_period(world: World, over: float) -> None:
    world.asked["budget"]["period_musd_per_year"] = (
        max(s * 12 / MONTHS[p] for s, p in zip(_spent(world), PERIODS, strict=True)) / over
    )


def _budget_carried(world: World, over: float) -> None:
    spent = _spent(world)
    world.asked["budget"] |= {"carry_over": True, "period_musd_per_year": max(spent[0], sum(spent) / 1.5) / over}


def _budget_running(world: World, over: float) -> None:
    spent = sum(_spent(world)) + sum(_running(world))
    world.asked["budget"] |= {"count_running": True, "total_musd": spent / over}


def _reach(family: str, key: tuple[str, str, str]) -> Edge:
    layer = {"grid_strain": "substations", "hydro": "sources", "solar": "sources", "fibre": "pops", "satellite": "gateways"}[
        family
    ]

    def change(world: World, over: float) -> None:
        world.asked[family]["reach_km"] = km(world.candidates[key[0]], world.at(layer, key[1])) / over

    return change


def _candidate_reach(world: World, over: float) -> None:
    plants = [row["at"] for row in world.layers["sources"]]
    places = list(world.candidates.values())
    coarse = [h3.cell_to_latlng(h3.cell_to_parent(h3.latlng_to_cell(lat, lon, 6), 4)) for lon, lat in places]
    places += [(lon, lat) for lat, lon in coarse]
    world.asked["candidates"]["reach_km"] = max(min(km(at, plant) for plant in plants) for at in places) / over


def _thermal(world: World, over: float) -> None:
    """A line to a substation of 138 kV carries no more than its class."""
    world.row("substations", "low")["rating_mw"] = 4000.0
    world.lines[("c-1", "low", "grid")] = {"2027": 15.0, "2028": line_class(world, ("c-1", "low", "grid"))[2] * over}


def _line_size(world: World, over: float) -> None:
    most = max(mean(world.profiles["sun"], t) for t in range(4)) * world.row("sources", "field")["mean_output_mw"]
    world.lines[("c-2", "field", "solar")] = {"2028": most * over}


EDGES: dict[str, tuple[str, Edge]] = {
    "capacity of a plant": ("hydro.supply", _hydro_capacity),
    "share of a river": ("hydro.supply", _hydro_share),
    "a dry year": ("hydro.supply", _dry_year),
    "share of the sun": ("solar.supply", _solar_share),
    "strain limit in a stressed slice": ("grid_strain.substation", _strain_limit),
    "calm limit in another slice": ("grid_strain.substation", _rating),
    "floor of a zone": ("grid_strain.zone", _zone_floor),
    "share of a zone's imports": ("grid_strain.zone", _zone_share),
    "bandwidth": ("connectivity.bandwidth", _gbps_per_mw),
    "terminal": ("satellite.terminal", _terminal),
    "committed floor": ("satellite.least", _least),
    "gateway of the layer": ("satellite.gateway", _gateway),
    "gateway of the scenario": ("satellite.gateway", _gateway_knob),
    "coverage cell": ("satellite.cell", _cell),
    "firm share": ("workload.firm_share", _firm),
    "served share": ("workload.served_share", _served),
    "land": ("land.area", _land),
    "usable land": ("land.area", _usable),
    "limit of a site": ("core.limit", _limit),
    "budget in all": ("budget.total", _budget_total),
    "budget of a period": ("budget.period", _budget_period),
    "budget carried over": ("budget.period", _budget_carried),
    "budget with running cost": ("budget.total", _budget_running),
    "reach of hydro": ("reach.within", _reach("hydro", ("c-1", "dam", "hydro"))),
    "reach of solar": ("reach.within", _reach("solar", ("c-2", "field", "solar"))),
    "reach of the grid": ("reach.within", _reach("grid_strain", ("c-2", "high", "grid"))),
    "reach of fibre": ("reach.within", _reach("fibre", ("c-1", "pop-3", "fibre"))),
    "reach of satellite": ("reach.within", _reach("satellite", ("c-2", "gate-1", "satellite"))),
    "voltage class of a line": ("tie_lines.rating", _thermal),
    "size of a line": ("core.line_size", _line_size),
}


def _stale(world: World, edge: Edge, over: float, root: Path) -> Path:
    """The plan of the world as it was, in the world with the limit changed.

    Flows follow from what plants offer, so they are taken before the limit is set where the limit would move them.
    """
    edge(world, over)
    return write_world(world, root)


@pytest.mark.parametrize("name", EDGES)
def test_what_meets_a_limit_exactly_passes(name: str, tmp_path: Path) -> None:
    _, edge = EDGES[name]
    report = verify_folder(_stale(_fixed(), edge, 1.0, tmp_path), tmp_path)
    assert [fault.sentence() for fault in report.faults] == []


@pytest.mark.parametrize("name", EDGES)
def test_a_thousandth_over_a_limit_is_refused(name: str, tmp_path: Path) -> None:
    rule, edge = EDGES[name]
    report = verify_folder(_stale(_fixed(), edge, OVER, tmp_path), tmp_path)
    assert rule in "\n".join(fault.expected for fault in report.faults)
    assert "V006" not in {fault.code for fault in report.faults}


def _fixed() -> World:
    """A world whose flows are written down, so that a changed limit does not move them."""
    world = World()
    world.sent = flows(world)
    return world


def test_a_second_nearest_plant_is_refused_where_one_may_be_tied_to(tmp_path: Path) -> None:
    world = World()
    world.lines[("c-1", "weir", "hydro")] = {"2028": 1.0}
    world.asked["hydro"]["reach_km"] = 150.0
    report = verify_folder(write_world(world, tmp_path), tmp_path)
    assert {fault.code for fault in report.faults} == {"V144"}
    world.asked["hydro"]["nearest"] = 2
    assert verify_folder(write_world(world, tmp_path), tmp_path).passed


@pytest.mark.parametrize(("over", "codes"), [(1.0, set()), (OVER, {"V124"})])
def test_made_candidates_reach_to_the_very_edge(over: float, codes: set[str], tmp_path: Path) -> None:
    world = made_world()
    _candidate_reach(world, over)
    report = verify_folder(write_world(world, tmp_path), tmp_path)
    assert {fault.code for fault in report.faults} == codes


def test_paths_are_counted_by_link_not_by_terminal(tmp_path: Path) -> None:
    world = World()
    del world.data[("c-2", "pop-2", "fibre")]
    world.data[("c-2", "gate-1", "satellite")] = {"2028": (2, 12.0)}
    report = verify_folder(write_world(world, tmp_path), tmp_path)
    assert {fault.code for fault in report.faults} == {"V242"}


def test_forced_and_forbidden_sites_are_held_to(tmp_path: Path) -> None:
    world = World()
    world.asked["locks"] |= {"force": ["c-1"], "forbid": ["c-4"]}
    assert verify_folder(write_world(world, tmp_path), tmp_path).passed
    world.asked["locks"] |= {"force": ["c-4"], "forbid": ["c-1"]}
    codes = [fault.code for fault in verify_folder(write_world(world, tmp_path), tmp_path).faults]
    assert codes == ["V291", "V292"]


def test_a_slice_is_its_months_and_hours() -> None:
    assert sum(days for t in range(4) for _, _, days in cells(t)) == 8760
