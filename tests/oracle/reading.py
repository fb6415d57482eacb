"""A second statement of the whole question, from the prose of the families, for worlds so small that all whole-number choices
can be looked at. Nothing here comes from the program: plain loops over a `World`, linear programs by scipy.

Here a world is read: time, money, supply points, candidate lines and data links. `choices` says what may stand at one site in
whole numbers, `rest` the linear program those leave, `own_power`, `timing`, `workloads` and `places` what single families add to
both, `enumeration` looks at all.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pyproj import Geod

from tests.worlds import Row, World

GEOD = Geod(ellps="WGS84")
DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
CLASSES = (
    (138.0, 205.0, 0.82, 1.7, 50.0, 0.10),
    (230.0, 400.0, 1.02, 3.1, 143.0, 0.05),
    (345.0, 900.0, 1.5, 5.5, 418.0, 0.035),
    (500.0, 1500.0, 2.21, 10.0, 962.0, 0.02),
)
"""kV, MW, MUSD of 2019 per km, MUSD of 2019 for the bay, MW of surge impedance loading, ohm per km."""


@dataclass(frozen=True)
class Line:
    """A candidate tie-line: point, loss, rating, cost of the first MW and of each, further loss of what is above a knee."""

    point: str
    loss: float
    rating_mw: float
    fixed_musd: float
    musd_per_mw: float
    heavy: float = 0.0
    knee_mw: float = math.inf
    km: float = 0.0

    def arriving(self, sent_mw: float) -> float:
        return (1 - self.loss) * sent_mw - self.heavy * max(0.0, sent_mw - self.knee_mw)


@dataclass(frozen=True)
class Point:
    """A supply point: zone, whether on the grid, MW on offer and price by slice; a plant its river basin and kind."""

    zone: str
    grid: bool
    offer_mw: tuple[float, ...]
    usd_per_mwh: tuple[float, ...]
    basin: str = ""
    kind: str = "grid"


class Reading:
    """A world read as plainly as can be. Families that are off leave nothing behind."""

    def __init__(self, world: World) -> None:
        self.world, self.off = world, set(world.model["off"])
        self.knobs = world.model
        time = world.model["time"]
        self.months = [period["months"] for period in time["periods"]]
        self.periods = len(self.months)
        self.seasons = [sorted(months) for months in time["seasons"].values()]
        self.blocks = time["blocks"]
        self.years = [
            (year["probability_share"], year["water_factor"])
            for year in time.get("hydrology", [{"probability_share": 1.0, "water_factor": 1.0}])
        ]
        self.in_year = len(self.seasons) * self.blocks
        self.slices = len(self.years) * self.in_year
        self.hours = [self._hours(t) for t in range(self.slices)]
        self.types = list(world.model["modules"].values())
        self.sites = [row["id"] for row in world.layers["candidates"]]
        self.points = self._points()
        self.lines = {site: self._lines(site) for site in self.sites}
        self.laterals = {site: self._ends(site, "pops", "fibre", 320.0, 2) for site in self.sites}
        self.landings = {site: self._ends(site, "gateways", "satellite", 940.0, 1) for site in self.sites}

    # ---- time and money

    def _hours(self, t: int) -> float:
        """Hours a year times the probability of the slice's hydrology year; years outside, seasons within, blocks inside."""
        days = sum(DAYS[m - 1] for m in self.seasons[self.season(t)])
        return float(self.years[t // self.in_year][0] * days * 24 / self.blocks)

    def season(self, t: int) -> int:
        return int(t % self.in_year // self.blocks)

    def mean(self, values: Sequence[float]) -> float:
        """Mean over the year of something by slice."""
        return sum(hours * value for hours, value in zip(self.hours, values, strict=True)) / sum(self.hours)

    def shape(self, profile: str, t: int) -> float:
        return float(self.world.profiles[profile][self.season(t)][t % self.blocks])

    def start(self, p: int) -> int:
        """First month of a period, counted from that of the programme."""
        return sum(self.months[:p])

    def share_after(self, month: float, p: int) -> float:
        """Share of a period that lies after a month of the programme."""
        return float(min(1.0, max(0.0, (self.start(p) + self.months[p] - month) / self.months[p])))

    def on(self, family: str) -> bool:
        return family not in self.off

    def knob(self, family: str, name: str, default: Any) -> Any:
        return self.knobs.get(family, {}).get(name, default)

    def said(self, family: str, name: str) -> Any:
        """A knob that the world must say, so that no default of the program is needed here."""
        return self.knobs[family][name]

    def discounted_years(self, first: int, months: int) -> float:
        rate = 1.0 + self.knobs["finance"]["discount_rate"]
        return float(sum(rate ** (-(first + m + 0.5) / 12) for m in range(months)) / 12)

    def compute_years(self, p: int) -> float:
        return self.discounted_years(sum(self.months[:p]), self.months[p])

    def running_years(self, p: int) -> float:
        tail = round(12 * self.knobs["finance"]["operating_years"])
        last = p == self.periods - 1
        return self.discounted_years(sum(self.months[:p]), max(self.months[p], tail) if last else self.months[p])

    def worth(self, p: int) -> float:
        """Present value of one MUSD spent at the start of a period."""
        return float((1.0 + self.knobs["finance"]["discount_rate"]) ** (-sum(self.months[:p]) / 12))

    # ---- geography

    def km(self, one: Row, other: Row) -> float:
        return float(GEOD.inv(*one["at"], *other["at"])[2]) / 1000

    def row(self, layer: str, key: str) -> Row:
        return self.world.row(layer, key)

    def load(self, zone: str, t: int) -> float:
        return self.shape(self.row("zones", zone)["load_profile"], t)

    def stressed(self, zone: str, t: int) -> bool:
        return bool(self.load(zone, t) >= self.knob("grid_strain", "stressed_share", 0.85))

    def _points(self) -> dict[str, Point]:
        found = {}
        for row in self.world.layers["sources"]:
            kind = row["kind"]
            if not self.on(kind):
                continue
            share = self.knob(kind, "contract_share", 0.05 if kind == "hydro" else 1.0)
            mean = share * row["mean_output_mw"]
            if kind == "hydro":
                mean += self.knob(kind, "unused_share", 0.25) * row["unused_mw"]
            water = [self._water(t) if kind == "hydro" else 1.0 for t in range(self.slices)]
            offer = tuple(min(row["capacity_mw"], mean * w * self.shape(row["profile"], t)) for t, w in enumerate(water))
            if kind == "hydro":
                offer = tuple(min(mw, self._left_by_the_river(row, t)) for t, mw in enumerate(offer))
            price = self.knob(kind, "price_usd_per_mwh", 45.0 if kind == "hydro" else 30.0)
            if max(offer) > 0:
                found[row["id"]] = Point(row["zone"], False, offer, (price,) * self.slices, row["basin"], kind)
        for row in self.world.layers["substations"] if self.on("grid_strain") else []:
            if row["main_network"]:
                found[row["id"]] = self._substation(row)
        return found

    def _water(self, t: int) -> float:
        return float(self.knob("hydro", "year_factor", 1.0) * self.years[t // self.in_year][1])

    def _left_by_the_river(self, row: Row, t: int) -> float:
        """What a plant has left when the floor has passed beside its turbines and others have what is firmly theirs."""
        floor, firm = (self.knob("hydro", name, 0.0) for name in ("floor_share", "firm_commitment_share"))
        if not floor and not firm:
            return math.inf
        water = row["mean_output_mw"] + self.knob("hydro", "unused_share", 0.25) * row["unused_mw"]
        water *= self._water(t) * self.shape(row["profile"], t)
        turbined = min(row["capacity_mw"], water - floor * row["mean_output_mw"])
        return float(max(0.0, turbined - firm * row["mean_output_mw"]))

    def _substation(self, row: Row) -> Point:
        offer, price = [], []
        for t in range(self.slices):
            tense = self.stressed(row["zone"], t)
            limit = self.knob("grid_strain", "strain_limit", 0.75) if tense else self.knob("grid_strain", "calm_limit", 0.8)
            circuits = self.knob("grid_strain", "circuits", 0)
            limit = min(limit, (circuits - 1) / circuits) if circuits else limit
            today = row["loading_share"] * row["rating_mw"] * self.load(row["zone"], t)
            offer.append(max(0.0, limit * row["rating_mw"] - today))
            premium = self.knob("grid_strain", "stressed_premium_share", 0.35) if tense else 0.0
            energy = self.knob("grid_strain", "price_usd_per_mwh", 60.0) * (1 + premium)
            price.append(energy + self.knob("grid_strain", "wheeling_usd_per_mwh", 15.0))
        return Point(row["zone"], True, tuple(offer), tuple(price))

    def _lines(self, site: str) -> list[Line]:
        place, found = self.row("candidates", site), []
        groups: dict[Any, list[tuple[float, str, Row]]] = {}
        for layer in ("sources", "substations"):
            for row in self.world.layers[layer]:
                if row["id"] in self.points:
                    group = row["kind"] if layer == "sources" else row["kv"] >= 200
                    groups.setdefault(group, []).append((self.km(place, row), row["id"], row))
        for group, near in groups.items():
            family = group if isinstance(group, str) else "grid_strain"
            reach = self.knob(family, "reach_km", 60.0 if family == "grid_strain" else 90.0)
            count = self.knob(family, "nearest", {"hydro": 3, "solar": 2, "grid_strain": 1}[family])
            found += [
                self._line(site, km, key, row) for km, key, row in sorted(near, key=lambda each: each[:2])[:count] if km <= reach
            ]
        return found

    def _line(self, site: str, km: float, key: str, row: Row) -> Line:
        if not self.on("tie_lines"):
            return Line(key, 0.0, math.inf, 0.0, 0.0, km=km)
        most = max(self.points[key].offer_mw)
        route = self.knob("tie_lines", "route_factor", 1.3) * km
        carries = {each: self._carries(each, route) for each in CLASSES}
        if "kv" in row:
            chosen = min(CLASSES, key=lambda each: abs(each[0] - row["kv"]))
        else:
            chosen = next((each for each in CLASSES if carries[each] >= most), CLASSES[-1])
        kv, thermal, per_km, bay, _, ohm = chosen
        price = self.knob("tie_lines", "price_factor", 1.4)
        whole = price * self.knob("tie_lines", "remote_factor", 1.25) * per_km * route
        fixed = self.knob("tie_lines", "fixed_share", 0.7)
        ends = self.knob("tie_lines", "transformer_loss_share", 0.01)
        full = min(carries[chosen], most, self.row("candidates", site)["limit_mw"])
        lost = self.knob("tie_lines", "resistance_factor", 1.0) * ohm * route * full / kv**2
        knee = self.knob("tie_lines", "knee_share", 0.5)
        bent = lost > self.knob("tie_lines", "second_segment_above_share", 0.03)
        first = max(self.knob("tie_lines", "loss_share_per_100_km", 0.0062) * route / 100, lost * (knee if bent else 1.0))
        return Line(
            key,
            ends + first,
            carries[chosen],
            fixed * whole + price * bay,
            (1 - fixed) * whole / thermal + self.knob("tie_lines", "transformer_musd_per_mw", 0.012),
            max(0.0, (1 + knee) * lost - first) if bent else 0.0,
            knee * full,
            km,
        )

    def _carries(self, kind: tuple[float, ...], route_km: float) -> float:
        """What a class carries: a long line less than its thermal rating."""
        if not self.knob("tie_lines", "loadability_limit", True):
            return kind[1]
        return float(min(kind[1], 44.2 * max(route_km, 1.0) ** -0.613 * kind[4]))

    def _ends(self, site: str, layer: str, family: str, reach: float, count: int) -> list[tuple[str, float]]:
        if not self.on(family):
            return []
        place = self.row("candidates", site)
        near = sorted((self.km(place, row), row["id"]) for row in self.world.layers[layer])
        kept = near[: self.knob(family, "nearest", count)]
        return [(key, km) for km, key in kept if km <= self.knob(family, "reach_km", reach)]

    def lateral_musd(self, km: float) -> float:
        per_km = self.knob("fibre", "musd_per_km", 0.09) * self.knob("fibre", "route_factor", 1.4)
        return float(self.knob("fibre", "ends_musd", 0.5) + per_km * km)

    @functools.cache  # noqa: B019
    def pue(self, site: str, t: int) -> float:
        if not self.on("cooling"):
            return 1.0
        place = self.row("candidates", site)
        climate = min(self.world.layers["climate"], key=lambda row: self.km(place, row))
        months = self.seasons[self.season(t)]
        width = 24 // self.blocks
        clock = range((t % self.blocks) * width, (t % self.blocks) * width + width)
        days = sum(DAYS[m - 1] for m in months)
        year = sum(DAYS[m - 1] * math.cos(2 * math.pi * (m - 7) / 12) for m in months) / days
        day = sum(math.cos(2 * math.pi * (h + 0.5 - 15) / 24) for h in clock) / width
        air = climate["mean_c"] + climate["seasonal_swing_c"] * year + climate["daily_swing_c"] * day
        air += self.knob("cooling", "warming_c", 0.0)
        rise = 0.0037 * min(max(air - 24, 0), 10) + 0.0126 * min(max(air - 34, 0), 10)
        return float(self.knob("cooling", "base_pue", 1.066) + min(rise, 0.204) + self.knob("cooling", "margin", 0.02))

    def lead_months(self, line: Line) -> float:
        """Month of the programme in which a line has power: queue (on the grid), line and transformers, side by side."""
        own = self.points[line.point]
        queue = self.row("zones", own.zone).get("queue_months", self.said("time_to_power", "queue_months")) if own.grid else 0.0
        built = self.said("time_to_power", "line_lead_months")
        built += self.said("time_to_power", "line_months_per_100_km") * line.km / 100
        return float(max(queue, built, self.said("time_to_power", "transformer_lead_months")))

    def zone_at(self, site: str) -> str:
        place = self.row("candidates", site)
        return str(next(zone["id"] for zone in self.world.layers["zones"] if inside(place, zone["box"])))


def inside(row: Row, box: Sequence[float]) -> bool:
    lon, lat = row["at"]
    return bool(box[0] <= lon <= box[2] and box[1] <= lat <= box[3])
