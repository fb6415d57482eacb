"""Which candidates the pages and the web layer show: all that are chosen and the best of the others. The GeoPackage has all."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import numpy as np

from siting.plan.record import Plan

MOST_PASSED_OVER: Final = 300
"""Passed-over candidates that are shown: more would hide the ground, and weigh down every page."""


def best_passed(plan: Plan, most: int = MOST_PASSED_OVER) -> gpd.GeoDataFrame:
    """The candidates passed over, the best first, at most so many."""
    passed = plan.sites[plan.sites["verdict"] != "chosen"]
    return (passed.sort_values("rank", kind="stable") if "rank" in passed.columns else passed).iloc[:most]


def shown_sites(plan: Plan, most: int = MOST_PASSED_OVER) -> gpd.GeoDataFrame:
    """The chosen candidates and the best of the others, in the order of the plan."""
    chosen = (plan.sites["verdict"] == "chosen").to_numpy()
    if len(chosen) - chosen.sum() <= most:
        return plan.sites
    return plan.sites[chosen | plan.sites.index.isin(best_passed(plan, most).index)]


def left_out(plan: Plan, most: int = MOST_PASSED_OVER) -> int:
    """How many candidates passed over are not shown."""
    return max(int(np.count_nonzero(plan.sites["verdict"] != "chosen")) - most, 0)


def left_out_words(count: int) -> str:
    """What is said of them, "" where all are shown."""
    return f"{count:,} further candidates are in plan.gpkg." if count else ""
