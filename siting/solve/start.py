"""Where a search begins: a kernel of promising sites, and whole plans rounded from relaxed ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from siting.family import Core, Problem
from siting.solve.job import Floats, Ints, Model

SEEDS_A_ZONE = 1
OPEN_SHARE = 0.1
CHOICE_SHARE = 0.05


def promise(problem: Problem) -> Floats:
    """How good each site (I) looks before anything is solved: much mean power, at most what it can use, near by."""
    network, hours = problem.network, problem.time.hours
    mean_mw = network.available_mw.min(axis=1) @ hours / hours.sum()
    useful = np.minimum(mean_mw[network.link_point], problem.limit_mw[network.link_site]) / (1.0 + 0.02 * network.link_km)
    return np.bincount(network.link_site, useful, minlength=len(problem.site_ids))


def kernel(problem: Problem, size: int) -> Ints:
    """Positions of up to `size` sites: the most promising of every zone first, then of all."""
    score = promise(problem)
    order = np.lexsort((np.arange(len(score)), -score))
    seeds: list[int] = []
    for zone in sorted(set(problem.site_zones)):
        seeds += [int(site) for site in order if problem.site_zones[site] == zone][:SEEDS_A_ZONE]
    ranked = list(dict.fromkeys([*seeds, *order.tolist()]))
    return np.sort(np.array(ranked[: max(size, len(seeds))], dtype=np.int64))


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


def only_modules(model: Model, chosen: Model, solution: Floats, columns: Ints, core: Core) -> Model:
    """The model with its choices as in `chosen` and its lines and flows as in a solution of it: modules (whole), what is done at
    the sites and what is counted are free."""
    lines = np.isin(columns, np.concatenate([core.line_mw.columns.ravel(), core.flow_mw.columns.ravel()]))
    modules = np.isin(columns, core.modules.columns.ravel())
    value = np.clip(solution, chosen.lower, chosen.upper)
    fixed = lines | (model.integer & ~modules)
    lower, upper = np.where(fixed, value, model.lower), np.where(fixed, value, model.upper)
    return replace(model, lower=lower, upper=upper)


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
