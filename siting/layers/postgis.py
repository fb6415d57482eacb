"""A table of a PostGIS database as a layer: `postgresql://user@host/database#schema.table`, where the extra is installed.

The password comes from the environment (PGPASSWORD) or ~/.pgpass; one written into the path never enters a message.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
from typing import Any

import geopandas as gpd

from siting.cells import row_places
from siting.errors import Fault
from siting.layers.raw import RawLayer, RefusedError, object_array
from siting.layers.source import DATABASE, LayerSource

_NEEDED = ("sqlalchemy", "psycopg", "geoalchemy2")


def read_postgis(source: LayerSource) -> tuple[RawLayer, list[Fault], str]:
    """The rows of a table in the order of their id, and a digest of what was read. Raises RefusedError."""
    missing = [module for module in _NEEDED if importlib.util.find_spec(module) is None]
    if missing:
        found = "a database, for which " + ", ".join(missing) + " is not installed"
        raise RefusedError(Fault("L066", source.file, "", "", found, "the extra postgis", "pip install siting[postgis]"))
    address, _, written = source.path.partition("#")
    name = source.sublayer or written
    if not name:
        remedy = "Name the table: postgresql://host/database#schema.table"
        raise RefusedError(Fault("L052", source.file, "", "", "no table", "one table", remedy))
    alchemy = importlib.import_module("sqlalchemy")
    try:
        engine = alchemy.create_engine(DATABASE.sub("postgresql+psycopg://", address), connect_args={"connect_timeout": 5})
        with engine.connect() as link:
            frame = _table(alchemy, link, name)
    except alchemy.exc.SQLAlchemyError as error:
        found = f"the database does not answer as expected ({type(error).__name__})"
        remedy = "Check host, database, user, password and table"
        raise RefusedError(Fault("L066", source.file, "", "", found, "a readable table", remedy)) from None
    except (ValueError, KeyError) as error:
        found = f"the table cannot be read ({type(error).__name__})"
        raise RefusedError(Fault("L066", source.file, "", "", found, "a table with one geometry", "Check the table")) from None
    shapes = object_array(list(frame.geometry))
    rows = frame.drop(columns=frame.geometry.name).reset_index(drop=True)
    digest = hashlib.sha256(rows.to_csv(index=False).encode("utf-8"))
    digest.update(b"".join(frame.geometry.to_wkb()))
    raw = RawLayer(source.name, source.file, rows.astype(object), shapes, tuple(row_places(rows, "row")), crs=frame.crs)
    return raw, [], digest.hexdigest()


def _table(alchemy: Any, link: Any, name: str) -> gpd.GeoDataFrame:
    """One table with its first geometry column, ordered by id where it has one."""
    schema, _, table = name.rpartition(".")
    asked = alchemy.text(
        "SELECT f_table_schema, f_geometry_column FROM geometry_columns WHERE f_table_name = :table"
        " AND (:schema = '' OR f_table_schema = :schema) ORDER BY 1, 2"
    )
    found = link.execute(asked, {"table": table, "schema": schema}).first()
    if found is None:
        raise KeyError(name)
    quote = link.dialect.identifier_preparer.quote_identifier
    frame = gpd.read_postgis(alchemy.text(f"SELECT * FROM {quote(found[0])}.{quote(table)}"), link, geom_col=found[1])
    return frame.sort_values("id", kind="stable") if "id" in frame else frame
