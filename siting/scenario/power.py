"""What power knobs get wrong together: prices by season and hour, what a river has to give twice, margins in the wrong order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from siting.errors import Fault
from siting.family import Knobs
from siting.scenario.merge import Merged
from siting.scenario.settings import TimeTable

SELLERS: Final = ("hydro", "solar", "grid_strain")
DEAREST: Final = 20.0
HOURS_A_DAY: Final = 24


def power_faults(knobs: Mapping[str, Knobs], time: TimeTable, off: Iterable[str], merged: Merged) -> Iterator[Fault]:
    """Faults of families that are on; both sides of a contradiction are named."""
    known = {name: table.model_dump() for name, table in knobs.items() if name not in off}
    for seller in SELLERS:
        yield from _price_faults(seller, known.get(seller, {}), time, merged)
    for seller, kind in (("hydro", "spilled"), ("solar", "curtailed")):
        yield from _cheap_faults(seller, kind, known.get(seller, {}), merged)
        yield from _merging_faults(seller, kind, known, time, merged)
    yield from _river_faults(known.get("hydro", {}), merged)
    yield from _margin_faults(known.get("adequacy", {}), merged)


def _price_faults(seller: str, table: Mapping[str, Any], time: TimeTable, merged: Merged) -> Iterator[Fault]:
    seasons = len(time.seasons)
    by_season, by_block = table.get("price_by_season", ()), table.get("price_by_block", ())
    if by_season and len(by_season) != seasons:
        expected = f"one multiplier for each of the {seasons} seasons of time.seasons, or none"
        yield merged.fault("S012", (seller, "price_by_season"), f"{len(by_season)} numbers", expected, "One for each season")
    if by_block and HOURS_A_DAY % len(by_block):
        expected = "a divisor of 24 of them: one multiplier for each of equal parts of the day"
        yield merged.fault("S012", (seller, "price_by_block"), f"{len(by_block)} numbers", expected, "Give 24, one an hour")
    for name, values in (("price_by_season", by_season), ("price_by_block", by_block)):
        for number, value in enumerate(values):
            if not 0.0 <= value <= DEAREST:
                expected = f"a multiplier from 0 to {DEAREST:g}"
                yield merged.fault("S012", (seller, name, number), f"{value:g}", expected, "1 leaves the price as it is")


def _cheap_faults(seller: str, kind: str, table: Mapping[str, Any], merged: Merged) -> Iterator[Fault]:
    if not table.get(f"{kind}_share"):
        return
    cheap, price = table[f"{kind}_price_usd_per_mwh"], table["price_usd_per_mwh"]
    if cheap > price:
        there = merged.origin((seller, "price_usd_per_mwh"))
        expected = f"at most {seller}.price_usd_per_mwh, {price:g} by {there}"
        yield merged.fault("S011", (seller, f"{kind}_price_usd_per_mwh"), f"{cheap:g}", expected, "Lower it, or raise the other")


def _merging_faults(
    seller: str, kind: str, known: Mapping[str, Mapping[str, Any]], time: TimeTable, merged: Merged
) -> Iterator[Fault]:
    """A mean of hours has the least of their prices. The years of `siting.families.risk` are told apart by what energy costs
    before what its cheap part saves, so a saving at the least price could make a mean cost more than its hours."""
    table, weight = known.get(seller, {}), known.get("risk", {}).get("weight", 0.0)
    if (
        weight
        and _mixed(table.get("price_by_block", ()), time.blocks)
        and table.get(f"{kind}_share")
        and time.blocks != time.dispatch_blocks
    ):
        knobs = f"risk.weight, {seller}.{kind}_share and {seller}.price_by_block"
        expected = f"{time.dispatch_blocks} as time.dispatch_blocks: with {knobs} together merged hours have no bound"
        yield merged.fault(
            "S011", ("time", "blocks"), str(time.blocks), expected, f"Write {time.dispatch_blocks}, or leave one of the three out"
        )


def _mixed(prices: Sequence[float], blocks: int) -> bool:
    """Whether one of so many equal parts of a day has hours of different prices; what does not divide a day is told elsewhere."""
    if not prices or HOURS_A_DAY % len(prices) or HOURS_A_DAY % blocks:
        return False
    hours = [price for price in prices for _ in range(HOURS_A_DAY // len(prices))]
    part = HOURS_A_DAY // blocks
    return any(len(set(hours[first : first + part])) > 1 for first in range(0, HOURS_A_DAY, part))


def _river_faults(table: Mapping[str, Any], merged: Merged) -> Iterator[Fault]:
    floor, firm = table.get("floor_share", 0.0), table.get("firm_commitment_share", 0.0)
    if floor + firm > 1.0:
        there = merged.origin(("hydro", "floor_share"))
        expected = f"at most {1.0 - floor:g}: hydro.floor_share takes {floor:g} of the mean output by {there}"
        yield merged.fault("S011", ("hydro", "firm_commitment_share"), f"{firm:g}", expected, "Lower one of the two")


def _margin_faults(table: Mapping[str, Any], merged: Merged) -> Iterator[Fault]:
    if table and table["high_margin_share"] > table["reference_margin_share"]:
        asked, there = table["reference_margin_share"], merged.origin(("adequacy", "reference_margin_share"))
        expected = f"at most adequacy.reference_margin_share, {asked:g} by {there}"
        found = f"{table['high_margin_share']:g}"
        yield merged.fault("S011", ("adequacy", "high_margin_share"), found, expected, "Lower it, or raise the other")
