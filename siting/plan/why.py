"""Why each candidate is in the plan or not: computed from the solved rows, put into words by the families.

What holds a site back is found by adding one more of the smallest module there, all else held (`siting.plan.one_more`).
Limits of the place come first, then those it shares, then money. Where only money has no room, the reason is the rank: what
a MW would cost there at least, against the dearest site chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from siting.family import Flags, Floats, Ints
from siting.plan.one_more import Neighbourhood, OneMore, Rank, Shortage
from siting.plan.row_kinds import Kind, barring_rows, place_words, title_of
from siting.program.assemble import Program
from siting.program.matrix import Matrix
from siting.solve.batch import Batch

MOST_CHOSEN: Final = 40
"""Chosen sites that are asked what stops the next module, the largest first."""
MOST_PASSED: Final = 24
"""Passed-over sites that are asked what holds them back, the most promising first; the others are told in short."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the reasons are computed from: program, matrix, solution, the site table so far, and how promising each site is (I),
    more is better."""

    program: Program
    matrix: Matrix
    values: Floats
    sites: pd.DataFrame
    promise: Floats


@dataclass(frozen=True, slots=True)
class HeldBack:
    """By site (I): the row families without room for one more of the smallest module in the last period, comma separated, limits
    of the place first and money last; a sentence with numbers; and an `order` of those passed over, the best first: what a MW
    would cost there at least where that is known, inf where nothing can stand."""

    families: list[str]
    notes: list[str]
    order: Floats


def held_back(standing: Standing) -> HeldBack:
    """What holds each site back. The best are asked one by one, by small programs; of the others the limits of the place are
    told, or that there are better ones."""
    count = len(standing.program.problem.site_ids)
    chosen = (standing.sites["verdict"] == "chosen").to_numpy()
    bars = barring_rows(standing.program, standing.matrix)
    asked = _asked(standing, chosen, bars >= 0)
    dearest = _dearest(standing.sites)
    with Batch(len(asked)) as batch:
        around = Neighbourhood(standing.program, standing.matrix, standing.values)
        found = around.one_more(asked, batch)
        rivals = [more.site for more in found if more.known and not chosen[more.site] and _at_most_money(around, more)]
        ranks = {} if dearest is None else _ranks(around, rivals, dearest.it_mw, batch)
    words = _Words(around, dearest)
    families, notes = [""] * count, [""] * count
    for more in found:
        families[more.site] = ", ".join(_by_family(around, more.shortages))
        notes[more.site] = words.of_chosen(more) if chosen[more.site] else words.of_passed_over(more, ranks.get(more.site))
    short = [site for site in range(count) if not notes[site]]
    for site in short:
        if bars[site] >= 0 and not chosen[site]:
            families[site] = around.rows.name(int(bars[site]))
        notes[site] = words.in_short(int(bars[site]), bool(chosen[site]), len(asked), len(short))
    return HeldBack(families, notes, _order(standing, bars, found, ranks))


def _asked(standing: Standing, chosen: Flags, barred: Flags) -> Ints:
    """The sites that are asked one by one: the largest chosen, the most promising of the others, and some that are barred where
    there are few others."""
    sites = np.arange(len(chosen))
    largest = np.lexsort((sites, -standing.sites["it_mw"].to_numpy(float)))
    promising = np.lexsort((sites, -standing.promise, barred))
    some = [*largest[chosen[largest]][:MOST_CHOSEN], *promising[~chosen[promising]][:MOST_PASSED]]
    return np.sort(np.array(some, dtype=np.int64))


def _order(standing: Standing, bars: Ints, found: Sequence[OneMore], ranks: Mapping[int, Rank]) -> Floats:
    """Those with room but for money by what a MW would cost, then those asked, then the others by promise; inf where barred."""
    promise = standing.promise
    place = np.argsort(np.lexsort((np.arange(len(promise)), -promise))).astype(float)
    largest = max((rank.capital_musd / rank.it_mw for rank in ranks.values()), default=0.0)
    order: Floats = largest + 2.0 + len(promise) + place
    for more in found:
        order[more.site] = largest + 1.0 + place[more.site]
    for site, rank in ranks.items():
        order[site] = rank.capital_musd / rank.it_mw
    order[bars >= 0] = np.inf
    return order


@dataclass(frozen=True, slots=True)
class _Dearest:
    """The site of the plan whose MW cost most."""

    name: str
    it_mw: float
    musd_per_mw: float


def _dearest(sites: pd.DataFrame) -> _Dearest | None:
    chosen = sites[sites["verdict"] == "chosen"]
    if not len(chosen):
        return None
    row = chosen.iloc[int(chosen["capital_musd_per_mw"].to_numpy(float).argmax())]
    return _Dearest(str(row["name"] or row["id"]), float(row["it_mw"]), float(row["capital_musd_per_mw"]))


def _ranks(around: Neighbourhood, sites: Sequence[int], it_mw: float, batch: Batch) -> dict[int, Rank]:
    return {rank.site: rank for rank in around.rank(np.array(sites, dtype=np.int64), it_mw, batch)}


def why_chosen(program: Program, row: Mapping[str, Any], note: str) -> str:
    """What the families say of a chosen site, and what stops the next module there."""
    said = (family.explain(row, program.knobs[family.name]) for family in program.families)
    return " ".join(sentence for sentence in (*said, note) if sentence)


def _at_most_money(around: Neighbourhood, more: OneMore) -> bool:
    """Whether nothing but money, or nothing at all, is short for one more module."""
    return {int(around.rows.kind[shortage.row]) for shortage in more.shortages} <= {Kind.MONEY}


def _by_family(around: Neighbourhood, shortages: Sequence[Shortage]) -> dict[str, list[Shortage]]:
    """Shortages by row family: rows of one site first, then shared ones, then money; else in the order of the program."""
    rows = around.rows

    def order(shortage: Shortage) -> tuple[bool, bool, int]:
        return bool(rows.kind[shortage.row] == Kind.MONEY), not rows.local[shortage.row], shortage.row

    grouped: dict[str, list[Shortage]] = {}
    for shortage in sorted(shortages, key=order):
        grouped.setdefault(rows.name(shortage.row), []).append(shortage)
    return grouped


class _Words:
    """Sentences on what holds a site back."""

    def __init__(self, around: Neighbourhood, dearest: _Dearest | None) -> None:
        self._around = around
        self._program = around.program
        core = around.program.core
        module = around.program.problem.modules.names[around.smallest]
        self._one = f"{module} ({core.module_it_mw[around.smallest]:g} MW)"
        self._dearest = dearest

    def of_chosen(self, more: OneMore) -> str:
        """What stops the next module at a site of the plan."""
        if not more.known:
            return "What holds the next MW here back could not be computed."
        if not more.shortages:
            return f"There is room for one more {self._one} here; the aims of the plan are met without it, within its gap."
        return f"The next MW here, as a {self._one}, is held back by {self._list(more)}."

    def of_passed_over(self, more: OneMore, rank: Rank | None) -> str:
        """Why a site is not in the plan."""
        if not more.known:
            return "What holds this site back could not be computed."
        if not more.shortages:
            rank_words = self._ranked(rank) or "The aims of the plan are met without it, within its gap."
            return f"There is room for a {self._one} here. {rank_words}"
        if not _at_most_money(self._around, more):
            return f"A {self._one} finds no room here: {self._list(more)}."
        return f"Only money holds it back: {self._list(more)}. {self._ranked(rank)}".strip()

    def in_short(self, bar: int, chosen: bool, asked: int, others: int) -> str:
        """Of a site that was not asked: what bars it, or that others were better."""
        if chosen:
            return ""
        if bar >= 0:
            return f"A {self._one} finds no room here: {title_of(self._program, self._around.rows, bar).title}."
        return (
            f"Others are more promising: {asked:,} sites were asked what holds them back, this and {others - 1:,} more were not."
        )

    def _list(self, more: OneMore) -> str:
        return "; ".join(self._limit(group) for group in _by_family(self._around, more.shortages).values())

    def _limit(self, group: Sequence[Shortage]) -> str:
        """The row of a family that is shortest, with where and how much, and how many more there are."""
        around = self._around
        worst = max(group, key=lambda shortage: shortage.amount)
        words = title_of(self._program, around.rows, worst.row)
        site = self._program.problem.site_ids[int(self._site_of(worst.row))] if around.rows.local[worst.row] else ""
        place = place_words(self._program, around.rows, worst.row, site)
        where = f" ({place})" if place else ""
        others = f", and in {len(group) - 1} more" if len(group) > 1 else ""
        return f"{words.title}{where}, {amount(worst.amount)} {words.unit} short{others}".replace("  ", " ")

    def _site_of(self, row: int) -> int:
        matrix = self._around.matrix
        return int(matrix.owner[matrix.column[matrix.start[row]]])

    def _ranked(self, rank: Rank | None) -> str:
        """What a MW would cost here at least, against the dearest site chosen."""
        if rank is None or self._dearest is None:
            return ""
        here, there = rank.capital_musd / rank.it_mw, self._dearest.musd_per_mw
        room = "as many as there" if rank.it_mw >= self._dearest.it_mw - 1e-6 else "all that finds room"
        dearest = f"The dearest site chosen ({self._dearest.name}) costs {there:.2f} MUSD of capital per MW"
        end = f"{here - there:.2f} more" if here > there + 5e-3 else "no more: it may be as good, within the gap of the plan"
        return f"{dearest}; {rank.it_mw:.3g} MW here, {room}, would cost at least {here:.2f}, {end}."


def amount(value: float) -> str:
    """A number with as many digits as it takes to be told from nothing."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}" if value < 10 else f"{value:.1f}"
