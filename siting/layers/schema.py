"""The layer tables: what a region is made of, with unit and meaning of every column.

All layers are WGS 84 once read. `id` is unique within a layer and matches `[A-Za-z0-9][A-Za-z0-9._-]*`. A user's own
region needs `region`, `sources`, `zones` and either `candidates` or what candidates are made from; tables marked optional
may be missing, and the family that reads them says what that means.
"""

from __future__ import annotations

from typing import Final

from siting.table import Field, Table

ID: Final = Field("id", "text", "identifier, unique in its layer")
NAME: Final = Field("name", "text", "name for people", optional=True, default="")

REGION: Final = Table(
    "region",
    "Polygon",
    "the study area, one feature",
    (ID, NAME, Field("attribution", "text", "whose data the layers are made of, shown on every map", optional=True, default="")),
)

ZONES: Final = Table(
    "zones",
    "Polygon",
    "grid zones: who imports from whom, and how strained it is",
    (
        ID,
        NAME,
        Field("state", "text", "state or province the zone lies in", optional=True, default=""),
        Field("import_limit_mw", "number", "sum of the transfer limits of the zone's interfaces", "MW", at_least=0.0),
        Field("peak_load_mw", "number", "yearly peak load of the zone", "MW", at_least=0.0, optional=True, default=0.0),
        Field(
            "reserve_margin_share",
            "number",
            "planning reserve margin",
            "share",
            at_least=-1.0,
            at_most=2.0,
            optional=True,
            default=0.15,
        ),
        Field("load_profile", "text", "profile of the zone's load, 1 at the yearly peak", refers_to="profiles"),
        Field(
            "queue_months",
            "number",
            "wait for a large connection, empty where the general one holds",
            "months",
            at_least=0.0,
            at_most=240.0,
            optional=True,
        ),
        Field("utc_offset_h", "number", "standard time minus UTC", "h", at_least=-12.0, at_most=14.0, optional=True, default=0.0),
        Field(
            "carbon_kg_per_mwh",
            "number",
            "carbon of the zone's grid power, missing where the knob of carbon speaks for it",
            "kg/MWh",
            at_least=0.0,
            at_most=2000.0,
            optional=True,
        ),
    ),
)

SOURCES: Final = Table(
    "sources",
    "Point",
    "hydro and solar plants that may sell energy to a cluster",
    (
        ID,
        NAME,
        Field("kind", "text", "what it runs on", one_of=("hydro", "solar")),
        Field("zone", "text", "grid zone it stands in", refers_to="zones"),
        Field("capacity_mw", "number", "nameplate capacity", "MW", at_least=0.0, at_most=30000.0),
        Field("mean_output_mw", "number", "mean output over the recorded years", "MW", at_least=0.0, at_most=30000.0),
        Field(
            "unused_mw",
            "number",
            "best recorded year's mean output minus the mean of all years",
            "MW",
            at_least=0.0,
            at_most=30000.0,
        ),
        Field("profile", "text", "profile of its output, mean 1 over the year", refers_to="profiles"),
        Field("basin", "text", "river basin or solar area, for diversification", optional=True, default=""),
    ),
)

SUBSTATIONS: Final = Table(
    "substations",
    "Point",
    "points of interconnection to the grid",
    (
        ID,
        NAME,
        Field("zone", "text", "grid zone it stands in", refers_to="zones"),
        Field("kv", "number", "voltage", "kV", at_least=10.0, at_most=1200.0),
        Field("rating_mw", "number", "thermal rating of the point of interconnection", "MW", at_least=0.0, at_most=20000.0),
        Field(
            "loading_share",
            "number",
            "today's loading at the zone's yearly peak, as a share of the rating",
            "share",
            at_least=0.0,
            at_most=2.0,
        ),
        Field("main_network", "flag", "whether it is connected to the main electrical network", optional=True, default=True),
    ),
)

LINES: Final = Table(
    "lines",
    "Line",
    "existing transmission lines, for the map",
    (
        ID,
        NAME,
        Field("kv", "number", "nominal voltage, 0 where unknown", "kV", at_least=0.0, at_most=1200.0),
        Field("length_km", "number", "geodesic length", "km", at_least=0.0),
    ),
    optional=True,
)

POPS: Final = Table("pops", "Point", "points of presence where a fibre lateral may end", (ID, NAME), optional=True)

GATEWAYS: Final = Table(
    "gateways",
    "Point",
    "satellite gateways",
    (ID, NAME, Field("capacity_gbps", "number", "capacity open to new sites", "Gbps", at_least=0.0, optional=True)),
    optional=True,
)

DEMAND: Final = Table(
    "demand",
    "Point",
    "places where users of inference are",
    (ID, NAME, Field("population", "number", "people in the agglomeration", "people", at_least=0.0)),
    optional=True,
)

EXCLUSIONS: Final = Table(
    "exclusions",
    "Polygon",
    "areas where no cluster may stand",
    (ID, NAME, Field("kind", "text", "park, lake, urban, corridor or other", optional=True, default="other")),
    optional=True,
)

CLIMATE: Final = Table(
    "climate",
    "Point",
    "air temperature at points; a site takes the nearest",
    (
        ID,
        NAME,
        Field("mean_c", "number", "yearly mean air temperature", "degC", at_least=-40.0, at_most=45.0),
        Field(
            "seasonal_swing_c",
            "number",
            "half the difference between the warmest and the coldest month",
            "degC",
            at_least=0.0,
            at_most=40.0,
        ),
        Field(
            "daily_swing_c",
            "number",
            "half the difference between afternoon and early morning",
            "degC",
            at_least=0.0,
            at_most=20.0,
        ),
        Field("elevation_m", "number", "height above the sea", "m", at_least=-430.0, at_most=6000.0, optional=True, default=0.0),
    ),
    optional=True,
)

BASEMAP: Final = Table(
    "basemap",
    "Line",
    "borders and rivers, for the map only",
    (ID, NAME, Field("kind", "text", "what the line is", one_of=("border", "river", "coast"))),
    optional=True,
)

PROFILES: Final = Table(
    "profiles",
    "None",
    "month-hour profiles: 288 rows a profile",
    (
        Field("profile", "text", "identifier of the profile"),
        Field("month", "whole", "month of the year", at_least=1, at_most=12),
        Field("hour", "whole", "hour of the day, local standard time", at_least=0, at_most=23),
        Field("value", "number", "mean 1 over the year for output, 1 at the peak for load", at_least=0.0, at_most=20.0),
    ),
)

CANDIDATES: Final = Table(
    "candidates",
    "Point",
    "places where a cluster may stand; made from the other layers unless the user brings them",
    (
        ID,
        NAME,
        Field("zone", "text", "grid zone it stands in", refers_to="zones", optional=True),
        Field("limit_mw", "number", "largest IT load the place can take", "MW", at_least=0.0, at_most=5000.0, optional=True),
        Field("land_ha", "number", "land that can be built on", "ha", at_least=0.0, optional=True),
        Field("land_musd_per_ha", "number", "price of land", "MUSD/ha", at_least=0.0, at_most=10.0, optional=True),
    ),
    optional=True,
)

TABLES: Final[dict[str, Table]] = {
    table.name: table
    for table in (
        REGION,
        ZONES,
        SOURCES,
        SUBSTATIONS,
        LINES,
        POPS,
        GATEWAYS,
        DEMAND,
        EXCLUSIONS,
        CLIMATE,
        BASEMAP,
        PROFILES,
        CANDIDATES,
    )
}
"""Every layer table by name, in reading order."""
