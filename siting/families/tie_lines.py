"""Tie-lines: what it costs and loses to bring power from a plant or a substation to a site.

    capital  =  fixed_musd[l] * line[l, p] + musd_per_mw[l] * line_mw[l, p]
    delivered at the site  =  (1 - loss_share[l]) * flow_mw[l, p, t]  -  heavy_share[l] * heavy_mw[l, p, t]
    heavy_mw[l, p, t]  >=  flow_mw[l, p, t] - knee_mw[l] * line[l, p]                        for lines that lose much
    line_mw[l, p]  <=  max(rating_mw[l], MW of l that exist) * line[l, p]         where that is less than the supply

A line to a plant takes the smallest voltage class that carries what the plant can ever offer over its length, a line to a
substation the class nearest to its voltage (TX-01 to TX-04, TX-10, F7; 345 kV and the bays of 345 and 500 kV by judgement):

    class, kV                         138     230     345     500
    thermal rating, MW                205     400     900    1500
    surge impedance loading, MW        50     143     418     962
    resistance, ohm per km           0.10    0.05   0.035    0.02
    MUSD of 2019 per km              0.82    1.02    1.50    2.21
    MUSD of 2019 a bay                1.7     3.1     5.5    10.0
    MUSD of 2019 a substation         6.7    11.0    16.0    25.0

With route km = `route_factor` * geodesic km and line_musd = `price_factor` * `remote_factor` * MUSD per km * route km:

    rating_mw    =  min(thermal rating, 44.2 * (route km) ^ -0.613 * surge impedance loading)        (St Clair, F7)
    fixed_musd   =  fixed_share * line_musd  +  price_factor * (bay + substation_share * substation)
    musd_per_mw  =  (1 - fixed_share) * line_musd / thermal rating  +  transformer_musd_per_mw

Losses grow with the square of the load, k * flow ^ 2 with k = resistance_factor * ohm per km * route km / kV ^ 2 (F7). The full
load of a line is the least of its rating, what its point offers and what its site takes. Two chords of the parabola meet at
knee_mw = `knee_share` * full load where a line loses more than `second_segment_above_share` at full load, elsewhere one chord
does; both lie above the parabola up to full load; what a larger line that exists sends beyond it loses as the last chord has it.
A line never loses less than the planning value (TX-15):

    first        =  k * full load * (knee_share  or  1 where one chord does)
    loss_share   =  transformer_loss_share  +  max(loss_share_per_100_km * route km / 100,  first)
    heavy_share  =  transformer_loss_share  +  k * (1 + knee_share) * full load  -  loss_share       (at least 0)

The second chord is the steeper, so nothing is won by calling a flow heavy that is not. A line of 69 kV is left out: over the
lengths here it carries less than a small plant offers and loses four times as much. The site's own substation is part of the
facility (MOD-09); `substation_share` adds one of the line's class for each line (TX-09).

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
    Ints,
    Knobs,
    Ledgers,
    Limit,
    Network,
    Problem,
    Solved,
    knob,
    looks_alone,
)

CLASS_KV: Final = np.array([138.0, 230.0, 345.0, 500.0])
CLASS_RATING_MW: Final = np.array([205.0, 400.0, 900.0, 1500.0])
CLASS_MUSD_2019_PER_KM: Final = np.array([0.82, 1.02, 1.50, 2.21])
CLASS_BAY_MUSD_2019: Final = np.array([1.7, 3.1, 5.5, 10.0])
CLASS_SUBSTATION_MUSD_2019: Final = np.array([6.7, 11.0, 16.0, 25.0])
CLASS_SURGE_MW: Final = np.array([50.0, 143.0, 418.0, 962.0])
CLASS_OHM_PER_KM: Final = np.array([0.10, 0.05, 0.035, 0.02])
ST_CLAIR: Final = (44.2, -0.613)
SHORTEST_KM: Final = 1.0
MOST_LOST_SHARE: Final = 0.9
"""Of what is sent, at any load: longer lines than anyone builds lose no more."""


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
        0.0062, "least loss of a line per 100 km of route", source="TX-15", tighter="up", at_least=0.0, at_most=0.2
    )
    resistance_factor: float = knob(
        1.0,
        "resistance of conductors over that of F7; 0 leaves the planning value of the loss alone",
        source="FACTS F7",
        tighter="up",
        at_least=0.0,
        at_most=3.0,
    )
    knee_share: float = knob(
        0.5, "share of full load at which the two chords of the loss meet", source="FACTS F7", at_least=0.1, at_most=0.9
    )
    second_segment_above_share: float = knob(
        0.03,
        "lines that lose more than this at full load have a second segment; the others one chord",
        source="judgement",
        at_least=0.0,
        at_most=1.0,
    )
    loadability_limit: bool = knob(True, "whether long lines carry less than their thermal rating (St Clair)", source="FACTS F7")
    transformer_loss_share: float = knob(
        0.01, "loss in the transformers", source="judgement", tighter="up", at_least=0.0, at_most=0.2
    )
    substation_share: float = knob(
        0.0,
        "share of a new substation at the site that each line pays for; 0 where it is part of the facility",
        source="TX-09, MOD-09",
        tighter="up",
        at_least=0.0,
        at_most=2.0,
    )
    upkeep_share_per_year: float = knob(
        0.015, "yearly upkeep as a share of the line's capital", source="TX-14", tighter="up", at_least=0.0, at_most=0.5
    )


COLUMNS = (Column("tie_km", "km", "length of its tie-lines, geodesic"),)


@dataclass(frozen=True, kw_only=True)
class TieLineFacts(Facts):
    """By link (L): voltage, rating, loss share of what is sent and further share of what is sent above the knee, MUSD for the
    first MW, MUSD per MW."""

    kv: Floats
    rating_mw: Floats
    loss_share: Floats
    heavy_share: Floats
    knee_mw: Floats
    fixed_musd: Floats
    musd_per_mw: Floats

    def lost_mw(self, flow_mw: Floats) -> Floats:
        """What is lost of flows (L, P, T)."""
        above = np.maximum(0.0, flow_mw - self.knee_mw[:, None, None])
        return np.asarray(self.loss_share[:, None, None] * flow_mw + self.heavy_share[:, None, None] * above)


def derive(geography: Geography, network: Network, knobs: TieLineKnobs) -> TieLineFacts:
    """Class, rating, loss and cost of every candidate link."""
    offered = network.available_mw.max(axis=(1, 2), initial=0.0)[network.link_point]
    route_km = knobs.route_factor * network.link_km
    carries = _carries_mw(route_km, knobs)
    enough = carries >= offered[:, None]
    at_plant = np.where(enough.any(axis=1), enough.argmax(axis=1), len(CLASS_KV) - 1)
    kv = network.kv[network.link_point]
    at_substation = np.abs(CLASS_KV[None, :] - np.nan_to_num(kv)[:, None]).argmin(axis=1)
    chosen = np.where(np.isnan(kv), at_plant, at_substation)
    rating = carries[np.arange(len(chosen)), chosen]
    taken = geography.sites["limit_mw"].to_numpy(float)[network.link_site]
    line_musd = knobs.price_factor * knobs.remote_factor * CLASS_MUSD_2019_PER_KM[chosen] * route_km
    ends_musd = CLASS_BAY_MUSD_2019[chosen] + knobs.substation_share * CLASS_SUBSTATION_MUSD_2019[chosen]
    loss, heavy, knee = _losses(chosen, route_km, np.minimum(np.minimum(rating, offered), taken), knobs)
    return TieLineFacts(
        kv=CLASS_KV[chosen],
        rating_mw=rating,
        loss_share=loss,
        heavy_share=heavy,
        knee_mw=knee,
        fixed_musd=knobs.fixed_share * line_musd + knobs.price_factor * ends_musd,
        musd_per_mw=(1.0 - knobs.fixed_share) * line_musd / CLASS_RATING_MW[chosen] + knobs.transformer_musd_per_mw,
    )


def _carries_mw(route_km: Floats, knobs: TieLineKnobs) -> Floats:
    """What each link would carry in each class (L, classes)."""
    if not knobs.loadability_limit:
        return np.broadcast_to(CLASS_RATING_MW, (len(route_km), len(CLASS_KV)))
    factor, power = ST_CLAIR
    surge = factor * np.maximum(route_km, SHORTEST_KM) ** power
    return np.asarray(np.minimum(CLASS_RATING_MW[None, :], surge[:, None] * CLASS_SURGE_MW[None, :]))


def _losses(chosen: Ints, route_km: Floats, full_mw: Floats, knobs: TieLineKnobs) -> tuple[Floats, Floats, Floats]:
    """Share lost of what is sent, further share of what is sent above the knee, and the knee [MW] (L)."""
    per_mw = knobs.resistance_factor * CLASS_OHM_PER_KM[chosen] * route_km / CLASS_KV[chosen] ** 2
    at_full = per_mw * full_mw
    two = at_full > knobs.second_segment_above_share
    first = np.maximum(knobs.loss_share_per_100_km * route_km / 100.0, at_full * np.where(two, knobs.knee_share, 1.0))
    second = np.where(two, (1.0 + knobs.knee_share) * at_full, 0.0)
    loss = np.minimum(knobs.transformer_loss_share + first, MOST_LOST_SHARE)
    heavy = np.clip(np.minimum(knobs.transformer_loss_share + second, MOST_LOST_SHARE) - loss, 0.0, None)
    return loss, heavy, knobs.knee_share * full_mw


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
    offered = network.available_mw.max(axis=(1, 2), initial=0.0)[network.link_point]
    there = np.zeros(len(core.link)) if problem.existing_line_mw is None else problem.existing_line_mw
    carries = np.maximum(facts.rating_mw, there)
    small = np.flatnonzero(facts.rating_mw < offered)
    if len(small):
        axis = block.axis("small_line", [core.link.labels[link] for link in small], of_sites=True)
        at = cells(axis, core.period)
        block.rows(
            "line_rating",
            [axis, core.period],
            [Term(at, core.line_mw.columns[small], 1.0), Term(at, core.line.columns[small], -carries[small][:, None])],
            upper=0.0,
        )
    above = np.minimum(carries, offered) - facts.knee_mw
    _heavy_load(core, problem, facts, np.flatnonzero((facts.heavy_share > 0.0) & (above > 0.0)), above, block, ledgers)


def _heavy_load(
    core: Core, problem: Problem, facts: TieLineFacts, heavy: Ints, above: Floats, block: Sheet, ledgers: Ledgers
) -> None:
    """The second segment of the losses of some links; `above` (L) is what they can carry above the knee."""
    if not len(heavy):
        return
    axis = block.axis("heavy_line", [core.link.labels[link] for link in heavy], of_sites=True)
    site = problem.network.link_site[heavy]
    load = block.variables(
        "heavy_mw", [axis, core.period, core.slice], upper=above[heavy][:, None, None], owner=site[:, None, None]
    )
    at = cells(axis, core.period, core.slice)
    knee = facts.knee_mw[heavy][:, None, None]
    block.rows(
        "heavy_load",
        [axis, core.period, core.slice],
        [
            Term(at, core.flow_mw.columns[heavy], 1.0),
            Term(at, load.columns, -1.0),
            Term(at, core.line.columns[heavy][:, :, None], -knee),
        ],
        upper=0.0,
    )
    share = -facts.heavy_share[heavy][:, None, None]
    ledgers.supply_mw.add("line losses", ledgers.supply_mw.cells()[site], load.columns, share)


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
    limits={
        "line_rating": Limit("what a tie-line of its class and length carries", "MW"),
        "heavy_load": Limit("load of a tie-line above the knee of its losses", "MW", structure=True),
    },
    derive=derive,
    state=state,
    report=report,
    explain=explain,
    across=looks_alone,
)
