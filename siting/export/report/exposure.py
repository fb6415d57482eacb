"""What the programme is exposed to and what it takes from the world: single losses, concentration, carbon, water."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from siting.export.cells import Cell, counts, records, says
from siting.export.markup import Child, Html, el, join
from siting.export.report.blocks import by_period, section, table
from siting.export.report.charts import Series, stacked_bars
from siting.export.standing import meaning, of_programme, some
from siting.export.words import amount, shown
from siting.plan.record import Plan
from siting.units import unit_of

_LOSS: Final = "largest_"
_CARBON: Final = "carbon_t_per_year"
_WATER: Final = "programme_water_m3_per_year"
_CARBON_AND_WATER: Final = (_CARBON, "embodied_t", _WATER)
_KT: Final = 1000.0

Programme = Mapping[str, Sequence[float]]


def resilience(plan: Plan) -> Html | None:
    """The largest single losses and shares, and how each site bears them; None where no family tells of any."""
    told = {item: values for item, values in of_programme(plan).items() if item.startswith(_LOSS)}
    columns = {
        "zone_it_share": "Share of the IT load in its zone",
        "outage_share": "Inference lost with it",
        "standby_mw": "Carried when cut off, MW",
    }
    there = [name for name in columns if name in plan.site_columns]
    if not told and "outage_share" not in there:
        return None
    parts: list[Child] = [by_period(plan.record.periods, _rows(plan, told))] if told else []
    if there:
        parts.append(_sites(plan, [columns[name] for name in there], there))
    return section("Resilience", *parts)


def carbon_and_water(plan: Plan) -> Html | None:
    """Carbon and water by period and site; None where no family tells of either."""
    told = {item: values for item, values in of_programme(plan).items() if item in _CARBON_AND_WATER}
    if not told:
        return None
    charts = [
        stacked_bars(plan.record.periods, [Series(words, color, tuple(value / _KT for value in told[item]))], unit, title)
        for item, words, color, unit, title in (
            (_CARBON, "operation", "#5b6b4a", "kt", "Carbon of a year, embodied left out"),
            (_WATER, "water", "#4a86a8", "1000 m³", "Water of a year"),
        )
        if some(tuple(told.get(item, ())))
    ]
    names = {"carbon_kg_per_mwh": "Carbon, kg per MWh", "water_m3_per_year": "Water, m³ a year", "pue_mean": "PUE, yearly mean"}
    there = [name for name in names if name in plan.site_columns]
    parts: list[Child] = [el("div", *charts, class_="pair")] if charts else []
    parts.append(by_period(plan.record.periods, _rows(plan, told)))
    if there:
        parts.append(_sites(plan, [names[name] for name in there], there))
    return section("Carbon and water", *parts)


def rest(plan: Plan) -> Html | None:
    """What else belongs to no site, such as money paid to the grid; None where there is nothing."""
    told = {
        item: values
        for item, values in of_programme(plan).items()
        if some(tuple(values)) and not item.startswith(_LOSS) and item not in _CARBON_AND_WATER
    }
    return join((el("h3", "Told of the whole programme"), by_period(plan.record.periods, _rows(plan, told)))) if told else None


def _rows(plan: Plan, told: Programme) -> list[tuple[str, str, Sequence[float]]]:
    return [(meaning(plan, item), unit_of(item), values) for item, values in told.items()]


def _sites(plan: Plan, heads: Sequence[str], columns: Sequence[str]) -> Html:
    rows: list[list[Child]] = [
        [says(row, "name") or says(row, "id"), amount(counts(row, "it_mw")), *(_cell(row[name], name) for name in columns)]
        for row in records(plan.chosen, ("id", "name", "it_mw", *columns))
    ]
    return join((el("h3", "By site"), table(["Site", "MW", *heads], rows, set(range(1, 2 + len(columns))))))


def _cell(value: Cell, name: str) -> str:
    if isinstance(value, float) and name.startswith("pue"):
        return f"{value:.3f}"
    return shown(value, "share" if unit_of(name) == "share" else "") or "–"
