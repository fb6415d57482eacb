"""Facility-location instances with published optima, through the program's own rows and families."""

from __future__ import annotations

import pytest

from siting.families.assignment import AssignmentFacts
from siting.families.land import LandFacts
from siting.objectives.least_cost import LEAST_COST
from siting.solve.job import Status
from tests.benchmarks.instances import FOLDER, capacitated, median, optima
from tests.worlds import optimum

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no {FOLDER}: the instances are not copied into the project")
CAPACITATED = [f"cap{n}" for n in (41, 42, 43, 44, 61, 62, 63, 64, 71, 72, 73, 74, 101, 102, 103, 104, 131, 132, 133, 134)]


@pytest.mark.parametrize("name", CAPACITATED)
def test_capacitated_instance_reaches_its_published_optimum(name: str) -> None:
    best = optimum(capacitated(name), [LEAST_COST])
    assert best.status is Status.OPTIMAL
    assert best.reached[0] == pytest.approx(optima("capopt.txt")[name], abs=2e-3)


@pytest.mark.parametrize("name", [f"pmed{n}" for n in range(1, 6)])
def test_median_instance_reaches_its_published_optimum(name: str) -> None:
    best = optimum(median(name), [LEAST_COST])
    assert best.status is Status.OPTIMAL
    assert best.reached[0] == pytest.approx(optima("pmedopt.txt")[name], abs=1e-3)


def test_demand_may_stay_unmet_where_it_is_paid_for() -> None:
    """With a penalty dearer than any way nothing stays unmet; with one next to nothing all that is not served for nothing."""
    all_met = optimum(capacitated("cap71", unmet=1e4), [LEAST_COST])
    assert all_met.reached[0] == pytest.approx(optima("capopt.txt")["cap71"], abs=2e-3)
    program = capacitated("cap71", unmet=1e-6)
    facts, land = program.problem.facts["assignment"], program.problem.facts["land"]
    assert isinstance(facts, AssignmentFacts)
    assert isinstance(land, LandFacts)
    free = ((facts.musd_per_year == 0) & (land.musd_per_ha == 0)[:, None]).any(axis=0)
    assert 0 < free.sum() < len(free)
    assert optimum(program, [LEAST_COST]).reached[0] == pytest.approx(1e-6 * float(facts.demand_mw[~free].sum()))
