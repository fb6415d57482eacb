"""What is short and what would mend it, in words: limits with numbers, and the knobs behind them with the values needed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from siting.plan.needed import PERIOD_BUDGET, Needs, years_of_budget
from siting.plan.one_more import Shortage
from siting.plan.row_kinds import limit_words, place_words, title_of
from siting.plan.why import amount
from siting.program.assemble import Program

CORE_KNOBS: Final[Mapping[str, tuple[str, ...]]] = {
    "site_limit": ("candidates.limit_mw", "candidates.land_ha", "land.usable_share"),
}
"""Row family of the core -> the knobs that move its limit."""


def short_words(needs: Needs, shortages: Sequence[Shortage]) -> str:
    """What is short, family by family: title, where, how much."""
    grouped: dict[str, list[Shortage]] = {}
    for shortage in shortages:
        grouped.setdefault(title_of(needs.program, needs.rows, shortage.row).title, []).append(shortage)
    return "; ".join(_limit_words(needs, group) for group in grouped.values())


def _limit_words(needs: Needs, group: Sequence[Shortage]) -> str:
    program, rows = needs.program, needs.rows
    words = title_of(program, rows, group[0].row)
    worst = sorted(group, key=lambda shortage: -shortage.amount)
    if rows.name(group[0].row) == "land.exclusion":
        return f"{words.title} ({', '.join(_exclusion_words(needs, each) for each in _by_place(needs, worst))})"
    if words.unit == "sites":
        return f"{words.title} ({', '.join(dict.fromkeys(place_words(program, rows, each.row) for each in worst))})"
    places = ", ".join(filter(None, [place_words(program, rows, worst[0].row)]))
    where, others = f" ({places})" if places else "", f", and in {len(group) - 1} more" if len(group) > 1 else ""
    return f"{words.title}{where}, {amount(worst[0].amount)} {words.unit} short{others}".replace("  ", " ")


def _by_place(needs: Needs, shortages: Sequence[Shortage]) -> list[str]:
    """Ids of the sites that rows of one site each belong to, each once."""
    matrix = needs.matrix
    owners = [int(matrix.owner[matrix.column[matrix.start[shortage.row]]]) for shortage in shortages]
    return [needs.program.problem.site_ids[site] for site in dict.fromkeys(owners)]


def _exclusion_words(needs: Needs, site: str) -> str:
    problem = needs.program.problem
    place = problem.site_ids.index(site)
    inside = getattr(problem.facts.get("land"), "excluded_by", ())
    return f"{site} lies in {inside[place]}" if inside else site


def knob_words(needs: Needs, shortages: Sequence[Shortage]) -> str:
    """What would mend a shortage: the knob with the value needed where one number does it, else what is short with the knobs
    that move it."""
    return "; ".join(_needed(needs, name, group) for name, group in _by_rows(needs, shortages).items())


def _by_rows(needs: Needs, shortages: Sequence[Shortage]) -> dict[str, list[Shortage]]:
    grouped: dict[str, list[Shortage]] = {}
    network = needs.program.problem.network
    for shortage in shortages:
        name = needs.rows.name(shortage.row)
        if name == "supply":
            first = needs.rows.families[int(needs.rows.family[shortage.row])].first
            point = (shortage.row - first) // (len(needs.program.core.period) * len(needs.program.core.slice))
            name = f"{network.families[point]}.supply"
        grouped.setdefault(name, []).append(shortage)
    return grouped


def _needed(needs: Needs, name: str, group: Sequence[Shortage]) -> str:
    program, most = needs.program, max(shortage.amount for shortage in group)
    if name == "budget.total_budget":
        now = float(program.knobs["budget"].model_dump()["total_musd"])
        return f"budget.total_musd of at least {_up(now + most)} (now {now:g})"
    if name == PERIOD_BUDGET:
        now = float(program.knobs["budget"].model_dump()["period_musd_per_year"])
        first = needs.rows.families[int(needs.rows.family[group[0].row])].first
        years = years_of_budget(program)
        more = max(shortage.amount / years[shortage.row - first] for shortage in group)
        return f"budget.period_musd_per_year of at least {_up(now + more)} (now {now:g})"
    if name == "connectivity.paths":
        now = int(program.knobs["connectivity"].model_dump()["paths"])
        return f"connectivity.paths of at most {max(0, math.floor(now - most + 1e-6))} (now {now})"
    if name == "land.exclusion":
        return f"no exclusion there: {', '.join(_exclusion_words(needs, site) for site in _by_place(needs, group))}"
    turned = CORE_KNOBS.get(name) or limit_words(program, name).knobs
    knobs = " or ".join(f"{knob}{_value(program, knob)}" for knob in turned)
    return f"{_limit_words(needs, group)}{f': turn {knobs}' if knobs else ''}"


def _value(program: Program, knob: str) -> str:
    family, _, key = knob.partition(".")
    if family not in program.knobs:
        return ""
    value = program.knobs[family].model_dump().get(key)
    return f" (now {', '.join(map(str, value)) if isinstance(value, tuple) else value})"


def _up(value: float) -> str:
    """A value rounded up to what is worth telling."""
    return f"{np.ceil(value * 10.0 - 1e-6) / 10.0:g}" if value < 1000.0 else f"{math.ceil(value - 1e-6):d}"
