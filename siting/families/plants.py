"""What plants have in common: rows of `sources` turned into supply points, the power a site buys from them, and energy that
would be lost otherwise.

Spilled or curtailed energy is a share of what a plant offers in a slice and costs less than the rest (GRID-10; priced 0 to
15 USD/MWh, FACTS 3). The first MW all sites together take of a plant in a slice are that energy:

    spilled_mw[s, p, t]  <=  sum of flow_mw over the links of s;      spilled_mw[s, p, t]  <=  share * available_mw[s, p, t]
    running cost  +=  -(price[s, t] - spilled price) * hours[t] * spilled_mw[s, p, t]              where the price is the higher

so the price has two blocks, exactly and without a second line. It makes energy cheaper, never more: what a plant offers stays
what it is, and nothing firm rests on the cheap part. Left out: who of several sites at one plant gets it; the credit is the
programme's. Without a share there is neither variable nor row.

Not a family: hydro and solar meet here so that neither knows the other.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from siting.arrays import Sheet, Term, cells
from siting.family import Core, Floats, Geography, Ledgers, Limit, Problem, Solved, Standing, SupplyPoints
from siting.geo import lonlat

USD_TO_MUSD = 1e-6
SPILLED_LIMIT = Limit("cheap energy is energy that is sent", "MW", structure=True)


def spilled_sold(
    family: str, core: Core, problem: Problem, share: float, usd_per_mwh: float, block: Sheet, ledgers: Ledgers
) -> None:
    """The cheap part of what a family's points send: variable, row and credit."""
    network, points = problem.network, problem.network.points_of(family)
    credit = np.maximum(0.0, network.price_usd_per_mwh[points] - usd_per_mwh)
    if share <= 0.0 or not credit.any():
        return
    axis = block.axis("spilled_point", [network.ids[point] for point in points])
    upper = share * network.available_mw[points]
    spilled = block.variables("spilled_mw", [axis, core.period, core.slice], upper=upper)
    at = cells(axis, core.period, core.slice)
    links = network.links_of(family)
    own = at[np.searchsorted(points, network.link_point[links])]
    block.rows(
        "spilled_sold",
        [axis, core.period, core.slice],
        [Term(at, spilled.columns, 1.0), Term(own, core.flow_mw.columns[links], -1.0)],
        upper=0.0,
    )
    yearly = -credit * problem.time.hours * USD_TO_MUSD
    ledgers.running_musd.add(f"spilled: {family}", ledgers.running_musd.cells()[:, None], spilled.columns, yearly[:, None, :])


def spilled_standing(family: str, item: str, problem: Problem, usd_per_mwh: float, solved: Solved) -> Standing:
    """What the cheap part saves in a year of each period, where there is one."""
    name = f"{family}.spilled_mw"
    if name not in solved.values:
        return Standing()
    price = problem.network.price_usd_per_mwh[problem.network.points_of(family)]
    worth = np.maximum(0.0, price - usd_per_mwh) * problem.time.hours * USD_TO_MUSD
    return Standing(programme={item: np.einsum("spt,st->p", solved[name], worth)})


def output_mw(plants: pd.DataFrame, mean_mw: Floats, geography: Geography) -> Floats:
    """MW (S, T): the mean (S), or the mean of each slice's year (S, T), shaped by each plant's profile, never above its
    capacity."""
    mean = mean_mw[:, None] if mean_mw.ndim == 1 else mean_mw
    return np.asarray(np.minimum(mean * output_shape(plants, geography), plants["capacity_mw"].to_numpy(float)[:, None]))


def output_shape(plants: pd.DataFrame, geography: Geography) -> Floats:
    """Output as a multiple of its mean (S, T), by each plant's profile."""
    shapes = [geography.mean_profile[profile] for profile in plants["profile"].to_list()]
    return np.array(shapes).reshape(len(plants), len(geography.time.slices))


def plant_points(
    kind: str,
    plants: pd.DataFrame,
    available_mw: Floats,
    price_usd_per_mwh: Floats,
    nearest: int,
    reach_km: float,
    geography: Geography,
) -> tuple[SupplyPoints, ...]:
    """Plants that sell `available_mw` (S, T) in every period as supply points of one group, at a price by slice (T); plants that
    can never sell anything are left out."""
    useful = available_mw.max(axis=1, initial=0.0) > 0
    kept = plants[useful]
    place = lonlat(gpd.GeoDataFrame(kept))
    return (
        SupplyPoints(
            family=kind,
            kind=kind,
            ids=tuple(kept["id"].to_list()),
            names=tuple(kept["name"].to_list()),
            zones=tuple(kept["zone"].to_list()),
            lon=place[:, 0],
            lat=place[:, 1],
            kv=np.full(len(kept), np.nan),
            available_mw=np.repeat(available_mw[useful][:, None, :], len(geography.time.periods), axis=1),
            price_usd_per_mwh=np.repeat(price_usd_per_mwh[None, :], len(kept), axis=0),
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
