"""Candidates that are in no program: a chunk-wise search only priced them. Here they join the tables, each with its reason.

For each of them the proof knows its block value at the final prices: what any plan with it is at least worse than the bound.
A plan that misses the bound by less than that is better than every plan with the site.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from siting.family import Flags, Floats, Ints, Solved
from siting.program.assemble import Program

SITE_COLUMNS: Final = ("id", "name", "zone", "limit_mw", "excluded_by")
"""Columns of the candidates that are looked at; others may be there."""
SAME: Final = 1e-9
"""A loss of less, relative to the aim's value, is none."""
_NOTHING: Final = ("it_mw", "facility_mw", "capital_musd", "running_musd_per_year")
_NO_RATIO: Final = (
    "capital_musd_per_mw", "energy_usd_per_mwh", "hydro_share", "solar_share", "grid_share", "served_share",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rest:
    """The N candidates that no program covers.

    `sites` (N rows, WGS 84) has the columns of `candidates_of`; none of its ids is in the program. `value` (N) in `unit` is what
    any plan with the site is at least worse than the bound of the last aim; 0 or less where nothing is known. `barred` (N) are
    those where no module can ever stand: their value says nothing. `looked` (N) are those whose value somebody has worked out:
    the others come after them.

    Raises ValueError where lengths or columns do not fit.
    """

    sites: gpd.GeoDataFrame
    value: Floats
    unit: str
    barred: Flags
    looked: Flags | None = None

    def __post_init__(self) -> None:
        count = len(self.sites)
        lacking = [name for name in SITE_COLUMNS if name not in self.sites.columns]
        if lacking:
            raise ValueError(f"the candidates beside the program lack {', '.join(lacking)}")
        for name in ("value", "barred", "looked"):
            found = getattr(self, name)
            if found is not None and np.shape(found) != (count,):
                raise ValueError(f"{name} of the candidates beside the program: {np.shape(found)}, expected ({count},)")
        if np.isnan(self.value[~self.barred]).any():
            raise ValueError("value of the candidates beside the program: not a number where a module could stand")

    def __len__(self) -> int:
        return len(self.sites)

    @property
    def seen(self) -> Flags:
        """Whether the value of each is worked out."""
        return np.ones(len(self), dtype=np.bool_) if self.looked is None else self.looked


@dataclass(frozen=True, slots=True)
class LastAim:
    """How the last aim ended, as reasons need it: `missed` is by how much the plan misses the bound, in the aim's unit (inf where
    there is no bound), `size` the aim's value."""

    missed: float
    size: float


def joined(
    sites: gpd.GeoDataFrame, rest: Rest, program: Program, solved: Solved, last: LastAim, order: Floats
) -> gpd.GeoDataFrame:
    """The table of sites of a program with the other candidates, by id, each with its place among those passed over.

    `order` (rows of `sites`) sorts the program's own: the best first, inf where nothing can stand. They come before the others.
    """
    _strangers(sites, rest)
    mine = _table(sites, rest, program, solved, last)
    nowhere = np.isinf(order)
    keys = (
        np.concatenate([np.where(nowhere, 0.0, order), np.where(rest.barred, 0.0, rest.value)]),
        np.concatenate([np.zeros(len(sites)), np.where(rest.seen, 1.0, 2.0)]),
        np.concatenate([nowhere, rest.barred]).astype(float),
    )
    whole = pd.concat([sites, mine], ignore_index=True)
    whole["rank"] = ranks((whole["verdict"] == "chosen").to_numpy(), keys)
    found = whole.sort_values("id", kind="stable").reset_index(drop=True)
    return gpd.GeoDataFrame(found, geometry="geometry", crs=sites.crs)


def ranks(chosen: Flags, keys: tuple[Floats, ...]) -> Ints:
    """Place of each candidate among those passed over, from 1 by `keys` (the last counts most), 0 where it is chosen."""
    passed = np.flatnonzero(~chosen)
    found = np.zeros(len(chosen), dtype=np.int64)
    found[passed[np.lexsort(tuple(key[passed] for key in keys))]] = np.arange(1, len(passed) + 1)
    return found


def _strangers(sites: gpd.GeoDataFrame, rest: Rest) -> None:
    twice = sorted({*sites["id"]} & {*rest.sites["id"]})
    if twice:
        raise ValueError(f"candidates both in the program and beside it: {', '.join(map(str, twice[:5]))}")


def _table(sites: gpd.GeoDataFrame, rest: Rest, program: Program, solved: Solved, last: LastAim) -> gpd.GeoDataFrame:
    """The other candidates with the columns of `sites`: nothing stands there; families tell what they know of the place."""
    count, frame = len(rest), rest.sites
    known: dict[str, Any] = {
        "id": frame["id"].to_numpy(object),
        "name": frame["name"].to_numpy(object),
        "verdict": np.full(count, "passed_over", dtype=object),
        "zone": frame["zone"].to_numpy(object),
        "limit_mw": frame["limit_mw"].to_numpy(float),
        **{name: np.zeros(count) for name in _NOTHING},
        **{name: np.full(count, np.nan) for name in _NO_RATIO},
    }
    for family in program.families:
        known |= {
            name: np.asarray(values)
            for name, values in family.elsewhere(program.problem, program.knobs[family.name], solved, frame).items()
        }
    known["why"] = reasons(rest, last, known)
    columns = {
        str(name): known[str(name)] if str(name) in known else _empty(sites[name], count)
        for name in sites.columns
        if name != "geometry"
    }
    return gpd.GeoDataFrame(columns, geometry=frame.geometry.to_numpy(), crs=sites.crs)


def _empty(like: pd.Series, count: int) -> Any:
    """No value, in the kind of a column."""
    if pd.api.types.is_numeric_dtype(like) or pd.api.types.is_bool_dtype(like):
        return np.full(count, np.nan)
    return np.full(count, "", dtype=object)


def reasons(rest: Rest, last: LastAim, known: Mapping[str, Any]) -> list[str]:
    """Why each of the other candidates is not in the plan, in a sentence."""
    barred = [_barred(str(zone)) for zone in rest.sites["excluded_by"]]
    locked = known.get("lock", np.full(len(rest), ""))
    told = []
    none = SAME * max(abs(last.size), 1.0)
    seen = rest.seen.tolist()
    for value, bars, inside, lock, known_value in zip(
        rest.value.tolist(), rest.barred.tolist(), barred, locked, seen, strict=True
    ):
        if lock == "forbidden":
            told.append("No module may stand here: the planner forbids it.")
        elif bars:
            told.append(inside)
        elif not known_value:
            told.append("Does not pay at the prices of the proof.")
        else:
            told.append(priced(value, rest.unit, last.missed, none))
    return told


def _barred(excluded_by: str) -> str:
    if excluded_by:
        return f"No module may stand here: {excluded_by}."
    return "No module can stand here: land, supply or a way for its data is lacking for the smallest one."


def priced(value: float, unit: str, missed: float, none: float = 0.0) -> str:
    """The sentence of a candidate whose loss is known from the prices alone: `value` against the bound, `missed` by the plan."""
    if value <= none:
        return "At the prices of the proof it may be as good as what is chosen, within the gap of the plan."
    loses = f"costs at least {_amount(value)} {unit} more" if unit == "MUSD" else f"is at least {_amount(value)} {unit} worse"
    words = f"any plan with it {loses} than the bound"
    if not math.isfinite(missed):
        return f"Not better at the prices of the proof: {words}."
    if value <= missed:
        return f"Not better at the prices of the proof, but within the gap: {words}, which this plan misses by {_amount(missed)}."
    if missed <= none:
        return f"Not better at the prices of the proof: {words}, which this plan reaches."
    return f"Not better at the prices of the proof: {words}, and {_amount(value - missed)} more than this plan loses."


def _amount(value: float) -> str:
    """A number rounded down, so that "at least" holds."""
    if not math.isfinite(value):
        return "any number of"
    if value >= 100:
        return f"{math.floor(value):,}"
    digits = 1 if value >= 1 else 3
    return f"{math.floor(value * 10**digits) / 10**digits:.{digits}f}"
