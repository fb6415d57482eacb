"""Ledgers: where families add up to each other, without knowing each other."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from siting.arrays import Floats, Ints, Term


@dataclass(frozen=True, slots=True)
class Entry:
    """Columns and coefficients that a family adds to a ledger; `at` are the flat ledger positions, broadcast together."""

    label: str
    at: Ints
    columns: Ints
    coefficients: Floats


@dataclass(slots=True)
class Ledger:
    """Where families add up: one linear expression for each cell of `shape`."""

    name: str
    shape: tuple[int, ...]
    entries: list[Entry] = field(default_factory=list)

    def cells(self) -> Ints:
        """Flat positions in the ledger's shape, for indexing."""
        return np.arange(int(np.prod(self.shape)), dtype=np.int64).reshape(self.shape)

    def add(self, label: str, at: Ints, columns: Ints, coefficients: Floats | float) -> None:
        """Add coefficients x columns to the cells `at`; the three are broadcast together."""
        cells, cols, coefs = np.broadcast_arrays(at, columns, np.asarray(coefficients, dtype=np.float64))
        self.entries.append(Entry(label, cells.ravel(), cols.ravel(), coefs.ravel()))

    def terms(self, factor: float = 1.0) -> list[Term]:
        """The ledger as terms of rows, one row a cell."""
        return [Term(entry.at, entry.columns, factor * entry.coefficients) for entry in self.entries]

    def filled(self, values: Floats) -> Floats:
        """The ledger's cells for a solution (columns), in the ledger's shape."""
        total = np.zeros(int(np.prod(self.shape)))
        for entry in self.entries:
            np.add.at(total, entry.at, entry.coefficients * values[entry.columns])
        return total.reshape(self.shape)


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
