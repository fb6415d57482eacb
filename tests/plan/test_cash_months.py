"""Cash by month: the money of a period over its months, in the parts in which modules are paid for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from siting.plan.cash_months import cash_months_table, mean_lead, month_labels, month_shares
from tests.worlds import opened, small_world

BUDGET = {"total_musd": 100.0, "period_musd_per_year": 60.0, "count_running": False}


def test_each_part_is_due_its_months_before_power() -> None:
    shares = month_shares(12, 0, 8)  # power in the months 9 to 12, delivery 7 to 10, orders 1 to 4
    assert shares[:4] == pytest.approx([0.05] * 4)
    assert shares[4:6].tolist() == [0.0, 0.0]
    assert shares[6:8] == pytest.approx([0.125] * 2)
    assert shares[8:10] == pytest.approx([0.125 + 0.075] * 2)
    assert shares[10:] == pytest.approx([0.075] * 2)


def test_what_is_due_before_a_period_is_paid_evenly_in_it() -> None:
    shares = month_shares(3, 12, 8)  # all orders and the deliveries of two months are due before
    even = 0.2 / 3 + 0.5 * (2 / 3) / 3 + 0.1
    assert shares == pytest.approx([even + 0.5 / 3, even, even])


@pytest.mark.parametrize("months", [1, 2, 3, 12, 36])
@pytest.mark.parametrize("first", [0, 6, 24])
@pytest.mark.parametrize("lead", [None, 0, 1, 7, 12, 40])
def test_shares_of_a_period_add_up_to_one(months: int, first: int, lead: int | None) -> None:
    shares = month_shares(months, first, lead)
    assert shares.sum() == pytest.approx(1.0)
    assert (shares >= 0).all()


def test_the_lead_time_is_the_mean_by_megawatts_in_whole_months() -> None:
    modules = pd.DataFrame(
        {"module": ["pod", "hall", "pod"], "count": [4, 1, 3], "added": [2, 1, 0], "it_mw": [20.0, 20.0, 15.0]}
    )
    assert mean_lead(modules, {"pod": 8.0, "hall": 10.0}) == 9  # 10 MW at 8 and 20 MW at 10 months
    assert mean_lead(modules.assign(added=0), {"pod": 8.0, "hall": 10.0}) is None


def test_months_are_those_of_the_calendar() -> None:
    assert month_labels("2027-11", 4) == ["2027-11", "2027-12", "2028-01", "2028-02"]


def table(budget: dict[str, Any] | None, folder: object) -> pd.DataFrame:
    found = opened(small_world(periods=2), folder)  # type: ignore[arg-type]
    modules = pd.DataFrame(
        {"period": ["2027", "2028"], "module": ["pod"] * 2, "count": [1, 2], "added": [1, 1], "it_mw": [5.0, 10.0]}
    )
    cash = pd.DataFrame(
        {
            "period": ["2027", "2028", "2027", "2028"],
            "line": ["modules", "modules", "energy", "energy"],
            "kind": ["capital", "capital", "running", "running"],
            "musd": [48.0, 36.0, 6.0, 12.0],
        }
    )
    return cash_months_table(found.problem.time, "2027-01", modules, cash, {"pod": 8.0}, budget)


def test_months_of_a_period_add_up_to_its_capital_beside_the_cap(tmp_path: object) -> None:
    found = table(BUDGET, tmp_path)
    assert found.groupby("period")["spent_musd"].sum().tolist() == pytest.approx([48.0, 36.0])
    assert found["cap_musd"].tolist() == [5.0] * 24
    assert found["spent_total_musd"].iloc[-1] == pytest.approx(84.0)
    assert found["cap_total_musd"].tolist() == [min(5.0 * (n + 1), 100.0) for n in range(24)]
    assert found["month"].iloc[12] == "2028-01"


def test_running_cost_counts_where_the_budget_counts_it(tmp_path: object) -> None:
    found = table({**BUDGET, "count_running": True}, tmp_path)
    assert found.groupby("period")["spent_musd"].sum().tolist() == pytest.approx([54.0, 48.0])


def test_without_a_budget_there_is_no_cap(tmp_path: object) -> None:
    found = table(None, tmp_path)
    assert np.isnan(found["cap_musd"]).all()
    assert found["spent_musd"].sum() == pytest.approx(84.0)
