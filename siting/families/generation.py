"""Generators at a site: gas engines and turbines that firm its supply and bridge the time to its line, diesel for outages.

With C what stands of a kind, a = availability_share, ready[p] the share of period p after the kind's lead, w the share of
period p within bridge_months of the start of period q, D the mean draw of what stands, and mean what g generates on the mean:

    output[i, g, p, t]  <=  a * C[i, g, p]                                                     gas kinds g, in the power balance
    bridge[i, k, p]  +  ready[k, p] * mean[i, k, p]  <=  ready[k, p] * a * C[i, k, p]          all kinds k, while a line is late
    sum over g of mean + sum over k of bridge
        <=  s * D[i, p]  +  (1 - s) * sum over q <= p of w[q, p] * (D[i, q] - D[i, q - 1])     s = most_energy_share, for i, p
    sum over g of mean[i, g, last]  <=  s * D[i, last]                                         the plan then stands on its own
    sum over k of C[i, k, p]  <=  most_power_share * IT load standing,      C[i, k, p] = 0 where ready[k, p] = 0

`bridge` is power on the mean of a period that works only until lines come: it counts for what is there in time (`on_time_mw`)
and for fuel, not in the power balance, so a plan can not lean on it for good. New load may be carried whole for
`bridge_months`; beyond them, and in the last period, generators give the share s of a site's energy, in the slices that need
it. Diesel stands by and bridges; it does not run in the balance. Its tanks hold `backup_h` hours.

    capital  =  price_factor * MUSD per MW * C  (+ the tanks' first fill)
    fuel     =  8 760 h * (price * 3.412142 / efficiency + running_usd_per_mwh) * (mean + bridge)  +  diesel's test hours
    carbon   =  t per MWh of heat / efficiency, of the same energy                                                  (CO2-05)

All kinds stand by when the site is cut off (`standby_mw`); gas counts as capacity the site brings (`own_capacity_mw`).
Gas is taken to be at every site or at none: no layer of pipelines is read; small volumes come by truck at the upper end of
GEN-09. Mobile engines and diesel are there within months (judgement), turbines not for three years (GEN-05). Cash flow:
"generators", "fuel".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from siting.arrays import ArrayVar, Axis, Sheet, Term, cells
from siting.family import (
    Column,
    ColumnValues,
    Core,
    Facts,
    Family,
    Floats,
    Geography,
    Knobs,
    Ledgers,
    Limit,
    Network,
    Problem,
    Solved,
    Standing,
    Timeline,
    knob,
    looks_alone,
)

MMBTU_PER_MWH: Final = 3.412142
HOURS_A_YEAR: Final = 8760.0
USD_TO_MUSD: Final = 1e-6
DIESEL: Final = "diesel"


class GenerationKnobs(Knobs):
    """Knobs of generators at a site."""

    gas_at_sites: bool = knob(True, "whether gas can be had at sites, by pipe or by truck", source="judgement")
    gas_usd_per_mmbtu: float = knob(5.0, "gas, delivered", source="GEN-09", tighter="up", at_least=0.0, at_most=200.0)
    diesel_usd_per_mmbtu: float = knob(25.0, "diesel, delivered", source="judgement", tighter="up", at_least=0.0, at_most=500.0)
    engine_musd_per_mw: float = knob(1.15, "gas engine, installed", source="GEN-01", tighter="up", at_least=0.0, at_most=20.0)
    turbine_musd_per_mw: float = knob(1.319, "gas turbine, installed", source="GEN-03", tighter="up", at_least=0.0, at_most=20.0)
    diesel_musd_per_mw: float = knob(
        0.8, "diesel generator, installed", source="GEN-06", tighter="up", at_least=0.0, at_most=20.0
    )
    price_factor: float = knob(
        1.05, "multiplier on factory-built things at a remote place", source="FIN-08", tighter="up", at_least=0.0, at_most=10.0
    )
    engine_efficiency_share: float = knob(
        0.38, "electricity of heat, gas engine", source="GEN-02", tighter="down", at_least=0.05, at_most=0.7
    )
    turbine_efficiency_share: float = knob(
        0.354, "electricity of heat, gas turbine", source="GEN-02", tighter="down", at_least=0.05, at_most=0.7
    )
    diesel_efficiency_share: float = knob(
        0.322, "electricity of heat, diesel", source="GEN-07", tighter="down", at_least=0.05, at_most=0.7
    )
    engine_running_usd_per_mwh: float = knob(
        25.0, "running a gas engine, besides fuel", source="GEN-10", tighter="up", at_least=0.0, at_most=500.0
    )
    turbine_running_usd_per_mwh: float = knob(
        5.0, "running a gas turbine, besides fuel", source="GEN-10", tighter="up", at_least=0.0, at_most=500.0
    )
    diesel_running_usd_per_mwh: float = knob(
        25.0, "running a diesel generator, besides fuel", source="judgement", tighter="up", at_least=0.0, at_most=500.0
    )
    gas_t_per_mwh: float = knob(0.198, "CO2 of a MWh of heat from gas", source="CO2-05", tighter="up", at_least=0.0, at_most=2.0)
    diesel_t_per_mwh: float = knob(
        0.257, "CO2 of a MWh of heat from diesel", source="CO2-05", tighter="up", at_least=0.0, at_most=2.0
    )
    engine_lead_months: float = knob(
        6.0, "months until a mobile gas engine is there", source="judgement", tighter="up", at_least=0.0, at_most=240.0
    )
    turbine_lead_months: float = knob(
        36.0, "months until a gas turbine is there", source="GEN-05", tighter="up", at_least=0.0, at_most=240.0
    )
    diesel_lead_months: float = knob(
        6.0, "months until a diesel generator is there", source="judgement", tighter="up", at_least=0.0, at_most=240.0
    )
    availability_share: float = knob(
        0.95, "share of a generator's power that can be counted on", source="judgement", tighter="down", at_least=0.0, at_most=1.0
    )
    most_energy_share: float = knob(
        0.05,
        "most of a site's energy from its generators, once it needs no bridge",
        source="judgement",
        tighter="down",
        at_least=0.0,
        at_most=1.0,
    )
    bridge_months: float = knob(
        24.0,
        "months for which generators may carry new load whole",
        source="judgement",
        tighter="down",
        at_least=0.0,
        at_most=240.0,
    )
    most_power_share: float = knob(
        1.5, "most generators, MW a MW of IT load standing", source="F10", tighter="down", at_least=0.0, at_most=20.0
    )
    backup_h: float = knob(72.0, "hours of fuel in the tanks", source="RES-03", tighter="up", at_least=0.0, at_most=2000.0)
    diesel_test_h: float = knob(
        50.0, "hours a year a diesel generator runs in tests", source="judgement", tighter="up", at_least=0.0, at_most=8760.0
    )


COLUMNS = (
    Column("generator_mw", "MW", "generators of all kinds at the end"),
    Column("generated_mw", "MW", "what generators give on the mean of the last period, bridging included"),
)
NAMES: Final = ("gas_engine", "gas_turbine", DIESEL)
ITEMS: Final = {
    "gas_engine_mw": "gas engines standing",
    "gas_turbine_mw": "gas turbines standing",
    "diesel_mw": "diesel generators standing",
    "gas_engine_bridge_mw": "mean power of gas engines until lines come",
    "gas_turbine_bridge_mw": "mean power of gas turbines until lines come",
    "diesel_bridge_mw": "mean power of diesel generators until lines come",
    "gas_engine_output_mw": "power of gas engines in the balance of the site",
    "gas_turbine_output_mw": "power of gas turbines in the balance of the site",
}


@dataclass(frozen=True, kw_only=True)
class GenerationFacts(Facts):
    """Kinds that can be there (G), in the order of `NAMES`, gas before diesel; `gas` of them burn gas. `ready` (G, P) share of
    a period after the kind's lead; capital a MW; cost and carbon of a MWh (G)."""

    kinds: tuple[str, ...]
    gas: int
    ready: Floats
    musd_per_mw: Floats
    usd_per_mwh: Floats
    t_per_mwh: Floats


def derive(geography: Geography, network: Network, knobs: GenerationKnobs) -> GenerationFacts:  # noqa: ARG001
    """The kinds of generators that can be at a site within the programme."""
    time = geography.time
    lead = np.array([knobs.engine_lead_months, knobs.turbine_lead_months, knobs.diesel_lead_months])
    ready = np.clip((time.start_month + time.months - lead[:, None]) / time.months, 0.0, 1.0)
    there = (ready.max(axis=1) > 0.0) & np.array([knobs.gas_at_sites, knobs.gas_at_sites, True])
    heat = 1.0 / np.array([knobs.engine_efficiency_share, knobs.turbine_efficiency_share, knobs.diesel_efficiency_share])
    price = np.array([knobs.gas_usd_per_mmbtu, knobs.gas_usd_per_mmbtu, knobs.diesel_usd_per_mmbtu])
    running = np.array([knobs.engine_running_usd_per_mwh, knobs.turbine_running_usd_per_mwh, knobs.diesel_running_usd_per_mwh])
    usd_per_mwh = price * MMBTU_PER_MWH * heat + running
    fill_musd = USD_TO_MUSD * knobs.backup_h * knobs.diesel_usd_per_mmbtu * MMBTU_PER_MWH * heat[2]
    bare = np.array([knobs.engine_musd_per_mw, knobs.turbine_musd_per_mw, knobs.diesel_musd_per_mw])
    kept = np.flatnonzero(there)
    return GenerationFacts(
        kinds=tuple(NAMES[kind] for kind in kept),
        gas=int((kept < 2).sum()),
        ready=ready[kept],
        musd_per_mw=(knobs.price_factor * bare + np.array([0.0, 0.0, fill_musd]))[kept],
        usd_per_mwh=usd_per_mwh[kept],
        t_per_mwh=(np.array([knobs.gas_t_per_mwh, knobs.gas_t_per_mwh, knobs.diesel_t_per_mwh]) * heat)[kept],
    )


def bridged_share(time: Timeline, bridge_months: float) -> Floats:
    """Share of period p within `bridge_months` of the start of period q, (Q, P), 0 where q comes after p."""
    start, end = time.start_month.astype(np.float64), (time.start_month + time.months).astype(np.float64)
    covered = np.minimum(end[None, :], start[:, None] + bridge_months) - start[None, :]
    share: Floats = np.clip(covered, 0.0, None) / time.months[None, :]
    return np.asarray(np.triu(share))


def facts_of(problem: Problem) -> GenerationFacts:
    """What the family derived."""
    facts = problem.facts["generation"]
    assert isinstance(facts, GenerationFacts)
    return facts


def state(core: Core, problem: Problem, knobs: GenerationKnobs, block: Sheet, ledgers: Ledgers) -> None:
    """Capacity and bridging of all kinds, output of gas, and what they add."""
    facts = facts_of(problem)
    if not facts.kinds or knobs.most_power_share == 0.0:
        return
    kind, gas = block.axis("kind", facts.kinds), block.axis("gas", facts.kinds[: facts.gas])
    owner = np.arange(len(core.site))[:, None, None]
    there = facts.ready > 0.0
    most_mw = knobs.most_power_share * problem.limit_mw[:, None, None] * there
    capacity = block.variables("mw", [core.site, kind, core.period], upper=most_mw, owner=owner)
    bridge = block.variables(
        "bridge_mw", [core.site, kind, core.period], upper=knobs.availability_share * facts.ready * most_mw, owner=owner
    )
    core.never_shrinks(block, capacity)
    site, period = ledgers.land_ha.cells()[:, None, :], ledgers.capital_musd.cells()
    ledgers.on_time_mw.add("bridging", site, bridge.columns, 1.0)
    ledgers.standby_mw.add("generators", site, capacity.columns, knobs.availability_share)
    ledgers.capital_musd.add("generators", period, capacity.columns, facts.musd_per_mw[:, None])
    _burnt(facts, ledgers, bridge)
    means = _gas(core, problem, knobs, block, ledgers, capacity, gas) if facts.gas else None
    _bridge_rows(core, knobs, facts, block, capacity, bridge, means, kind)
    if facts.kinds[-1] == DIESEL and knobs.diesel_test_h > 0.0:
        tested = capacity.columns[:, -1]
        ledgers.running_musd.add("fuel", period, tested, USD_TO_MUSD * knobs.diesel_test_h * facts.usd_per_mwh[-1])
        ledgers.carbon_t_per_year.add("generators", period, tested, knobs.diesel_test_h * facts.t_per_mwh[-1])


def _burnt(facts: GenerationFacts, ledgers: Ledgers, mean: ArrayVar) -> None:
    """Fuel and carbon of mean power by kind."""
    period, kinds = ledgers.running_musd.cells(), mean.shape[1]
    year = HOURS_A_YEAR * USD_TO_MUSD * facts.usd_per_mwh[:kinds, None]
    ledgers.running_musd.add("fuel", period, mean.columns, year)
    ledgers.carbon_t_per_year.add("generators", period, mean.columns, HOURS_A_YEAR * facts.t_per_mwh[:kinds, None])


def _gas(
    core: Core, problem: Problem, knobs: GenerationKnobs, block: Sheet, ledgers: Ledgers, capacity: ArrayVar, gas: Axis
) -> ArrayVar:
    """Output of gas by slice within what stands, and its mean (I, G, P)."""
    facts, share = facts_of(problem), problem.time.hours / problem.time.hours.sum()
    owner = np.arange(len(core.site))[:, None, None]
    most = knobs.availability_share * capacity.upper_values.reshape(capacity.shape)[:, : facts.gas]
    mean = block.variables("mean_mw", [core.site, gas, core.period], upper=most, owner=owner)
    axes = [core.site, gas, core.period, core.slice]
    output = block.variables("output_mw", axes, upper=most[..., None], owner=owner[..., None])
    standing = capacity.columns[:, : facts.gas]
    at = cells(*axes)
    less = Term(at, standing[..., None], -knobs.availability_share)
    block.rows("output", axes, [Term(at, output.columns, 1.0), less], upper=0.0)
    by_period = cells(core.site, gas, core.period)
    sums = [Term(by_period[..., None], output.columns, share), Term(by_period, mean.columns, -1.0)]
    block.rows("mean", [core.site, gas, core.period], sums, lower=0.0, upper=0.0)
    site = ledgers.on_time_mw.cells()[:, None, :, None]
    ledgers.supply_mw.add("generators", ledgers.supply_mw.cells()[:, None], output.columns, 1.0)
    ledgers.on_time_mw.add("generators", site, output.columns, share * facts.ready[: facts.gas, :, None])
    ledgers.own_capacity_mw.add("generators", site[..., 0], standing, knobs.availability_share)
    _burnt(facts, ledgers, mean)
    return mean


def _bridge_rows(
    core: Core,
    knobs: GenerationKnobs,
    facts: GenerationFacts,
    block: Sheet,
    capacity: ArrayVar,
    bridge: ArrayVar,
    mean: ArrayVar | None,
    kind: Axis,
) -> None:
    axes = [core.site, kind, core.period]
    at = cells(*axes)
    terms = [Term(at, bridge.columns, 1.0), Term(at, capacity.columns, -knobs.availability_share * facts.ready)]
    if mean is not None:
        terms.append(Term(at[:, : facts.gas], mean.columns, facts.ready[: facts.gas]))
    block.rows("bridge", axes, terms, upper=0.0)
    both = cells(core.site, core.period)[:, None, :]
    it_mw = Term(both, core.modules.columns, -knobs.most_power_share * core.module_it_mw[:, None])
    block.rows("most_power", [core.site, core.period], [Term(both, capacity.columns, 1.0), it_mw], upper=0.0)


def close(core: Core, problem: Problem, knobs: GenerationKnobs, block: Sheet, ledgers: Ledgers) -> None:
    """Energy of generators against what the site draws, which all families have added by now."""
    facts = facts_of(problem)
    if not facts.kinds or knobs.most_power_share == 0.0:
        return
    drawn, share = _mean_draw(core, problem, ledgers), knobs.most_energy_share
    last = len(core.period) - 1
    bridged = bridged_share(problem.time, knobs.bridge_months)
    weight = (1.0 - share) * (bridged - np.vstack([bridged[1:], np.zeros((1, last + 1))]))
    weight += share * np.eye(last + 1)
    at = cells(core.site, core.period)[:, None, :]
    terms = [Term(at, _variable(block, "bridge_mw").columns, 1.0)]
    for q in range(last + 1):
        later = np.flatnonzero(weight[q])
        columns, rows = core.modules.columns[:, :, q, None], at[:, :, later]
        terms.append(Term(rows, columns, -weight[q, later] * drawn[:, :, later]))
    if facts.gas:
        mean = _variable(block, "mean_mw").columns
        terms.append(Term(at, mean, 1.0))
        end = block.axis("end", [core.period.labels[last]])
        row = cells(core.site, end)
        own = Term(row, core.modules.columns[:, :, last], -share * drawn[:, :, last])
        block.rows("lasting", [core.site, end], [Term(row, mean[:, :, last], 1.0), own], upper=0.0)
    block.rows("energy", [core.site, core.period], terms, upper=0.0)


def _variable(block: Sheet, name: str) -> ArrayVar:
    found = block.block.component(name)
    assert isinstance(found, ArrayVar)
    return found


def _mean_draw(core: Core, problem: Problem, ledgers: Ledgers) -> Floats:
    """Facility MW one module draws on the mean (I, K, P)."""
    drawn: Floats = ledgers.draw_mw.of_variable(core.modules) @ (problem.time.hours / problem.time.hours.sum())
    return drawn


def report(problem: Problem, knobs: GenerationKnobs, solved: Solved) -> Mapping[str, ColumnValues]:
    """Generators of each site and what they give in the last period."""
    facts = facts_of(problem)
    standing_mw, given_mw = np.zeros((2, len(problem.site_ids)))
    if facts.kinds and knobs.most_power_share > 0.0:
        standing_mw = solved["generation.mw"][:, :, -1].sum(axis=1)
        given_mw = solved["generation.bridge_mw"][:, :, -1].sum(axis=1)
        if facts.gas:
            given_mw = given_mw + solved["generation.mean_mw"][:, :, -1].sum(axis=1)
    return {"generator_mw": standing_mw, "generated_mw": given_mw}


def standing(problem: Problem, knobs: GenerationKnobs, solved: Solved) -> Standing:
    """Generators by kind, what they bridge, and what they put out."""
    facts = facts_of(problem)
    if not facts.kinds or knobs.most_power_share == 0.0:
        return Standing()
    stock = {f"{kind}_mw": solved["generation.mw"][:, g] for g, kind in enumerate(facts.kinds)}
    stock |= {f"{kind}_bridge_mw": solved["generation.bridge_mw"][:, g] for g, kind in enumerate(facts.kinds)}
    gas = facts.kinds[: facts.gas]
    return Standing(
        stock=stock,
        operation={f"{kind}_output_mw": solved["generation.output_mw"][:, g] for g, kind in enumerate(gas)},
    )


def explain(row: Mapping[str, Any], knobs: GenerationKnobs) -> str:
    """What generators stand there and what they give."""
    if not row["generator_mw"] > 1e-3:
        return ""
    given = f"and give {row['generated_mw']:.1f} MW on the mean" if row["generated_mw"] > 0.05 else "and stand by"
    return f"Generators of {row['generator_mw']:.1f} MW stand here {given}, with fuel for {knobs.backup_h:g} h."


GENERATION = Family(
    name="generation",
    title="Generators at sites",
    knobs=GenerationKnobs,
    reads={},
    columns=COLUMNS,
    limits={
        "output": Limit("power of a site's gas generators", "MW"),
        "mean": Limit("mean power of a site's gas generators", "MW", structure=True),
        "bridge": Limit("power of generators until lines come", "MW", ("generation.availability_share",)),
        "most_power": Limit("largest generators of a site", "MW", ("generation.most_power_share",)),
        "energy": Limit("energy from generators at a site", "MW", ("generation.bridge_months", "generation.most_energy_share")),
        "lasting": Limit("energy from generators in the last period", "MW", ("generation.most_energy_share",)),
    },
    derive=derive,
    state=state,
    close=close,
    report=report,
    explain=explain,
    across=looks_alone,
    standing=standing,
    items=ITEMS,
)
