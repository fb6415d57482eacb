"""Month-hour profiles and temperatures brought to the time slices of a scenario: seasons of months by blocks of hours.

A profile has 288 values, one for each month and hour of the day in local standard time. A slice's value is the mean over its
months and hours, months weighted by their days. The year has 365 days and 8 760 hours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting import geo
from siting.cells import at_most, is_missing, numbers, printable
from siting.errors import Fault, input_error

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DAYS: Final[Floats] = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=np.float64)
"""Days of each month."""
CELLS: Final = 288
WARMEST_MONTH: Final = 7.0
"""Month of the highest mean temperature north of the equator; six months later south of it."""
WARMEST_HOUR: Final = 15.0
HEAT_WAVE_C: Final = 6.0
"""What the hottest 0.4 % of hours add to the mean afternoon of the warmest month [K]: an estimate for the middle latitudes."""


@dataclass(frozen=True, slots=True)
class Slices:
    """T slices, hydrology years outside, seasons within them, blocks inside. `hydrology`, `season` and `block` (T) number them,
    `hours` (T) are hours a year times the probability of the slice's hydrology year (8 760 in all), `months` and `clock` (T)
    the months (1-12) and hours of the day (0-23) each slice is made of. `water_factor` (T) is what rivers carry in the
    slice's hydrology year, as a share of a mean one; `years` and `year_share` (H) name the years and their probabilities."""

    labels: tuple[str, ...]
    seasons: tuple[str, ...]
    hydrology: Ints
    season: Ints
    block: Ints
    hours: Floats
    water_factor: Floats
    years: tuple[str, ...]
    year_share: Floats
    block_h: float
    months: tuple[tuple[int, ...], ...]
    clock: tuple[tuple[int, ...], ...]

    def __len__(self) -> int:
        """Number of slices T."""
        return len(self.labels)


MEAN_YEAR: Final[tuple[tuple[str, float, float], ...]] = (("mean", 1.0, 1.0),)
"""One hydrology year: name, probability, water factor."""


def make_slices(
    seasons: Mapping[str, tuple[int, ...]],
    blocks: int,
    file: str = "",
    years: Sequence[tuple[str, float, float]] = MEAN_YEAR,
) -> Slices:
    """Slices of hydrology years (name, probability, water factor) by named seasons (months 1-12, each month in one season) by
    equal blocks of the day. The year's name stands in the labels where there is more than one.

    Raises InputError where blocks do not part 24 hours evenly or the seasons do not part the year.
    """
    faults = _calendar_faults(seasons, blocks, file)
    if faults:
        raise input_error(faults)
    one = _year_slices(seasons, blocks)
    count, turns = len(one.labels), len(years)
    year = np.repeat(np.arange(turns, dtype=np.int64), count)
    share = np.array([chance for _, chance, _ in years])
    return replace(
        one,
        labels=tuple(f"{name} {label}" if turns > 1 else label for name, _, _ in years for label in one.labels),
        hydrology=year,
        season=np.tile(one.season, turns),
        block=np.tile(one.block, turns),
        hours=np.tile(one.hours, turns) * share[year],
        water_factor=np.array([factor for _, _, factor in years])[year],
        years=tuple(name for name, _, _ in years),
        year_share=share,
        months=one.months * turns,
        clock=one.clock * turns,
    )


def _year_slices(seasons: Mapping[str, tuple[int, ...]], blocks: int) -> Slices:
    """The slices of one mean year."""
    width = 24 // blocks
    names = tuple(seasons)
    clocks = tuple(tuple(range(start, start + width)) for start in range(0, 24, width))
    season = np.repeat(np.arange(len(names), dtype=np.int64), blocks)
    days = np.array([DAYS[[month - 1 for month in seasons[name]]].sum() for name in names])
    return Slices(
        labels=tuple(f"{name} {clock[0]:02d}-{clock[-1] + 1:02d}" for name in names for clock in clocks),
        seasons=names,
        hydrology=np.zeros(len(season), np.int64),
        season=season,
        block=np.tile(np.arange(blocks, dtype=np.int64), len(names)),
        hours=days[season] * width,
        water_factor=np.ones(len(season)),
        years=("mean",),
        year_share=np.ones(1),
        block_h=float(width),
        months=tuple(tuple(seasons[name]) for name in names for _ in clocks),
        clock=clocks * len(names),
    )


def _calendar_faults(seasons: Mapping[str, tuple[int, ...]], blocks: int, file: str) -> list[Fault]:
    faults = []
    if blocks < 1 or 24 % blocks:
        faults.append(Fault("S041", file, "", "slices.blocks", str(blocks), "a divisor of 24", "Use 1, 2, 3, 4, 6, 8, 12 or 24"))
    months = [month for chosen in seasons.values() for month in chosen]
    if sorted(months) != list(range(1, 13)):
        missing = [month for month in range(1, 13) if month not in months]
        extra = sorted({month for month in months if months.count(month) > 1 or not 1 <= month <= 12})
        found = f"missing {missing}, twice or no month {extra}"
        faults.append(Fault("S043", file, "", "slices.seasons", found, "each month 1-12 in one season", "Correct the months"))
    faults += [
        Fault("S043", file, "", "slices.seasons", f"season {printable(name)} has no months", "at least one month", "Remove it")
        for name, chosen in seasons.items()
        if not chosen
    ]
    return faults


def profile_faults(profiles: pd.DataFrame, file: str) -> list[Fault]:
    """Profiles that do not have exactly one finite value for each month and hour."""
    faults: list[Fault] = []
    if not {"profile", "month", "hour", "value"} <= set(profiles.columns):
        return faults
    usable = ~is_missing(profiles["profile"]) & np.isfinite(numbers(profiles["month"])) & np.isfinite(numbers(profiles["hour"]))
    cells = pd.DataFrame(
        {
            "profile": profiles["profile"][usable].astype(str),
            "cell": (numbers(profiles["month"]) - 1)[usable] * 24 + numbers(profiles["hour"])[usable],
            "finite": np.isfinite(numbers(profiles["value"]))[usable],
        }
    )
    for name, group in cells.groupby("profile", sort=True):
        label = f"profile {printable(str(name))}"
        twice = int(group["cell"].duplicated().sum())
        if twice:
            first = int(group["cell"][group["cell"].duplicated()].iloc[0])
            found = f"{twice} month-hours twice, first month {first // 24 + 1} hour {first % 24}"
            faults.append(Fault("L071", file, label, "hour", found, "each month and hour once", "Keep one"))
        if group["cell"].nunique() != CELLS:
            remedy = "Give one row for each of 12 months and 24 hours"
            faults.append(Fault("L070", file, label, "hour", f"{group['cell'].nunique()} month-hours", f"{CELLS}", remedy))
        if not group["finite"].all():
            found = f"{int((~group['finite']).sum())} values that are no finite number"
            faults.append(Fault("L048", file, label, "value", found, "finite numbers", "Give a value"))
    return at_most(faults)


def scale_faults(profiles: pd.DataFrame, output: set[str], load: set[str], file: str) -> list[Fault]:
    """Warnings on checked profiles whose scale is not what they are used as: output has mean 1, load its peak near 1."""
    faults = []
    for name, grid in _grids(profiles).items():
        where = f"profile {printable(name)}"
        mean, peak = float((grid * DAYS[:, None]).sum() / (DAYS.sum() * 24)), float(grid.max())
        if name in output and not 0.9 <= mean <= 1.1:
            remedy = "Divide the profile by its mean"
            faults.append(Fault("L072", file, where, "value", f"mean {mean:.3g}", "mean 1 over the year", remedy, True))
        if name in load and not 0.5 <= peak <= 1.05:
            remedy = "Divide the profile by the yearly peak load"
            faults.append(Fault("L073", file, where, "value", f"highest {peak:.3g}", "1 at the peak", remedy, True))
    return faults


def _grids(profiles: pd.DataFrame) -> dict[str, Floats]:
    """Each profile as months by hours (12, 24), by name in alphabetical order."""
    grids = {}
    ordered = profiles.sort_values(["profile", "month", "hour"], kind="stable")
    for name, group in ordered.groupby("profile", sort=True):
        grids[str(name)] = group["value"].to_numpy(dtype=np.float64).reshape(12, 24)
    return grids


def slice_profile(
    profiles: pd.DataFrame, slices: Slices, how: Literal["mean", "max"] = "mean", file: str = "profiles"
) -> dict[str, Floats]:
    """Each profile's value in each slice (T): the mean weighted by days, or the highest month-hour within the slice.

    Raises InputError where a profile is not whole.
    """
    faults = profile_faults(profiles, file)
    if faults:
        raise input_error(faults)
    return {name: _sliced(grid, slices, how) for name, grid in _grids(profiles).items()}


def _sliced(grid: Floats, slices: Slices, how: Literal["mean", "max"]) -> Floats:
    values = np.empty(len(slices))
    for t, (months, clock) in enumerate(zip(slices.months, slices.clock, strict=True)):
        rows = [month - 1 for month in months]
        part = grid[np.ix_(rows, list(clock))]
        values[t] = part.max() if how == "max" else (part * DAYS[rows, None]).sum() / (DAYS[rows].sum() * len(clock))
    return values


def month_hours(slices: Slices) -> Floats:
    """Share of each slice's hours in each month and hour of the day, (T, 12, 24)."""
    share = np.zeros((len(slices), 12, 24))
    for t, (months, clock) in enumerate(zip(slices.months, slices.clock, strict=True)):
        rows = [month - 1 for month in months]
        share[t][np.ix_(rows, list(clock))] = (DAYS[rows] / (DAYS[rows].sum() * len(clock)))[:, None]
    return share


def slice_temperature(climate: gpd.GeoDataFrame, slices: Slices) -> Floats:
    """Mean air temperature of each climate point in each slice [degC], (n, T).

    The year and the day are cosines: warmest in July at 15 h north of the equator, in January south of it.
    """
    mean, season, day = (climate[name].to_numpy(dtype=np.float64) for name in ("mean_c", "seasonal_swing_c", "daily_swing_c"))
    warmest = np.where(geo.lonlat(climate)[:, 1] >= 0.0, WARMEST_MONTH, WARMEST_MONTH - 6.0)
    month = np.cos(2 * np.pi * (np.arange(1, 13)[None, :] - warmest[:, None]) / 12.0)
    hour = np.cos(2 * np.pi * (np.arange(24) + 0.5 - WARMEST_HOUR) / 24.0)
    values = np.empty((len(climate), len(slices)))
    for t, (months, clock) in enumerate(zip(slices.months, slices.clock, strict=True)):
        rows = [number - 1 for number in months]
        yearly = (month[:, rows] * DAYS[rows]).sum(axis=1) / DAYS[rows].sum()
        values[:, t] = mean + season * yearly + day * hour[list(clock)].mean()
    return values


def design_temperature(climate: gpd.GeoDataFrame) -> Floats:
    """Air temperature exceeded in 0.4 % of the hours [degC], (n): the mean afternoon of the warmest month and a heat wave."""
    swing = climate["seasonal_swing_c"].to_numpy(dtype=np.float64) + climate["daily_swing_c"].to_numpy(dtype=np.float64)
    hottest: Floats = climate["mean_c"].to_numpy(dtype=np.float64) + swing + HEAT_WAVE_C
    return hottest
