"""What plants have in common: rows of `sources` turned into supply points, and the power a site buys from them.

Not a family: hydro and solar meet here so that neither knows the other.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from siting.family import Floats, Geography, Problem, Solved, SupplyPoints


def output_mw(plants: pd.DataFrame, mean_mw: Floats, geography: Geography) -> Floats:
    """MW on offer (S, P, T): the mean (S), or the mean of each slice's year (S, T), shaped by each plant's profile, never above
    its capacity."""
    slices, periods = len(geography.time.slices), len(geography.time.periods)
    shape = np.array([geography.mean_profile[profile] for profile in plants["profile"]]).reshape(len(plants), slices)
    mean = mean_mw[:, None] if mean_mw.ndim == 1 else mean_mw
    offered = np.minimum(mean * shape, plants["capacity_mw"].to_numpy(float)[:, None])
    return np.repeat(offered[:, None, :], periods, axis=1)


def plant_points(
    kind: str,
    plants: pd.DataFrame,
    available_mw: Floats,
    price_usd_per_mwh: float,
    nearest: int,
    reach_km: float,
    geography: Geography,
) -> tuple[SupplyPoints, ...]:
    """Plants as supply points of one group; plants that can never sell anything are left out."""
    useful = available_mw.max(axis=(1, 2), initial=0.0) > 0
    kept = plants[useful]
    point = kept["geometry"]
    return (
        SupplyPoints(
            family=kind,
            kind=kind,
            ids=tuple(kept["id"]),
            names=tuple(kept["name"]),
            zones=tuple(kept["zone"]),
            lon=np.array([place.x for place in point], dtype=float),
            lat=np.array([place.y for place in point], dtype=float),
            kv=np.full(len(kept), np.nan),
            available_mw=available_mw[useful],
            price_usd_per_mwh=np.full((len(kept), len(geography.time.slices)), price_usd_per_mwh),
            group=np.zeros(len(kept), dtype=np.int64),
            nearest=nearest,
            reach_km=reach_km,
        ),
    )


def mean_flow_mw(family: str, problem: Problem, solved: Solved) -> Floats:
    """Mean MW each site (I) draws from one family's points in the last period, at the supply end."""
    links = problem.network.links_of(family)
    hours = problem.time.hours
    mean = solved["flow_mw"][links, -1, :] @ hours / hours.sum()
    bought = np.zeros(len(problem.site_ids))
    np.add.at(bought, problem.network.link_site[links], mean)
    return bought
