"""A table of a PostGIS database as a layer: `postgresql://user@host/database#schema.table`, where the extra is installed.

The password comes from the environment (PGPASSWORD) or ~/.pgpass; one written into the path never enters a message.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely

from siting.cells import row_places
from siting.errors import Fault
from siting.geo import CRS
from siting.layers.raw import RawLayer, RefusedError, object_array, parse_crs
from siting.layers.source import DATABASE, LayerSource

_WAIT_S: Final = 5
_GEOMETRY_OF: Final = """
SELECT f_table_schema, f_geometry_column FROM geometry_columns
WHERE f_table_name = %(table)s AND (%(schema)s = '' OR f_table_schema = %(schema)s) ORDER BY 1, 2
"""


def read_postgis(source: LayerSource) -> tuple[RawLayer, list[Fault], str]:
    """The rows of a table in the order of their id, and a digest of what was read. Raises RefusedError."""
    if importlib.util.find_spec("psycopg") is None:
        found = "a database, for which psycopg is not installed"
        raise RefusedError(
            Fault("L066", source.file, "", "", found, "the extra postgis", "pip install -e '.[postgis]' in the clone")
        )
    address, _, written = source.path.partition("#")
    name = source.sublayer or written
    if not name:
        remedy = "Name the table: postgresql://host/database#schema.table"
        raise RefusedError(Fault("L052", source.file, "", "", "no table", "one table", remedy))
    driver = importlib.import_module("psycopg")
    try:
        with driver.connect(DATABASE.sub("postgresql://", address), connect_timeout=_WAIT_S, autocommit=False) as link:
            link.read_only = True
            rows, shapes, crs = _table(driver, link, name, source.file)
    except driver.Error as error:
        found = f"the database does not answer as expected ({type(error).__name__})"
        remedy = "Check host, database, user, password and table"
        raise RefusedError(Fault("L066", source.file, "", "", found, "a readable table", remedy)) from None
    digest = hashlib.sha256(rows.to_csv(index=False).encode("utf-8", "surrogatepass"))
    digest.update(b"".join(shapely.to_wkb(shape) for shape in shapes if shape is not None))
    raw = RawLayer(source.name, source.file, rows, shapes, tuple(row_places(rows, "row")), crs=crs)
    return raw, [], digest.hexdigest()


def _table(driver: Any, link: Any, name: str, file: str) -> tuple[pd.DataFrame, Any, CRS | None]:
    """Cells, shapes and CRS of one table with its first geometry column, ordered by id where it has one."""
    schema, _, table = name.rpartition(".")
    found = link.execute(_GEOMETRY_OF, {"table": table, "schema": schema}).fetchone()
    if found is None:
        remedy = "Name a table with a geometry column that the user may read"
        raise RefusedError(Fault("L053", file, "", name, "no such table with geometry", "a table or view of PostGIS", remedy))
    cursor = link.execute(driver.sql.SQL("SELECT * FROM {}").format(driver.sql.Identifier(found[0], table)))
    names, cells = [column.name for column in cursor.description], cursor.fetchall()
    rows = pd.DataFrame({n: object_array([row[i] for row in cells]) for i, n in enumerate(names)}, index=range(len(cells)))
    if "id" in rows:
        rows = rows.sort_values("id", key=lambda ids: ids.astype(str), kind="stable").reset_index(drop=True)
    blobs = rows.pop(found[1])
    try:
        shapes = object_array([None if blob is None else shapely.from_wkb(blob) for blob in blobs])
    except (shapely.errors.ShapelyError, TypeError, ValueError):
        remedy = "Repair the geometries in the database"
        raise RefusedError(Fault("L022", file, "", found[1], "an unreadable geometry", "geometry of PostGIS", remedy)) from None
    numbers = sorted({int(number) for number in shapely.get_srid(shapes[[shape is not None for shape in shapes]])})
    if len(numbers) > 1:
        listed = ", ".join(str(number) for number in numbers)
        raise RefusedError(Fault("L017", file, "", found[1], f"SRIDs {listed}", "one SRID", "Bring the rows into one CRS"))
    crs = _crs(link, numbers[0], file) if numbers and numbers[0] > 0 else None
    return rows, object_array([None if shape is None else shapely.force_2d(shape) for shape in np.asarray(shapes)]), crs


def _crs(link: Any, number: int, file: str) -> CRS | None:
    found = link.execute("SELECT auth_name, auth_srid, srtext FROM spatial_ref_sys WHERE srid = %s", (number,)).fetchone()
    if found is None:
        return None
    text = f"EPSG:{found[1]}" if str(found[0]).upper() == "EPSG" else str(found[2])
    return parse_crs(text, file, f"SRID {number}")
