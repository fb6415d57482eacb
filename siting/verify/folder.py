"""The files of a published folder, read strictly: every column of its table, numbers finite, identifiers unique."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyogrio
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataLayerError, DataSourceError

from siting.errors import Fault
from siting.plan.schema import PLAN_TABLES
from siting.table import Field, Table
from siting.verify.asked import SCENARIO_FILE

FILES: Final[Mapping[str, str]] = {
    "sites": "sites.geojson",
    "power_links": "power_links.geojson",
    "data_links": "data_links.geojson",
    "modules": "modules.csv",
    "link_periods": "link_periods.csv",
    "data_periods": "data_periods.csv",
    "latency": "latency.csv",
    "equipment": "equipment.csv",
    "given": "given.csv",
    "programme": "programme.csv",
    "limits": "limits.csv",
    "cashflow": "cashflow.csv",
    "cash_months": "cash_months.csv",
    "dispatch": "dispatch.parquet",
}
"""Where each table of a plan stands."""
PLAN_FILE: Final = "plan.json"
LAYERS_FILE: Final = "plan.gpkg"
"""All candidates stand in its layer `sites`; `sites.geojson` has the chosen ones and, of many, the best of the others."""
MOST_TOLD: Final = 20
MAY_BE_EMPTY: Final[Mapping[str, tuple[str, ...]]] = {
    "sites": ("capital_musd_per_mw", "energy_usd_per_mwh", "hydro_share", "solar_share", "grid_share", "served_share"),
    "limits": ("use", "limit_value", "room", "marginal_value"),
    "power_links": ("kv",),
    "cash_months": ("cap_musd", "cap_total_musd"),
}
"""Number columns in which a cell without a value may stand."""
KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "sites": ("id",),
    "power_links": ("id",),
    "data_links": ("id",),
    "modules": ("site_id", "module", "period"),
    "link_periods": ("link_id", "period"),
    "data_periods": ("link_id", "period"),
    "latency": ("site_id", "demand_id", "kind"),
    "equipment": ("site_id", "item", "period"),
    "given": ("site_id", "place_id", "item", "period"),
    "programme": ("item", "period"),
    "dispatch": ("entity", "id", "period", "slice"),
    "cashflow": ("period", "line", "kind"),
    "cash_months": ("month",),
}
"""Columns that together name a row."""
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class Folder:
    """What the files say. GeoJSON tables have the ends of their lines in `lon0`, `lat0`, `lon1`, `lat1` and their points
    in `lon`, `lat`. `faults` are what makes the files unfit to be checked further."""

    place: Path
    tables: Mapping[str, pd.DataFrame]
    plan: Mapping[str, Any]
    scenario: Mapping[str, Any]
    faults: tuple[Fault, ...]


def read_folder(place: Path) -> Folder:
    """Read all tables, `plan.json` and `scenario.json`; anything wrong is in `faults`."""
    faults: list[Fault] = []
    tables: dict[str, pd.DataFrame] = {}
    for name, file in FILES.items():
        raw = _rows(place / file, faults)
        if raw is not None:
            tables[name] = _held(raw, PLAN_TABLES[name], str(place / file), faults)
    if "sites" in tables and (place / LAYERS_FILE).is_file():
        tables["sites"] = _all_sites(place, tables["sites"], faults)
    plan, scenario = (_document(place / file, faults) for file in (PLAN_FILE, SCENARIO_FILE))
    return Folder(place, tables, plan, scenario, tuple(faults))


def _all_sites(place: Path, shown: pd.DataFrame, faults: list[Fault]) -> pd.DataFrame:
    """All candidates, from the GeoPackage; those of `sites.geojson` must be among them and tell the same."""
    path = place / LAYERS_FILE
    try:
        found = pyogrio.read_dataframe(path, layer="sites")
        frame = pd.DataFrame(found.drop(columns="geometry"))
        frame["lon"], frame["lat"] = shapely.get_x(found.geometry.array), shapely.get_y(found.geometry.array)
    except (OSError, ValueError, KeyError, TypeError, DataLayerError, DataSourceError) as error:
        told = f"{type(error).__name__}: {error}"
        faults.append(Fault("V002", str(path), "", "sites", told, "a layer that can be read (files.there)", ""))
        return shown
    whole = _held_frame(frame, PLAN_TABLES["sites"], str(path), faults)
    faults.extend(_apart(shown, whole, f"{place / FILES['sites']}"))
    return whole


def _apart(shown: pd.DataFrame, whole: pd.DataFrame, file: str) -> list[Fault]:
    """Cells of some candidates that are not as all candidates have them, the first of each column."""
    if "id" not in shown or "id" not in whole:
        return []
    at = pd.Index(whole["id"]).get_indexer(pd.Index(shown["id"])) if not whole["id"].duplicated().any() else np.zeros(0, int)
    faults = [
        Fault("V003", file, f"site {shown['id'].iloc[n]}", "id", "a row", f"a row in {LAYERS_FILE} too (files.same)", "")
        for n in np.flatnonzero(at < 0)[:MOST_TOLD]
    ]
    mine, theirs = shown.iloc[np.flatnonzero(at >= 0)], whole.iloc[at[at >= 0]]
    chosen = set(whole["id"][whole["verdict"] == "chosen"]) - set(shown["id"])
    faults += [
        Fault("V003", file, f"site {name}", "id", "no row", f"every chosen candidate of {LAYERS_FILE} (files.same)", "")
        for name in sorted(chosen)[:MOST_TOLD]
    ]
    for column in [str(name) for name in mine.columns if name in theirs.columns]:
        different = np.flatnonzero(~_same(mine[column], theirs[column]))[:1]
        faults += [
            Fault(
                "V003",
                file,
                f"site {mine['id'].iloc[n]}",
                column,
                str(mine[column].iloc[n]) or "nothing",
                f"{theirs[column].iloc[n]} as in {LAYERS_FILE} (files.same)",
                "",
            )
            for n in different
        ]
    return faults


def _same(one: pd.Series, other: pd.Series) -> NDArray[np.bool_]:
    """Whether cells say the same: texts as they are, numbers to the decimals that files keep; nothing is nothing."""
    if pd.api.types.is_numeric_dtype(one) and pd.api.types.is_numeric_dtype(other):
        a, b = one.to_numpy(dtype=np.float64), other.to_numpy(dtype=np.float64)
        return np.asarray(np.isclose(a, b, rtol=1e-12, atol=2e-6, equal_nan=True))
    a, b = (each.to_numpy(dtype=object) for each in (one, other))
    blank = np.array([_missing(x) and _missing(y) for x, y in zip(a, b, strict=True)], dtype=np.bool_)
    return np.asarray(blank | (a == b), dtype=np.bool_)


def _rows(path: Path, faults: list[Fault]) -> list[dict[str, Any]] | pd.DataFrame | None:
    """The rows of one table file; None, with a fault, where it can not be read."""
    try:
        if path.suffix == ".csv":
            return _csv_rows(path)
        if path.suffix == ".parquet":
            return pd.read_parquet(path)
        return _geojson_rows(path, faults)
    except FileNotFoundError:
        faults.append(
            Fault("V002", str(path), "", "", "no such file", "every file of a plan (files.there)", "Run the question again.")
        )
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        faults.append(
            Fault("V002", str(path), "", "", f"{type(error).__name__}: {error}", "a file that can be read (files.there)", "")
        )
    return None


def _csv_rows(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="") as stream:
        lines = list(csv.reader(stream))
    header = lines[0]
    for number, line in enumerate(lines[1:], start=2):
        if len(line) != len(header):
            raise ValueError(f"line {number} has {len(line)} cells, the header {len(header)}")
    return [{name: _plain(cell) for name, cell in zip(header, line, strict=True)} for line in lines[1:]] or [
        dict.fromkeys(header, _NO_ROW)
    ]


_NO_ROW: Final = object()
"""Marks a table that has columns but no row."""


def _plain(cell: str) -> str:
    """The text as it was before it was made safe for spreadsheets."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA_STARTS) else cell


def _geojson_rows(path: Path, faults: list[Fault]) -> list[dict[str, Any]]:
    document = _json(path)
    if document.get("type") != "FeatureCollection":
        raise ValueError("not a FeatureCollection")
    found = []
    for number, feature in enumerate(document["features"], start=1):
        row = dict(feature["properties"])
        if feature.get("id") != row.get("id"):
            expected = f"{row.get('id')} as in the properties (files.ids)"
            faults.append(Fault("V003", str(path), f"feature {number}", "id", str(feature.get("id")), expected, ""))
        found.append({**row, **_ends(feature["geometry"])})
    return found


def _ends(geometry: Mapping[str, Any]) -> dict[str, float]:
    kind, coordinates = geometry["type"], geometry["coordinates"]
    if kind == "Point":
        return {"lon": float(coordinates[0]), "lat": float(coordinates[1])}
    parts = [coordinates] if kind == "LineString" else coordinates
    (lon0, lat0), (lon1, lat1) = parts[0][0][:2], parts[-1][-1][:2]
    return {"lon0": float(lon0), "lat0": float(lat0), "lon1": float(lon1), "lat1": float(lat1)}


def _document(path: Path, faults: list[Fault]) -> Mapping[str, Any]:
    try:
        found = _json(path)
        if isinstance(found, dict):
            return found
        faults.append(Fault("V002", str(path), "", "", type(found).__name__, "an object (files.there)", ""))
    except FileNotFoundError:
        faults.append(
            Fault("V002", str(path), "", "", "no such file", "every file of a plan (files.there)", "Run the question again.")
        )
    except (OSError, ValueError) as error:
        faults.append(Fault("V002", str(path), "", "", f"{type(error).__name__}: {error}", "JSON (files.there)", ""))
    return {}


def _json(path: Path) -> Any:
    def refuse(literal: str) -> float:
        raise ValueError(f"{literal} is not a number")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        if len(set(keys)) != len(keys):
            raise ValueError("a key stands twice: " + ", ".join(sorted({key for key in keys if keys.count(key) > 1})))
        return dict(pairs)

    return json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse, object_pairs_hook=once)


def _held(rows: Sequence[Mapping[str, Any]] | pd.DataFrame, table: Table, file: str, faults: list[Fault]) -> pd.DataFrame:
    """The rows as columns of the declared kinds; cells that are not of their kind become faults."""
    if isinstance(rows, pd.DataFrame):
        return _held_frame(rows, table, file, faults)
    bare = len(rows) == 1 and all(value is _NO_ROW for value in rows[0].values())
    names = list(dict.fromkeys(name for row in rows for name in row)) if rows else list(table.names)
    body = [] if bare else list(rows)
    columns: dict[str, Any] = {}
    for field in table.fields:
        if field.name not in names:
            if not field.optional:
                faults.append(
                    Fault("V003", file, "", field.name, "no such column", "every column of the table (files.columns)", "")
                )
            continue
        columns[field.name] = _column([row.get(field.name) for row in body], field, table.name, file, faults)
    for name in names:
        if name not in columns:
            columns[name] = _free([row.get(name) for row in body])
    frame = pd.DataFrame({name: pd.Series(cells, dtype=cells.dtype) for name, cells in columns.items()})
    faults.extend(_repeated(frame, KEYS.get(table.name, ()), file))
    return frame


def _held_frame(rows: pd.DataFrame, table: Table, file: str, faults: list[Fault]) -> pd.DataFrame:
    """As `_held`, of a file that knows columns: those of plain numbers and texts are taken without a look at each cell."""
    columns: dict[str, Any] = {}
    for field in table.fields:
        if field.name in rows:
            columns[field.name] = _whole_column(rows[field.name], field, table.name, file, faults)
        elif not field.optional:
            faults.append(Fault("V003", file, "", field.name, "no such column", "every column of the table (files.columns)", ""))
    for name in [str(name) for name in rows.columns if name not in columns]:
        plain = pd.api.types.is_numeric_dtype(rows[name]) and not pd.api.types.is_bool_dtype(rows[name])
        columns[name] = rows[name].to_numpy(dtype=np.float64) if plain else _free(rows[name].tolist())
    frame = pd.DataFrame({name: pd.Series(cells, dtype=cells.dtype) for name, cells in columns.items()})
    faults.extend(_repeated(frame, KEYS.get(table.name, ()), file))
    return frame


def _whole_column(cells: pd.Series, field: Field, table: str, file: str, faults: list[Fault]) -> Any:
    if field.kind != "text" and pd.api.types.is_float_dtype(cells):
        numbers = cells.to_numpy(dtype=np.float64)
        may_miss = field.optional or field.name in MAY_BE_EMPTY.get(table, ())
        whole = field.kind != "whole" or bool((np.nan_to_num(numbers) % 1.0 == 0.0).all())
        if whole and np.isfinite(numbers[~np.isnan(numbers)] if may_miss else numbers).all():
            return numbers
    if field.kind == "text" and not field.one_of and all(type(each) is str for each in cells.dropna().unique()):
        return cells.where(cells.notna(), "").to_numpy(dtype=object)
    return _column(cells.tolist(), field, table, file, faults)


def _column(cells: Sequence[Any], field: Field, table: str, file: str, faults: list[Fault]) -> Any:
    if field.kind == "text":
        texts = ["" if _missing(cell) else str(cell) for cell in cells]
        for n, text in enumerate(texts):
            if field.one_of and text not in field.one_of:
                faults.append(_cell_fault(file, n, field, text, "one of " + ", ".join(field.one_of)))
        return np.array(texts, dtype=object)
    numbers = np.array([_number(cell) for cell in cells], dtype=np.float64)
    may_miss = field.optional or field.name in MAY_BE_EMPTY.get(table, ())
    for n, (cell, number) in enumerate(zip(cells, numbers, strict=True)):
        bad = np.isinf(number) or (np.isnan(number) and not (may_miss and _missing(cell)))
        if bad or (field.kind == "whole" and number % 1.0 != 0.0):
            faults.append(
                _cell_fault(file, n, field, str(cell), "a whole number" if field.kind == "whole" else "a finite number")
            )
    return numbers


def _cell_fault(file: str, n: int, field: Field, found: str, expected: str) -> Fault:
    return Fault("V003", file, f"row {n + 1}", field.name, found or "no value", f"{expected} (files.columns)", "")


def _missing(cell: Any) -> bool:
    return cell is None or cell == "" or (isinstance(cell, float) and math.isnan(cell))


def _number(cell: Any) -> float:
    if isinstance(cell, bool) or _missing(cell):
        return math.nan
    try:
        return float(cell)
    except (TypeError, ValueError):
        return math.nan


def _free(cells: Sequence[Any]) -> Any:
    """A column the schema does not declare: numbers where every cell with a value is one, else texts."""
    values = [cell for cell in cells if not _missing(cell)]
    if all(isinstance(cell, int | float) and not isinstance(cell, bool) for cell in values) and values:
        return np.array([_number(cell) for cell in cells], dtype=np.float64)
    numbers = [_number(cell) for cell in values]
    if values and not any(math.isnan(number) for number in numbers):
        return np.array([_number(cell) for cell in cells], dtype=np.float64)
    return np.array(["" if _missing(cell) else str(cell) for cell in cells], dtype=object)


def _repeated(frame: pd.DataFrame, keys: tuple[str, ...], file: str) -> list[Fault]:
    if not keys or any(key not in frame for key in keys):
        return []
    twice = frame.duplicated(list(keys))
    return [
        Fault(
            "V003",
            file,
            f"row {n + 1}",
            ", ".join(keys),
            ", ".join(str(frame[key].iloc[n]) for key in keys),
            "one row each (files.ids)",
            "",
        )
        for n in np.flatnonzero(twice.to_numpy())[:20]
    ]
