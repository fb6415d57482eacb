"""Tables hold frames to their declaration and bring them into one form."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.cells import MOST_FAULTS, NotFinite, closest, id_text, is_missing, numbers, shown
from siting.layers.schema import CANDIDATES, SUBSTATIONS
from siting.table import Field, Table

MADE = Table(
    "made",
    "None",
    "a table for tests",
    (
        Field("id", "text", "identifier"),
        Field("cost_musd", "number", "price", "MUSD", at_least=0.0, at_most=10.0),
        Field("month", "whole", "month", at_least=1, at_most=12, optional=True, default=1),
        Field("kind", "text", "kind", one_of=("river", "coast"), optional=True, default="river"),
        Field("main", "flag", "on the main network", optional=True, default=True),
        Field("note_mw", "number", "may stay open", "MW", optional=True),
    ),
)


def frame(**changes: list[Any]) -> pd.DataFrame:
    columns: dict[str, list[Any]] = {"id": ["a", "b"], "cost_musd": [1, 2.5], **changes}
    return pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})


def codes(table: pd.DataFrame) -> list[tuple[str, str, bool]]:
    return [(fault.code, fault.field, fault.warning) for fault in MADE.check(table, "made.csv")]


def test_a_right_frame_has_no_faults_and_optional_columns_take_their_defaults() -> None:
    assert codes(frame()) == []
    typed = MADE.coerce(frame())
    assert list(typed.columns) == list(MADE.names)
    assert typed["month"].tolist() == [1, 1]
    assert typed["main"].tolist() == [True, True]
    assert typed["kind"].tolist() == ["river", "river"]
    assert typed["note_mw"].isna().all()
    assert [str(kind) for kind in typed.dtypes] == ["str", "float64", "int64", "str", "bool", "float64"]


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("cost_musd", "2", "L001"),
        ("cost_musd", False, "L001"),
        ("cost_musd", None, "L003"),
        ("cost_musd", float("nan"), "L003"),
        ("cost_musd", pd.NA, "L003"),
        ("cost_musd", NotFinite("NaN"), "L048"),
        ("cost_musd", float("inf"), "L048"),
        ("cost_musd", 10**400, "L048"),
        ("cost_musd", -1e-9, "L044"),
        ("cost_musd", 10.000001, "L044"),
        ("cost_musd", {"a": 1}, "L051"),
        ("cost_musd", [1], "L051"),
        ("month", 1.5, "L002"),
        ("month", 13, "L044"),
        ("kind", "rivr", "L045"),
        ("kind", True, "L001"),
        ("kind", -1, "L045"),
        ("main", "yes", "L001"),
        ("main", 2, "L001"),
        ("id", "", "L006"),
        ("id", "-a", "L006"),
        ("id", "a b", "L006"),
        ("id", "=1+1", "L006"),
        ("id", -3, "L006"),
        ("id", None, "L003"),
        ("id", True, "L001"),
    ],
)
def test_one_wrong_cell_is_one_fault_in_its_row(column: str, value: Any, code: str) -> None:
    right = {"id": "b", "cost_musd": 1.0, "month": 2, "kind": "coast", "main": False}[column]
    faults = MADE.check(frame(**{column: [right, value] if column != "id" else ["a", value]}), "made.csv")
    assert [(fault.code, fault.field) for fault in faults] == [(code, column)]
    assert faults[0].where.startswith("row 2")
    assert faults[0].file == "made.csv"


@pytest.mark.parametrize(("column", "value"), [("cost_musd", 0), ("cost_musd", 10.0), ("month", 12.0), ("main", 1), ("id", 7)])
def test_values_on_the_bounds_and_harmless_types_are_right(column: str, value: Any) -> None:
    right: dict[str, Any] = {"id": "a", "cost_musd": 1.0, "month": 2, "main": False}
    assert codes(frame(**{column: [right[column], value]})) == []


def test_a_missing_cell_of_an_optional_column_is_warned_of_where_the_default_is_a_number() -> None:
    assert codes(frame(month=[3, None])) == [("L003", "month", True)]
    assert codes(frame(note_mw=[3, None], kind=[None, "coast"])) == []
    assert MADE.coerce(frame(month=[3, None], kind=[None, "coast"]))["month"].tolist() == [3, 1]


def test_a_missing_column_names_the_nearest_one() -> None:
    faults = MADE.check(frame().rename(columns={"cost_musd": "cost_musd_"}), "made.csv")
    assert [(fault.code, fault.field) for fault in faults] == [("L004", "cost_musd")]
    assert "cost_musd_" in faults[0].value


def test_faults_without_number_are_told_in_short() -> None:
    many = frame(id=[f"a{n}" for n in range(3000)], cost_musd=[-1] * 3000)
    faults = MADE.check(many, "made.csv")
    assert len(faults) == MOST_FAULTS + 1
    assert faults[-1].where == f"{3000 - MOST_FAULTS} more rows"


def test_columns_already_typed_are_checked_like_raw_ones() -> None:
    typed = pd.DataFrame({"id": ["a", "b"], "cost_musd": [1.0, np.nan], "month": [1, 14], "main": [True, False]})
    assert codes(typed) == [("L003", "cost_musd", False), ("L044", "month", False)]


def test_further_columns_are_kept_behind_the_declared_ones() -> None:
    typed = MADE.coerce(frame(mine=["x", "y"]))
    assert list(typed.columns) == [*MADE.names, "mine"]


def test_coercing_twice_changes_nothing() -> None:
    once = MADE.coerce(frame(month=[3, None], main=[0, 1]))
    pd.testing.assert_frame_equal(once, MADE.coerce(once))


def test_a_place_may_come_from_the_reader() -> None:
    fault = MADE.check(frame(cost_musd=[-1, 1]), "made.csv", ["line 2", "line 3"])[0]
    assert fault.where == "line 2"
    assert "subsidy" in fault.remedy


def test_optional_columns_without_default_stay_open() -> None:
    made = pd.DataFrame({"id": ["a"]})
    assert CANDIDATES.check(made, "c") == []
    typed = CANDIDATES.coerce(made)
    assert typed[["zone", "limit_mw", "land_ha"]].isna().all().all()
    assert not SUBSTATIONS.optional


@given(
    st.lists(
        st.one_of(st.none(), st.floats(), st.integers(), st.text(max_size=3), st.booleans(), st.lists(st.integers(), max_size=2)),
        max_size=20,
    )
)
@settings(max_examples=25, deadline=None)
def test_any_cells_at_all_are_checked_without_a_crash(values: list[Any]) -> None:
    rows = pd.DataFrame(
        {"id": pd.Series([f"a{n}" for n in range(len(values))], dtype=object), "cost_musd": pd.Series(values, dtype=object)}
    )
    wrong = [not isinstance(v, int | float) or isinstance(v, bool) or not 0 <= v <= 10 for v in values]
    assert len([fault for fault in MADE.check(rows, "f") if fault.field == "cost_musd"]) == sum(wrong)


def test_cells_are_shown_without_control_signs() -> None:
    assert shown("a\u202eb\x00") == '"a\\u202eb\\u0000"'
    assert len(shown("x" * 500)) == 80
    assert id_text(7.0) == "7"
    assert closest("bugdet", ["budget", "reach"]) == "budget"
    assert (
        is_missing(pd.Series([None, pd.NA, float("nan"), 0, "", [float("nan")]], dtype=object)).tolist()
        == [True] * 3 + [False] * 3
    )
    assert numbers(pd.Series([True, "1", 2], dtype=object)).tolist()[2] == 2.0
