"""Power of a site's own: batteries, generators, a solar field, and what must run on when the line is cut."""

from __future__ import annotations

import functools
import itertools
import math
from typing import TYPE_CHECKING

from tests.oracle.reading import DAYS, Reading

if TYPE_CHECKING:
    from tests.oracle.choices import Choice
    from tests.oracle.rest import Expression, Rest

MMBTU_PER_MWH = 3.412142
SUN = {
    45.0: ((0.141, 0.194, 0.259, 0.293), (0.046, 0.064, 0.086, 0.099)),
    50.0: ((0.131, 0.182, 0.244, 0.277), (0.032, 0.044, 0.059, 0.068)),
}
CLEAR = (0.40, 0.50, 0.60, 0.65)
"""Clearness; SUN is, by latitude, the output of a MW of AC over the year and in the worst month at each (FACTS 2b)."""


def never_shrinks(rest: Rest, name: str, site: str, p: int) -> None:
    if p:
        rest.at_most({(name, site, p - 1): 1.0, (name, site, p): -1.0}, 0.0)


def bought(rest: Rest, p: int, key: tuple[object, ...], musd: float, upkeep: float = 0.0) -> None:
    """Capital of a stock, and what it costs a year."""
    rest.add(("capital", p), key, musd)
    rest.add(("running", p), key, upkeep)


# ---- batteries


def storage(rest: Rest) -> None:
    plain = rest.plain
    if plain.on("storage"):
        for (site, choice), p in itertools.product(rest.chosen.items(), range(plain.periods)):
            _battery(rest, site, choice, p)


def _battery(rest: Rest, site: str, choice: Choice, p: int) -> None:
    plain = rest.plain
    say = functools.partial(plain.said, "storage")
    power, energy, standby, firm = (("battery " + part, site, p) for part in ("mw", "mwh", "standby", "firm"))
    for name in ("battery mw", "battery mwh"):
        never_shrinks(rest, name, site, p)
    one_way = math.sqrt(say("round_trip_share"))
    held_back: Expression = {energy: 1.0 - say("least_charge_share"), standby: -say("standby_h") / one_way}
    rest.at_most({power: say("shortest_h"), energy: -1.0}, 0.0)
    rest.at_most({power: -say("longest_h"), energy: 1.0}, 0.0)
    rest.at_most({power: 1.0}, say("most_power_share") * plain.it_mw(choice, p))
    rest.at_most({standby: 1.0, power: -1.0}, 0.0)
    rest.at_most({firm: 1.0, power: -1.0}, 0.0)
    rest.at_most(_less({firm: say("firm_h") / one_way}, held_back), 0.0)
    hours = 24 / plain.blocks
    for day in range(plain.slices // plain.blocks):
        slices = range(day * plain.blocks, (day + 1) * plain.blocks)
        into: Expression = {}
        for t in slices:
            before = t - 1 if t > day * plain.blocks else slices[-1]
            charge, discharge = ("charge", site, p, t), ("discharge", site, p, t)
            rest.at_most({charge: 1.0, discharge: 1.0, power: -1.0}, 0.0)
            change: Expression = {charge: one_way * hours, discharge: -hours / one_way}
            level = ("level", site, p, t)
            if before == t:
                rest.equal(change, 0.0)
            else:
                rest.equal({**change, level: -1.0, ("level", site, p, before): 1.0}, 0.0)
            rest.at_most(_less({level: 1.0}, held_back), 0.0)
            into[charge] = one_way * hours
            rest.add(("supply", site, p, t), charge, -1.0)
            rest.add(("supply", site, p, t), discharge, 1.0)
        rest.at_most(_less(into, {key: say("cycles_per_day") * value for key, value in held_back.items()}), 0.0)
    larger = 1.0 / (1.0 - _fade(say("service_years"), say("cycles_per_day")))
    for key, price in ((energy, say("energy_musd_per_mwh") * larger), (power, say("power_musd_per_mw"))):
        musd = say("price_factor") * price
        bought(rest, p, key, musd, say("upkeep_share_per_year") * musd)
    rest.add(("land", site, p), energy, say("land_ha_per_mwh") * larger)
    rest.add(("standby", site, p), standby, 1.0)
    rest.add(("own", site, p), firm, 1.0)


def _less(one: Expression, other: Expression) -> Expression:
    """One less the other."""
    return {**one, **{key: one.get(key, 0.0) - value for key, value in other.items()}}


def _fade(years: float, cycles_per_day: float) -> float:
    days = round(365 * years)
    calendar = sum(0.5 * 1.16e-3 * 0.5 / math.sqrt(n) for n in range(1, days + 1))
    return calendar + 2.46e-5 * cycles_per_day * days


# ---- generators


def generation(rest: Rest) -> None:
    plain = rest.plain
    if plain.on("generation"):
        for site, choice in rest.chosen.items():
            _generators(rest, site, choice)


def _generators(rest: Rest, site: str, choice: Choice) -> None:
    plain = rest.plain
    say = functools.partial(plain.said, "generation")
    draw = [plain.mean([plain.draw_mw(site, choice, p, t) for t in range(plain.slices)]) for p in range(plain.periods)]
    share, last = say("most_energy_share"), plain.periods - 1
    for p in range(plain.periods):
        all_mw: Expression = {}
        burnt: Expression = {}
        generated: Expression = {}
        for kind in ("engine", "turbine", "diesel"):
            ready = plain.share_after(say(f"{kind}_lead_months"), p)
            gas = kind != "diesel"
            if ready == 0.0 or (gas and not say("gas_at_sites")):
                continue
            stands, bridge = (kind, site, p), (f"{kind} bridge", site, p)
            if p and plain.share_after(say(f"{kind}_lead_months"), p - 1) > 0.0:
                never_shrinks(rest, kind, site, p)
            all_mw[stands] = burnt[bridge] = 1.0
            means = _gas(rest, kind, site, p, ready) if gas else {}
            generated |= means
            limit = {bridge: 1.0, **{key: ready * value for key, value in means.items()}}
            rest.at_most({**limit, stands: -ready * say("availability_share")}, 0.0)
            rest.add(("late", site, p), bridge, -1.0)
            rest.add(("standby", site, p), stands, say("availability_share"))
            _fuel(rest, kind, p, {**means, bridge: 1.0}, stands)
        rest.at_most(all_mw, say("most_power_share") * plain.it_mw(choice, p))
        allowed = share * draw[p]
        for q in range(p + 1):
            w = max(0.0, min(plain.start(p) + plain.months[p], plain.start(q) + say("bridge_months")) - plain.start(p))
            allowed += (1 - share) * w / plain.months[p] * (draw[q] - (draw[q - 1] if q else 0.0))
        rest.at_most({**burnt, **generated}, allowed)
        if p == last:
            rest.at_most(generated, share * draw[p])


def _gas(rest: Rest, kind: str, site: str, p: int, ready: float) -> Expression:
    """Output by slice, and its mean."""
    plain = rest.plain
    most, whole = plain.said("generation", "availability_share"), sum(plain.hours)
    rest.add(("own", site, p), (kind, site, p), most)
    mean: Expression = {}
    for t in range(plain.slices):
        output = (f"{kind} output", site, p, t)
        rest.at_most({output: 1.0, (kind, site, p): -most}, 0.0)
        rest.add(("supply", site, p, t), output, 1.0)
        mean[output] = plain.hours[t] / whole
        rest.add(("late", site, p), output, (1 - ready) * plain.hours[t] / whole)
    return mean


def _fuel(rest: Rest, kind: str, p: int, mean: Expression, stands: tuple[object, ...]) -> None:
    """Money and carbon of what a kind gives on the mean, of diesel's tests, and capital with a diesel's first fill."""
    say = functools.partial(rest.plain.said, "generation")
    heat = 1.0 / say(f"{kind}_efficiency_share")
    price = say("diesel_usd_per_mmbtu" if kind == "diesel" else "gas_usd_per_mmbtu") * MMBTU_PER_MWH * heat
    usd = price + say(f"{kind}_running_usd_per_mwh")
    tonnes = say("diesel_t_per_mwh" if kind == "diesel" else "gas_t_per_mwh") * heat
    for key, value in mean.items():
        rest.add(("running", p), key, 8760.0 * usd * 1e-6 * value)
        rest.add(("carbon", p), key, 8760.0 * tonnes * value)
    filled = say("backup_h") * price * 1e-6 if kind == "diesel" else 0.0
    bought(rest, p, stands, say("price_factor") * say(f"{kind}_musd_per_mw") + filled)
    if kind == "diesel":
        rest.add(("running", p), stands, say("diesel_test_h") * usd * 1e-6)
        rest.add(("carbon", p), stands, say("diesel_test_h") * tonnes)


# ---- a solar field


def field(rest: Rest) -> None:
    plain = rest.plain
    if not plain.on("onsite_solar"):
        return
    say = functools.partial(plain.said, "onsite_solar")
    for (site, choice), p in itertools.product(rest.chosen.items(), range(plain.periods)):
        key = ("field", site, p)
        never_shrinks(rest, "field", site, p)
        rest.at_most({key: 1.0}, say("most_power_share") * plain.it_mw(choice, p))
        could = [sunlight(plain, site, t) for t in range(plain.slices)]
        for t in range(plain.slices):
            rest.add(("supply", site, p, t), key, could[t])
        rest.add(("land", site, p), key, 1.3 * say("land_ha_per_mw"))
        bought(rest, p, key, 1.3 * say("site_factor") * say("panels_musd_per_mw"), 1.3 * say("upkeep_musd_per_mw_year"))
        rest.add(("carbon", p), key, say("lifecycle_t_per_mwh") * 8760.0 * plain.mean(could))


def sunlight(plain: Reading, site: str, t: int) -> float:
    """Output of a MW of AC in a slice: mean over its months, by their days, and its hours."""
    latitude = plain.row("candidates", site)["at"][1]
    year = _sun_year(latitude, plain.said("onsite_solar", "clearness_share"))
    months, width = plain.seasons[plain.season(t)], 24 // plain.blocks
    hours = range(t % plain.blocks * width, t % plain.blocks * width + width)
    days = sum(DAYS[m - 1] for m in months)
    return float(sum(DAYS[m - 1] * year[m - 1][h] for m in months for h in hours) / (days * width))


@functools.cache
def _sun_year(latitude: float, clearness: float) -> list[list[float]]:
    """By month and hour."""
    angle, sun = math.radians(latitude), []
    for m in range(12):
        middle = sum(DAYS[:m]) + DAYS[m] / 2
        tilt = math.radians(23.45 * math.sin(2 * math.pi * (284 + middle) / 365))
        sun.append([_on_a_tracker(angle, tilt, math.radians(15 * (h + 0.5 - 12))) for h in range(24)])
    by_month = [sum(hours) / 24 for hours in sun]
    whole = sum(days * mean for days, mean in zip(DAYS, by_month, strict=True)) / 365
    of_year, of_worst = (
        between(latitude, 45.0, 50.0, _by_clearness(45.0, row, clearness), _by_clearness(50.0, row, clearness)) for row in (0, 1)
    )
    level = [of_year + (of_year - of_worst) * (mean - whole) / (whole - min(by_month)) for mean in by_month]
    return [[min(1.0, g / mean * top) for g in hours] for hours, mean, top in zip(sun, by_month, level, strict=True)]


def _on_a_tracker(place: float, tilt: float, hour: float) -> float:
    up = math.sin(place) * math.sin(tilt) + math.cos(place) * math.cos(tilt) * math.cos(hour)
    across = math.cos(tilt) * math.sin(hour)
    return min(math.hypot(up, across), up / 0.4) if up > 0 else 0.0


def _by_clearness(latitude: float, row: int, clearness: float) -> float:
    values = SUN[latitude][row]
    at = next(n for n in range(len(CLEAR) - 1) if CLEAR[n] <= clearness <= CLEAR[n + 1])
    return between(clearness, CLEAR[at], CLEAR[at + 1], values[at], values[at + 1])


def between(at: float, low: float, high: float, one: float, other: float) -> float:
    """Read off linearly between two values."""
    return one + (other - one) * (at - low) / (high - low)


# ---- cut off


def islanding(rest: Rest) -> None:
    """Standby against the draw of the slice in which it is largest, and that of inference that runs on."""
    plain = rest.plain
    if not plain.on("islanding"):
        return
    critical, firm = plain.said("islanding", "critical_share"), plain.said("islanding", "firm_load_share")
    for (site, choice), p in itertools.product(rest.chosen.items(), range(plain.periods)):
        peak = max(plain.draw_mw(site, choice, p, t) for t in range(plain.slices))
        needed: Expression = {key: -value for key, value in rest.sums.get(("standby", site, p), {}).items()}
        per_mw = max(kind["load_factor"] for kind in plain.types) * max(plain.pue(site, t) for t in range(plain.slices))
        for key, value in rest.sums.get(("firm it", site, p), {}).items():
            needed[key] = needed.get(key, 0.0) + firm * per_mw * value
        rest.at_most(needed, -critical * peak)
