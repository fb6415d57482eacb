"""What a classical model answers."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from siting.solve.job import Status


@dataclass(frozen=True, slots=True)
class Located:
    """Open sites and who is served from where.

    `chosen` are ids of sites in the order they were given. `assignment` has a row for each place and site that serves it:
    place, site, share of the place, cost. `objective` counts what the model counts, `bound` is proven: no answer is better.
    `gap` is their difference as a share of the objective. `status` is optimal where it is within the gap that was asked,
    feasible_gap where time was up before. `uncovered` are the places without a site in reach (maximal covering only).
    `sites` is the frame of chosen sites where frames were given, with what each serves, else None.
    """

    model: str
    status: Status
    chosen: tuple[Hashable, ...]
    assignment: pd.DataFrame
    objective: float
    bound: float
    gap: float
    uncovered: tuple[Hashable, ...]
    sites: gpd.GeoDataFrame | None
    seconds: float
