"""River basins of the hydro plants, by zone and place (estimated: boxes drawn along the divides, not a watershed layer)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

COLUMBIA_BASINS: Final = frozenset({"columbia", "snake", "willamette"})


@dataclass(frozen=True, slots=True)
class BasinRule:
    """Plants of `zones` within the box belong to `basin`; degrees, bounds open by default."""

    basin: str
    zones: frozenset[str]
    west: float = -180.0
    east: float = 0.0
    south: float = 0.0
    north: float = 90.0


def _rule(basin: str, zones: str, **box: float) -> BasinRule:
    return BasinRule(basin, frozenset(zones.split()), **box)


BASIN_RULES: Final = (
    _rule("puget-sound", "p1", east=-120.7),
    _rule("olympic-coast", "p2", east=-122.95, south=46.9),
    _rule("snake", "p2", west=-118.95, south=46.2),
    _rule("snake", "p3", south=46.3, north=46.8),
    _rule("columbia", "p1 p2 p3 p4 p14 p17"),
    _rule("snake", "p5", west=-118.0),
    _rule("willamette", "p5", east=-121.85, north=45.42),
    _rule("columbia", "p5"),
    _rule("klamath", "p6 p7 p8", west=-122.6, east=-120.8, south=41.7, north=42.5),
    _rule("oregon-coast", "p6"),
    _rule("sacramento", "p8"),
    _rule("snake", "p7 p15"),
    _rule("great-basin", "p16", west=-112.2, south=41.9, north=42.7),
    _rule("snake", "p16"),
    _rule("missouri", "p18 p19 p20 p22"),
    _rule("colorado", "p21", south=41.0, north=42.8, east=-109.0),
    _rule("missouri", "p21"),
    _rule("colorado", "p26", west=-110.5),
    _rule("great-basin", "p25 p26 p12"),
    _rule("colorado", "p13"),
)


def basin_of(zone: str, latitude: float, longitude: float) -> str:
    """The basin of a hydro plant by the first rule that fits. Raises KeyError for a zone without a rule."""
    for rule in BASIN_RULES:
        inside = rule.west <= longitude <= rule.east and rule.south <= latitude <= rule.north
        if zone in rule.zones and inside:
            return rule.basin
    raise KeyError(f"no basin rule for zone {zone}")
