"""Where a search begins: a kernel of promising sites, and whole plans rounded from relaxed ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from siting.family import Core, Problem
from siting.program.matrix import Matrix
from siting.solve.blocks import columns_of
from siting.solve.job import Floats, Ints, Model

Mask = NDArray[np.bool_]
SEEDS_A_ZONE = 1
OPEN_SHARE = 0.1
CHOICE_SHARE = 0.05
LINE_LEAST_MW = 1e-3
"""Capacity up to which a relaxed plan does not use a tie-line."""
NEARLY_MW = 1e-4
"""What a relaxed module may lack of a whole one."""


def promise(problem: Problem) -> Floats:
    """How good each site (I) looks before anything is solved: much mean power, at most what it can use, near by."""
    network, hours = problem.network, problem.time.hours
    mean_mw = network.available_mw.min(axis=1) @ hours / hours.sum()
    useful = np.minimum(mean_mw[network.link_point], problem.limit_mw[network.link_site]) / (1.0 + 0.02 * network.link_km)
    return np.bincount(network.link_site, useful, minlength=len(problem.site_ids)).astype(np.float64)


def kernel(problem: Problem, size: int) -> Ints:
    """Positions of up to `size` sites: the most promising of every zone first, then of all."""
    score = promise(problem)
    order = np.lexsort((np.arange(len(score)), -score))
    seeds: list[int] = []
    for zone in sorted(set(problem.site_zones)):
        seeds += [int(site) for site in order if problem.site_zones[site] == zone][:SEEDS_A_ZONE]
    ranked = list(dict.fromkeys([*seeds, *order.tolist()]))
    return np.sort(np.array(ranked[: max(size, len(seeds))], dtype=np.int64))


def columns_that_matter(matrix: Matrix, core: Core, relaxed: Floats, sites: Ints, least_mw: float) -> Ints:
    """Columns of the sites that hold at least so many MW of IT in a relaxed plan, less the tie-lines it leaves unused."""
    it_mw = np.einsum("ikp,k->ip", relaxed[core.modules.columns], core.module_it_mw)[:, -1]
    mine = sites[it_mw[sites] >= min(least_mw, it_mw.max(initial=0.0))]
    unused = np.flatnonzero(relaxed[core.line_mw.columns].max(axis=1, initial=0.0) <= LINE_LEAST_MW)
    dropped = np.zeros(matrix.columns, dtype=bool)
    for variable in (core.line, core.line_mw, core.flow_mw):
        dropped[variable.columns[unused].ravel()] = True
    kept = np.zeros(matrix.columns, dtype=bool)
    kept[columns_of(matrix, mine)] = True
    return np.flatnonzero(kept & ~dropped)


def fix_choices(model: Model, relaxed: Floats, columns: Ints, core: Core) -> Model:
    """The model with every whole column but the modules fixed to a rounded value, modules relaxed.

    `relaxed` (all columns of the program). A site opens once it holds a tenth of what it ends with; a choice that belongs
    to it (a line, a lateral, a terminal) is a yes where it is more than a twentieth of the site's own relaxed yes.
    """
    rounded = _rounded(relaxed, core)[columns]
    modules = np.isin(columns, core.modules.columns.ravel())
    fixed = model.integer & ~modules
    lower, upper = model.lower.copy(), model.upper.copy()
    lower[fixed] = upper[fixed] = np.clip(rounded, model.lower, model.upper)[fixed]
    return replace(model, lower=lower, upper=upper, integer=np.zeros_like(model.integer))


def _rounded(relaxed: Floats, core: Core) -> Floats:
    it_mw = np.einsum("ikp,k->ip", relaxed[core.modules.columns], core.module_it_mw)
    opened = (it_mw >= np.maximum(OPEN_SHARE * it_mw[:, -1:], 0.5)).astype(float)
    share = np.maximum(relaxed[core.open.columns], 1e-9)
    values: Floats = np.zeros(len(relaxed))
    for variable in core.sheet.space.variables:
        if not variable.integer or variable is core.modules or variable.shape[-1] != len(core.period):
            continue
        site = variable.owner[..., 0]
        free = np.broadcast_to((site < 0)[..., None], variable.shape)
        scaled = relaxed[variable.columns] / np.where(free, 1.0, share[site])
        chosen = np.ceil(scaled - CHOICE_SHARE) * np.where(free, 1.0, opened[site])
        values[variable.columns] = np.maximum.accumulate(chosen, axis=-1)
    values[core.open.columns] = opened
    return values


def stages(model: Model, columns: Ints, core: Core) -> list[Mask]:
    """The whole columns of a model by the period they are decided in, in order of time; what knows no period comes first."""
    period = np.full(core.sheet.space.size, 0)
    for variable in core.sheet.space.variables:
        if variable.integer and variable.axes[-1] is core.period:
            period[variable.columns] = np.arange(len(core.period))
    return [model.integer & (period[columns] == number) for number in range(len(core.period))]


def decided(model: Model, which: Mask, solution: Floats) -> Model:
    """The model with some whole columns held at a solution, rounded."""
    value = np.clip(np.rint(solution), model.lower, model.upper)
    return replace(model, lower=np.where(which, value, model.lower), upper=np.where(which, value, model.upper))


def around(model: Model, plan: Floats, columns: Ints, core: Core) -> Model:
    """The model near a plan: the smallest modules free, one of each larger type more or less, every other choice held."""
    modules = np.isin(columns, core.modules.columns.ravel())
    smallest = np.isin(columns, core.modules.columns[:, int(np.argmin(core.module_it_mw))].ravel())
    held = decided(model, model.integer & ~modules, plan)
    larger, value = modules & ~smallest, np.rint(plan)
    lower = np.where(larger, np.maximum(value - 1.0, model.lower), held.lower)
    upper = np.where(larger, np.minimum(value + 1.0, model.upper), held.upper)
    return replace(model, lower=lower, upper=upper)


def lines_of(relaxed: Floats, plan: Floats, core: Core) -> Floats:
    """A yes for every tie-line that a relaxed plan (all columns) uses, from the first period it does; 0 for other columns. One
    that a whole plan has counts however little is used of it: a small site takes a small share of what its line might carry."""
    values: Floats = np.zeros(len(relaxed))
    used = np.ceil(relaxed[core.line.columns] - CHOICE_SHARE)
    kept = (plan[core.line.columns] > 0.5) & (relaxed[core.line_mw.columns] > LINE_LEAST_MW)
    values[core.line.columns] = np.maximum.accumulate(np.maximum(used, kept), axis=-1)
    return values


def only_modules(model: Model, chosen: Model, solution: Floats, columns: Ints, core: Core) -> Model:
    """The model with its choices as in `chosen` and its lines and flows as in a solution of it: modules (whole), what is done at
    the sites and what is counted are free."""
    lines = np.isin(columns, np.concatenate([core.line_mw.columns.ravel(), core.flow_mw.columns.ravel()]))
    modules = np.isin(columns, core.modules.columns.ravel())
    value = np.clip(solution, chosen.lower, chosen.upper)
    fixed = lines | (model.integer & ~modules)
    lower, upper = np.where(fixed, value, model.lower), np.where(fixed, value, model.upper)
    return replace(model, lower=lower, upper=upper)


def portioned(relaxed: Floats, core: Core, upper: Floats) -> Floats:
    """Whole modules for relaxed ones (all columns; 0 for other columns), `upper` at most: what is left over of a type in a period
    is made up of the next smaller ones, what is left of the smallest is put off to the next period."""
    values: Floats = np.zeros(len(relaxed))
    sizes = core.module_it_mw
    wanted = np.diff(relaxed[core.modules.columns], axis=-1, prepend=0.0)
    have, left = np.zeros(wanted.shape[:2]), np.zeros(wanted.shape[0])
    for period in range(wanted.shape[-1]):
        for module in np.argsort(-sizes, kind="stable").tolist():
            left = left + wanted[:, module, period] * sizes[module]
            room = upper[core.modules.columns[:, module, period]] - have[:, module]
            count = np.maximum(np.floor(np.minimum((left + NEARLY_MW) / sizes[module], room + NEARLY_MW)), 0.0)
            have[:, module] += count
            left = left - count * sizes[module]
        values[core.modules.columns[:, :, period]] = have
    return values


def only_smallest(model: Model, chosen: Model, solution: Floats, columns: Ints, core: Core, few: float) -> Model:
    """The model with its choices as in `chosen`, its lines and flows as in a solution of it, and modules portioned from that
    solution: up to `few` more or less of the smallest, what is done at the sites and what is counted are free."""
    free = only_modules(model, chosen, solution, columns, core)
    full, most = np.zeros(core.sheet.space.size), np.zeros(core.sheet.space.size)
    full[columns], most[columns] = solution, free.upper
    value = portioned(full, core, most)[columns]
    modules = np.isin(columns, core.modules.columns.ravel())
    give = np.where(np.isin(columns, core.modules.columns[:, int(np.argmin(core.module_it_mw))].ravel()), few, 0.0)
    lower = np.where(modules, np.clip(value - give, free.lower, free.upper), free.lower)
    upper = np.where(modules, np.clip(value + give, free.lower, free.upper), free.upper)
    return replace(free, lower=lower, upper=upper)


def keep_modules(model: Model, solution: Floats, columns: Ints, core: Core) -> Model:
    """The model with open sites and modules held at a solution, everything else as it was."""
    held = np.isin(columns, np.concatenate([core.modules.columns.ravel(), core.open.columns.ravel()]))
    value = np.rint(solution)
    return replace(model, lower=np.where(held, value, model.lower), upper=np.where(held, value, model.upper))


def hold_integers(model: Model, solution: Floats) -> Model:
    """The model with all whole columns held at a solution, rounded; a plain linear program."""
    held = np.rint(solution)
    lower, upper = np.where(model.integer, held, model.lower), np.where(model.integer, held, model.upper)
    return replace(model, lower=lower, upper=upper, integer=np.zeros_like(model.integer))
