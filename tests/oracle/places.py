"""What whole numbers of modules must meet: pace, number, size and spacing of sites, targets, spread over zones."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping

from tests.oracle.reading import Reading

Modules = tuple[tuple[int, ...], ...]
"""By type and period."""


def it_mw(plain: Reading, modules: Modules, p: int) -> float:
    """MW of IT standing, none before the first period."""
    return float(sum(kind["it_mw"] * stock[p] for kind, stock in zip(plain.types, modules, strict=True))) if p >= 0 else 0.0


def added_mw(plain: Reading, modules: Modules, p: int) -> float:
    return it_mw(plain, modules, p) - it_mw(plain, modules, p - 1)


def new(stock: tuple[int, ...], p: int) -> int:
    """Modules of one type that come in a period."""
    return stock[p] - (stock[p - 1] if p else 0)


def site_may(plain: Reading, modules: Modules, p: int) -> bool:
    """Pace and size of one open site, and whether its modules can have power within the period."""
    mw = it_mw(plain, modules, p)
    if plain.on("rollout"):
        pace = plain.said("rollout", "site_mw_per_month") * plain.months[p]
        if added_mw(plain, modules, p) > pace + 1e-7:
            return False
    if plain.on("site_limits"):
        last = p == plain.periods - 1
        if mw > plain.said("site_limits", "most_mw") + 1e-7 or (last and mw < plain.said("site_limits", "least_mw") - 1e-7):
            return False
    if plain.on("time_to_power"):
        leads = [kind["lead_months"] for kind in plain.types]
        return all(not stock[p] or plain.share_after(lead, p) > 0 for stock, lead in zip(modules, leads, strict=True))
    return True


def together(plain: Reading, chosen: Mapping[str, Modules]) -> bool:
    """Whether modules of all sites may stand together."""
    every = range(plain.periods)
    return (
        all(_paced(plain, chosen, p) for p in every)
        and _few_and_apart(plain, chosen)
        and all(_as_asked(plain, chosen, p) for p in every)
        and all(_spread(plain, chosen, p) for p in every)
    )


def _paced(plain: Reading, chosen: Mapping[str, Modules], p: int) -> bool:
    if not plain.on("rollout"):
        return True
    first, growth, most = (
        plain.said("rollout", name) for name in ("start_mw_per_month", "growth_share_per_month", "programme_mw_per_month")
    )
    months = range(plain.start(p), plain.start(p) + plain.months[p])
    programme = sum(min(most, first * (1 + growth) ** month) for month in months)
    by_zone: dict[str, float] = {}
    trucks = 0.0
    for site, modules in chosen.items():
        zone = plain.zone_at(site)
        by_zone[zone] = by_zone.get(zone, 0.0) + added_mw(plain, modules, p)
        trucks += sum(kind["trucks"] * new(stock, p) for kind, stock in zip(plain.types, modules, strict=True))
    return bool(
        sum(by_zone.values()) <= programme + 1e-7
        and max(by_zone.values()) <= plain.said("rollout", "zone_mw_per_month") * plain.months[p] + 1e-7
        and trucks <= plain.said("rollout", "trucks_per_month") * plain.months[p] + 1e-7
    )


def _few_and_apart(plain: Reading, chosen: Mapping[str, Modules]) -> bool:
    if not plain.on("site_limits"):
        return True
    opened = [site for site, modules in chosen.items() if it_mw(plain, modules, plain.periods - 1) > 0]
    if not plain.said("site_limits", "least_sites") <= len(opened) <= plain.said("site_limits", "most_sites"):
        return False
    rows = [plain.row("candidates", site) for site in opened]
    apart = min((plain.km(one, other) for one, other in itertools.combinations(rows, 2)), default=math.inf)
    return bool(apart >= plain.said("site_limits", "spacing_km"))


def _as_asked(plain: Reading, chosen: Mapping[str, Modules], p: int) -> bool:
    if not plain.on("target") or not plain.said("target", "it_mw"):
        return True
    return bool(sum(it_mw(plain, modules, p) for modules in chosen.values()) >= plain.said("target", "it_mw")[p] - 1e-7)


def _spread(plain: Reading, chosen: Mapping[str, Modules], p: int) -> bool:
    """The IT load of each zone against that of the programme."""
    if not plain.on("diversification"):
        return True
    free, share = plain.said("diversification", "free_mw"), plain.said("diversification", "zone_share")
    by_zone: dict[str, float] = {}
    for site, modules in chosen.items():
        by_zone[plain.zone_at(site)] = by_zone.get(plain.zone_at(site), 0.0) + it_mw(plain, modules, p)
    return bool(max(by_zone.values()) <= free + share * (sum(by_zone.values()) - free) + 1e-7)
