"""Unit suffixes of names, and the only conversions between units.

Inside the model money is MUSD (million US dollars of the scenario's price year), power MW, energy MWh, time h, length km
and bandwidth Gbps. A column or knob ends in the suffix of its unit, so a number never travels without it.
"""

from __future__ import annotations

from typing import Final

SUFFIX_UNITS: Final[dict[str, str]] = {
    "_mw": "MW",
    "_mwh": "MWh",
    "_gwh": "GWh",
    "_kv": "kV",
    "_km": "km",
    "_ha": "ha",
    "_musd": "MUSD",
    "_gbps": "Gbps",
    "_ms": "ms",
    "_c": "degC",
    "_h": "h",
    "_s": "s",
    "_gb": "GB",
    "_m": "m",
    "_t": "t",
    "_m3": "m3",
    "_months": "months",
    "_months_per_km": "months/km",
    "_share": "share",
    "_musd_per_km": "MUSD/km",
    "_musd_per_mw": "MUSD/MW",
    "_musd_per_ha": "MUSD/ha",
    "_musd_per_year": "MUSD/year",
    "_musd_per_mw_year": "MUSD/MW/year",
    "_musd_per_gbps_year": "MUSD/Gbps/year",
    "_musd_per_mwh": "MUSD/MWh",
    "_musd_per_mw_month": "MUSD/MW/month",
    "_usd_per_mwh": "USD/MWh",
    "_usd_per_t": "USD/t",
    "_usd_per_mmbtu": "USD/MMBtu",
    "_kg_per_mwh": "kg/MWh",
    "_t_per_mw": "t/MW",
    "_t_per_mwh": "t/MWh",
    "_t_per_year": "t/year",
    "_m3_per_mwh": "m3/MWh",
    "_m3_per_year": "m3/year",
    "_ha_per_mw": "ha/MW",
    "_ha_per_mwh": "ha/MWh",
    "_mw_per_month": "MW/month",
    "_gbps_per_mw": "Gbps/MW",
    "_per_km": "1/km",
    "_share_per_year": "share/year",
    "_share_per_100_km": "share/100 km",
    "_share_per_month": "share/month",
    "_months_per_100_km": "months/100 km",
}
"""Name suffix -> unit, longest suffix wins."""

HOURS_PER_YEAR: Final = 8760.0
MONTHS_PER_YEAR: Final = 12
EARTH_RADIUS_KM: Final = 6371.0
LIGHT_KM_PER_MS: Final = 299.792458


def unit_of(name: str) -> str:
    """Unit of a column or knob by the longest suffix its name ends in or is; "" where it has none."""
    fitting = [suffix for suffix in SUFFIX_UNITS if f"_{name}".endswith(suffix)]
    return SUFFIX_UNITS[max(fitting, key=len)] if fitting else ""


def fahrenheit_to_celsius(fahrenheit: float) -> float:
    """Degrees F -> degrees C."""
    return (fahrenheit - 32.0) / 1.8
