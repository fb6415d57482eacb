"""Facility-location instances from text files, as problems of the program: sites, one module type, land, assignment."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import floyd_warshall

from siting.families.assignment import ASSIGNMENT, AssignmentFacts, AssignmentKnobs
from siting.families.land import LAND, LandFacts, LandKnobs
from siting.family import Modules, Network, Problem, Timeline
from siting.program.assemble import Program, assemble

Floats = NDArray[np.float64]
FOLDER = Path(__file__).resolve().parents[3] / "shared" / "benchmarks"


def optima(name: str) -> dict[str, float]:
    """Published optima by instance."""
    words = [line.split() for line in (FOLDER / name).read_text(encoding="ascii").splitlines()]
    return {pair[0]: float(pair[1]) for pair in words if len(pair) == 2 and pair[1].replace(".", "").isdigit()}


def capacitated(name: str, unmet: float = 0.0) -> Program:
    """A capacitated warehouse location instance: a warehouse is a site for one module of its capacity."""
    numbers = iter((FOLDER / "cap" / f"{name}.txt").read_text(encoding="ascii").split())
    sites, customers = int(next(numbers)), int(next(numbers))
    pairs = np.array([[float(next(numbers)), float(next(numbers))] for _ in range(sites)])
    demand, cost = np.zeros(customers), np.zeros((sites, customers))
    for r in range(customers):
        demand[r] = float(next(numbers))
        cost[:, r] = [float(next(numbers)) for _ in range(sites)]
    sizes = set(pairs[:, 0])
    assert len(sizes) == 1, "one module type needs one capacity"
    return located(pairs[:, 1], float(sizes.pop()), demand, cost, AssignmentKnobs(unmet_musd_per_mw_year=unmet))


def median(name: str) -> Program:
    """A p-median instance on a network: an edge given twice counts as it is given last."""
    words = (FOLDER / "pmed" / f"{name}.txt").read_text(encoding="ascii").split()
    nodes, edges, medians = (int(word) for word in words[:3])
    way = np.full((nodes, nodes), np.inf)
    np.fill_diagonal(way, 0.0)
    for one, other, length in np.array(words[3 : 3 + 3 * edges], dtype=int).reshape(edges, 3):
        way[one - 1, other - 1] = way[other - 1, one - 1] = float(length)
    return located(np.zeros(nodes), float(nodes), np.ones(nodes), floyd_warshall(way), AssignmentKnobs(sites=medians))


def located(opening: Floats, capacity: float, demand: Floats, cost: Floats, knobs: AssignmentKnobs) -> Program:
    """Sites of one capacity with a price each, one period, no power and no data: land pays for a site, assignment for the
    way to its customers."""
    sites, customers = cost.shape
    names = tuple(f"w{i}" for i in range(sites))
    one, first = np.ones(1), np.zeros(1, np.int64)
    time = Timeline(
        periods=("all",),
        start_month=first,
        months=first + 12,
        years=one,
        start_years=np.zeros(1),
        capital_factor=one,
        compute_years=one,
        running_years=one,
        slices=("year",),
        seasons=("year",),
        season_of=first,
        block_of=first,
        hours=8760.0 * one,
        block_h=24.0,
        before=first,
        hydrology=("mean",),
        hydrology_of=first,
        hydrology_share=one,
        water_factor=one,
    )
    facts = {
        "land": LandFacts(land_ha=np.ones(sites), musd_per_ha=opening, excluded=np.zeros(sites, bool), excluded_by=("",) * sites),
        "assignment": AssignmentFacts(demand_ids=tuple(f"c{r}" for r in range(customers)), demand_mw=demand, musd_per_year=cost),
    }
    problem = Problem(
        site_ids=names,
        site_names=names,
        site_zones=("zone",) * sites,
        lon=np.zeros(sites),
        lat=np.zeros(sites),
        limit_mw=np.full(sites, capacity),
        time=time,
        modules=Modules(
            names=("warehouse",),
            it_mw=capacity * one,
            facility_musd=0.0 * one,
            it_musd=0.0 * one,
            running_musd_per_year=0.0 * one,
            yard_ha=one,
            load_factor=0.0 * one,
            performance=one,
            lead_months=0.0 * one,
            trucks=0.0 * one,
        ),
        network=_nothing(),
        facts=facts,
        notes=(),
    )
    return assemble(problem, (LAND, ASSIGNMENT), {"land": LandKnobs(), "assignment": knobs})


def _nothing() -> Network:
    none, whole = np.zeros(0), np.zeros(0, np.int64)
    return Network((), (), (), (), (), none, none, none, np.zeros((0, 1, 1)), np.zeros((0, 1)), (), whole, whole, none)
