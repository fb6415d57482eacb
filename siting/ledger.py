"""Ledgers: where families add up to each other, without knowing each other."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from siting.arrays import ArrayVar
from siting.terms import Floats, Ints, Term, ruler


@dataclass(frozen=True)
class Entry:
    """Columns and coefficients that a family adds to a ledger: a term whose rows are the flat ledger positions. Flat and all of
    one length they are `at`, `columns` and `coefficients`, made when somebody asks."""

    label: str
    term: Term

    @cached_property
    def at(self) -> Ints:
        """Flat ledger positions."""
        return np.broadcast_to(self.term.rows, self.term.shape).reshape(-1)

    @cached_property
    def columns(self) -> Ints:
        """Columns of the program."""
        return np.broadcast_to(self.term.columns, self.term.shape).reshape(-1)

    @cached_property
    def coefficients(self) -> Floats:
        """What a unit of each column adds."""
        return np.broadcast_to(np.asarray(self.term.coefficients, np.float64), self.term.shape).reshape(-1)

    def by_column(self, weight: Floats | None) -> tuple[Ints, Floats]:
        """Columns as they were named, flat, and for each the sum of its coefficients times `weight` of the last axis of the
        ledger, 1 where none is given."""
        shape, columns = self.term.shape, self.term.columns
        own = (1,) * (len(shape) - columns.ndim) + columns.shape
        across = tuple(axis for axis, size in enumerate(own) if size != shape[axis])
        values = np.asarray(self.term.coefficients)
        if weight is not None:
            values = values * weight[self.term.rows % len(weight)]
        return columns.reshape(-1), np.broadcast_to(values, shape).sum(axis=across).reshape(-1)

    def times(self, factor: float) -> Term:
        """The entry as a term of rows, one row a ledger position."""
        return Term(self.term.rows, self.term.columns, factor * np.asarray(self.term.coefficients, np.float64))


@dataclass(slots=True)
class Ledger:
    """Where families add up: one linear expression for each cell of `shape`."""

    name: str
    shape: tuple[int, ...]
    entries: list[Entry] = field(default_factory=list)
    _dense: dict[int, tuple[int, Floats]] = field(default_factory=dict)

    def cells(self) -> Ints:
        """Flat positions in the ledger's shape, for indexing; to be read only."""
        return ruler(0, math.prod(self.shape)).reshape(self.shape)

    def add(self, label: str, at: Ints, columns: Ints, coefficients: Floats | float) -> None:
        """Add coefficients x columns to the cells `at`; the three are broadcast together."""
        self.entries.append(Entry(label, Term(at, columns, np.array(coefficients, dtype=np.float64))))

    def terms(self, factor: float = 1.0) -> list[Term]:
        """The ledger as flat terms of rows, one row a cell."""
        return [Term(entry.at, entry.columns, factor * entry.coefficients) for entry in self.entries]

    def shaped(self, factor: float = 1.0) -> list[Term]:
        """The same with the shapes they were added in, which rows are made of without flattening anything."""
        return [entry.times(factor) for entry in self.entries]

    def by_column(self, size: int, weight: Floats | None = None) -> Floats:
        """What the first `size` columns add, summed over the ledger; `weight` of its last axis, 1 where none is given."""
        total = np.zeros(size)
        for entry in self.entries:
            columns, values = entry.by_column(weight)
            if not len(columns):
                continue
            first, last = int(columns[0]), int(columns[-1]) + 1
            if last - first == len(columns) and (columns == ruler(first, len(columns))).all():
                total[first:last] += values
                continue
            first, last = int(columns.min()), int(columns.max()) + 1
            total[first:last] += np.bincount(columns - first, values, last - first)
        return total

    def of_variable(self, variable: ArrayVar) -> Floats:
        """What the columns of a variable add by the last axis of the ledger, in the variable's shape and that axis (..., T)."""
        slices, known = self.shape[-1], self._dense.get(variable.first)
        if known is not None and known[0] == len(self.entries):
            return known[1]
        total = np.zeros((len(variable), slices))
        for entry in self.entries:
            term = entry.term
            place, slice_ = term.columns - variable.first, term.rows % slices
            if term.shape == (*variable.shape, slices) and _runs(place, variable.shape) and (slice_ == np.arange(slices)).all():
                total.reshape(term.shape)[...] += term.coefficients
            else:
                mine = (entry.columns >= variable.first) & (entry.columns < variable.first + len(variable))
                cell = (entry.columns[mine] - variable.first) * slices + entry.at[mine] % slices
                total += np.bincount(cell, entry.coefficients[mine], total.size).reshape(total.shape)
        found = total.reshape(*variable.shape, slices)
        found.flags.writeable = False
        self._dense[variable.first] = len(self.entries), found
        return found

    def filled(self, values: Floats) -> Floats:
        """The ledger's cells for a solution (columns), in the ledger's shape."""
        total = np.zeros(math.prod(self.shape))
        for entry in self.entries:
            total += np.bincount(entry.at, entry.coefficients * values[entry.columns], len(total))
        return total.reshape(self.shape)


def _runs(place: Ints, shape: tuple[int, ...]) -> bool:
    """Whether places are those of a variable of this shape in order, with one axis of length 1 behind them."""
    return place.shape == (*shape, 1) and bool((place.reshape(-1) == ruler(0, place.size)).all())


@dataclass(slots=True)
class Latency(Ledger):
    """The data paths of sites with their round-trip times: offers of families that carry data, read by those that have users.

    Its cells (I, P) count the paths that stand, as those of the ledger `paths` do. `every_site_has_one` is set by the family
    that asks every open site for a path.
    """

    offers: list[DataPaths] = field(default_factory=list)
    every_site_has_one: bool = False

    def offer(
        self,
        label: str,
        site: Ints,
        columns: Ints,
        rtt_ms: Floats,
        lands: tuple[str, ...] = (),
        gbps: Ints | None = None,
    ) -> None:
        """Paths of one family: `site` (H), `columns` (H, P) of variables of whole numbers that are above 0 where the path
        stands and 0 where it does not, `rtt_ms` (H, R) to the places of the layer `demand`, in the order of its rows.
        `lands` (H) names the gateway or point of presence each ends at, and `gbps` (H, P) are the columns of the bandwidth
        that is bought there, where that is told."""
        self.add(label, self.cells()[site], columns, 1.0)
        self.offers.append(DataPaths(label, site, columns, rtt_ms, lands, gbps))

    def filled(self, values: Floats) -> Floats:
        """Round-trip time (I, R, P) over the best path that stands in a solution, infinite where none does."""
        places = self.offers[0].rtt_ms.shape[1] if self.offers else 0
        best = np.full((self.shape[0], places, self.shape[1]), np.inf)
        for paths in self.offers:
            stands = values[paths.columns] > 0.5
            np.minimum.at(best, paths.site, np.where(stands[:, None, :], paths.rtt_ms[:, :, None], np.inf))
        return best


@dataclass(frozen=True, slots=True)
class DataPaths:
    """What `Latency.offer` was told: H paths, R places, P periods."""

    label: str
    site: Ints
    columns: Ints
    rtt_ms: Floats
    lands: tuple[str, ...] = ()
    gbps: Ints | None = None


@dataclass(frozen=True, slots=True)
class Ledgers:
    """The ledgers: where families add up to each other. Labels of the money ledgers are the lines of the cash flow.

    By site, period and slice (I, P, T):
    `supply_mw` into the site, charging a battery negative; `draw_mw` of the IT and its cooling, columns of modules only.

    By site and period (I, P):
    `bandwidth_gbps` and `paths`: offers positive, needs negative.
    `latency`: the data paths once more, each with its round-trip times to the users.
    `compute_mw`: MW of IT of performance 1 at work on the mean of the period: modules standing, less what waits for power.
    `on_time_mw`: mean facility MW of the period that is there, a supply counting only from the month it is energised.
    `assigned_it_mw`: MW of IT given to a workload, no more than stands.
    `firm_it_mw`: MW of IT whose load may never go unserved.
    `flexible_it_mw`: MW of IT, on the mean of a year, whose energy may go unserved, where some family limits it.
    `land_ha`: land in use.
    `standby_mw`: facility MW that carry the site by themselves when it is cut off, for the hours an outage lasts.
    `own_capacity_mw`: firm facility MW the site brings with it in stressed hours, so that the grid need not.

    By period (P):
    `capital_musd`: the cost of the *stock* standing in period p, so what period p spends is its difference from p - 1.
    `running_musd`: yearly cost of what runs in period p.
    `carbon_t_per_year`: t CO2e a year of what runs in period p; `embodied_t`: t CO2e of the stock standing.
    `water_m3_per_year`: water used a year.
    `strain_h`: hours a year of full use of substations in stressed hours: sum of hours x flow / rating.
    """

    supply_mw: Ledger
    draw_mw: Ledger
    bandwidth_gbps: Ledger
    paths: Ledger
    latency: Latency
    compute_mw: Ledger
    on_time_mw: Ledger
    assigned_it_mw: Ledger
    firm_it_mw: Ledger
    flexible_it_mw: Ledger
    land_ha: Ledger
    standby_mw: Ledger
    own_capacity_mw: Ledger
    capital_musd: Ledger
    running_musd: Ledger
    carbon_t_per_year: Ledger
    embodied_t: Ledger
    water_m3_per_year: Ledger
    strain_h: Ledger
