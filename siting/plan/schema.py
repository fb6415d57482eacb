"""The tables of a plan: what is written, read by people, and checked again by `verify`.

Units are in the names. Periods are named as in the scenario ("2027"), slices as in `Timeline.slices`.
"""

from __future__ import annotations

from typing import Final

from siting.table import Field, Table

SITES: Final = Table(
    "sites",
    "Point",
    "every candidate, chosen or not; families append their own columns",
    (
        Field("id", "text", "candidate"),
        Field("name", "text", "name for people"),
        Field("verdict", "text", "whether the plan builds here", one_of=("chosen", "passed_over")),
        Field("zone", "text", "grid zone"),
        Field("it_mw", "number", "IT load at the end of the last period", "MW"),
        Field("first_period", "text", "period in which the site opens, empty where passed over"),
        Field("limit_mw", "number", "largest IT load the place can take", "MW"),
        Field("facility_mw", "number", "mean facility load at the end: IT x load factor x PUE", "MW"),
        Field("capital_musd", "number", "undiscounted capital", "MUSD"),
        Field("capital_musd_per_mw", "number", "undiscounted capital per MW of IT", "MUSD/MW"),
        Field("running_musd_per_year", "number", "running cost in the last period, energy included", "MUSD/year"),
        Field("energy_usd_per_mwh", "number", "mean price of the energy bought in the last period", "USD/MWh"),
        Field("hydro_share", "number", "share of the delivered energy from hydro", "share"),
        Field("solar_share", "number", "share of the delivered energy from solar", "share"),
        Field("grid_share", "number", "share of the delivered energy from the grid", "share"),
        Field("served_share", "number", "share of the facility's yearly energy that is served", "share"),
        Field("supplied_by", "text", "names of the plants and substations it is linked to"),
        Field("held_back_by", "text", "limits without room for one more module here, by row family"),
        Field("why", "text", "reasons, in sentences with numbers"),
        Field("rank", "whole", "place among the candidates passed over, 1 the best of them; 0 where chosen", optional=True),
    ),
)

MODULES: Final = Table(
    "modules",
    "None",
    "modules standing, by site, type and period",
    (
        Field("site_id", "text", "candidate"),
        Field("module", "text", "module type"),
        Field("period", "text", "period"),
        Field("count", "whole", "modules standing in the period"),
        Field("added", "whole", "modules added in the period"),
        Field("it_mw", "number", "IT load of the modules standing", "MW"),
    ),
)

POWER_LINKS: Final = Table(
    "power_links",
    "Line",
    "tie-lines that are built",
    (
        Field("id", "text", "link"),
        Field("site_id", "text", "candidate served"),
        Field("supply_id", "text", "plant or substation"),
        Field("supply_name", "text", "its name"),
        Field("kind", "text", "hydro, solar or grid"),
        Field("kv", "number", "voltage of the line", "kV"),
        Field("length_km", "number", "geodesic length", "km"),
        Field("loss_share", "number", "share lost on the way", "share"),
        Field("first_period", "text", "period in which it is built"),
        Field("line_mw", "number", "capacity in the last period", "MW"),
        Field("energy_gwh_per_year", "number", "energy sent in the last period", "GWh"),
        Field("capital_musd", "number", "undiscounted capital", "MUSD"),
    ),
)

LINK_PERIODS: Final = Table(
    "link_periods",
    "None",
    "capacity of each built tie-line by period",
    (Field("link_id", "text", "link"), Field("period", "text", "period"), Field("line_mw", "number", "capacity", "MW")),
)

DATA_LINKS: Final = Table(
    "data_links",
    "Line",
    "fibre laterals, spurs to a neighbour's lateral and satellite links that are built",
    (
        Field("id", "text", "link"),
        Field("site_id", "text", "candidate served"),
        Field("target_id", "text", "point of presence, gateway or, for a spur, candidate"),
        Field("target_name", "text", "its name"),
        Field("kind", "text", "what it is", one_of=("fibre", "spur", "satellite")),
        Field("length_km", "number", "geodesic length", "km"),
        Field("first_period", "text", "period in which it is built"),
        Field("capacity_gbps", "number", "capacity in the last period", "Gbps"),
        Field("terminals", "whole", "satellite terminals in the last period, 0 for laterals and spurs"),
        Field("capital_musd", "number", "undiscounted capital", "MUSD"),
        Field("running_musd_per_year", "number", "running cost in the last period", "MUSD/year"),
    ),
)

DATA_PERIODS: Final = Table(
    "data_periods",
    "None",
    "units of each built data link by period: 1 for a lateral or spur, terminals for satellite",
    (
        Field("link_id", "text", "link"),
        Field("period", "text", "period"),
        Field("units", "whole", "units standing"),
        Field("gbps", "number", "capacity", "Gbps"),
    ),
)

LATENCY: Final = Table(
    "latency",
    "None",
    "round-trip times of chosen sites, best path of each kind",
    (
        Field("site_id", "text", "candidate"),
        Field("demand_id", "text", "place of the users"),
        Field("demand_name", "text", "its name"),
        Field("kind", "text", "fibre, spur or satellite"),
        Field("rtt_ms", "number", "round-trip time", "ms"),
    ),
)

DISPATCH: Final = Table(
    "dispatch",
    "None",
    "MW by period and slice: sent on links, served and unserved at sites, and what equipment does",
    (
        Field("entity", "text", "what the row is of: link, served, unserved or an item of a family"),
        Field("id", "text", "link or site"),
        Field("site_id", "text", "candidate"),
        Field("period", "text", "period"),
        Field("slice", "text", "slice"),
        Field("mw", "number", "MW; links at the supply end, served and unserved at the site", "MW"),
    ),
)

EQUIPMENT: Final = Table(
    "equipment",
    "None",
    "what stands or holds at sites besides modules and links, by item and period; rows of nothing are left out",
    (
        Field("site_id", "text", "candidate"),
        Field("item", "text", "what it is, ending in its unit"),
        Field("period", "text", "period"),
        Field("amount", "number", "how much, in the unit the item ends in"),
        Field("unit", "text", "unit"),
    ),
)

GIVEN: Final = Table(
    "given",
    "None",
    "what sites give to places, by item and period; rows of nothing are left out",
    (
        Field("site_id", "text", "candidate"),
        Field("place_id", "text", "place it is given to"),
        Field("item", "text", "what it is, ending in its unit"),
        Field("period", "text", "period"),
        Field("amount", "number", "how much, in the unit the item ends in"),
        Field("unit", "text", "unit"),
    ),
)

PROGRAMME: Final = Table(
    "programme",
    "None",
    "what belongs to no site, by item and period",
    (
        Field("item", "text", "what it is, ending in its unit"),
        Field("period", "text", "period"),
        Field("amount", "number", "how much, in the unit the item ends in"),
        Field("unit", "text", "unit"),
    ),
)

LIMITS: Final = Table(
    "limits",
    "None",
    "row families of the program with use and room; the tightest rows named, the rest counted",
    (
        Field("family", "text", "constraint family"),
        Field("limit", "text", "row family"),
        Field("title", "text", "in words"),
        Field("row", "text", "the row, empty for the line that counts the family"),
        Field("use", "number", "left-hand side, empty for the line that counts", optional=True),
        Field("limit_value", "number", "right-hand side, empty for the line that counts", optional=True),
        Field("unit", "text", "unit of both"),
        Field("room", "number", "limit minus use, empty for the line that counts", optional=True),
        Field("rows", "whole", "rows this line stands for"),
        Field("binding", "whole", "of these, rows without room"),
        Field("marginal_value", "number", "empty until it can be computed honestly", optional=True),
    ),
)

CASHFLOW: Final = Table(
    "cashflow",
    "None",
    "money by period and line, undiscounted",
    (
        Field("period", "text", "period"),
        Field("line", "text", "what it is spent on"),
        Field("kind", "text", "capital or running", one_of=("capital", "running")),
        Field("musd", "number", "spent in the period", "MUSD"),
    ),
)

CASH_MONTHS: Final = Table(
    "cash_months",
    "None",
    "money by month against the cap of the budget, undiscounted; running cost where the budget counts it",
    (
        Field("month", "text", "month of the calendar"),
        Field("period", "text", "period it lies in"),
        Field("spent_musd", "number", "planned spend of the month", "MUSD"),
        Field("cap_musd", "number", "what is signed for the month, empty without a budget", "MUSD", optional=True),
        Field("spent_total_musd", "number", "planned spend until the end of the month", "MUSD"),
        Field("cap_total_musd", "number", "what is signed until the end of the month", "MUSD", optional=True),
    ),
)

PLAN_TABLES: Final[dict[str, Table]] = {
    table.name: table
    for table in (
        SITES,
        MODULES,
        POWER_LINKS,
        LINK_PERIODS,
        DATA_LINKS,
        DATA_PERIODS,
        LATENCY,
        EQUIPMENT,
        GIVEN,
        PROGRAMME,
        DISPATCH,
        LIMITS,
        CASHFLOW,
        CASH_MONTHS,
    )
}
"""Every table of a plan by name."""
