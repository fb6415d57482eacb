"""The contract of a family's rules: one file of this package, one `Part`, one line in the registry (`siting.verify.parts`).

A part recomputes from the files what its family adds to the sums of the whole (`sums`, named as what they add up to), what it
costs (`money`), the columns it tells of sites, and holds its own rules (`check`). It is looked at where its family is on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from siting.verify.cost import Item
from siting.verify.points import Points
from siting.verify.report import Floats, Judge

if TYPE_CHECKING:
    from siting.verify.built import Built
    from siting.verify.question import Question

SUMS = (
    "supply_mw",
    "compute_mw",
    "on_time_mw",
    "assigned_it_mw",
    "firm_it_mw",
    "flexible_it_mw",
    "land_ha",
    "standby_mw",
    "own_capacity_mw",
    "bandwidth_gbps",
    "paths",
    "carbon_t_per_year",
    "embodied_t",
    "water_m3_per_year",
    "strain_h",
)
"""Names of the sums: `supply_mw` (I, P, T); carbon, embodied, water and strain (P), or (I, P) where the
site that pays for it is known; the others (I, P)."""


def says_nothing(built: Built, judge: Judge) -> None:
    """For parts without rules of their own."""


def spends_nothing(built: Built) -> tuple[Item, ...]:  # noqa: ARG001
    """For parts that cost nothing."""
    return ()


def no_columns(built: Built) -> Mapping[str, Floats]:  # noqa: ARG001
    """For parts that tell nothing of sites."""
    return {}


@dataclass(frozen=True, slots=True)
class Part:
    """The rules of one family. `offers` are its supply points; `items` the items of equipment, given, programme and dispatch
    that only it may write; `columns` its numbers of the table of sites in the last period (I), NaN where nothing is held to.
    Candidates with nothing there have 0 in those columns, or what `everywhere` has for all candidates (N)."""

    family: str
    check: Callable[[Built, Judge], None] = says_nothing
    offers: Callable[[Question], Points] | None = None
    money: Callable[[Built], tuple[Item, ...]] = spends_nothing
    sums: Mapping[str, Callable[[Built], Floats]] = field(default_factory=dict)
    columns: Callable[[Built], Mapping[str, Floats]] = no_columns
    everywhere: Callable[[Built], Mapping[str, Floats]] = no_columns
    items: tuple[str, ...] = ()
