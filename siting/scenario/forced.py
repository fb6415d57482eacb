"""Sites that must stand, by locks, against the limits on sites: what no plan can hold, told before the search."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from siting.errors import Fault, input_error
from siting.families.locks import LockFacts
from siting.families.site_limits import SiteLimitsKnobs
from siting.family import Problem
from siting.geo import geodesic_km
from siting.scenario.scenario import Scenario


def refuse_clashes(scenario: Scenario, problem: Problem) -> None:
    """Raises InputError for sites that must stand and are too near to each other, or too small."""
    locks, limits = problem.facts.get("locks"), scenario.knobs.get("site_limits")
    if not isinstance(locks, LockFacts) or not isinstance(limits, SiteLimitsKnobs) or "site_limits" in scenario.off:
        return
    must = np.union1d(locks.forced, np.flatnonzero(locks.exists))
    faults = [*_near(scenario, problem, must.tolist(), limits), *_small(scenario, problem, must.tolist(), limits)]
    if faults:
        raise input_error(faults)


def _near(scenario: Scenario, problem: Problem, must: list[int], limits: SiteLimitsKnobs) -> Iterator[Fault]:
    for place, one in enumerate(must):
        for other in must[place + 1 :]:
            km = float(geodesic_km(problem.lon[one], problem.lat[one], problem.lon[other], problem.lat[other]))
            if km < limits.spacing_km:
                found = f"{problem.site_ids[one]} and {problem.site_ids[other]}, {km:.1f} km apart"
                yield _fault(scenario, found, "spacing_km", limits.spacing_km, "km")


def _small(scenario: Scenario, problem: Problem, must: list[int], limits: SiteLimitsKnobs) -> Iterator[Fault]:
    for site in must:
        if problem.limit_mw[site] < limits.least_mw:
            found = f"{problem.site_ids[site]}, which can take {problem.limit_mw[site]:g} MW"
            yield _fault(scenario, found, "least_mw", limits.least_mw, "MW")


def _fault(scenario: Scenario, found: str, knob: str, least: float, unit: str) -> Fault:
    origin = scenario.origins.get(f"site_limits.{knob}", "default")
    expected = f"at least site_limits.{knob} ({origin}), {least:g} {unit}"
    field = "locks.force" if "locks.force" in scenario.origins else "locks.existing"
    return Fault("S011", "scenario", "", field, found, expected, "Change one of the two.")
