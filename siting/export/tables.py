"""The plain tables: CSV that opens safely in a spreadsheet, and the dispatch as Parquet."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from siting.errors import OutputError
from siting.export.cells import Cell, column_cells, records, written_columns
from siting.plan.record import Plan
from siting.plan.schema import DISPATCH, PLAN_TABLES
from siting.table import Table

_STARTS_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NEEDS_QUOTES: Final = re.compile('[,"\r\n]')
_PARQUET_TYPES: Final = {"text": pa.string(), "number": pa.float64(), "whole": pa.int64(), "flag": pa.bool_()}


def write(plan: Plan, folder: Path) -> tuple[str, ...]:
    """Write the CSV tables and `dispatch.parquet` and return the file names. Raises OutputError when reading back fails."""
    frames = {
        "modules": plan.modules,
        "cashflow": plan.cashflow,
        "cash_months": plan.cash_months,
        "limits": plan.limits,
        "latency": plan.latency,
        "link_periods": plan.link_periods,
        "data_periods": plan.data_periods,
        "equipment": plan.equipment,
        "given": plan.given,
        "programme": plan.programme,
    }
    names = [write_csv(frame, PLAN_TABLES[name], folder / f"{name}.csv") for name, frame in frames.items()]
    return (*names, write_parquet(plan.dispatch, DISPATCH, folder / "dispatch.parquet"))


def write_csv(frame: pd.DataFrame, table: Table, path: Path) -> str:
    """Write one table: UTF-8, LF, a header, quotes where needed, text that a spreadsheet would run made plain."""
    columns = written_columns(frame, table)
    lines = [",".join(quoted(defused(name)) for name in columns)]
    lines += [",".join(quoted(_written(value)) for value in record.values()) for record in records(frame, columns)]
    path.write_bytes(("\n".join(lines) + "\n").encode())
    with path.open(encoding="utf-8", newline="") as stream:
        found = sum(1 for _ in csv.reader(stream)) - 1
    if found != len(frame):
        raise OutputError(f"{path.name} holds {found} of {len(frame)} rows after writing")
    return path.name


def quoted(value: str) -> str:
    """A cell as RFC 4180 wants it: in quotes where it holds a comma, a quote or a line end, a lone CR included."""
    return '"' + value.replace('"', '""') + '"' if _NEEDS_QUOTES.search(value) else value


def defused(value: str) -> str:
    """Text that a spreadsheet would take for a formula, made plain by an apostrophe in front."""
    return f"'{value}" if value.startswith(_STARTS_A_FORMULA) else value


def write_parquet(frame: pd.DataFrame, table: Table, path: Path) -> str:
    """Write one table as Parquet, same bytes for the same rows. Types are those of the table's declaration."""
    columns = written_columns(frame, table)
    kinds = {field.name: field.kind for field in table.fields}
    arrays = {
        name: pa.array(column_cells(frame[name]), _PARQUET_TYPES[kinds.get(name, "text")], from_pandas=True) for name in columns
    }
    pq.write_table(pa.table(arrays), path, compression="zstd", compression_level=6, version="2.6", write_page_index=False)
    if pq.read_metadata(path).num_rows != len(frame):
        raise OutputError(f"{path.name} does not hold {len(frame)} rows after writing")
    return path.name


def _written(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return defused(value) if isinstance(value, str) else repr(value)
