"""Time: periods with their discount factors, slices with their hours, and profiles brought to slices.

A year has 8 760 hours; February has 28 days. A slice is the months of a season by the hours of a block of the day. Money of
a period is spent at its start; a month's compute and running cost fall in its middle:

    capital_factor[p]  =  (1 + r) ^ -(start of p in years)
    compute_years[p]   =  sum over the months m of p of (1 + r) ^ -((m + 1/2) / 12) / 12
    running_years[p]   =  the same, the last period's months lasting `operating_years` from its start where that is longer
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from siting.errors import Fault
from siting.verify.asked import Asked
from siting.verify.points import Ints
from siting.verify.report import CannotCheck, Floats

DAYS: Final = np.array([31.0, 28.0, 31.0, 30.0, 31.0, 30.0, 31.0, 31.0, 30.0, 31.0, 30.0, 31.0])
HOURS_A_DAY: Final = 24


@dataclass(frozen=True, slots=True)
class Clock:
    """P periods and T slices: hydrology years outside, seasons within them, blocks inside. `days` (T, 12, 24) are the days a
    year that each month-hour spends in a slice, times the probability of its hydrology year; `hours` (T) their sum.
    `block_h` is the length of a block, `before` (T) the slice before in the same day, the last one for the first;
    `year_of` (T) numbers the hydrology years, `year_share` (H) are their probabilities, `water_factor` (T) what rivers carry."""

    periods: tuple[str, ...]
    start_month: Floats
    months: Floats
    years: Floats
    capital_factor: Floats
    compute_years: Floats
    running_years: Floats
    seasons: tuple[str, ...]
    days: Floats
    hours: Floats
    block_h: float
    before: Ints
    year_of: Ints
    year_share: Floats
    water_factor: Floats

    def mean(self, grid: Floats) -> Floats:
        """The mean of a month-hour grid (..., 12, 24) in each slice (..., T)."""
        total: Floats = np.einsum("...mh,tmh->...t", grid, self.days)
        mean: Floats = total / self.hours
        return mean

    def peak(self, grid: Floats) -> Floats:
        """The highest value of a month-hour grid (12, 24) in each slice (T)."""
        return np.array([grid[days > 0].max() for days in self.days])

    def year_mean(self, by_slice: Floats) -> Floats:
        """The mean over the year of values (..., T)."""
        weighted: Floats = np.asarray(by_slice @ self.hours)
        mean: Floats = weighted / self.hours.sum()
        return mean


def make_clock(asked: Asked) -> Clock:
    """The clock of a scenario. Raises CannotCheck where the seasons or blocks do not part the year."""
    table = asked.value("time", "periods")
    periods = tuple(str(period["name"]) for period in table)
    months = np.array([int(period["months"]) for period in table], dtype=np.int64)
    first = np.concatenate([[0], np.cumsum(months)[:-1]])
    rate = asked.number("finance", "discount_rate")
    lasting = months.astype(np.float64)
    lasting[-1] = max(lasting[-1], round(asked.number("finance", "operating_years") * 12))
    seasons = asked.value("time", "seasons")
    days, season_names = _slices(asked, seasons)
    turns = hydrology(asked)
    year_of = np.repeat(np.arange(len(turns), dtype=np.int64), len(days))
    share, water = (np.array([turn[n] for turn in turns]) for n in range(2))
    days = np.tile(days, (len(turns), 1, 1)) * share[year_of][:, None, None]
    season_names = season_names * len(turns)
    blocks = int(asked.number("time", "dispatch_blocks"))
    slice_ = np.arange(len(days), dtype=np.int64)
    return Clock(
        periods=periods,
        start_month=first.astype(np.float64),
        months=months.astype(np.float64),
        years=months / 12.0,
        capital_factor=(1.0 + rate) ** (-first / 12.0),
        compute_years=np.array([_discounted(rate, m, n) for m, n in zip(first, months, strict=True)]),
        running_years=np.array([_discounted(rate, m, n) for m, n in zip(first, lasting, strict=True)]),
        seasons=season_names,
        days=days,
        hours=days.sum(axis=(1, 2)),
        block_h=HOURS_A_DAY / blocks,
        before=slice_ - slice_ % blocks + (slice_ - 1) % blocks,
        year_of=year_of,
        year_share=share,
        water_factor=water[year_of],
    )


def hydrology(asked: Asked) -> list[tuple[float, float]]:
    """Probability and water factor of each hydrology year; one mean year where none is given."""
    table = asked.value("time", "hydrology")
    return [(float(year["probability_share"]), float(year["water_factor"])) for year in table] or [(1.0, 1.0)]


def _discounted(rate: float, first: float, months: float) -> float:
    return float(sum((1.0 + rate) ** (-(first + m + 0.5) / 12.0) / 12.0 for m in range(int(months))))


def _slices(asked: Asked, seasons: dict[str, list[int]]) -> tuple[Floats, tuple[str, ...]]:
    blocks = int(asked.number("time", "dispatch_blocks"))
    length, rest = divmod(HOURS_A_DAY, blocks)
    if rest or sorted(month for months in seasons.values() for month in months) != list(range(1, 13)):
        found = f"{blocks} blocks, seasons {seasons}"
        raise CannotCheck(
            Fault("V004", asked.file, "", "time", found, "blocks that part the day, seasons that part the year", "")
        )
    days = np.zeros((len(seasons) * blocks, 12, HOURS_A_DAY))
    for s, months in enumerate(seasons.values()):
        for b in range(blocks):
            for month in months:
                days[s * blocks + b, month - 1, b * length : (b + 1) * length] = DAYS[month - 1]
    return days, tuple(name for name in seasons for _ in range(blocks))
