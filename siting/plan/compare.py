"""Two plans side by side: which inputs differ, which sites were kept, grown, shrunk, dropped or added, and what it costs; what
moved in equipment and work, by item, and when the sites first work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import geopandas as gpd
import pandas as pd

from siting.geo import WGS84
from siting.plan.record import RunRecord, ValueOrigin
from siting.units import unit_of

Change = Literal["added", "grown", "kept", "shrunk", "dropped"]
CHANGES: Final[tuple[Change, ...]] = ("added", "grown", "kept", "shrunk", "dropped")
FIRST_MONTH: Final = "first_working_months"
"""Name of the months from the start of the programme until a site first works."""
_SAME_MW: Final = 1e-6
_SAME_AMOUNT: Final = 1e-3


@dataclass(frozen=True, slots=True)
class ComparedSite:
    """What a comparison needs to know of a chosen site: MW of IT and undiscounted capital at the end of the last period, the
    `items` that stand or hold there then, and the month in which it first works, None where no family tells it."""

    id: str
    name: str
    zone: str
    it_mw: float
    capital_musd: float
    lon: float
    lat: float
    items: Mapping[str, float] = field(default_factory=dict)
    first_month: float | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two plans: its name for people, its record, its chosen sites and the ids of all its candidates."""

    name: str
    record: RunRecord
    chosen: Mapping[str, ComparedSite]
    candidates: frozenset[str]
    totals: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class ValueChange:
    """A scenario value that differs; empty text where one of the two does not have it."""

    path: str
    unit: str
    old: str
    new: str
    old_origin: str
    new_origin: str


@dataclass(frozen=True, slots=True)
class SiteChange:
    """What became of one site between the two plans. `remark` says more where there is more to say, `moved` what differs in
    its equipment, its work and the month in which it first works."""

    id: str
    name: str
    zone: str
    change: Change
    old_mw: float
    new_mw: float
    old_musd: float
    new_musd: float
    lon: float
    lat: float
    remark: str
    moved: tuple[ItemChange, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemChange:
    """An item that differs, at a site or over all: its name, which ends in its unit, and how much in the last period."""

    item: str
    unit: str
    old: float | None
    new: float | None

    def words(self) -> str:
        """The change for people: "battery_mw 10 -> 24.5 MW"."""
        old, new = ("none" if value is None else f"{value:,.1f}".removesuffix(".0") for value in (self.old, self.new))
        return f"{self.item} {old} -> {new} {self.unit}".rstrip()


@dataclass(frozen=True, slots=True)
class TotalChange:
    """One total of the two plans."""

    name: str
    old: float
    new: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """The difference from plan `old` to plan `new`. `inputs` names the input files and versions whose digests differ;
    `cautions` says what keeps the two from being compared like for like."""

    old: str
    new: str
    model: str
    values: tuple[ValueChange, ...]
    inputs: tuple[ValueChange, ...]
    sites: tuple[SiteChange, ...]
    totals: tuple[TotalChange, ...]
    cautions: tuple[str, ...]
    items: tuple[ItemChange, ...] = ()

    def counted(self) -> dict[Change, int]:
        """How many sites met each change, every change named."""
        return {change: sum(site.change == change for site in self.sites) for change in CHANGES}


def compare(old: Side, new: Side) -> Comparison:
    """The difference from `old` to `new`, sites by change and then by size."""
    ids = {*old.chosen, *new.chosen}
    sites = sorted((_site_change(old, new, each) for each in ids), key=_site_order)
    names = [*old.totals, *(name for name in new.totals if name not in old.totals)]
    totals = (TotalChange(name, old.totals.get(name, 0.0), new.totals.get(name, 0.0)) for name in names)
    return Comparison(
        old=old.name,
        new=new.name,
        model=new.record.model,
        values=tuple(_value_changes(old.record.values, new.record.values)),
        inputs=tuple(_input_changes(old.record, new.record)),
        sites=tuple(sites),
        totals=tuple(totals),
        cautions=tuple(_cautions(old, new)),
        items=_item_changes(_in_all(old), _in_all(new)),
    )


def sites_frame(comparison: Comparison) -> gpd.GeoDataFrame:
    """The sites of either plan as points in WGS 84, with what became of them; `_a` is the old plan, `_b` the new one."""
    sites = comparison.sites
    frame = pd.DataFrame(
        {
            "id": pd.Series([site.id for site in sites], dtype=object),
            "name": pd.Series([site.name for site in sites], dtype=object),
            "change": pd.Series([site.change for site in sites], dtype=object),
            "it_mw_a": pd.Series([site.old_mw for site in sites], dtype=float),
            "it_mw_b": pd.Series([site.new_mw for site in sites], dtype=float),
            "capital_musd_a": pd.Series([site.old_musd for site in sites], dtype=float),
            "capital_musd_b": pd.Series([site.new_musd for site in sites], dtype=float),
            "moved": pd.Series(["; ".join(one.words() for one in site.moved) for site in sites], dtype=object),
        }
    )
    points = gpd.points_from_xy([site.lon for site in sites], [site.lat for site in sites])
    return gpd.GeoDataFrame(frame, geometry=points, crs=WGS84)


def change_sentences(comparison: Comparison) -> tuple[str, ...]:
    """What differs in the inputs, one sentence each, then what to be careful with."""
    changes = (*comparison.values, *comparison.inputs)
    told = (f"{c.path}: {c.old or 'nothing'} -> {c.new or 'nothing'} {c.unit}".rstrip() + f" ({c.new_origin})" for c in changes)
    return (*told, *comparison.cautions)


def _site_order(site: SiteChange) -> tuple[int, float, str]:
    return CHANGES.index(site.change), -max(site.old_mw, site.new_mw), site.id


def _site_change(old: Side, new: Side, site_id: str) -> SiteChange:
    before, after = old.chosen.get(site_id), new.chosen.get(site_id)
    shown = after or before
    if shown is None:
        raise KeyError(site_id)
    old_mw, new_mw = (0.0 if site is None else site.it_mw for site in (before, after))
    remark = ""
    if site_id not in new.candidates:
        remark = f"no candidate in {new.name}"
    elif site_id not in old.candidates:
        remark = f"no candidate in {old.name}"
    return SiteChange(
        id=site_id,
        name=shown.name,
        zone=shown.zone,
        change=_kind(before is not None, after is not None, new_mw - old_mw),
        old_mw=old_mw,
        new_mw=new_mw,
        old_musd=0.0 if before is None else before.capital_musd,
        new_musd=0.0 if after is None else after.capital_musd,
        lon=shown.lon,
        lat=shown.lat,
        remark=remark,
        moved=_moved(before, after),
    )


def _moved(before: ComparedSite | None, after: ComparedSite | None) -> tuple[ItemChange, ...]:
    """What differs at a site, its first working month last."""
    items = _item_changes(*({} if site is None else site.items for site in (before, after)))
    old, new = (None if site is None else site.first_month for site in (before, after))
    return items if old == new else (*items, ItemChange(FIRST_MONTH, unit_of(FIRST_MONTH), old, new))


def _item_changes(old: Mapping[str, float], new: Mapping[str, float]) -> tuple[ItemChange, ...]:
    names = [*old, *(item for item in new if item not in old)]
    pairs = ((item, old.get(item, 0.0), new.get(item, 0.0)) for item in names)
    return tuple(
        ItemChange(item, unit_of(item), a, b) for item, a, b in pairs if abs(a - b) > _SAME_AMOUNT * max(abs(a), abs(b), 1.0)
    )


def _in_all(side: Side) -> dict[str, float]:
    """Amounts of all items over the chosen sites."""
    found: dict[str, float] = {}
    for site in side.chosen.values():
        for item, amount in site.items.items():
            found[item] = found.get(item, 0.0) + amount
    return found


def _kind(before: bool, after: bool, growth_mw: float) -> Change:
    if not before:
        return "added"
    if not after:
        return "dropped"
    if abs(growth_mw) <= _SAME_MW:
        return "kept"
    return "grown" if growth_mw > 0 else "shrunk"


def _value_changes(old: tuple[ValueOrigin, ...], new: tuple[ValueOrigin, ...]) -> Iterator[ValueChange]:
    before, after = ({value.path: value for value in values} for values in (old, new))
    for path in sorted({*before, *after}):
        a, b = before.get(path, _nothing(path)), after.get(path, _nothing(path))
        if a.value != b.value:
            yield ValueChange(path, b.unit or a.unit, a.value, b.value, a.origin, b.origin)


def _nothing(path: str) -> ValueOrigin:
    return ValueOrigin(path, "", "", "", "")


def _input_changes(old: RunRecord, new: RunRecord) -> Iterator[ValueChange]:
    for kind, before, after in (("input", old.digests, new.digests), ("version", old.versions, new.versions)):
        for name in sorted({*before, *after}):
            a, b = before.get(name, ""), after.get(name, "")
            if a != b:
                yield ValueChange(name, "", a, b, kind, kind)


def _cautions(old: Side, new: Side) -> Iterator[str]:
    if old.record.model != new.record.model:
        yield f"the plans are of two models, {old.record.model} and {new.record.model}"
    for side in (old, new):
        for aim in side.record.aims:
            if not aim.met:
                within = f"{aim.title.lower()} is within {aim.gap:.2%} of the bound, {aim.asked_gap:.2%} was asked"
                yield f"{side.name} is not proven: {within}; a smaller difference may be chance"
