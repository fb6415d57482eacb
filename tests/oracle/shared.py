"""What all sites share: supply points, zones, the sky, carbon, money."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.oracle.rest import Expression, Rest


def supply(rest: Rest) -> None:
    """Offers of points, imports and adequacy of zones, energy that would be spilled, who depends on what."""
    plain = rest.plain
    for p in range(plain.periods):
        drawn: dict[str, dict[int, Expression]] = {}
        for t in range(plain.slices):
            by_point: dict[str, Expression] = {}
            for (site, choice), n in rest.links():
                if choice.lines[n][p]:
                    by_point.setdefault(plain.lines[site][n].point, {})[("f", site, n, p, t)] = 1.0
            for key, terms in by_point.items():
                point = plain.points[key]
                rest.at_most(terms, point.offer_mw[t])
                _spilled(rest, key, terms, p, t)
                if point.grid and plain.stressed(point.zone, t):
                    drawn.setdefault(point.zone, {}).setdefault(t, {}).update(terms)
        for zone, by_slice in drawn.items():
            share = plain.knob("grid_strain", "import_share", 0.03) * plain.row("zones", zone)["import_limit_mw"]
            for terms in by_slice.values():
                rest.at_most(terms, max(plain.knob("grid_strain", "import_floor_mw", 50.0), share))
        _dependence(rest, p)


def _spilled(rest: Rest, key: str, sent: Expression, p: int, t: int) -> None:
    """The first MW all sites together take of a plant cost less."""
    plain, point = rest.plain, rest.plain.points[key]
    share = plain.knob("hydro", "spilled_share", 0.0) if point.kind == "hydro" else 0.0
    worth = point.usd_per_mwh[t] - plain.knob("hydro", "spilled_price_usd_per_mwh", 10.0)
    if share > 0 and worth > 0:
        spilled = ("spilled", key, p, t)
        rest.at_most({spilled: 1.0}, share * point.offer_mw[t])
        rest.at_most({spilled: 1.0, **{flow: -value for flow, value in sent.items()}}, 0.0)
        rest.add(("running", p), spilled, -worth * plain.hours[t] * 1e-6)


def _dependence(rest: Rest, p: int) -> None:
    """Mean MW sent by a plant or a river basin against what the programme draws, Gbps at a gateway against all Gbps."""
    plain = rest.plain
    if not plain.on("diversification"):
        return
    whole = sum(plain.hours)
    sent: dict[tuple[str, str], Expression] = {}
    for (site, choice), n in rest.links():
        point = plain.points[plain.lines[site][n].point]
        if choice.lines[n][p] and not point.grid:
            flows: Expression = {("f", site, n, p, t): plain.hours[t] / whole for t in range(plain.slices)}
            sent.setdefault(("source_share", plain.lines[site][n].point), {}).update(flows)
            if point.basin:
                sent.setdefault(("basin_share", point.basin), {}).update(flows)
    draws = (plain.mean([plain.draw_mw(site, c, p, t) for t in range(plain.slices)]) for site, c in rest.chosen.items())
    draw, free = sum(draws), plain.said("diversification", "free_mw")
    for (knob, _), terms in sent.items():
        rest.at_most(terms, free + plain.said("diversification", knob) * (draw - free))


def adequacy(rest: Rest) -> None:
    """Draw in hours stressed in a zone beyond its room is paid for; where margins are thin a site brings what it draws."""
    plain = rest.plain
    if not plain.on("adequacy") or not plain.on("grid_strain"):
        return
    zones = {point.zone for point in plain.points.values() if point.grid}
    for zone, p in itertools.product(sorted(zones), range(plain.periods)):
        row, asked = plain.row("zones", zone), 0.18
        margin = row.get("reserve_margin_share", 0.15)
        high = margin < plain.knob("adequacy", "high_margin_share", 0.10)
        short = ("short", zone, p)
        rest.add(("running", p), short, 0.122 * (4.0 if high else 1.0 if margin >= asked else 2.0))
        here = [site for site in rest.chosen if plain.zone_at(site) == zone]
        own = _minus([rest.sums.get(("own", site, p), {}) for site in here])
        room = max(0.0, margin - asked) * row.get("peak_load_mw", 0.0)
        for t in range(plain.slices):
            if not plain.stressed(zone, t):
                continue
            drawn = {site: _from_grid(rest, site, zone, p, t) for site in rest.chosen}
            every = {key: value for terms in drawn.values() for key, value in terms.items()}
            rest.at_most({**every, **own, short: -1.0}, room)
            for site, terms in drawn.items() if high else ():
                rest.at_most({**terms, **_minus([rest.sums.get(("own", site, p), {})])}, 0.0)


def _from_grid(rest: Rest, site: str, zone: str, p: int, t: int) -> Expression:
    plain = rest.plain
    found: Expression = {}
    for n, stock in enumerate(rest.chosen[site].lines):
        point = plain.points[plain.lines[site][n].point]
        if stock[p] and point.grid and point.zone == zone:
            found[("f", site, n, p, t)] = 1.18
    return found


def _minus(expressions: list[Expression]) -> Expression:
    return {key: -value for each in expressions for key, value in each.items()}


def sky(rest: Rest) -> None:
    """Gateways and coverage cells, and how much of all bandwidth may land at one gateway."""
    plain = rest.plain
    side = plain.knob("satellite", "cell_degrees", 3.0)
    for p in range(plain.periods):
        by_gate: dict[str, Expression] = {}
        by_cell: dict[tuple[int, int], Expression] = {}
        for site, choice in rest.chosen.items():
            lon, lat = plain.row("candidates", site)["at"]
            for j, stock in enumerate(choice.terminals):
                if stock[p]:
                    by_gate.setdefault(plain.landings[site][j][0], {})[("g", site, j, p)] = 1.0
                    by_cell.setdefault((math.floor(lon / side), math.floor(lat / side)), {})[("g", site, j, p)] = 1.0
        for gate, terms in by_gate.items():
            own = plain.row("gateways", gate)["capacity_gbps"]
            rest.at_most(terms, plain.knob("satellite", "gateway_gbps", 25.6) if own is None else own)
        for terms in by_cell.values():
            rest.at_most(terms, plain.knob("satellite", "cell_gbps", 40.0))
        if plain.on("diversification"):
            _landing(rest, by_gate)


def _landing(rest: Rest, by_gate: dict[str, Expression]) -> None:
    free, share = (rest.plain.said("diversification", name) for name in ("free_gbps", "gateway_share"))
    every = {key: value for terms in by_gate.values() for key, value in terms.items()}
    for terms in by_gate.values():
        rest.at_most({key: terms.get(key, 0.0) - share for key in every}, (1 - share) * free)


def carbon(rest: Rest) -> None:
    """Energy, what runs and what was built, spread over years: a cap and a price."""
    plain = rest.plain
    if not plain.on("carbon"):
        return
    for p in range(plain.periods):
        for (site, choice), n in rest.links():
            point = plain.points[plain.lines[site][n].point]
            own = plain.row("zones", point.zone).get("carbon_kg_per_mwh") if point.grid else None
            kg = plain.said("carbon", f"{point.kind}_kg_per_mwh") if own is None else own
            for t in range(plain.slices) if choice.lines[n][p] else ():
                rest.add(("carbon", p), ("f", site, n, p, t), kg / 1000 * plain.hours[t])
        whole = sum(plain.it_mw(choice, p) for choice in rest.chosen.values())
        rest.add(("carbon", p), (), plain.said("carbon", "embodied_t_per_mw") * whole / plain.said("carbon", "embodied_years"))
        rest.at_most(rest.sums[("carbon", p)], plain.said("carbon", "cap_t_per_year"))
        for key, tonnes in rest.sums[("carbon", p)].items():
            rest.add(("running", p), key, plain.said("carbon", "price_usd_per_t") * 1e-6 * tonnes)


def budget(rest: Rest) -> None:
    plain = rest.plain
    if not plain.on("budget"):
        return
    yearly, total = plain.knob("budget", "period_musd_per_year", 15000.0), plain.knob("budget", "total_musd", 45000.0)
    years = [months / 12 for months in plain.months]
    counted = plain.knob("budget", "count_running", False)
    for p in range(plain.periods):
        first = 0 if rest.relaxed or plain.knob("budget", "carry_over", False) else p
        _spent(rest, first, p, yearly * sum(years[first : p + 1]), years if counted else None)
    _spent(rest, 0, plain.periods - 1, total, years if counted else None)


def _spent(rest: Rest, first: int, last: int, limit: float, years: list[float] | None) -> None:
    """Capital of the periods from first to last, with their running cost where it counts."""
    terms = dict(rest.sums[("capital", last)])
    for key, value in rest.sums[("capital", first - 1)].items() if first else ():
        terms[key] = terms.get(key, 0.0) - value
    for p in range(first, last + 1) if years else ():
        for key, value in rest.sums[("running", p)].items():
            terms[key] = terms.get(key, 0.0) + years[p] * value  # type: ignore[index]
    rest.at_most(terms, limit)
