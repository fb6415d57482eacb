"""The same program stated in each modelling library, up to HiGHS holding it. Each route takes the numbers and returns the
`highspy.Highs` that holds the model; each is written as its library's own documentation would have it, in its fastest way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from siting.arrays import Axis, Floats, Sheet, Space, Term, cells
from siting.program.matrix import Matrix, compile_matrix
from tests.bench.by_hand import numpy_route
from tests.bench.core_rows import CoreRows
from tests.bench.passing import passed


def held(matrix: Matrix, cost: Floats) -> Any:
    """A matrix handed over to HiGHS by its array call. Raises AssertionError where HiGHS then holds something else."""
    return passed(
        cost, matrix.lower, matrix.upper, matrix.row_lower, matrix.row_upper, matrix.start, matrix.column, matrix.value,
        matrix.integer.astype(np.int32),
    )  # fmt: skip


# ---- siting


def siting_matrix(rows: CoreRows) -> tuple[Matrix, Floats]:
    """The compiled program and its cost."""
    import pyomo.environ as pyo

    model = pyo.ConcreteModel()
    sheet = Sheet(model, Space())
    return _stated(sheet, rows), _cost(sheet.space, rows)


def siting_route(rows: CoreRows) -> Any:
    """Array-backed Pyomo components, compiled, and the array call."""
    return held(*siting_matrix(rows))


def _axes(sheet: Sheet, rows: CoreRows) -> tuple[Axis, ...]:
    sizes = {"site": rows.sites, "near": rows.near, "point": rows.points, "module": len(rows.it_mw)}
    sizes |= {"period": rows.periods, "slice": rows.slices}
    return tuple(sheet.axis(name, [f"{name}-{number}" for number in range(size)]) for name, size in sizes.items())


def _stated(sheet: Sheet, rows: CoreRows) -> Matrix:
    site, near, point, module, period, slice_ = _axes(sheet, rows)
    inf = np.inf
    opened = sheet.variables("open", [site, period], upper=1.0, integer=True)
    stock = sheet.variables("modules", [site, module, period], upper=rows.most[:, None], integer=True)
    line = sheet.variables("line", [site, near, period], upper=1.0, integer=True)
    line_mw = sheet.variables("line_mw", [site, near, period], upper=inf)
    flow = sheet.variables("flow_mw", [site, near, period, slice_], upper=inf)
    of_site, of_module, of_line = cells(site, period), cells(site, module, period), cells(site, near, period)
    it_mw = rows.it_mw[:, None]
    sheet.rows(
        "module_open", [site, module, period],
        [Term(of_module, stock.columns, 1.0), Term(of_module, opened.columns[:, None, :], -rows.most[:, None])], upper=0.0,
    )  # fmt: skip
    sheet.rows(
        "site_limit", [site, period],
        [Term(of_site[:, None, :], stock.columns, it_mw), Term(of_site, opened.columns, -rows.limit_mw[:, None])], upper=0.0,
    )  # fmt: skip
    sheet.rows(
        "line_open", [site, near, period],
        [Term(of_line, line.columns, 1.0), Term(of_line, opened.columns[:, None, :], -1.0)], upper=0.0,
    )  # fmt: skip
    sheet.rows(
        "line_size", [site, near, period],
        [Term(of_line, line_mw.columns, 1.0), Term(of_line, line.columns, -rows.largest_mw[:, :, None])], upper=0.0,
    )  # fmt: skip
    of_flow = cells(site, near, period, slice_)
    sheet.rows(
        "flow_limit", [site, near, period, slice_],
        [Term(of_flow, flow.columns, 1.0), Term(of_flow, line_mw.columns[..., None], -1.0)],
        upper=0.0,
    )  # fmt: skip
    supply = cells(point, period, slice_)[rows.point]
    sheet.rows("supply", [point, period, slice_], [Term(supply, flow.columns, 1.0)], upper=rows.available_mw[:, None, :])
    at = cells(site, period, slice_)[:, None]
    drawn = -rows.it_mw[:, None, None] * rows.draw
    sheet.rows(
        "balance", [site, period, slice_],
        [Term(at, flow.columns, rows.arriving[:, :, None, None]), Term(at, stock.columns[..., None], drawn)], lower=0.0,
    )  # fmt: skip
    later = sheet.later(period)
    for axes, kept in (([site, module, later], stock), ([site, near, later], line_mw)):
        every = cells(*axes)
        sheet.rows(
            f"{kept.local_name}_stays", axes,
            [Term(every, kept.columns[..., 1:], 1.0), Term(every, kept.columns[..., :-1], -1.0)], lower=0.0,
        )  # fmt: skip
    sheet.rows("target", [period], [Term(cells(period), stock.columns, it_mw)], lower=rows.target_mw)
    return compile_matrix(sheet.block, sheet.space)


def _cost(space: Space, rows: CoreRows) -> Floats:
    """Cost of every column."""
    prices: tuple[Floats | float, ...] = (
        rows.open_musd[:, None],
        rows.module_musd[:, None],
        0.0,
        rows.line_musd[:, :, None],
        rows.energy_musd[..., None, None],
    )
    cost = np.empty(space.size)
    for variable, price in zip(space.variables, prices, strict=True):
        cost[variable.first : variable.first + len(variable)] = np.broadcast_to(price, variable.shape).ravel()
    return cost


# ---- linopy


def linopy_route(rows: CoreRows) -> Any:
    """linopy 0.10, whole arrays at a time, handed over directly without names."""
    import linopy
    import pandas as pd
    import xarray as xr

    names = ("site", "near", "module", "period", "slice")
    sizes = (rows.sites, rows.near, len(rows.it_mw), rows.periods, rows.slices)
    site, near, module, period, slice_ = (pd.RangeIndex(size, name=name) for name, size in zip(names, sizes, strict=True))

    def array(values: Floats, *dims: str) -> Any:
        return xr.DataArray(values, dims=dims)

    model = linopy.Model()
    opened = model.add_variables(coords=[site, period], name="open", binary=True)
    most = xr.DataArray(rows.most, dims="module").broadcast_like(
        xr.DataArray(np.zeros(sizes[:1] + sizes[2:4]), dims=("site", "module", "period"))
    )
    stock = model.add_variables(
        lower=0, upper=most.transpose("site", "module", "period"), coords=[site, module, period], name="modules", integer=True
    )
    line = model.add_variables(coords=[site, near, period], name="line", binary=True)
    line_mw = model.add_variables(lower=0, coords=[site, near, period], name="line_mw")
    flow = model.add_variables(lower=0, coords=[site, near, period, slice_], name="flow_mw")
    it_mw = array(rows.it_mw, "module")
    model.add_constraints(stock - array(rows.most, "module") * opened <= 0, name="module_open")
    model.add_constraints((it_mw * stock).sum("module") - array(rows.limit_mw, "site") * opened <= 0, name="site_limit")
    model.add_constraints(line - opened <= 0, name="line_open")
    model.add_constraints(line_mw - array(rows.largest_mw, "site", "near") * line <= 0, name="line_size")
    model.add_constraints(flow - line_mw <= 0, name="flow_limit")
    point = xr.DataArray(rows.point, coords=[site, near], name="point")
    model.add_constraints((1 * flow).groupby(point).sum() <= array(rows.available_mw, "point", "slice"), name="supply")
    drawn = array(rows.draw, "slice") * it_mw
    model.add_constraints(
        (array(rows.arriving, "site", "near") * flow).sum("near") - (drawn * stock).sum("module") >= 0, name="balance"
    )
    for name, kept in (("modules_stays", stock), ("line_mw_stays", line_mw)):
        later = kept.isel(period=slice(1, None))
        model.add_constraints(later - kept.shift(period=1).isel(period=slice(1, None)) >= 0, name=name)
    model.add_constraints((it_mw * stock).sum(["site", "module"]) >= array(rows.target_mw, "period"), name="target")
    cost = array(rows.open_musd, "site") * opened, array(rows.module_musd, "module") * stock
    lines = array(rows.line_musd, "site", "near") * line_mw, array(rows.energy_musd, "site", "near") * flow
    model.add_objective(cost[0].sum() + cost[1].sum() + lines[0].sum() + lines[1].sum())
    return model.to_highspy(set_names=False)


# ---- Pyomo with rules, handed over by appsi


def appsi_route(rows: CoreRows) -> Any:
    """A Pyomo model of rules, read by `appsi_highs`."""
    import pyomo.environ as pyo
    from pyomo.contrib.appsi.solvers.highs import Highs

    model = pyo.ConcreteModel()
    i, n, k = range(rows.sites), range(rows.near), range(len(rows.it_mw))
    p, t, s = range(rows.periods), range(rows.slices), range(rows.points)
    it_mw, most, limit, draw = rows.it_mw.tolist(), rows.most.tolist(), rows.limit_mw.tolist(), rows.draw.tolist()
    largest, arriving, available = rows.largest_mw.tolist(), rows.arriving.tolist(), rows.available_mw.tolist()
    from_point = _from_point(rows)
    model.open = pyo.Var(i, p, within=pyo.Binary)
    model.modules = pyo.Var(i, k, p, within=pyo.Integers, bounds=lambda _m, _i, k, _p: (0, most[k]))
    model.line = pyo.Var(i, n, p, within=pyo.Binary)
    model.line_mw = pyo.Var(i, n, p, within=pyo.NonNegativeReals)
    model.flow = pyo.Var(i, n, p, t, within=pyo.NonNegativeReals)
    model.module_open = pyo.Constraint(i, k, p, rule=lambda m, i, k, p: m.modules[i, k, p] <= most[k] * m.open[i, p])
    model.site_limit = pyo.Constraint(
        i, p, rule=lambda m, i, p: sum(it_mw[a] * m.modules[i, a, p] for a in k) <= limit[i] * m.open[i, p]
    )
    model.line_open = pyo.Constraint(i, n, p, rule=lambda m, i, n, p: m.line[i, n, p] <= m.open[i, p])
    model.line_size = pyo.Constraint(i, n, p, rule=lambda m, i, n, p: m.line_mw[i, n, p] <= largest[i][n] * m.line[i, n, p])
    model.flow_limit = pyo.Constraint(i, n, p, t, rule=lambda m, i, n, p, t: m.flow[i, n, p, t] <= m.line_mw[i, n, p])
    model.supply = pyo.Constraint(
        s, p, t, rule=lambda m, s, p, t: sum(m.flow[a, b, p, t] for a, b in from_point[s]) <= available[s][t]
    )
    model.balance = pyo.Constraint(
        i, p, t,
        rule=lambda m, i, p, t: sum(arriving[i][b] * m.flow[i, b, p, t] for b in n)
        >= sum(draw[t] * it_mw[a] * m.modules[i, a, p] for a in k),
    )  # fmt: skip
    model.modules_stays = pyo.Constraint(i, k, p[1:], rule=lambda m, i, k, p: m.modules[i, k, p - 1] <= m.modules[i, k, p])
    model.line_mw_stays = pyo.Constraint(i, n, p[1:], rule=lambda m, i, n, p: m.line_mw[i, n, p - 1] <= m.line_mw[i, n, p])
    model.target = pyo.Constraint(
        p, rule=lambda m, p: sum(it_mw[a] * m.modules[b, a, p] for b in i for a in k) >= float(rows.target_mw[p])
    )
    opening, module, lines, energy = (
        each.tolist() for each in (rows.open_musd, rows.module_musd, rows.line_musd, rows.energy_musd)
    )
    model.cost = pyo.Objective(
        expr=sum(opening[a] * model.open[a, b] for a in i for b in p)
        + sum(module[b] * model.modules[a, b, c] for a in i for b in k for c in p)
        + sum(lines[a][b] * model.line_mw[a, b, c] for a in i for b in n for c in p)
        + sum(energy[a][b] * model.flow[a, b, c, d] for a in i for b in n for c in p for d in t)
    )
    interface = Highs()
    interface.set_instance(model)
    return interface._solver_model


def _from_point(rows: CoreRows) -> Mapping[int, list[tuple[int, int]]]:
    found: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for (site, near), point in np.ndenumerate(rows.point):
        found[int(point)].append((site, near))
    return found


# ---- PuLP


def pulp_route(rows: CoreRows) -> Any:
    """PuLP with its own interface to HiGHS."""
    import pulp

    i, n, k = range(rows.sites), range(rows.near), range(len(rows.it_mw))
    p, t, s = range(rows.periods), range(rows.slices), range(rows.points)
    it_mw, most, limit, draw = rows.it_mw.tolist(), rows.most.tolist(), rows.limit_mw.tolist(), rows.draw.tolist()
    largest, arriving, available = rows.largest_mw.tolist(), rows.arriving.tolist(), rows.available_mw.tolist()
    model = pulp.LpProblem("core_rows", pulp.LpMinimize)
    opened = {(a, b): model.add_variable(f"open_{a}_{b}", cat="Binary") for a in i for b in p}
    stock = {(a, b, c): model.add_variable(f"modules_{a}_{b}_{c}", 0, most[b], "Integer") for a in i for b in k for c in p}
    line = {(a, b, c): model.add_variable(f"line_{a}_{b}_{c}", cat="Binary") for a in i for b in n for c in p}
    line_mw = {(a, b, c): model.add_variable(f"line_mw_{a}_{b}_{c}", 0) for a in i for b in n for c in p}
    flow = {(a, b, c, d): model.add_variable(f"flow_{a}_{b}_{c}_{d}", 0) for a in i for b in n for c in p for d in t}
    opening, module, lines, energy = (
        each.tolist() for each in (rows.open_musd, rows.module_musd, rows.line_musd, rows.energy_musd)
    )
    total, affine = pulp.lpSum, pulp.LpAffineExpression
    cost = [(x, opening[a]) for (a, _), x in opened.items()] + [(x, module[b]) for (_, b, _), x in stock.items()]
    cost += [(x, lines[a][b]) for (a, b, _), x in line_mw.items()] + [(x, energy[a][b]) for (a, b, _, _), x in flow.items()]
    model += affine(cost)
    for (a, b, c), x in stock.items():
        model += x - most[b] * opened[a, c] <= 0
    for a, c in opened:
        model += affine([(stock[a, b, c], it_mw[b]) for b in k] + [(opened[a, c], -limit[a])]) <= 0
    for (a, b, c), x in line.items():
        model += x - opened[a, c] <= 0
        model += line_mw[a, b, c] - largest[a][b] * x <= 0
    for (a, b, c, _), x in flow.items():
        model += x - line_mw[a, b, c] <= 0
    from_point = _from_point(rows)
    for point in s:
        for c in p:
            for d in t:
                model += total(flow[a, b, c, d] for a, b in from_point[point]) <= available[point][d]
    for a, c in opened:
        for d in t:
            come = [(flow[a, b, c, d], arriving[a][b]) for b in n]
            model += affine(come + [(stock[a, b, c], -draw[d] * it_mw[b]) for b in k]) >= 0
    for kept in (stock, line_mw):
        for (a, b, c), x in kept.items():
            if c:
                model += x - kept[a, b, c - 1] >= 0
    for c in p:
        model += affine([(stock[a, b, c], it_mw[b]) for a in i for b in k]) >= float(rows.target_mw[c])
    solver = pulp.HiGHS(msg=False)
    solver.createAndConfigureSolver(model)
    solver.buildSolverModel(model)
    return model.solverModel


ROUTES: Final[Mapping[str, Callable[[CoreRows], Any]]] = {
    "siting": siting_route,
    "numpy": numpy_route,
    "linopy": linopy_route,
    "appsi_highs": appsi_route,
    "pulp": pulp_route,
}
