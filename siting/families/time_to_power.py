"""Time to power: when hardware can first be powered, and what works until then. Months count inside a period.

Everything is ordered in the first month of the programme, side by side:

    energised[l]  =  max of  queue of the zone of l's substation         (a tie-line to a plant stays behind its meter: no queue)
                             line_lead_months + line_months_per_100_km * km / 100
                             transformer_lead_months
    ready[l, p]   =  share of period p after energised[l]           window[k, p]  =  share of period p after the lead of module k

    line[l, p]  =  0 where ready[l, p] = 0                          modules[i, k, p]  =  0 where window[k, p] = 0

so no hardware is bought in a period in which it can not be powered. With new[i, k, p] = modules[i, k, p] - modules[i, k, p - 1]
arriving evenly over its window (money comes by the month: `arrival_share` of the window is worked on the mean, 1 where all of it
arrives at the first possible day) and `waits` what waits beyond that for power, both in modules on the mean of the period:

    compute_mw  -=  effective_mw[k] * ((1 - arrival_share * window[k, p]) * new[i, k, p] + waits[i, k, p])
    waits[i, k, p]  <=  arrival_share * window[k, p] * new[i, k, p]
    late MW[i, p]   <=  sum over k of draw[i, k, p] * ((1 - window[k, p]) * new[i, k, p] + waits[i, k, p] / arrival_share)

Late MW are the mean MW that supplies bring in the dispatch less what they bring from the month they are there, supply by
supply: `supply_mw` less `on_time_mw`, for a tie-line (1 - ready) times what it delivers, losses beyond its knee left out. What is
on time and in no dispatch, power that bridges until lines come, makes up for them. They may be as much as new modules do not need
yet. What stood before never waits. All windows end with the period, so the narrower of window and power is the share
both have, and the last row is exact for a site with one supply; one with a bridge (an engine until the line is there) may have
to run it all the period. What goes unserved is not late. The row is stated where some supply of a site comes late in the
period. Energy and upkeep are paid for the whole period.

Queues: GRID-01 (small ones under a year and a half; four years is the mean of the country); large transformers take 128 weeks
(TX-12), so substations of the 34.5 kV class are built of modules (FACTS 6).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from siting.arrays import ArrayVar, Sheet, Term, cells
from siting.errors import Fault, input_error
from siting.family import (
    Column,
    ColumnValues,
    Core,
    Facts,
    Family,
    Flags,
    Floats,
    Geography,
    Given,
    Ints,
    Knobs,
    Ledgers,
    Limit,
    Network,
    Problem,
    Solved,
    Standing,
    knob,
    looks_alone,
)
from siting.table import Field

GRID: Final = "grid"
NOTHING: Final = 1e-9
WAITING: Final = "waiting_it_mw"
GATES: Final = ("the connection queue", "its tie-line", "its transformers")
MODULE_GATE: Final = "the lead time of its modules"
PLAN_GATE: Final = "the plan: money, crews or other sites come first"


class TimeToPowerKnobs(Knobs):
    """Knobs of time to power."""

    queue_months: float = knob(
        18.0,
        "wait for a grid connection, where the zone tells none of its own",
        source="GRID-01, small queues",
        tighter="up",
        at_least=0.0,
        at_most=240.0,
    )
    line_lead_months: float = knob(
        8.0, "permits and building of the shortest tie-line", source="judgement", tighter="up", at_least=0.0, at_most=240.0
    )
    line_months_per_100_km: float = knob(
        4.0,
        "months more for 100 km of geodesic length",
        source="judgement",
        tighter="up",
        at_least=0.0,
        at_most=120.0,
    )
    transformer_lead_months: float = knob(
        10.0,
        "lead time of modular substations of the 34.5 kV class; large transformers take 30 (TX-12)",
        source="FACTS 6, judgement",
        tighter="up",
        at_least=0.0,
        at_most=240.0,
    )
    arrival_share: float = knob(
        0.5,
        "share of the time after their lead that modules bought in a period work in it: 0.5 where they arrive evenly",
        source="judgement: money comes by the month (FIN-14)",
        tighter="down",
        at_least=0.05,
        at_most=1.0,
    )


READS = {"zones": (Field("queue_months", "number", "wait for a grid connection", "months", optional=True),)}
COLUMNS = (
    Column("earliest_month", "months", "months from the start of the programme until the site first works, or first could"),
    Column("gated_by", "", "what it waits for until then"),
    Column("month_earlier_musd", "MUSD", "worth of one month earlier: compute value of what works first there"),
)


@dataclass(frozen=True, kw_only=True)
class PowerFacts(Facts):
    """`gate_months` (3, L): months until queue, line and transformers are there; `ready` (L, P) share of the period in which
    the link is energised; `window` (K, P) share of the period after the lead of a module."""

    gate_months: Floats
    ready: Floats
    window: Floats

    @property
    def energised_month(self) -> Floats:
        """Months from the start of the programme to power on each link (L)."""
        found: Floats = self.gate_months.max(axis=0)
        return found


def share_after(month: Floats, start: Ints, months: Ints) -> Floats:
    """Share of each period that lies after a month of the programme (..., P)."""
    share = np.clip((start + months - month[..., None]) / months, 0.0, 1.0)
    return np.where(share > NOTHING, share, 0.0)


def derive(geography: Geography, network: Network, knobs: TimeToPowerKnobs) -> PowerFacts:
    """When links and modules can be powered. Raises InputError where no module can be within the programme."""
    time, lead = geography.time, geography.modules.lead_months
    end = int(time.start_month[-1] + time.months[-1])
    if lead.min() >= end:
        first = geography.modules.names[int(lead.argmin())]
        place = f"modules.{first}.lead_months"
        expected = f"less than the {end} months of all periods together (time.periods)"
        raise input_error(
            [Fault("S051", "scenario", "", place, f"{lead.min():g} months, the shortest of all modules", expected,
                   "Make the periods longer, or order a module that comes sooner.")]
        )  # fmt: skip
    own = geography.layers["zones"].set_index("id")["queue_months"]
    queue = own.fillna(knobs.queue_months).to_dict()
    at_grid = np.array([kind == GRID for kind in network.kinds])
    wait = np.array([queue.get(zone, knobs.queue_months) for zone in network.zones], dtype=np.float64) * at_grid
    line = knobs.line_lead_months + knobs.line_months_per_100_km * network.link_km / 100.0
    gates = np.stack([wait[network.link_point], line, np.full(len(line), knobs.transformer_lead_months)])
    return PowerFacts(
        gate_months=gates,
        ready=share_after(gates.max(axis=0), time.start_month, time.months),
        window=share_after(lead, time.start_month, time.months),
    )


def facts_of(problem: Problem) -> PowerFacts:
    """This family's facts of a problem."""
    facts = problem.facts["time_to_power"]
    assert isinstance(facts, PowerFacts)
    if problem.existing_line_mw is None:
        return facts
    there = problem.existing_line_mw > 0.0
    ready, gates = np.where(there[:, None], 1.0, facts.ready), np.where(there, 0.0, facts.gate_months)
    return replace(facts, ready=ready, gate_months=gates)


def existing_modules(problem: Problem) -> Floats:
    """Modules that stand before the first period and never wait (I, K)."""
    there = problem.existing_modules
    return np.zeros((len(problem.site_ids), len(problem.modules.names))) if there is None else there


def state(core: Core, problem: Problem, knobs: TimeToPowerKnobs, block: Sheet, ledgers: Ledgers) -> None:
    """Nothing is bought or built in a period that ends before it can be powered; what waits does not work."""
    facts = facts_of(problem)
    most, there = core.modules.upper_values.reshape(core.modules.shape), existing_modules(problem)
    core.modules.upper_values[:] = np.where(facts.window > 0, most, np.minimum(most, there[:, :, None])).ravel()
    for variable, ready in ((core.line, facts.ready), (core.line_mw, facts.ready), (core.flow_mw, facts.ready[:, :, None])):
        upper = variable.upper_values.reshape(variable.shape)
        variable.upper_values[:] = np.where(ready > 0, upper, 0.0).ravel()
    works = knobs.arrival_share * facts.window
    waits = block.variables(
        "waits",
        [core.site, core.module, core.period],
        upper=works * core.modules.upper_values.reshape(core.modules.shape),
        owner=np.arange(len(core.site))[:, None, None],
    )
    period, effective = ledgers.compute_mw.cells()[:, None, :], problem.modules.effective_mw[:, None]
    idle = effective * (1.0 - works)
    if idle.any():
        ledgers.compute_mw.add("arriving", period, core.modules.columns, -idle)
        ledgers.compute_mw.add("arriving", period[..., 1:], core.modules.columns[..., :-1], idle[:, 1:])
        if there.any():
            ledgers.compute_mw.add("existing", period[:, 0, 0], core.open.columns[:, 0], there @ idle[:, 0])
    ledgers.compute_mw.add("waiting", period, waits.columns, -effective)


def close(core: Core, problem: Problem, knobs: TimeToPowerKnobs, block: Sheet, ledgers: Ledgers) -> None:
    """Power in time for what works, at the sites and in the periods in which some supply comes late."""
    facts = facts_of(problem)
    waits = block.block.component("waits")
    _add_links(core, problem, facts, ledgers)
    lack = _lack(core, problem, ledgers)
    columns, cell = _supplies(core, lack, ledgers)
    late = np.zeros((len(core.site), len(core.period)), dtype=np.bool_)
    late.reshape(-1)[cell[lack[columns] > 0]] = True
    waits.upper_values[:] = np.where(late[:, None, :], waits.upper_values.reshape(waits.shape), 0.0).ravel()
    if late.any():
        _late_rows(core, problem, knobs.arrival_share, block, ledgers, waits, late, (columns, cell, lack[columns]))


def _late_rows(
    core: Core,
    problem: Problem,
    arrival_share: float,
    block: Sheet,
    ledgers: Ledgers,
    waits: ArrayVar,
    late: Flags,
    supplies: tuple[Ints, Ints, Floats],
) -> None:
    """Rows of the sites and periods (I, P) with a late supply; `supplies`: columns, site and period of each, what it lacks."""
    site, period = np.nonzero(late)
    pairs = block.axis(
        "late",
        [f"{core.site.labels[i]}|{core.period.labels[p]}" for i, p in zip(site.tolist(), period.tolist(), strict=True)],
        of_sites=True,
    )
    row = np.full(late.shape, -1, dtype=np.int64)
    row[site, period] = np.arange(len(site))
    now, before = core.modules.columns[site, :, period], core.modules.columns[site, :, np.maximum(period - 1, 0)]
    again = (period > 0)[:, None]
    window = facts_of(problem).window[:, period].T
    works = arrival_share * window
    there = existing_modules(problem)[site] * ~again
    opened = core.open.columns[site, period][:, None]
    wait = waits.columns[site, :, period]
    pair = cells(pairs, core.module)
    block.rows(
        "new_waits",
        [pairs, core.module],
        [Term(pair, wait, 1.0), Term(pair, now, -works), Term(pair, before, works * again), Term(pair, opened, works * there)],
        upper=0.0,
    )
    draw, at = _mean_draw(core, problem, ledgers)[site, :, period], np.arange(len(site))[:, None]
    rest = draw * (1.0 - window)
    terms = [Term(at, now, -rest), Term(at, before, rest * again), Term(at, opened, rest * there)]
    terms.append(Term(at, wait, -draw / arrival_share))
    columns, cell, lack = supplies
    at_row = row.ravel()[cell]
    terms.append(Term(at_row[at_row >= 0], columns[at_row >= 0], lack[at_row >= 0]))
    block.rows("power_in_time", [pairs], terms, upper=0.0)


def _share(problem: Problem) -> Floats:
    """Share of the year of each slice (T)."""
    share: Floats = problem.time.hours / problem.time.hours.sum()
    return share


def _add_links(core: Core, problem: Problem, facts: PowerFacts, ledgers: Ledgers) -> None:
    """What tie-lines deliver on the mean, from the month they are energised."""
    flows = core.flow_mw
    arrives = ledgers.supply_mw.by_column(core.sheet.space.size, _share(problem))[flows.columns]
    cell = ledgers.on_time_mw.cells()[problem.network.link_site]
    ledgers.on_time_mw.add("tie-lines", cell[:, :, None], flows.columns, arrives * facts.ready[:, :, None])


def _lack(core: Core, problem: Problem, ledgers: Ledgers) -> Floats:
    """What each column adds to the mean supply of its site less what it adds on time (columns); 0 where it can not be used.
    Below 0 only for what is on time and no supply: power that bridges. A loss (a supply below 0) makes nothing less late."""
    space = core.sheet.space
    lack = ledgers.supply_mw.by_column(space.size, _share(problem)) - ledgers.on_time_mw.by_column(space.size)
    dispatched = np.zeros(space.size, dtype=np.bool_)
    for entry in ledgers.supply_mw.entries:
        dispatched[entry.term.columns] = True
    known = np.where((space.upper_values() > 0) & (np.abs(lack) > NOTHING), lack, 0.0)
    return np.where(dispatched, np.maximum(known, 0.0), known)


def _supplies(core: Core, lack: Floats, ledgers: Ledgers) -> tuple[Ints, Ints]:
    """Columns that come late or bridge, each once, and the site and period they supply as one number."""
    supply = [(entry.term, len(core.slice)) for entry in ledgers.supply_mw.entries]
    columns, at = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for term, slices in [*supply, *((entry.term, 1) for entry in ledgers.on_time_mw.entries)]:
        late = lack[term.columns] != 0
        if late.any():
            used = np.broadcast_to(late, term.shape)
            columns.append(np.broadcast_to(term.columns, term.shape)[used])
            at.append(np.broadcast_to(term.rows // slices, term.shape)[used])
    found, first = np.unique(np.concatenate(columns), return_index=True)
    return found, np.concatenate(at)[first]


def _mean_draw(core: Core, problem: Problem, ledgers: Ledgers) -> Floats:
    """Mean facility MW of one module (I, K, P)."""
    mean: Floats = ledgers.draw_mw.of_variable(core.modules) @ _share(problem)
    return mean


def first_work(problem: Problem, solved: Solved) -> tuple[Floats, list[str], Floats]:
    """Month in which each site first works (a site passed over: could), what it waits for until then, and the MW of compute
    that stand there first (I)."""
    facts, time, link_site = facts_of(problem), problem.time, problem.network.link_site
    count = np.rint(solved["modules"])
    own = solved.ledgers["on_time_mw"] - _links_on_time(problem, solved, facts)
    months, gates, compute = np.zeros(len(problem.site_ids)), [""] * len(problem.site_ids), np.zeros(len(problem.site_ids))
    opened = solved["open"] > 0.5
    for i in range(len(problem.site_ids)):
        p = int(np.argmax(opened[i]))
        chosen = bool(opened[i, p])
        links = np.flatnonzero(link_site == i)
        kinds = np.arange(len(problem.modules.names))
        if chosen:
            links, kinds = links[solved["line"][links, p] > 0.5], np.flatnonzero(count[i, :, p] > 0)
            compute[i] = float(count[i, :, p] @ problem.modules.effective_mw)
        waits = [(float(time.start_month[p]), PLAN_GATE)] if chosen else []
        waits.append((float(problem.modules.lead_months[kinds].min()), MODULE_GATE))
        if len(links) and not (chosen and own[i, p] > 1e-6):
            soonest = links[int(facts.energised_month[links].argmin())]
            slowest = int(facts.gate_months[:, soonest].argmax())
            waits.append((float(facts.energised_month[soonest]), GATES[slowest]))
        months[i], gates[i] = max(waits, key=lambda wait: wait[0])
    return months, gates, compute


def _links_on_time(problem: Problem, solved: Solved, facts: PowerFacts) -> Floats:
    """On-time MW of the tie-lines (I, P), losses as they are in the facts of the lines."""
    loss = getattr(problem.facts.get("tie_lines"), "loss_share", None)
    kept = 1.0 if loss is None else 1.0 - np.asarray(loss)[:, None]
    mean = kept * facts.ready * (solved["flow_mw"] @ _share(problem))
    found = np.zeros((len(problem.site_ids), mean.shape[1]))
    np.add.at(found, problem.network.link_site, mean)
    return found


def report(problem: Problem, knobs: TimeToPowerKnobs, solved: Solved) -> Mapping[str, ColumnValues]:  # noqa: ARG001
    """When each site first works, what gates it, and what a month earlier is worth."""
    months, gates, compute = first_work(problem, solved)
    worth = problem.compute_value_musd_per_mw_month * compute
    return {"earliest_month": months, "gated_by": gates, "month_earlier_musd": worth}


def explain(row: Mapping[str, Any], knobs: TimeToPowerKnobs) -> str:  # noqa: ARG001
    """When it first works, and why not earlier."""
    worth = f"; one month earlier would be worth {row['month_earlier_musd']:,.0f} MUSD" if row["month_earlier_musd"] > 0 else ""
    return f"It first works {row['earliest_month']:.1f} months into the programme, waiting for {row['gated_by']}{worth}."


def standing(problem: Problem, knobs: TimeToPowerKnobs, solved: Solved) -> Standing:
    """MW of IT of each module type that do not work yet on the mean of the period."""
    count = np.rint(solved["modules"])
    new = np.diff(count, axis=2, prepend=existing_modules(problem)[:, :, None])
    idle = (1.0 - knobs.arrival_share * facts_of(problem).window) * new + solved["time_to_power.waits"]
    amount = idle * problem.modules.it_mw[:, None]
    return Standing(given={WAITING: Given(problem.modules.names, amount)})


TIME_TO_POWER = Family(
    name="time_to_power",
    title="Time to power",
    knobs=TimeToPowerKnobs,
    reads=READS,
    columns=COLUMNS,
    limits={
        "new_waits": Limit("only new modules wait for power", "modules", structure=True),
        "power_in_time": Limit(
            "power that is there in time for the modules",
            "MW",
            ("time_to_power.queue_months", "time_to_power.line_lead_months", "time_to_power.transformer_lead_months"),
        ),
    },
    derive=derive,
    state=state,
    close=close,
    report=report,
    explain=explain,
    across=looks_alone,
    standing=standing,
    items={WAITING: "MW of IT of a module type that stand and do not work yet, on the mean of the period"},
)
