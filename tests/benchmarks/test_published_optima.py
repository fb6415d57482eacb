"""Facility-location instances with published optima, through `siting.locate`."""

from __future__ import annotations

import pytest

from siting import locate
from siting.solve.job import Status
from tests.benchmarks.instances import (
    CAP,
    FOLDER,
    SAN_FRANCISCO,
    SF_RADIUS_M,
    SF_SITES,
    medians,
    optima,
    san_francisco,
    single_source,
    warehouses,
)

needs_files = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no {FOLDER}: the instances are not copied into the project")


@needs_files
@pytest.mark.parametrize("name", CAP)
def test_capacitated_instance_reaches_its_published_optimum(name: str) -> None:
    told = warehouses(name)
    best = locate.capacitated(told.cost, told.opening, told.capacity, told.demand)
    assert best.status is Status.OPTIMAL
    assert best.objective == pytest.approx(optima("capopt.txt")[name], abs=2e-3)
    assert best.bound == pytest.approx(best.objective, rel=1e-7)


@needs_files
@pytest.mark.parametrize("name", [f"pmed{n}" for n in range(1, 6)])
def test_median_instance_reaches_its_published_optimum(name: str) -> None:
    cost, count = medians(name)
    best = locate.p_median(cost, count)
    assert best.status is Status.OPTIMAL
    assert best.objective == best.bound == optima("pmedopt.txt")[name]


@needs_files
@pytest.mark.slow
@pytest.mark.parametrize("name", [f"pmed{n}" for n in range(6, 11)])
def test_larger_median_instance_reaches_its_published_optimum(name: str) -> None:
    cost, count = medians(name)
    assert locate.p_median(cost, count).objective == optima("pmedopt.txt")[name]


@needs_files
@pytest.mark.parametrize("name", ["p1", "p4"])
def test_single_source_instance_reaches_its_published_optimum(name: str) -> None:
    told, published = single_source(name)
    best = locate.capacitated(told.cost, told.opening, told.capacity, told.demand, single_source=True)
    assert best.status is Status.OPTIMAL
    assert best.objective == pytest.approx(published)
    assert not best.assignment["place"].duplicated().any()


def test_san_francisco_has_the_published_optima() -> None:
    known = san_francisco()
    if known is None:
        pytest.skip("spopt, which carries the set, is not installed (dependency group bench)")
    distance, people = known
    found = {
        "lscp": locate.lscp(distance, SF_RADIUS_M),
        "mclp": locate.mclp(distance, SF_SITES, SF_RADIUS_M, weights=people),
        "p_median": locate.p_median(distance, SF_SITES, weights=people),
        "p_center": locate.p_center(distance, SF_SITES),
    }
    assert {name: best.objective for name, best in found.items()} == pytest.approx(SAN_FRANCISCO)
    assert all(best.status is Status.OPTIMAL and best.bound == pytest.approx(best.objective) for best in found.values())
