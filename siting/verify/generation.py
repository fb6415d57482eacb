"""Generators at a site: what they may put out, how long they may carry it, what they cost and emit.

With C what stands of a kind, a = availability_share, ready the share of a period after the kind's lead, D the mean draw of what
stands at the site:

    0 <= output[g, t] <= a * C[g]           for gas;        C = 0 in periods that end before the lead is over; C never shrinks
    bridge[k]  <=  ready[k, p] * (a * C[k] - mean output[k])
    sum of mean outputs + sum of bridges  <=  s * D[p]  +  (1 - s) * sum over q <= p of bridged[q, p] * (D[q] - D[q - 1])
    sum of mean outputs in the last period  <=  s * D[last]
    sum over k of C  <=  most_power_share * IT load standing

s = most_energy_share; bridged[q, p] is the share of period p that lies within bridge_months of the start of q. Of a MWh given,
1 / efficiency MWh of heat are bought at 3.412142 MMBtu a MWh.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from siting.verify.built import Built
from siting.verify.cost import Item
from siting.verify.points import Ints
from siting.verify.report import ROUNDING, Floats, Judge, Rule, places
from siting.verify.workload import draw_mw

OUTPUT = Rule("V351", "generation.output", "gas generators give no more than what stands of them", "MW")
LEAD = Rule("V352", "generation.lead", "no generator stands before it can be there", "MW")
BRIDGE = Rule("V353", "generation.bridge", "what bridges is there and gives nothing else", "MW")
ENERGY = Rule("V354", "generation.energy", "generators carry new load for a while and then a share of a site's energy", "MW")
LASTING = Rule("V355", "generation.lasting", "in the last period generators give no more than their share", "MW")
SIZE = Rule("V356", "generation.size", "generators are no larger than the load of the site allows", "MW")
STAYS = Rule("V357", "generation.stays", "generators never shrink", "MW")
HOURS: Final = 8760.0
STOCKS: Final = "equipment.csv"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of generator: its name, how its knobs begin, and its fuel."""

    name: str
    knob: str
    fuel: str


KINDS: Final = (Kind("gas_engine", "engine", "gas"), Kind("gas_turbine", "turbine", "gas"), Kind("diesel", "diesel", "diesel"))
GAS: Final = KINDS[:2]
ITEMS: Final = (
    *(f"{kind.name}_mw" for kind in KINDS),
    *(f"{kind.name}_bridge_mw" for kind in KINDS),
    *(f"{kind.name}_output_mw" for kind in GAS),
)


def _number(built: Built, name: str) -> float:
    return built.question.asked.number("generation", name)


def _stands(built: Built, kind: Kind) -> Floats:
    return built.stock(f"{kind.name}_mw")


def _bridges(built: Built, kind: Kind) -> Floats:
    return built.stock(f"{kind.name}_bridge_mw")


def _output(built: Built, kind: Kind) -> Floats:
    return built.operation(f"{kind.name}_output_mw")


def _mean(built: Built, kind: Kind) -> Floats:
    """Mean output in the balance (I, P)."""
    return built.question.clock.year_mean(_output(built, kind)) if kind in GAS else np.zeros(built.open.shape)


def _ready(built: Built, kind: Kind) -> Floats:
    """Share of each period after the lead (P)."""
    clock = built.question.clock
    end = clock.start_month + clock.months
    late = end - np.maximum(clock.start_month, _number(built, f"{kind.knob}_lead_months"))
    ready: Floats = np.maximum(late, 0.0) / clock.months
    return ready


def _usd_per_mwh(built: Built, kind: Kind) -> float:
    heat = 3.412142 / _number(built, f"{kind.knob}_efficiency_share")
    return heat * _number(built, f"{kind.fuel}_usd_per_mmbtu") + _number(built, f"{kind.knob}_running_usd_per_mwh")


def _given(built: Built, kind: Kind) -> Floats:
    """Energy given in a year (I, P) [MWh], tests of diesel included."""
    tested = _number(built, "diesel_test_h") * _stands(built, kind) if kind.fuel == "diesel" else 0.0
    found: Floats = HOURS * (_mean(built, kind) + _bridges(built, kind)) + tested
    return found


def supply_mw(built: Built) -> Floats:
    """What gas gives in the balance (I, P, T)."""
    return np.asarray(sum(_output(built, kind) for kind in GAS))


def on_time_mw(built: Built) -> Floats:
    """What is there in time (I, P)."""
    return np.asarray(sum(_ready(built, kind) * _mean(built, kind) + _bridges(built, kind) for kind in KINDS))


def standby_mw(built: Built) -> Floats:
    """What can carry the site alone (I, P)."""
    return _number(built, "availability_share") * np.asarray(sum(_stands(built, kind) for kind in KINDS))


def own_capacity_mw(built: Built) -> Floats:
    """What gas brings in stressed hours (I, P)."""
    return _number(built, "availability_share") * np.asarray(sum(_stands(built, kind) for kind in GAS))


def carbon_t_per_year(built: Built) -> Floats:
    """Carbon of fuel (I, P)."""
    total = np.zeros(built.open.shape)
    for kind in KINDS:
        rate = _number(built, f"{kind.fuel}_t_per_mwh") / _number(built, f"{kind.knob}_efficiency_share")
        total += rate * _given(built, kind)
    return total


def items(built: Built) -> tuple[Item, ...]:
    """Generators with a first fill of the tanks, and fuel."""
    site: Ints = np.arange(len(built.site_ids))
    musd, fuel = np.zeros(built.open.shape), np.zeros(built.open.shape)
    for kind in KINDS:
        price = _number(built, "price_factor") * _number(built, f"{kind.knob}_musd_per_mw")
        if kind.fuel == "diesel":
            heat = 3.412142 / _number(built, "diesel_efficiency_share")
            price += 1e-6 * _number(built, "backup_h") * heat * _number(built, "diesel_usd_per_mmbtu")
        musd += price * _stands(built, kind)
        fuel += 1e-6 * _usd_per_mwh(built, kind) * _given(built, kind)
    return Item("generators", "capital", site, musd), Item("fuel", "running", site, fuel)


def columns(built: Built) -> Mapping[str, Floats]:
    """Generators of each site and what they give in the last period."""
    stands, gives = np.zeros((2, len(built.site_ids)))
    for kind in KINDS:
        stands = stands + _stands(built, kind)[:, -1]
        gives = gives + _mean(built, kind)[:, -1] + _bridges(built, kind)[:, -1]
    return {"generator_mw": stands, "generated_mw": gives}


def check(built: Built, judge: Judge) -> None:
    """All rules of generators."""
    where = places(("site", built.site_ids), ("period", built.question.clock.periods))
    available, gas = _number(built, "availability_share"), built.question.asked.flag("generation", "gas_at_sites")
    every = np.zeros(built.open.shape)
    for kind in KINDS:
        stock, item, ready = _stands(built, kind), f"{kind.name}_mw", _ready(built, kind)
        every += stock
        judge.at_least(SIZE, stock, np.zeros(stock.shape), STOCKS, item, where, slack=ROUNDING)
        before = np.concatenate([np.zeros((len(stock), 1)), stock[:, :-1]], axis=1)
        judge.at_least(STAYS, stock, before, STOCKS, item, where, slack=2 * ROUNDING)
        there = (ready > 0) & (gas or kind.fuel != "gas")
        judge.at_most(LEAD, np.where(there, 0.0, stock), np.zeros(stock.shape), STOCKS, item, where, slack=ROUNDING)
        free = ready * (available * stock - _mean(built, kind))
        bridging, told = _bridges(built, kind), f"{kind.name}_bridge_mw"
        judge.at_most(BRIDGE, bridging, free, STOCKS, told, where, slack=3 * ROUNDING, size=stock)
        judge.at_least(BRIDGE, bridging, np.zeros(stock.shape), STOCKS, told, where, slack=ROUNDING)
    most = _number(built, "most_power_share") * built.it_mw
    judge.at_most(SIZE, every, most, STOCKS, "diesel_mw", where, slack=3 * ROUNDING)
    _check_output(built, judge)
    _check_energy(built, judge)


def _check_output(built: Built, judge: Judge) -> None:
    available = _number(built, "availability_share")
    where = places(("site", built.site_ids), ("period", built.question.clock.periods), ("slice", built.slices))
    for kind in GAS:
        output, item = _output(built, kind), f"{kind.name}_output_mw"
        most = np.broadcast_to(available * _stands(built, kind)[:, :, None], output.shape)
        judge.at_most(OUTPUT, output, most, "dispatch.parquet", item, where, slack=2 * ROUNDING)
        judge.at_least(OUTPUT, output, np.zeros(output.shape), "dispatch.parquet", item, where, slack=ROUNDING)


def _check_energy(built: Built, judge: Judge) -> None:
    clock, share = built.question.clock, _number(built, "most_energy_share")
    drawn = clock.year_mean(draw_mw(built))
    new = np.diff(drawn, axis=1, prepend=0.0)
    limit = share * drawn
    for q, start in enumerate(clock.start_month):
        until = start + _number(built, "bridge_months")
        covered = np.clip(until - clock.start_month, 0.0, clock.months) / clock.months
        covered[:q] = 0.0
        limit = limit + (1.0 - share) * covered * new[:, q, None]
    firming = np.asarray(sum(_mean(built, kind) for kind in GAS))
    bridging = np.asarray(sum(_bridges(built, kind) for kind in KINDS))
    where = places(("site", built.site_ids), ("period", clock.periods))
    slack = 8 * ROUNDING
    judge.at_most(ENERGY, firming + bridging, limit, STOCKS, "gas_engine_bridge_mw", where, slack=slack, size=drawn)
    last = places(("site", built.site_ids))
    judge.at_most(LASTING, firming[:, -1], share * drawn[:, -1], "dispatch.parquet", "mw", last, slack=slack)
