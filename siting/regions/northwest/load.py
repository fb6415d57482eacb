"""Hourly load of balancing authorities: missing hours and outliers, the peak, and shapes by month and local hour.

Time stamps are UTC. A shape is the 95th percentile of the load in that month and local standard hour over the peak, which is
the 99.9th percentile of all hours: single outliers of 10 to 50 % above it would otherwise flatten the year.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from siting.regions import raw
from siting.regions.log import Entry

PEAK_QUANTILE: Final = 0.999
SHAPE_QUANTILE: Final = 0.95
HIGHEST_OF_PEAK: Final = 1.1
LOWEST_OF_LOW: Final = 0.5


def cleaned_load(sources: Path) -> tuple[pd.DataFrame, list[Entry]]:
    """Load in MW, 8784 hours UTC x authorities with data; zeros and outliers are missing."""
    table = raw.table(sources, raw.LOAD)
    hours = pd.DatetimeIndex(pd.to_datetime(table["UTC Time"]))
    load = table.drop(columns="UTC Time").set_index(hours).astype(float)
    empty = [name for name in load.columns if load[name].notna().sum() == 0]
    load = load.drop(columns=empty)
    entries = []
    for name in load.columns:
        series = load[name]
        present = series[series > 0]
        low, high = present.quantile(0.01) * LOWEST_OF_LOW, present.quantile(PEAK_QUANTILE) * HIGHEST_OF_PEAK
        good = series.where((series >= low) & (series <= high))
        removed = int(series.notna().sum() - good.notna().sum())
        if removed:
            reason = f"{removed} hours are zero or outliers (outside {low:.0f} to {high:.0f} MW) and count as missing"
            entries.append(Entry("profiles", f"load-{str(name).lower()}", "repaired", reason))
        load[name] = good
    return load, entries


def peak_mw(series: pd.Series) -> float:
    """The yearly peak: 99.9th percentile of the hours that have data."""
    return float(series.quantile(PEAK_QUANTILE))


def load_shape(series: pd.Series, utc_offset_h: int) -> np.ndarray:
    """Shape (12, 24): 95th percentile by month and local standard hour over the peak, at most 1."""
    local = pd.DatetimeIndex(series.index) + pd.Timedelta(hours=utc_offset_h)
    grouped = series.groupby([local.month, local.hour]).quantile(SHAPE_QUANTILE)
    values = grouped.to_numpy(dtype=float).reshape(12, 24)
    return np.minimum(values / peak_mw(series), 1.0)
