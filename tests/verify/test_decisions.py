"""`plan.json` tells equipment, what is given and what belongs to no site as the tables do, or it is refused."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from siting.plan.schema import PLAN_TABLES
from siting.verify.decisions import _check_items
from siting.verify.report import Judge

TABLES: dict[str, list[tuple[object, ...]]] = {
    "equipment": [("a", "battery_mw", "2027", 12.0, "MW")],
    "given": [("a", "city", "chat_mw", "2027", 5.0, "MW")],
    "programme": [("carbon_t_per_year", "2027", 40.0, "t/year")],
}


def faults(plan: dict[str, Any], site: dict[str, Any]) -> int:
    tables = {name: pd.DataFrame(rows, columns=list(PLAN_TABLES[name].names)) for name, rows in TABLES.items()}
    judge = Judge("plan")
    _check_items(tables, plan, {"a": site}, judge)
    return len(judge.faults)


def told(**changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    site = {"equipment": {"battery_mw": {"2027": 12.0}}, "given": {"chat_mw": {"city": {"2027": 5.0}}}}
    plan = {"programme": {"carbon_t_per_year": {"2027": 40.0}}}
    return (
        {**plan, **{k: v for k, v in changes.items() if k == "programme"}},
        {**site, **{k: v for k, v in changes.items() if k != "programme"}},
    )


def test_the_same_amounts_are_no_fault() -> None:
    assert faults(*told()) == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"equipment": {"battery_mw": {"2027": 12.1}}},
        {"equipment": {}},
        {"equipment": {"battery_mw": {"2027": 12.0, "2028": 12.0}}},
        {"given": {"chat_mw": {"coast": {"2027": 5.0}}}},
        {"given": {"chat_mw": {"city": {"2027": 4.0}}}},
        {"programme": {"carbon_t_per_year": {"2027": 39.0}}},
        {"programme": {}},
    ],
    ids=str,
)
def test_any_other_amount_item_place_or_period_is_refused(changes: dict[str, Any]) -> None:
    assert faults(*told(**changes)) > 0
