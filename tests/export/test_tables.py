from __future__ import annotations

import csv
import hashlib
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.errors import OutputError
from siting.export import tables
from siting.plan.record import Plan
from siting.plan.schema import CASHFLOW, DISPATCH, PLAN_TABLES
from tests.export.small_plan import small_plan

_FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1")


def _rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


def test_every_table_is_written_with_its_columns_and_rows(plan: Plan, tmp_path: Path) -> None:
    names = tables.write(plan, tmp_path)
    assert names == (
        "modules.csv", "cashflow.csv", "cash_months.csv", "limits.csv", "latency.csv", "link_periods.csv", "data_periods.csv",
        "equipment.csv", "given.csv", "programme.csv", "dispatch.parquet",
    )  # fmt: skip
    for name in names[:-1]:
        stem = name.removesuffix(".csv")
        head, *rows = _rows(tmp_path / name)
        assert head == list(PLAN_TABLES[stem].names)
        assert len(rows) == len(getattr(plan, stem))


def test_lines_end_in_lf_and_cells_with_commas_quotes_and_breaks_come_back(plan: Plan, tmp_path: Path) -> None:
    odd = 'a, "b"\nc'
    tables.write(replace(plan, cashflow=plan.cashflow.assign(line=odd)), tmp_path)
    assert b"\r" not in (tmp_path / "cashflow.csv").read_bytes()
    assert {row[1] for row in _rows(tmp_path / "cashflow.csv")[1:]} == {odd}


@pytest.mark.parametrize("formula", _FORMULAS)
def test_text_that_a_spreadsheet_would_run_is_made_plain(formula: str, tmp_path: Path) -> None:
    tables.write(small_plan(lambda text: f"{formula}{text}"), tmp_path)
    for name in ("cashflow", "limits", "latency"):
        texts = {field.name for field in PLAN_TABLES[name].fields if field.kind == "text"}
        head, *rows = _rows(tmp_path / f"{name}.csv")
        marked = [
            cell for row in rows for column, cell in zip(head, row, strict=True) if column in texts and formula.strip() in cell
        ]
        assert marked
        assert all(cell.startswith("'") for cell in marked)


def test_headers_are_made_plain_too(plan: Plan, tmp_path: Path) -> None:
    tables.write_csv(plan.cashflow.assign(**{"=cmd": "x"}), CASHFLOW, tmp_path / "cashflow.csv")
    assert _rows(tmp_path / "cashflow.csv")[0][-1] == "'=cmd"


def test_negative_numbers_stay_numbers(plan: Plan, tmp_path: Path) -> None:
    tables.write(replace(plan, cashflow=plan.cashflow.assign(musd=-1.5)), tmp_path)
    assert {row[3] for row in _rows(tmp_path / "cashflow.csv")[1:]} == {"-1.5"}


def test_marginal_values_stay_empty(plan: Plan, tmp_path: Path) -> None:
    tables.write(plan, tmp_path)
    head, *rows = _rows(tmp_path / "limits.csv")
    assert {row[head.index("marginal_value")] for row in rows} == {""}


@given(st.text(max_size=30))
def test_no_text_starts_a_formula(value: str) -> None:
    plain = tables.defused(value)
    assert plain.endswith(value)
    assert not plain.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_dispatch_comes_back_from_parquet_and_its_bytes_repeat(plan: Plan, tmp_path: Path) -> None:
    digests = []
    for _ in range(2):
        tables.write_parquet(plan.dispatch, DISPATCH, tmp_path / "dispatch.parquet")
        digests.append(hashlib.sha256((tmp_path / "dispatch.parquet").read_bytes()).hexdigest())
    assert digests[0] == digests[1]
    found = pq.read_table(tmp_path / "dispatch.parquet").to_pydict()
    assert list(found) == list(DISPATCH.names)
    assert found["mw"] == pytest.approx(plan.dispatch["mw"].tolist(), abs=1e-6)
    assert found["id"] == plan.dispatch["id"].tolist()


def test_a_table_that_lacks_a_column_is_refused(plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cashflow lacks musd"):
        tables.write(replace(plan, cashflow=pd.DataFrame(plan.cashflow.drop(columns="musd"))), tmp_path)
