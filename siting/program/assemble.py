"""The program: the variables all families share, two passes over the families, and the closing of the ledgers.

Core rows (i site, k module, l link, s supply point, p period, t slice):

    module_open   modules[i, k, p]  <=  floor(limit_mw[i] / it_mw[k]) * open[i, p]
    site_limit    sum over k of it_mw[k] * modules[i, k, p]  <=  limit_mw[i] * open[i, p]
    not_empty     sum over k of modules[i, k, p]  >=  open[i, p]
    line_open     line[l, p]  <=  open[i(l), p]
    line_size     line_mw[l, p]  <=  max(largest[l], MW of l that exist) * line[l, p]
    flow_limit    flow_mw[l, p, t]  <=  line_mw[l, p]
    supply        sum over l from s of flow_mw[l, p, t]  <=  available_mw[s, p, t]
    balance       what comes in at i  +  unserved_mw[i, p, t]  >=  what is drawn at i
    work          what workloads are given at i  <=  sum over k of it_mw[k] * modules[i, k, p]
    *_stays       stocks never shrink

`largest` is a physical capacity: the least of what the point can ever offer and what the site can ever take, by its modules and
by whatever else takes power in (a battery that charges, losses that grow with the load).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyomo.core as pyo
from pyomo.common.gc_manager import PauseGC
from pyomo.core.expr.numeric_expr import LinearExpression

from siting.arrays import Sheet, Space, Term, cells
from siting.family import Core, Family, Floats, Knobs, Latency, Ledger, Ledgers, Limit, Problem, Solved
from siting.objectives.aim import Aim, Scales

CORE_LIMITS: Final[Mapping[str, Limit]] = {
    "module_open": Limit("modules of one type at a site", "modules"),
    "site_limit": Limit("IT load a site can take", "MW"),
    "not_empty": Limit("an open site has a module", "modules"),
    "line_open": Limit("a tie-line needs its site", "sites"),
    "line_size": Limit("largest useful capacity of a tie-line", "MW"),
    "flow_limit": Limit("capacity of a tie-line", "MW"),
    "supply": Limit("power a supply point can sell in a slice", "MW"),
    "balance": Limit("power balance of a site in a slice", "MW"),
    "work": Limit("IT load that workloads share at a site", "MW"),
}
HOURS_TO_MUSD: Final = 1e-6
BY_PERIOD: Final = ("capital_musd", "running_musd", "carbon_t_per_year", "embodied_t", "water_m3_per_year", "strain_h")
"""Ledgers that know no sites."""


@dataclass(frozen=True, slots=True)
class Program:
    """The Pyomo model and what its parts mean. `model` is an ordinary ConcreteModel without an objective; `with_objective`
    gives it one."""

    model: Any
    problem: Problem
    core: Core
    ledgers: Ledgers
    families: tuple[Family, ...]
    knobs: Mapping[str, Knobs]

    @property
    def space(self) -> Space:
        """The columns."""
        return self.core.sheet.space

    def with_objective(self, aim: Aim) -> Any:
        """The model with an aim attached as an ordinary Pyomo objective named `aim`, in the place of the one before, so that
        any Pyomo solver can take it (`import pyomo.environ` brings Pyomo's solvers and writers, which nothing here needs). Our
        own solves do not look at it."""
        cost = aim.coefficients(Scales(self.problem, self.core, self.ledgers, self.space.size))
        used = np.flatnonzero(cost).tolist()
        body = LinearExpression(
            constant=0.0, linear_coefs=cost[used].tolist(), linear_vars=[self.space.variable(column) for column in used]
        )
        if self.model.component("aim") is not None:
            self.model.del_component("aim")
        self.model.aim = pyo.Objective(expr=body, sense=pyo.maximize if aim.maximise else pyo.minimize)
        return self.model

    def solved(self, values: Floats) -> Solved:
        """A solution (columns) by component name, with the ledgers filled."""
        ledgers = {name: getattr(self.ledgers, name).filled(values) for name in Ledgers.__dataclass_fields__}
        return Solved(
            {variable.name: values[variable.columns] for variable in self.space.variables}, ledgers, self.ledgers.latency
        )

    def limits(self) -> dict[str, tuple[str, Limit]]:
        """Row family -> (family, words), for core rows and "family.row" alike."""
        words = {name: ("core", limit) for name, limit in CORE_LIMITS.items()}
        for family in self.families:
            words.update({f"{family.name}.{row}": (family.name, limit) for row, limit in family.limits.items()})
        return words


def assemble(problem: Problem, families: Sequence[Family], knobs: Mapping[str, Knobs]) -> Program:
    """State the whole program: core variables, what families contribute, core rows, what families close."""
    with PauseGC():
        return _assembled(problem, families, knobs)


def _assembled(problem: Problem, families: Sequence[Family], knobs: Mapping[str, Knobs]) -> Program:
    model = pyo.ConcreteModel(name="siting")
    sheet = Sheet(model, Space())
    core, ledgers = _core(sheet, problem), _ledgers(problem)
    _energy_cost(core, problem, ledgers)
    blocks = {family.name: sheet.child(family.name) for family in families}
    for family in families:
        family.state(core, problem, knobs[family.name], blocks[family.name], ledgers)
    _core_rows(core, problem, ledgers)
    for family in families:
        family.close(core, problem, knobs[family.name], blocks[family.name], ledgers)
    return Program(model, problem, core, ledgers, tuple(families), knobs)


def _core(sheet: Sheet, problem: Problem) -> Core:
    network, modules = problem.network, problem.modules
    site, module = sheet.axis("site", problem.site_ids, of_sites=True), sheet.axis("module", modules.names)
    link, point = sheet.axis("link", network.link_ids, of_sites=True), sheet.axis("point", network.ids)
    period, slice_ = sheet.axis("period", problem.time.periods), sheet.axis("slice", problem.time.slices)
    i, own = np.arange(len(site)), network.link_site
    most = np.floor(problem.limit_mw[:, None] / modules.it_mw[None, :] + 1e-9)
    offered = network.available_mw[network.link_point]
    return Core(
        sheet=sheet,
        site=site,
        module=module,
        link=link,
        point=point,
        period=period,
        slice=slice_,
        module_it_mw=modules.it_mw,
        open=sheet.variables("open", [site, period], upper=1.0, integer=True, owner=i[:, None]),
        modules=sheet.variables("modules", [site, module, period], upper=most[:, :, None], integer=True, owner=i[:, None, None]),
        line=sheet.variables("line", [link, period], upper=1.0, integer=True, owner=own[:, None]),
        line_mw=sheet.variables(
            "line_mw", [link, period], upper=offered.max(axis=(1, 2), initial=0.0)[:, None], owner=own[:, None]
        ),
        flow_mw=sheet.variables("flow_mw", [link, period, slice_], upper=offered, owner=own[:, None, None]),
        unserved_mw=sheet.variables("unserved_mw", [site, period, slice_], upper=0.0, owner=i[:, None, None]),
    )


def _ledgers(problem: Problem) -> Ledgers:
    site, period, slice_ = len(problem.site_ids), len(problem.time.periods), len(problem.time.slices)
    shapes: dict[str, tuple[int, ...]] = dict.fromkeys(Ledgers.__dataclass_fields__, (site, period))
    shapes |= dict.fromkeys(("supply_mw", "draw_mw"), (site, period, slice_))
    shapes |= dict.fromkeys(BY_PERIOD, (period,))
    kinds: dict[str, Any] = {"latency": Latency}
    return Ledgers(**{name: kinds.get(name, Ledger)(name, shape) for name, shape in shapes.items()})


def _energy_cost(core: Core, problem: Problem, ledgers: Ledgers) -> None:
    """Power flows into the sites and is paid for; the IT of every module draws it."""
    network = problem.network
    ledgers.supply_mw.add("supply", ledgers.supply_mw.cells()[network.link_site], core.flow_mw.columns, 1.0)
    busy_mw = problem.modules.it_mw * problem.modules.load_factor
    ledgers.draw_mw.add(
        "IT", ledgers.draw_mw.cells()[:, None, :, :], core.modules.columns[:, :, :, None], busy_mw[None, :, None, None]
    )
    ledgers.compute_mw.add(
        "modules", ledgers.compute_mw.cells()[:, None, :], core.modules.columns, problem.modules.effective_mw[None, :, None]
    )
    price = HOURS_TO_MUSD * network.price_usd_per_mwh * problem.time.hours
    kinds = np.array(network.kinds)
    for kind in sorted(set(network.kinds)):
        links = np.flatnonzero(kinds[network.link_point] == kind)
        period = ledgers.running_musd.cells()[:, None]
        ledgers.running_musd.add(
            f"energy: {kind}", period, core.flow_mw.columns[links], price[network.link_point[links]][:, None, :]
        )


def _core_rows(core: Core, problem: Problem, ledgers: Ledgers) -> None:
    sheet, own = core.sheet, problem.network.link_site
    opened, stock = core.open.columns, core.modules.columns
    each, site = cells(core.site, core.module, core.period), cells(core.site, core.period)
    most = core.modules.upper_values.reshape(core.modules.shape)
    sheet.rows(
        "module_open",
        [core.site, core.module, core.period],
        [Term(each, stock, 1.0), Term(each, opened[:, None, :], -most)],
        upper=0.0,
    )
    it_mw = problem.modules.it_mw[None, :, None]
    grid_mw = _module_grid_mw(problem)
    sheet.rows(
        "site_limit",
        [core.site, core.period],
        [Term(site[:, None, :], stock, it_mw), Term(site, opened, -grid_mw[:, None])],
        upper=0.0,
    )
    sheet.rows("not_empty", [core.site, core.period], [Term(site[:, None, :], stock, 1.0), Term(site, opened, -1.0)], lower=0.0)
    line = cells(core.link, core.period)
    sheet.rows(
        "line_open", [core.link, core.period], [Term(line, core.line.columns, 1.0), Term(line, opened[own], -1.0)], upper=0.0
    )
    largest = largest_line_mw(core, problem, ledgers, grid_mw)
    size = largest if problem.existing_line_mw is None else np.maximum(largest, problem.existing_line_mw)
    core.line_mw.upper_values[:] = np.repeat(size[:, None], len(core.period), axis=1).ravel()
    core.flow_mw.upper_values[:] = np.minimum(
        core.flow_mw.upper_values.reshape(core.flow_mw.shape), largest[:, None, None]
    ).ravel()
    sheet.rows(
        "line_size",
        [core.link, core.period],
        [Term(line, core.line_mw.columns, 1.0), Term(line, core.line.columns, -size[:, None])],
        upper=0.0,
    )
    flow = cells(core.link, core.period, core.slice)
    sheet.rows(
        "flow_limit",
        [core.link, core.period, core.slice],
        [Term(flow, core.flow_mw.columns, 1.0), Term(flow, core.line_mw.columns[:, :, None], -1.0)],
        upper=0.0,
    )
    point = cells(core.point, core.period, core.slice)[problem.network.link_point]
    sheet.rows(
        "supply",
        [core.point, core.period, core.slice],
        [Term(point, core.flow_mw.columns, 1.0)],
        upper=problem.network.available_mw,
    )
    sheet.rows("balance", [core.site, core.period, core.slice], _balance(core, ledgers), lower=0.0)
    if ledgers.assigned_it_mw.entries:
        standing = Term(site[:, None, :], stock, -it_mw)
        sheet.rows("work", [core.site, core.period], [*ledgers.assigned_it_mw.shaped(), standing], upper=0.0)
    for stay in (core.open, core.modules, core.line, core.line_mw):
        core.never_shrinks(sheet, stay)


def _balance(core: Core, ledgers: Ledgers) -> list[Term]:
    terms = [Term(cells(core.site, core.period, core.slice), core.unserved_mw.columns, 1.0)]
    return [*terms, *ledgers.supply_mw.shaped(), *ledgers.draw_mw.shaped(-1.0)]


def _module_grid_mw(problem: Problem) -> Floats:
    """The limit of each site rounded down to a sum of modules, where one module size divides all others."""
    step = float(problem.modules.it_mw.min())
    whole = np.allclose(problem.modules.it_mw / step, np.rint(problem.modules.it_mw / step))
    return np.floor(problem.limit_mw / step + 1e-9) * step if whole else problem.limit_mw


def largest_line_mw(core: Core, problem: Problem, ledgers: Ledgers, site_mw: Floats) -> Floats:
    """Largest useful capacity of each link (L): what its point can ever offer, what its site can ever draw and charge. A line
    that exists may be larger, most of all than what a mean over merged slices offers. Where slices are merged, which hides the
    peak of draws, it is at least what lines are sized for beyond their flows."""
    network = problem.network
    offered = network.available_mw.max(axis=(1, 2), initial=0.0)[network.link_point]
    used = site_mw * _most_drawn_per_mw(core, problem, ledgers)
    drawn = used + _most_charged(core, ledgers)
    drawn = np.maximum(drawn, used * problem.sized_times)
    arriving = _least_arriving(core, ledgers)
    least: Floats = np.minimum(offered, drawn[network.link_site] / arriving)
    return least


def _most_drawn_per_mw(core: Core, problem: Problem, ledgers: Ledgers) -> Floats:
    """Largest facility MW per MW of IT, by site, over modules, periods and slices."""
    per_mw = ledgers.draw_mw.of_variable(core.modules).max(axis=-1) / problem.modules.it_mw[None, :, None]
    first, last = core.modules.first, core.modules.first + len(core.modules) - 1
    drawing = [entry.term.columns for entry in ledgers.draw_mw.entries if entry.term.columns.size]
    others = any(columns.min() < first or columns.max() > last for columns in drawing)
    return np.asarray(per_mw.max(axis=(1, 2)) + (np.inf if others else 0.0))


def _most_charged(core: Core, ledgers: Ledgers) -> Floats:
    """Largest MW that leave the supply of each site (I) by columns other than flows, over periods and slices."""
    taken = np.zeros(math.prod(ledgers.supply_mw.shape))
    upper = core.sheet.space.upper_values()
    flows = range(core.flow_mw.first, core.flow_mw.first + len(core.flow_mw))
    for entry in ledgers.supply_mw.entries:
        if (np.asarray(entry.term.coefficients) < 0.0).any():
            own = (entry.coefficients < 0.0) & ((entry.columns < flows.start) | (entry.columns >= flows.stop))
            taken += np.bincount(entry.at[own], -entry.coefficients[own] * upper[entry.columns[own]], len(taken))
    return np.asarray(taken.reshape(ledgers.supply_mw.shape).max(axis=(1, 2), initial=0.0))


def _least_arriving(core: Core, ledgers: Ledgers) -> Floats:
    """Share of what is sent on each link that arrives, the least over periods and slices."""
    share = ledgers.supply_mw.by_column(core.sheet.space.size)[core.flow_mw.columns]
    return np.asarray(share.min(axis=(1, 2)))
