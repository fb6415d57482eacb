"""Tie-lines: what it costs and loses to bring power from a plant or a substation to a site.

    capital  =  fixed_musd[l] * line[l, p] + musd_per_mw[l] * line_mw[l, p]
    delivered at the site  =  (1 - loss_share[l]) * flow_mw[l, p, t]
    line_mw[l, p]  <=  rating_mw(kv[l]) * line[l, p]                               where the class is smaller than the supply

A line to a plant takes the smallest voltage class that carries what the plant can ever offer, a line to a substation the
class nearest to its voltage (TX-01 to TX-04, TX-10; 345 kV and the bays of 345 and 500 kV by judgement):

    class, kV                     138     230     345     500
    rating, MW                    205     400     900    1500
    MUSD of 2019 per km          0.82    1.02    1.50    2.21
    MUSD of 2019 a bay            1.7     3.1     5.5    10.0

With route km = `route_factor` * geodesic km and line_musd = `price_factor` * `remote_factor` * MUSD per km * route km:

    fixed_musd   =  fixed_share * line_musd  +  price_factor * bay
    musd_per_mw  =  (1 - fixed_share) * line_musd / rating  +  transformer_musd_per_mw
    loss_share   =  transformer_loss_share  +  loss_share_per_100_km * route km / 100                        (TX-15)

Upkeep is `upkeep_share_per_year` of all of it. Lines of the cash flow: "tie lines" and "line upkeep".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from siting.arrays import Sheet, Term, cells
from siting.family import (
    Column,
    ColumnValues,
    Core,
    Facts,
    Family,
    Floats,
    Geography,
    Knobs,
    Ledgers,
    Limit,
    Network,
    Problem,
    Solved,
    knob,
)

CLASS_KV: Final = np.array([138.0, 230.0, 345.0, 500.0])
CLASS_RATING_MW: Final = np.array([205.0, 400.0, 900.0, 1500.0])
CLASS_MUSD_2019_PER_KM: Final = np.array([0.82, 1.02, 1.50, 2.21])
CLASS_BAY_MUSD_2019: Final = np.array([1.7, 3.1, 5.5, 10.0])


class TieLineKnobs(Knobs):
    """Knobs of tie-lines."""

    price_factor: float = knob(
        1.4, "price level of lines, 2025 over 2019", source="TX-01", tighter="up", at_least=0.0, at_most=10.0
    )
    remote_factor: float = knob(
        1.25, "remote construction multiplier on lines", source="FIN-08", tighter="up", at_least=0.0, at_most=10.0
    )
    route_factor: float = knob(1.3, "route length over geodesic length", source="TX-18", tighter="up", at_least=1.0, at_most=5.0)
    fixed_share: float = knob(
        0.7, "share of a line's cost that does not depend on its MW", source="judgement", at_least=0.0, at_most=1.0
    )
    transformer_musd_per_mw: float = knob(0.012, "main transformer", source="TX-11", tighter="up", at_least=0.0, at_most=10.0)
    loss_share_per_100_km: float = knob(
        0.0062, "line loss per 100 km of route", source="TX-15", tighter="up", at_least=0.0, at_most=0.2
    )
    transformer_loss_share: float = knob(
        0.01, "loss in the transformers", source="judgement", tighter="up", at_least=0.0, at_most=0.2
    )
    upkeep_share_per_year: float = knob(
        0.015, "yearly upkeep as a share of the line's capital", source="TX-14", tighter="up", at_least=0.0, at_most=0.5
    )


COLUMNS = (Column("tie_km", "km", "length of its tie-lines, geodesic"),)


@dataclass(frozen=True, kw_only=True)
class TieLineFacts(Facts):
    """By link (L): voltage, rating, loss share, MUSD for the first MW, MUSD per MW."""

    kv: Floats
    rating_mw: Floats
    loss_share: Floats
    fixed_musd: Floats
    musd_per_mw: Floats


def derive(geography: Geography, network: Network, knobs: TieLineKnobs) -> TieLineFacts:  # noqa: ARG001
    """Class, rating, loss and cost of every candidate link."""
    offered = network.available_mw.max(axis=(1, 2), initial=0.0)
    at_plant = np.minimum(np.searchsorted(CLASS_RATING_MW, offered), len(CLASS_KV) - 1)
    at_substation = np.abs(CLASS_KV[None, :] - np.nan_to_num(network.kv)[:, None]).argmin(axis=1)
    chosen = np.where(np.isnan(network.kv), at_plant, at_substation)[network.link_point]
    route_km = knobs.route_factor * network.link_km
    line_musd = knobs.price_factor * knobs.remote_factor * CLASS_MUSD_2019_PER_KM[chosen] * route_km
    return TieLineFacts(
        kv=CLASS_KV[chosen],
        rating_mw=CLASS_RATING_MW[chosen],
        loss_share=knobs.transformer_loss_share + knobs.loss_share_per_100_km * route_km / 100.0,
        fixed_musd=knobs.fixed_share * line_musd + knobs.price_factor * CLASS_BAY_MUSD_2019[chosen],
        musd_per_mw=(1.0 - knobs.fixed_share) * line_musd / CLASS_RATING_MW[chosen] + knobs.transformer_musd_per_mw,
    )


def state(core: Core, problem: Problem, knobs: TieLineKnobs, block: Sheet, ledgers: Ledgers) -> None:
    """Losses, capital and upkeep of lines; rating rows where the class is smaller than what the point offers."""
    facts = problem.facts["tie_lines"]
    assert isinstance(facts, TieLineFacts)
    network = problem.network
    site_cells = ledgers.supply_mw.cells()[network.link_site]
    ledgers.supply_mw.add("line losses", site_cells, core.flow_mw.columns, -facts.loss_share[:, None, None])
    period = ledgers.capital_musd.cells()
    for label, columns, musd in (
        ("tie lines", core.line.columns, facts.fixed_musd),
        ("tie lines", core.line_mw.columns, facts.musd_per_mw),
    ):
        ledgers.capital_musd.add(label, period, columns, musd[:, None])
        ledgers.running_musd.add("line upkeep", period, columns, knobs.upkeep_share_per_year * musd[:, None])
    small = np.flatnonzero(facts.rating_mw < network.available_mw.max(axis=(1, 2), initial=0.0)[network.link_point])
    if len(small):
        axis = block.axis("small_line", [core.link.labels[link] for link in small])
        at = cells(axis, core.period)
        rating = -facts.rating_mw[small][:, None]
        block.rows(
            "line_rating",
            [axis, core.period],
            [Term(at, core.line_mw.columns[small], 1.0), Term(at, core.line.columns[small], rating)],
            upper=0.0,
        )


def report(problem: Problem, knobs: TieLineKnobs, solved: Solved) -> Mapping[str, ColumnValues]:  # noqa: ARG001
    """Length of the lines built to each site."""
    built = solved["line"][:, -1] > 0.5
    return {
        "tie_km": np.bincount(problem.network.link_site, weights=problem.network.link_km * built, minlength=len(problem.site_ids))
    }


def explain(row: Mapping[str, Any], knobs: TieLineKnobs) -> str:  # noqa: ARG001
    """Where its power comes from and how far."""
    return f"Its power comes over {row['tie_km']:.0f} km of tie-line from {row['supplied_by']}." if row["tie_km"] > 0 else ""


TIE_LINES = Family(
    name="tie_lines",
    title="Tie-lines",
    knobs=TieLineKnobs,
    reads={},
    columns=COLUMNS,
    limits={"line_rating": Limit("thermal rating of a tie-line's voltage class", "MW")},
    derive=derive,
    state=state,
    report=report,
    explain=explain,
)
