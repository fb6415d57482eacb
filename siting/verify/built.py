"""The plan as arrays: what the files say stands where in which period, and how it is used.

Rows that name something unknown, twice or not at all are faults here; the rules then look at what is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from siting.verify.everyone import Everyone
from siting.verify.folder import Folder
from siting.verify.part import Part
from siting.verify.points import Ints, Points
from siting.verify.question import Question
from siting.verify.report import Flags, Floats, Judge, Rule, rows

REFERS: Final = Rule("V101", "files.refer", "every name in a table is one of the table it points to")
COMPLETE: Final = Rule(
    "V102", "files.complete", "a stock has a row in each period since it stands, a flow one for each slice of them"
)
FIRST: Final = Rule("V103", "files.first_period", "the first period is the one in which the first row stands")
FIBRE: Final = "fibre"
SPUR: Final = "spur"
SATELLITE: Final = "satellite"
ENTITIES: Final = ("link", "served", "unserved")
"""What rows of the dispatch are of, besides items of equipment."""


@dataclass(frozen=True, slots=True)
class Equipment:
    """What families keep: `stock` (I, P) and `operation` (I, P, T) by item, `given` (I, P) by item and place, `programme` (P)."""

    stock: Mapping[str, Floats]
    operation: Mapping[str, Floats]
    given: Mapping[tuple[str, str], Floats]
    programme: Mapping[str, Floats]


@dataclass(frozen=True, slots=True)
class Built:
    """I candidates in use, K module types, L tie-lines, H data links, P periods, T slices. `everyone` are all candidates; the
    table of sites in `folder` has those in use alone.

    `open` (I, P); `modules` (I, K, P) standing; `line` (L, P) and `line_mw` (L, P); `flow_mw` (L, P, T) at the supply end;
    `served_mw`, `unserved_mw` (I, P, T); `units`, `gbps` (H, P). `link_km` and `data_km` are the written lengths;
    `data_target` is a position in `pops`, `gateways` or the candidates (spurs), after the link's kind.
    """

    question: Question
    points: Points
    folder: Folder
    slices: tuple[str, ...]
    site_ids: tuple[str, ...]
    lon: Floats
    lat: Floats
    open: Flags
    modules: Floats
    link_ids: tuple[str, ...]
    link_site: Ints
    link_point: Ints
    link_km: Floats
    line: Flags
    line_mw: Floats
    flow_mw: Floats
    data_ids: tuple[str, ...]
    data_kind: tuple[str, ...]
    data_site: Ints
    data_target: Ints
    data_km: Floats
    units: Floats
    gbps: Floats
    served_mw: Floats
    unserved_mw: Floats
    equipment: Equipment
    parts: tuple[Part, ...]
    everyone: Everyone

    def stock(self, item: str) -> Floats:
        """What stands or holds of an item at each site (I, P); 0 where nothing is written."""
        return self.equipment.stock.get(item, np.zeros(self.open.shape))

    def operation(self, item: str) -> Floats:
        """MW of an item in each slice (I, P, T); 0 where nothing is written."""
        return self.equipment.operation.get(item, np.zeros((*self.open.shape, len(self.slices))))

    def given(self, item: str, places: Sequence[str]) -> Floats:
        """What sites give to these places (I, R, P); 0 where nothing is written."""
        found = np.zeros((len(self.site_ids), len(places), self.open.shape[1]))
        for (name, place), amount in self.equipment.given.items():
            if name == item and place in places:
                found[:, list(places).index(place)] += amount
        return found

    def programme(self, item: str) -> Floats:
        """An item of the programme (P); 0 where nothing is written."""
        return self.equipment.programme.get(item, np.zeros(self.open.shape[1]))

    def total(self, name: str) -> Floats:
        """What the parts add to a sum of `siting.verify.part.SUMS`; 0 where none does."""
        shape: tuple[int, ...] = self.open.shape
        if name == "supply_mw":
            shape = (*shape, len(self.slices))
        elif name in ("carbon_t_per_year", "embodied_t", "water_m3_per_year", "strain_h"):
            shape = shape[1:]
        total = np.zeros(shape)
        for part in self.parts:
            if name in part.sums:
                found = part.sums[name](self)
                total += found.sum(axis=0) if found.ndim > total.ndim else found
        return total

    def at_sites(self, name: str) -> Floats:
        """A sum of the programme at each site (I, P), of the parts that tell it by site."""
        told = (part.sums[name](self) for part in self.parts if name in part.sums)
        return np.asarray(np.sum([np.zeros(self.open.shape), *(found for found in told if found.ndim == 2)], axis=0))

    @property
    def it_mw(self) -> Floats:
        """IT load of the modules standing (I, P)."""
        found: Floats = np.einsum("ikp,k->ip", self.modules, self.question.asked.module_numbers("it_mw"))
        return found

    def data_of(self, kind: str) -> Ints:
        """Positions of the data links of a kind."""
        return np.flatnonzero(np.array([each == kind for each in self.data_kind], dtype=np.bool_))

    def per_site(self, values: Floats, sites: Ints) -> Floats:
        """Sums (I, ...) of values (n, ...) that belong to these sites (n)."""
        total = np.zeros((len(self.site_ids), *values.shape[1:]))
        np.add.at(total, sites, values)
        return total


def make_built(
    question: Question,
    points: Points,
    folder: Folder,
    everyone: Everyone,
    slices: tuple[str, ...],
    parts: tuple[Part, ...],
    judge: Judge,
) -> Built:
    """The arrays of a folder."""
    tables, periods = folder.tables, question.clock.periods
    sites = tables["sites"]
    site_ids = tuple(sites["id"])
    power = _known(tables["power_links"], "power_links.geojson", site_ids, _ids_of(points), judge)
    data = _known_data(tables["data_links"], question, site_ids, judge)
    find_site = _numbers(site_ids)
    find_point = {(point_layer(kind), name): n for n, (kind, name) in enumerate(zip(points.kinds, points.ids, strict=True))}
    stock = _Stock(periods, judge)
    line, line_mw = stock.read(power, tables["link_periods"], "link_periods.csv", "line_mw")
    some, units = stock.read(data, tables["data_periods"], "data_periods.csv", "units")
    gbps = stock.values(data, tables["data_periods"], "gbps")
    flows, served, unserved = _dispatch(tables["dispatch"], power, site_ids, periods, slices, judge)
    open_ = _open(sites, periods, judge)
    _whole_dispatch(flows, line, tuple(power["id"]), "link", periods, slices, judge)
    _whole_dispatch(served, open_, site_ids, "served", periods, slices, judge)
    _whole_dispatch(unserved, open_, site_ids, "unserved", periods, slices, judge)
    return Built(
        question=question,
        points=points,
        folder=folder,
        slices=slices,
        site_ids=site_ids,
        lon=sites["lon"].to_numpy(dtype=np.float64),
        lat=sites["lat"].to_numpy(dtype=np.float64),
        open=open_,
        modules=_modules(tables["modules"], question, site_ids, judge),
        link_ids=tuple(power["id"]),
        link_site=_positions(power["site_id"], find_site),
        link_point=np.array(
            [find_point[(point_layer(kind), name)] for kind, name in zip(power["kind"], power["supply_id"], strict=True)],
            dtype=np.int64,
        ),
        link_km=power["length_km"].to_numpy(dtype=np.float64),
        line=line,
        line_mw=line_mw,
        flow_mw=np.nan_to_num(flows),
        data_ids=tuple(data["id"]),
        data_kind=tuple(data["kind"]),
        data_site=_positions(data["site_id"], find_site),
        data_target=data["target"].to_numpy(dtype=np.int64),
        data_km=data["length_km"].to_numpy(dtype=np.float64),
        units=np.where(some, units, 0.0),
        gbps=np.where(some, gbps, 0.0),
        served_mw=np.nan_to_num(served),
        unserved_mw=np.nan_to_num(unserved),
        equipment=_equipment(tables, site_ids, periods, slices, judge),
        parts=parts,
        everyone=everyone,
    )


def _equipment(
    tables: Mapping[str, pd.DataFrame],
    sites: tuple[str, ...],
    periods: tuple[str, ...],
    slices: tuple[str, ...],
    judge: Judge,
) -> Equipment:
    site, when, piece = ("site_id", _numbers(sites)), ("period", _numbers(periods)), ("slice", _numbers(slices))
    dispatch = tables["dispatch"]
    own = dispatch[~dispatch["entity"].isin(list(ENTITIES))].reset_index(drop=True)
    operation = {
        str(item): _filled(part, (("id", site[1]), when, piece), "mw", "dispatch.parquet", judge)
        for item, part in own.groupby("entity", sort=False)
    }
    stock = {
        str(item): _filled(part, (site, when), "amount", "equipment.csv", judge)
        for item, part in tables["equipment"].groupby("item", sort=False)
    }
    given = {
        (str(item), str(place)): _filled(part, (site, when), "amount", "given.csv", judge)
        for (item, place), part in tables["given"].groupby(["item", "place_id"], sort=False)
    }
    programme = {
        str(item): _filled(part, (when,), "amount", "programme.csv", judge)
        for item, part in tables["programme"].groupby("item", sort=False)
    }
    return Equipment(stock, operation, given, programme)


def _filled(part: pd.DataFrame, axes: Sequence[tuple[str, Mapping[str, int]]], column: str, file: str, judge: Judge) -> Floats:
    """The values of rows at their places along the axes, 0 elsewhere."""
    part = part.reset_index(drop=True)
    at, good = _cells(part, axes, file, judge)
    found = np.zeros(tuple(len(find) for _, find in axes))
    found[tuple(at)] = part[column].to_numpy(dtype=np.float64)[good]
    return found


def point_layer(kind: str) -> str:
    """The layer a supply point of this kind comes from: ids are unique within it."""
    return "substations" if kind == "grid" else "sources"


def slice_names(dispatch: pd.DataFrame) -> tuple[str, ...]:
    """Names of slices in the order in which they first stand in the dispatch."""
    return tuple(dict.fromkeys(dispatch["slice"]))


def target_places(question: Question, kind: str) -> tuple[tuple[str, ...], Floats, Floats]:
    """Ids, longitudes and latitudes of what a lateral or satellite link may end at."""
    layer = question.layers.get("pops" if kind == FIBRE else "gateways")
    return tuple(layer.ids), layer.lon, layer.lat


def _numbers(names: Sequence[str]) -> dict[str, int]:
    return {name: n for n, name in enumerate(names)}


def _positions(names: pd.Series, find: Mapping[str, int]) -> Ints:
    return np.array([find[name] for name in names], dtype=np.int64)


def _ids_of(points: Points) -> set[tuple[str, str]]:
    return {(kind, name) for kind, name in zip(points.kinds, points.ids, strict=True)}


def _known(links: pd.DataFrame, file: str, sites: Sequence[str], points: set[tuple[str, str]], judge: Judge) -> pd.DataFrame:
    """Tie-lines whose site and supply point exist."""
    at_site = links["site_id"].isin(list(sites)).to_numpy(dtype=np.bool_)
    pairs = list(zip(links["kind"], links["supply_id"], strict=True))
    at_point = np.array([pair in points for pair in pairs], dtype=np.bool_)
    names = list(links["id"])
    judge.holds(REFERS, at_site, file, "site_id", rows("link", names), lambda at: str(links["site_id"].iloc[at[0]]))
    judge.holds(REFERS, at_point, file, "supply_id", rows("link", names), lambda at: " ".join(pairs[at[0]]))
    return links[at_site & at_point].reset_index(drop=True)


def _known_data(links: pd.DataFrame, question: Question, sites: Sequence[str], judge: Judge) -> pd.DataFrame:
    """Data links whose site and target exist, with the target's position in column `target`."""
    find = {kind: _numbers(target_places(question, kind)[0]) for kind in (FIBRE, SATELLITE)} | {SPUR: _numbers(sites)}
    target = np.array(
        [find[kind].get(name, -1) for kind, name in zip(links["kind"], links["target_id"], strict=True)], dtype=np.int64
    )
    at_site = links["site_id"].isin(list(sites)).to_numpy(dtype=np.bool_)
    names = list(links["id"])
    file = "data_links.geojson"
    judge.holds(REFERS, at_site, file, "site_id", rows("link", names), lambda at: str(links["site_id"].iloc[at[0]]))
    judge.holds(REFERS, target >= 0, file, "target_id", rows("link", names), lambda at: str(links["target_id"].iloc[at[0]]))
    return links.assign(target=target)[at_site & (target >= 0)].reset_index(drop=True)


def _open(sites: pd.DataFrame, periods: tuple[str, ...], judge: Judge) -> Flags:
    """Since when each candidate is open (I, P), from its first period."""
    chosen = (sites["verdict"] == "chosen").to_numpy(dtype=np.bool_)
    first = list(sites["first_period"])
    good = [(name in periods) if is_chosen else name == "" for name, is_chosen in zip(first, chosen, strict=True)]
    judge.holds(
        FIRST, good, "sites.geojson", "first_period", rows("site", list(sites["id"])), lambda at: first[at[0]] or "nothing"
    )
    since = np.array(
        [periods.index(name) if name in periods and c else len(periods) for name, c in zip(first, chosen, strict=True)]
    )
    opened: Flags = np.arange(len(periods))[None, :] >= since[:, None]
    return opened


def _modules(table: pd.DataFrame, question: Question, sites: tuple[str, ...], judge: Judge) -> Floats:
    kinds, periods = question.asked.module_names(), question.clock.periods
    found = np.zeros((len(sites), len(kinds), len(periods)))
    axes = (("site_id", _numbers(sites)), ("module", _numbers(kinds)), ("period", _numbers(periods)))
    at, good = _cells(table, axes, "modules.csv", judge)
    found[tuple(at)] = table["count"].to_numpy(dtype=np.float64)[good]
    return found


def _cells(
    table: pd.DataFrame, axes: Sequence[tuple[str, Mapping[str, int]]], file: str, judge: Judge
) -> tuple[list[Ints], Flags]:
    """Positions of each row along the axes, and which rows name only what is known."""
    at = [np.array([find.get(name, -1) for name in table[column]], dtype=np.int64) for column, find in axes]
    for (column, _), positions in zip(axes, at, strict=True):
        names = [f"{n + 1}" for n in range(len(table))]
        told = rows("", [str(name) for name in table[column]])
        judge.holds(REFERS, positions >= 0, file, column, rows("row", names), told)
    good: Flags = np.all([positions >= 0 for positions in at], axis=0) if len(table) else np.zeros(0, dtype=np.bool_)
    return [positions[good] for positions in at], good


@dataclass(frozen=True, slots=True)
class _Stock:
    """Reads tables of stocks by link and period."""

    periods: tuple[str, ...]
    judge: Judge

    def read(self, links: pd.DataFrame, table: pd.DataFrame, file: str, column: str) -> tuple[Flags, Floats]:
        """Which links stand in which period, and their size (n, P); holds the rows to the links' first period."""
        ids = list(links["id"])
        axes = (("link_id", _numbers(ids)), ("period", _numbers(self.periods)))
        at, good = _cells(table, axes, file, self.judge)
        stands = np.zeros((len(ids), len(self.periods)), dtype=np.bool_)
        size = np.zeros(stands.shape)
        stands[tuple(at)] = True
        size[tuple(at)] = table[column].to_numpy(dtype=np.float64)[good]
        first = [self.periods.index(name) if name in self.periods else -1 for name in links["first_period"]]
        seen = [int(np.argmax(row)) if row.any() else -2 for row in stands]
        told = [one == other for one, other in zip(first, seen, strict=True)]
        link_file = "power_links.geojson" if column == "line_mw" else "data_links.geojson"
        self.judge.holds(
            FIRST, told, link_file, "first_period", rows("link", ids), lambda n: str(links["first_period"].iloc[n[0]])
        )
        gaps = np.maximum.accumulate(stands, axis=1) & ~stands
        self.judge.holds(COMPLETE, ~gaps.any(axis=1), file, "period", rows("link", ids))
        return stands, size

    def values(self, links: pd.DataFrame, table: pd.DataFrame, column: str) -> Floats:
        """A further column of a table of stocks (n, P)."""
        find, when = _numbers(list(links["id"])), _numbers(self.periods)
        found = np.zeros((len(links), len(self.periods)))
        for link, period, value in zip(table["link_id"], table["period"], table[column], strict=True):
            if link in find and period in when:
                found[find[link], when[period]] = value
        return found


def _dispatch(
    table: pd.DataFrame,
    power: pd.DataFrame,
    sites: tuple[str, ...],
    periods: tuple[str, ...],
    slices: tuple[str, ...],
    judge: Judge,
) -> tuple[Floats, Floats, Floats]:
    """MW of links (L, P, T), served and unserved (I, P, T); NaN where the dispatch has no row."""
    find: dict[str, dict[str, int]] = {
        "link": _numbers(list(power["id"])),
        "served": _numbers(sites),
        "unserved": _numbers(sites),
    }
    site_of = dict(zip(power["id"], power["site_id"], strict=True)) | {name: name for name in sites}
    found: dict[str, Any] = {}
    for entity, names in find.items():
        part = table[table["entity"] == entity].reset_index(drop=True)
        at, good = _cells(
            part, (("id", names), ("period", _numbers(periods)), ("slice", _numbers(slices))), "dispatch.parquet", judge
        )
        values = np.full((len(names), len(periods), len(slices)), np.nan)
        values[tuple(at)] = part["mw"].to_numpy(dtype=np.float64)[good]
        found[entity] = values
        own = [site_of.get(name) == site for name, site in zip(part["id"], part["site_id"], strict=True)]
        judge.holds(REFERS, own, "dispatch.parquet", "site_id", rows(f"{entity} row", [str(n + 1) for n in range(len(part))]))
    return found["link"], found["served"], found["unserved"]


def _whole_dispatch(
    values: Floats,
    stands: Flags,
    names: Sequence[str],
    entity: str,
    periods: tuple[str, ...],
    slices: tuple[str, ...],
    judge: Judge,
) -> None:
    lacking = np.isnan(values) & stands[:, :, None]
    label = [f"{entity} {name}" for name in names]
    missing = lacking.any(axis=(1, 2))
    count = lacking.sum(axis=(1, 2))
    judge.holds(
        COMPLETE,
        ~missing,
        "dispatch.parquet",
        "mw",
        rows("", label),
        lambda at: f"{count[at[0]]} of {len(periods) * len(slices)} rows missing",
    )
