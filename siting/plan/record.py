"""`Plan`: the frozen tables of a solved question, and the record of the run that made them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from siting.scenario.values import ValueOrigin as ValueOrigin

if TYPE_CHECKING:
    from siting.solve.certificate import Certificate


@dataclass(frozen=True, slots=True)
class AimResult:
    """How one aim ended. `value` and `bound` in `unit`; `gap` is the relative gap this aim is judged by (compute: of the
    compute; cost: of the controllable cost, IT hardware left out), `gross_gap` the gap of the whole objective."""

    name: str
    title: str
    unit: str
    value: float
    bound: float
    gap: float
    gross_gap: float
    asked_gap: float

    @property
    def met(self) -> bool:
        """Whether the gap is within what was asked."""
        return self.gap <= self.asked_gap + 1e-9


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What was asked, what came out, with which versions. `observed` (seconds, memory) may differ between identical runs
    and is written to the manifest only."""

    model: str
    title: str
    what_ifs: tuple[str, ...]
    status: str
    exit_code: int
    aims: tuple[AimResult, ...]
    periods: tuple[str, ...]
    slices: tuple[str, ...]
    slice_hours: tuple[float, ...]
    slice_season: tuple[str, ...]
    it_mw: tuple[float, ...]
    seed: int
    versions: Mapping[str, str]
    digests: Mapping[str, str]
    values: tuple[ValueOrigin, ...]
    notes: tuple[str, ...]
    sizes: Mapping[str, int]
    observed: Mapping[str, float]

    @property
    def proven(self) -> bool:
        """Whether every aim met the asked gap."""
        return all(aim.met for aim in self.aims)


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan: one frame for every table of `plan.schema`, the layers of the region (for maps), and the run record.

    `sites`, `power_links`, `data_links` are GeoDataFrames in WGS 84; the others plain frames. Site columns appended by
    families are described in `site_columns` (name -> (unit, meaning)), items of `equipment`, `given`, `programme` and the
    dispatch in `items` (name -> meaning). `certificates` prove the bounds of the aims.
    """

    sites: gpd.GeoDataFrame
    modules: pd.DataFrame
    power_links: gpd.GeoDataFrame
    link_periods: pd.DataFrame
    data_links: gpd.GeoDataFrame
    data_periods: pd.DataFrame
    latency: pd.DataFrame
    equipment: pd.DataFrame
    given: pd.DataFrame
    programme: pd.DataFrame
    dispatch: pd.DataFrame
    limits: pd.DataFrame
    cashflow: pd.DataFrame
    cash_months: pd.DataFrame
    site_columns: Mapping[str, tuple[str, str]]
    items: Mapping[str, str]
    layers: Mapping[str, gpd.GeoDataFrame | pd.DataFrame]
    record: RunRecord
    certificates: tuple[Certificate, ...] = ()

    @property
    def chosen(self) -> gpd.GeoDataFrame:
        """The sites the plan builds, largest first."""
        chosen = self.sites.iloc[np.flatnonzero((self.sites["verdict"] == "chosen").to_numpy())]
        return chosen.sort_values(["it_mw", "id"], ascending=[False, True])
