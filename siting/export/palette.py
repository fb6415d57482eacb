"""Colours of everything that is drawn, the same in QGIS, on the map and in the report."""

from __future__ import annotations

from typing import Final

CHOSEN: Final = "#b3401f"
PASSED_OVER: Final = "#8d949c"
HYDRO: Final = "#2e7bb0"
SOLAR: Final = "#d99a0b"
GRID: Final = "#4d5866"
FIBRE: Final = "#6d4b97"
SPUR: Final = "#c2489a"
SATELLITE: Final = "#a06cc0"
STATION: Final = "#59636f"
LAND: Final = "#f2f1ea"
SEA: Final = "#dfe8ee"
ZONE_EDGE: Final = "#9aa78c"
ZONE_FILL: Final = "#e9eedf"
BORDER: Final = "#b9b4a6"
RIVER: Final = "#9cc0d8"
INK: Final = "#1d2733"
BATTERY: Final = "#2f8f83"
OWN_SOLAR: Final = "#f0c04a"
ENGINE: Final = "#8a4b2a"
WAITING: Final = "#d9b8ab"
TRAINING: Final = "#33527a"
SPENT: Final = "#b3401f"
SIGNED: Final = "#5c6773"

SUPPLY: Final = {"hydro": HYDRO, "solar": SOLAR, "grid": GRID}
"""Colour of a supply by its kind; `OTHER_SUPPLY` for any other kind."""
OTHER_SUPPLY: Final = "#3f8f6b"

OWN_POWER: Final = {
    "onsite_solar_output_mw": OWN_SOLAR,
    "gas_engine_output_mw": ENGINE,
    "gas_turbine_output_mw": "#b98a5e",
    "battery_discharge_mw": BATTERY,
}
"""Colour of the power a site makes itself, by item of the dispatch."""
WORK: Final = {"voice_mw": "#7c2a12", "agent_mw": "#b3401f", "chat_mw": "#d8896b", "batch_mw": "#efc7b5"}
"""Colour of inference by class, the most urgent darkest."""

EXCLUSIONS: Final = {"park": "#bcd6ae", "lake": "#a9cbe0", "urban": "#d3cdc4", "corridor": "#c9d9a0", "other": "#d8c9bb"}
"""Fill of an exclusion by its kind; that of `other` for any other kind."""

LINE_CLASSES: Final = ((345.0, "#94897f", "345 kV and more"), (230.0, "#b5aca2", "230-344 kV"), (0.0, "#d3cdc5", "below 230 kV"))
"""Existing lines: from how many kV, colour, words; highest first."""
