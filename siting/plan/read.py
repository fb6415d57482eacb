"""A solved program to a `Plan`: the tables, the verdicts and the reasons; or the exception that says why there is none."""

from __future__ import annotations

import math
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from siting.errors import EXIT_INTERRUPTED, EXIT_NOT_PROVEN, EXIT_OPTIMAL
from siting.family import DataLinks, Solved
from siting.layers.read import Layers
from siting.plan import tables
from siting.plan.cash_months import cash_months_table
from siting.plan.diagnose import refuse
from siting.plan.limits import limits_table
from siting.plan.record import AimResult, Plan, RunRecord
from siting.plan.rest import LastAim, Rest, joined, ranks
from siting.plan.why import Standing, held_back, why_chosen
from siting.program.assemble import Program
from siting.program.matrix import audit
from siting.scenario import Scenario
from siting.solve.job import Floats, Status
from siting.solve.outcome import Outcome
from siting.solve.start import promise


def read_plan(program: Program, outcome: Outcome, scenario: Scenario, layers: Layers, rest: Rest | None = None) -> Plan:
    """The plan of a solved program; with `rest`, the candidates that no program covers are in its table of sites too.

    Raises Infeasible, Unbounded, NoPlanInLimit or SolverFailed where there is none, ValueError where `rest` does not fit.
    """
    refuse(program, outcome, scenario, 0 if rest is None else int((~rest.barred).sum()))
    assert outcome.values is not None
    problem, values = program.problem, outcome.values
    solved = program.solved(values)
    carriers = _carriers(program, solved)
    standing = [family.standing(problem, program.knobs[family.name], solved) for family in program.families]
    power = tables.power_links_table(program, solved, values)
    sites = _sites(program, outcome, solved, power, rest)
    modules = tables.modules_table(problem, solved)
    cashflow = tables.cashflow_table(problem, tables.money(program, values, outcome.matrix.owner))
    return Plan(
        sites=sites,
        modules=modules,
        power_links=power,
        link_periods=tables.link_periods_table(problem, solved),
        data_links=tables.data_links_table(problem, carriers),
        data_periods=tables.data_periods_table(problem, carriers),
        latency=tables.latency_table(problem, carriers, _points(layers, "demand")),
        equipment=tables.equipment_table(problem, standing),
        given=tables.given_table(problem, standing),
        programme=tables.programme_table(problem, standing),
        dispatch=tables.dispatch_table(program, solved, values, standing),
        limits=limits_table(program, outcome.matrix, values),
        cashflow=cashflow,
        cash_months=_cash_months(program, scenario, modules, cashflow),
        site_columns={column.name: (column.unit, column.meaning) for family in program.families for column in family.columns},
        items={item: meaning for family in program.families for item, meaning in family.items.items()},
        layers=dict(layers.frames),
        record=_record(program, outcome, scenario, layers, solved, rest),
        certificates=tuple(reached.certificate for reached in outcome.reached if reached.certificate is not None),
    )


def _cash_months(program: Program, scenario: Scenario, modules: pd.DataFrame, cashflow: pd.DataFrame) -> pd.DataFrame:
    kinds = program.problem.modules
    lead = dict(zip(kinds.names, kinds.lead_months.tolist(), strict=True))
    on = any(family.name == "budget" for family in program.families)
    budget = program.knobs["budget"].model_dump() if on else None
    return cash_months_table(program.problem.time, scenario.start, modules, cashflow, lead, budget)


def _points(layers: Layers, name: str) -> gpd.GeoDataFrame | None:
    frame = layers.get(name)
    return frame if isinstance(frame, gpd.GeoDataFrame) else None


def _carriers(program: Program, solved: Solved) -> list[DataLinks]:
    found = (family.data_links(program.problem, program.knobs[family.name], solved) for family in program.families)
    parts = [links if isinstance(links, tuple) else (links,) for links in found if links is not None]
    return [links for part in parts for links in part]


def _sites(program: Program, outcome: Outcome, solved: Solved, power: gpd.GeoDataFrame, rest: Rest | None) -> gpd.GeoDataFrame:
    problem, values = program.problem, outcome.values
    assert values is not None
    base = _site_columns(program, outcome, solved, power, values)
    for family in program.families:
        report = family.report(problem, program.knobs[family.name], solved)
        for column in family.columns:
            base[column.name] = (
                np.asarray(report[column.name])
                if not isinstance(report[column.name], (list, tuple))
                else list(report[column.name])
            )
    held = held_back(Standing(program, outcome.matrix, values, base, promise(problem)))
    base["held_back_by"] = held.families
    rows: list[dict[str, Any]] = [dict(zip(base.columns, row, strict=True)) for row in base.itertuples(index=False, name=None)]
    base["why"] = [
        why_chosen(program, row, note) if row["verdict"] == "chosen" else note for row, note in zip(rows, held.notes, strict=True)
    ]
    base["rank"] = ranks((base["verdict"] == "chosen").to_numpy(), (held.order,))
    sites = gpd.GeoDataFrame(base, geometry=gpd.points_from_xy(problem.lon, problem.lat), crs=tables.WGS84)
    return sites if rest is None else joined(sites, rest, program, solved, _last_aim(outcome), held.order)


def _last_aim(outcome: Outcome) -> LastAim:
    """How the last aim ended."""
    last = outcome.reached[-1] if outcome.reached else None
    return LastAim(math.inf, 0.0) if last is None else LastAim(abs(last.bound - last.value), abs(last.value))


def _site_columns(program: Program, outcome: Outcome, solved: Solved, power: gpd.GeoDataFrame, values: Floats) -> pd.DataFrame:
    problem = program.problem
    paid = tables.money(program, values, outcome.matrix.owner)
    it_mw = np.einsum("ik,k->i", np.rint(solved["modules"][:, :, -1]), problem.modules.it_mw)
    drawn = tables.draw_mw(program, values)[:, -1, :] @ problem.time.hours
    served = drawn - np.minimum(solved["unserved_mw"][:, -1, :] @ problem.time.hours, drawn)
    energy = _delivered(program, solved)
    bought = solved["flow_mw"][:, -1] @ problem.time.hours
    price = np.einsum(
        "lt,lt,t->l", solved["flow_mw"][:, -1], problem.network.price_usd_per_mwh[problem.network.link_point], problem.time.hours
    )
    site_bought, site_paid = np.zeros(len(it_mw)), np.zeros(len(it_mw))
    np.add.at(site_bought, problem.network.link_site, bought)
    np.add.at(site_paid, problem.network.link_site, price)
    chosen = it_mw > 0
    supplied = (
        power.groupby("site_id")["supply_name"].agg(lambda names: ", ".join(sorted(set(names)))).to_dict() if len(power) else {}
    )
    total = sum(energy.values())
    return pd.DataFrame(
        {
            "id": problem.site_ids,
            "name": problem.site_names,
            "verdict": np.where(chosen, "chosen", "passed_over"),
            "zone": problem.site_zones,
            "it_mw": it_mw,
            "first_period": tables.first_periods(problem, solved["open"]),
            "limit_mw": problem.limit_mw,
            "facility_mw": drawn / problem.time.hours.sum(),
            "capital_musd": paid.site_capital,
            "capital_musd_per_mw": _ratio(paid.site_capital, it_mw),
            "running_musd_per_year": paid.site_running,
            "energy_usd_per_mwh": _ratio(site_paid, site_bought),
            **{f"{kind}_share": _ratio(energy.get(kind, np.zeros(len(it_mw))), total) for kind in ("hydro", "solar", "grid")},
            "served_share": _ratio(served, drawn),
            "supplied_by": [supplied.get(site, "") for site in problem.site_ids],
        }
    )


def _delivered(program: Program, solved: Solved) -> dict[str, Floats]:
    """MWh a year that arrive at each site (I) in the last period, by kind of supply."""
    problem = program.problem
    network = problem.network
    flow = solved["flow_mw"][:, -1:]
    arriving = (flow - tables.lost_mw(problem, flow))[:, 0] @ problem.time.hours
    kinds = np.array(network.kinds)[network.link_point]
    energy: dict[str, Floats] = {}
    for kind in sorted(set(network.kinds)):
        mine = kinds == kind
        energy[kind] = np.bincount(network.link_site[mine], weights=arriving[mine], minlength=len(problem.site_ids)).astype(float)
    return energy


def _ratio(part: Floats, whole: Floats | float) -> Floats:
    """part / whole, NaN where the whole is 0."""
    base = np.broadcast_to(np.asarray(whole, dtype=float), part.shape)
    ratio: Floats = np.divide(part, base, out=np.full(part.shape, np.nan), where=base > 1e-9)
    return ratio


def _notes(program: Program, rest: Rest | None) -> tuple[str, ...]:
    """Notes of the problem, and what was only priced."""
    notes = program.problem.notes
    if rest is None:
        return notes
    mine = len(program.problem.site_ids)
    words = f"{len(rest):,} candidates were priced and not taken into the last program; its limits count the rows of {mine:,}."
    return (*notes, words)


def _record(
    program: Program, outcome: Outcome, scenario: Scenario, layers: Layers, solved: Solved, rest: Rest | None
) -> RunRecord:
    problem = program.problem
    sizes = audit(outcome.matrix, np.zeros(outcome.matrix.columns))
    aims = tuple(
        AimResult(
            name=reached.aim.name,
            title=reached.aim.title,
            unit=reached.aim.unit,
            value=reached.value,
            bound=reached.bound,
            gap=reached.gap,
            gross_gap=reached.gross_gap,
            asked_gap=scenario.effort.gap + (scenario.objective.tolerance_share if place < len(outcome.reached) - 1 else 0.0),
        )
        for place, reached in enumerate(outcome.reached)
    )
    proven = outcome.status is Status.OPTIMAL and all(aim.met for aim in aims)
    code = EXIT_INTERRUPTED if outcome.status is Status.INTERRUPTED else (EXIT_OPTIMAL if proven else EXIT_NOT_PROVEN)
    status = outcome.status if outcome.status is Status.INTERRUPTED or proven else Status.FEASIBLE_GAP
    return RunRecord(
        model=scenario.name,
        title=scenario.title,
        what_ifs=scenario.what_ifs,
        status=str(status),
        exit_code=code,
        aims=aims,
        periods=problem.time.periods,
        slices=problem.time.slices,
        slice_hours=tuple(problem.time.hours.tolist()),
        slice_season=tuple(problem.time.seasons[s] for s in problem.time.season_of),
        it_mw=tuple(np.einsum("ikp,k->p", np.rint(solved["modules"]), problem.modules.it_mw).tolist()),
        seed=scenario.effort.seed,
        versions={},
        digests=dict(layers.digests),
        values=scenario.values,
        notes=(*_notes(program, rest), *sizes.remarks),
        sizes={
            "candidates": len(problem.site_ids),
            "supply_points": len(problem.network.ids),
            "tie_line_candidates": len(problem.network.link_ids),
            "rows": sizes.rows,
            "columns": sizes.columns,
            "integers": sizes.integers,
            "nonzeros": sizes.nonzeros,
            **({} if rest is None else {"candidates": len(problem.site_ids) + len(rest)}),
        },
        observed={f"{name}_s": round(seconds, 3) for name, seconds in outcome.seconds.items() if math.isfinite(seconds)},
    )
