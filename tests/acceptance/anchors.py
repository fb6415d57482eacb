"""The anchors of FACTS section 9: what the model gives, beside what is published. Every figure of ours comes out of the program.

Inputs that the anchor itself names (the climate of Phoenix, where Seattle and New York lie, what a rack draws) stand here with
their source; nothing that is compared does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from siting.family import IT_HARDWARE
from siting.objectives import OBJECTIVES
from siting.scenario import load_scenario
from siting.scenario.settings import CATALOGUE
from siting.solve.job import Status
from siting.statement import layers_of
from siting.study import load
from tests.worlds import Best, Opened, Row, World, best_of, candidate, named, opened, small_world, source, substation, zone

CHECKOUT = Path(__file__).resolve().parents[2]
AIMS = {aim.name: aim for aim in OBJECTIVES}
SEATTLE, NEW_YORK = (-122.33, 47.61), (-74.006, 40.713)
PHOENIX: Row = {"mean_c": 24.0, "seasonal_swing_c": 10.8, "daily_swing_c": 6.5, "elevation_m": 337.0}
NARVIK: Row = {"mean_c": 4.5, "seasonal_swing_c": 9.0, "daily_swing_c": 2.0, "elevation_m": 50.0}
"""Normals of 1991-2020, rounded: yearly mean, half the yearly and half the daily swing."""
RACK_KW, OVERHEAD, GPUS_A_RACK = 132.0, 1.12, 72
"""IT-01 and IT-03: a rack, the share of network and storage, its GPUs."""
IT_YEARS, FACILITY_YEARS = 5, 14
"""MOD-13, MOD-14."""


@dataclass(frozen=True)
class Anchor:
    """One figure: `low` and `high` are the band within which it is met; `reason` says what a miss is due to."""

    id: str
    what: str
    ours: float
    published: float
    unit: str
    low: float
    high: float
    reason: str = ""

    @property
    def met(self) -> bool:
        return bool(self.low <= self.ours <= self.high)

    def record(self) -> dict[str, Any]:
        ours = round(self.ours, 4) if np.isfinite(self.ours) else None
        return {"id": self.id, "ours": ours, "published": self.published, "unit": self.unit, "met": self.met}


def within(name: str, what: str, ours: float, published: float, unit: str, share: float = 0.1, reason: str = "") -> Anchor:
    """An anchor that is met within a share of what is published."""
    return Anchor(name, what, ours, published, unit, published * (1.0 - share), published * (1.0 + share), reason)


def solved(world: World, folder: Path, *aims: str) -> Best:
    """A world's proven optimum."""
    best = best_of(world, folder, [AIMS[name] for name in aims])
    assert best.status is Status.OPTIMAL, best.status
    return best


def money(best: Best, ledger: str) -> dict[str, float]:
    """What stands at the end costs by line of the cash flow [MUSD, or MUSD a year]."""
    found: dict[str, float] = {}
    for entry in getattr(best.program.ledgers, ledger).entries:
        last = entry.at == len(best.program.core.period) - 1
        found[entry.label] = found.get(entry.label, 0.0) + float(entry.coefficients[last] @ best.values[entry.columns[last]])
    return found


def annuity(rate: float, years: float) -> float:
    """F2: what a unit of capital costs a year."""
    return float(rate / (1.0 - (1.0 + rate) ** -years))


# ---- A2, A3: what a MW costs


def catalogue_site(**knobs: Any) -> World:
    """A hundred MW of the catalogue's modules at one site ten kilometres from a dam, with road, line, fibre and land."""
    world = small_world().only("hardware", "tie_lines", "connectivity", "fibre", "cooling", "workload", "land")
    world.model["off"] = [name for name in world.model["off"] if name != "target"]
    world.model["modules"] = {name: kind.model_dump() for name, kind in CATALOGUE.items()}
    world.layers["sources"] = [source("dam", -120.5, 46.1, mean_output_mw=400.0)]
    world.layers["candidates"] = [candidate("a", -120.5, 46.0, limit_mw=100.0)]
    return world.turned(target__it_mw=[100.0], **knobs)


def cost_of_a_mw(folder: Path) -> Iterator[Anchor]:
    world = catalogue_site()
    best = solved(world, folder, "cheapest_for_target")
    capital, running, it_mw = money(best, "capital_musd"), money(best, "running_musd"), best.it_mw()[0, -1]
    yield Anchor("A2", "capital of a MW of IT, all in", sum(capital.values()) / it_mw, 38.0, "MUSD/MW", 29.0, 50.0)
    rate = world.model["finance"]["discount_rate"]
    hardware = capital.pop(IT_HARDWARE)
    yearly = hardware * annuity(rate, IT_YEARS) + sum(capital.values()) * annuity(rate, FACILITY_YEARS) + sum(running.values())
    yield Anchor("A3", "cost of a MW of IT a year", yearly / it_mw, 8.5, "MUSD/MW/year", 7.0, 12.0)


# ---- A4: what 45 GUSD buys


def what_45_gusd_buys(folder: Path) -> Iterator[Anchor]:
    """The published plan of the default model, or a coarse run where there is none."""
    published = CHECKOUT / "out" / "northwest" / "base"
    if not (published / "manifest.json").is_file():
        coarse = ("candidates.cell_resolution=3", "effort.time_limit_s=120")
        published = folder / "coarse"
        load("northwest", sets=coarse, cwd=CHECKOUT).run(published)
    modules = pd.read_csv(published / "modules.csv")
    it_mw = float(modules[modules["period"] == modules["period"].max()]["it_mw"].sum())
    yield Anchor("A4", "IT that 45 GUSD buys in the Northwest", it_mw / 1000.0, 1.18, "GW", 0.8, 1.5)


# ---- A5: how fast


def pace(months: int, **knobs: Any) -> World:
    """Eight large sites on one large dam, nothing but the pace of the rollout to hold them."""
    world = small_world().only()
    world.model["off"] = [name for name in world.model["off"] if name != "rollout"]
    world.model["time"]["periods"] = [{"name": "all", "months": months}]
    world.layers["sources"] = [source("dam", -120.5, 46.1, mean_output_mw=5000.0, capacity_mw=9000.0)]
    world.layers["candidates"] = [candidate(f"s{n}", -120.5 + 0.02 * n, 46.0, limit_mw=500.0) for n in range(8)]
    free = {"zone_mw_per_month": 1e4, "site_mw_per_month": 1e4, "trucks_per_month": 1e6}
    return world.turned(**{f"rollout__{name}": value for name, value in {**free, **knobs}.items()})


def how_fast(folder: Path) -> Iterator[Anchor]:
    fast = {"site_mw_per_month": 33.0, "start_mw_per_month": 1e4, "programme_mw_per_month": 1e4}
    world = pace(6, **fast)
    world.layers["candidates"] = world.layers["candidates"][:1]
    one = solved(world, folder / "one", "most_compute").it_mw().sum()
    yield within("A5.site", "a fast builder's site in 6 months", float(one), 200.0, "MW")
    all_ = float(solved(pace(24), folder / "all", "most_compute").it_mw().sum())
    ramp = "the default ramp starts at 10 MW a month and grows 20 % a month to 40, for remote sites (FACTS 6): not Abilene"
    yield within("A5.programme", "the programme in 24 months", all_, 1000.0, "MW", reason=ramp)


# ---- A6, A9: cooling


def monthly(world: World) -> World:
    """A copy with a season for each month and every hour of the day; profiles stay flat."""
    other = world.copy()
    other.model["time"] |= {"blocks": 24, "dispatch_blocks": 24, "seasons": {f"m{n:02}": [n] for n in range(1, 13)}}
    other.profiles = {name: [[1.0] * 24 for _ in range(12)] for name in world.profiles}
    return other


def cooled(climate: Mapping[str, Any], folder: Path) -> Opened:
    world = monthly(small_world().only("cooling"))
    world.layers["climate"] = [{**named("air", -120.5, 46.0), **climate}]
    return opened(world, folder)


def cooling(folder: Path) -> Iterator[Anchor]:
    problem = cooled(PHOENIX, folder / "phoenix").problem
    pue: Any = problem.facts["cooling"]
    hours = problem.time.hours
    yield within("A6", "PUE in Phoenix, mean of the year", float(pue.pue[0] @ hours / hours.sum()), 1.12, "", 0.04 / 1.12)
    narvik: Any = cooled(NARVIK, folder / "narvik").problem.facts["cooling"]
    gpus_a_mw = 1000.0 / (RACK_KW * OVERHEAD) * GPUS_A_RACK
    yield within("A9", "facility kW of a GPU, Narvik", 1000.0 * float(narvik.pue_peak[0]) / gpus_a_mw, 2.3, "kW/GPU")


# ---- A7: latency


def linked(user: tuple[float, float], folder: Path, **knobs: Any) -> Opened:
    """A site in Seattle, with fibre into a point of presence and a satellite gateway at its door."""
    world = small_world().only("connectivity", "fibre", "satellite")
    box = (-124.0, 46.0, -118.0, 49.0)
    world.layers["region"] = [{"id": "toyland", "name": "Toyland", "box": box}]
    world.layers["zones"] = [zone("west", -124.0, -118.0) | {"box": box}]
    world.layers["sources"] = [source("dam", SEATTLE[0], SEATTLE[1] + 0.1)]
    world.layers["substations"] = [substation("post", SEATTLE[0], SEATTLE[1] - 0.1)]
    world.layers["candidates"] = [candidate("a", *SEATTLE)]
    world.layers["pops"] = [named("pop", SEATTLE[0] + 0.001, SEATTLE[1])]
    world.layers["gateways"] = [{**named("gate", SEATTLE[0] + 0.001, SEATTLE[1]), "capacity_gbps": None}]
    world.layers["demand"] = [{**named("city", *user), "population": 1e6}]
    return opened(world.turned(**knobs), folder)


def latency(folder: Path) -> Iterator[Anchor]:
    def fibre_ms(place: str, **knobs: Any) -> float:
        facts: Any = linked(NEW_YORK, folder / place, **knobs).problem.facts["fibre"]
        return float(facts.rtt_ms.min())

    yield within("A7.internet", "Seattle to New York and back over the Internet", fibre_ms("routed"), 78.0, "ms")
    straight = fibre_ms("straight", fibre__internet_route_factor=1.0, fibre__route_factor=1.0)
    yield within("A7.fibre", "the same over straight fibre", straight, 38.0, "ms")
    near: Any = linked(SEATTLE, folder / "near").problem.facts["satellite"]
    yield within("A7.satellite", "up to a satellite and down to a gateway nearby, and back", float(near.rtt_ms.min()), 25.7, "ms")


# ---- A8, A10: inputs


def inputs(folder: Path) -> Iterator[Anchor]:  # noqa: ARG001
    scenario = load_scenario(CHECKOUT / "models" / "northwest")
    frames = layers_of(scenario).frames
    plants = frames["sources"]
    plants = plants[plants["kind"] == "hydro"]
    mean_mw, capacity_mw = plants["mean_output_mw"].to_numpy(float), plants["capacity_mw"].to_numpy(float)
    by_month = frames["profiles"].groupby(["profile", "month"])["value"].mean().unstack()
    output = mean_mw @ by_month.loc[plants["profile"]].to_numpy(float) / capacity_mw.sum()
    told = "the rivers of the Northwest, not the fleet of the 20 largest plants"
    order = 0.35
    yield within("A8.mean", "hydro of the Northwest: capacity factor", mean_mw.sum() / capacity_mw.sum(), 0.43, "", order, told)
    yield within("A8.trough", "the same in its lowest month", float(output.min()), 0.33, "", order, told)
    yield within("A8.peak", "the same in its highest month", float(output.max()), 0.53, "", order, told)
    knobs: Any = scenario.knobs["adequacy"]
    price = 1000.0 * knobs.normal_multiplier * knobs.capacity_musd_per_mw_year
    yield within("A10", "price of capacity in a normal area", price, 333.44 * 365 / 1000.0, "kUSD/MW/year", 0.5)


def quick() -> Sequence[Callable[[Path], Iterator[Anchor]]]:
    """Everything but the off-grid site."""
    return (cost_of_a_mw, what_45_gusd_buys, how_fast, cooling, latency, inputs)
