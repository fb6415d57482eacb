from __future__ import annotations

import json
from dataclasses import replace

import pytest

from siting.runs.result import result_of
from tests.export.small_plan import small_plan


def test_totals_are_the_sums_of_the_plans_tables() -> None:
    plan = small_plan()
    totals = result_of(plan)["totals"]
    chosen = plan.chosen
    capital = plan.cashflow[plan.cashflow["kind"] == "capital"]
    assert totals["sites"] == len(chosen)
    assert totals["it_mw"] == pytest.approx(chosen["it_mw"].sum())
    assert totals["capital_musd"] == pytest.approx(capital["musd"].sum())
    assert totals["capital_musd_per_mw"] == pytest.approx(totals["capital_musd"] / totals["it_mw"])
    assert totals["hydro_share"] + totals["solar_share"] + totals["grid_share"] == pytest.approx(1.0)


def test_sites_are_told_largest_first_in_plain_values() -> None:
    result = result_of(small_plan())
    sizes = [site["it_mw"] for site in result["sites"]]
    assert sizes == sorted(sizes, reverse=True)
    assert json.loads(json.dumps(result, allow_nan=False)) == result


def test_a_plan_without_sites_has_no_shares_and_no_price() -> None:
    plan = small_plan()
    empty = replace(plan, sites=plan.sites[plan.sites["verdict"] != "chosen"], cashflow=plan.cashflow.iloc[:0])
    totals = result_of(empty)["totals"]
    assert set(totals.values()) == {0.0}
