"""Diversification: what one zone, river basin, plant or gateway may hold of the programme.

    MW of IT at the sites of zone z               <=  free_mw + zone_share   * (MW of IT of all sites - free_mw)
    mean MW sent on the lines of the plants of b  <=  free_mw + basin_share  * (mean MW drawn by all sites - free_mw)
    mean MW sent on the lines of plant s          <=  free_mw + source_share * (mean MW drawn by all sites - free_mw)
    Gbps over the satellite links of gateway g    <=  free_gbps + gateway_share * (Gbps over all satellite links - free_gbps)

in every period; a share of 1 asks nothing. `programme.csv` tells the largest shares: of a zone in the IT load, of a basin and
a plant in what is drawn; 0 where nothing stands. The zone of a site is the one its row names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from siting.verify.built import SATELLITE, Built
from siting.verify.report import ROUNDING, Floats, Judge, Rule, places, rows
from siting.verify.workload import draw_mw

ZONE: Final = Rule("V431", "diversification.zone", "a zone holds its share of the programme's IT load at most", "MW")
BASIN: Final = Rule(
    "V432", "diversification.basin", "the plants of a basin send their share of the programme's energy at most", "MW"
)
SOURCE: Final = Rule("V433", "diversification.source", "a plant sends its share of the programme's energy at most", "MW")
LARGEST: Final = Rule("V434", "diversification.largest", "the largest shares are those of the plan", "share")
GATEWAY: Final = Rule("V435", "diversification.gateway", "a gateway lands its share of the satellite bandwidth at most", "Gbps")
ITEMS: Final = ("largest_zone_share", "largest_basin_share", "largest_source_share")
DISPATCH: Final = "dispatch.parquet"


def by_zone(built: Built) -> dict[str, Floats]:
    """MW of IT by zone (P)."""
    return _grouped(list(built.folder.tables["sites"]["zone"]), built.it_mw)


def by_plant(built: Built) -> dict[str, Floats]:
    """Mean MW sent by plant (P)."""
    return _grouped([_plant(built, point) for point in built.link_point], built.question.clock.year_mean(built.flow_mw))


def by_basin(built: Built) -> dict[str, Floats]:
    """Mean MW sent by basin (P)."""
    plants = built.question.layers.get("sources")
    basin = dict(zip(plants.ids, plants.texts("basin"), strict=True))
    names = [basin.get(_plant(built, point), "") for point in built.link_point]
    return _grouped(names, built.question.clock.year_mean(built.flow_mw))


def columns(built: Built) -> Mapping[str, Floats]:
    """Share of the programme's IT load that stands in the zone of each site, in the last period."""
    return {"zone_it_share": _shares(built, built.folder.tables["sites"]["zone"].tolist())}


def everywhere(built: Built) -> Mapping[str, Floats]:
    """As `columns`, of all candidates."""
    return {"zone_it_share": _shares(built, built.everyone.table["zone"].tolist())}


def _shares(built: Built, zones: Sequence[str]) -> Floats:
    held, total = by_zone(built), float(built.it_mw[:, -1].sum())
    nothing = np.zeros(built.it_mw.shape[1])
    share = {zone: float(held.get(zone, nothing)[-1]) / (total if total > 0 else 1.0) for zone in zones}
    return np.array([share[zone] for zone in zones], dtype=np.float64)


def check(built: Built, judge: Judge) -> None:
    """Hold zones, basins and plants to their shares, and the written shares to the plan's."""
    drawn = built.question.clock.year_mean(draw_mw(built)).sum(axis=0)
    it_mw = built.it_mw.sum(axis=0)
    found = (by_zone(built), by_basin(built), by_plant(built))
    wholes = (it_mw, drawn, drawn)
    period = rows("period", built.question.clock.periods)
    for rule, held, name, whole in zip((ZONE, BASIN, SOURCE), found, ("zone", "basin", "source"), wholes, strict=True):
        share = built.question.asked.number("diversification", f"{name}_share")
        if share < 1.0:
            _check_share(built, judge, rule, held, name, share, whole)
    _check_gateways(built, judge)
    for item, held, whole in zip(ITEMS, found, wholes, strict=True):
        most = np.max([np.zeros(len(whole)), *held.values()], axis=0)
        share_of = np.divide(most, whole, out=np.zeros(len(whole)), where=whole > 0)
        judge.equal(LARGEST, built.programme(item), share_of, "programme.csv", item, period, slack=1e-5)


def _check_share(
    built: Built, judge: Judge, rule: Rule, held: Mapping[str, Floats], name: str, share: float, whole: Floats
) -> None:
    if not held:
        return
    free = built.question.asked.number("diversification", "free_mw")
    use = np.array(list(held.values()))
    most = np.broadcast_to(free + share * (whole - free), use.shape)
    file = "modules.csv" if name == "zone" else DISPATCH
    slack = 0.0 if name == "zone" else ROUNDING * (1 + len(built.link_ids))
    where = places((name, list(held)), ("period", built.question.clock.periods))
    judge.at_most(rule, use, most, file, "mw" if name != "zone" else "count", where, slack=slack)


def _check_gateways(built: Built, judge: Judge) -> None:
    share, free = (built.question.asked.number("diversification", name) for name in ("gateway_share", "free_gbps"))
    links = built.data_of(SATELLITE)
    if share == 1.0 or not len(links):
        return
    names = built.question.layers.get("gateways").ids
    held = _grouped([names[target] for target in built.data_target[links]], built.gbps[links])
    use, whole = np.array(list(held.values())), built.gbps[links].sum(axis=0)
    most = np.broadcast_to(free + share * (whole - free), use.shape)
    where = places(("gateway", list(held)), ("period", built.question.clock.periods))
    judge.at_most(GATEWAY, use, most, "data_periods.csv", "gbps", where, slack=ROUNDING * (1 + len(links)))


def _plant(built: Built, point: int) -> str:
    """Id of a plant; "" for a substation."""
    return "" if built.points.kinds[point] == "grid" else built.points.ids[point]


def _grouped(names: Sequence[str], values: Floats) -> dict[str, Floats]:
    """Sums (P) of values (n, P) by name; what has no name belongs to none."""
    found: dict[str, Floats] = {}
    for name, value in zip(names, values, strict=True):
        if name:
            found[name] = found.get(name, np.zeros(values.shape[1])) + value
    return found
