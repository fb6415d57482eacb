"""The statement of a scenario: layers, candidates, problem and program. What a solve starts from and a proof repeats."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import geopandas as gpd

from siting.errors import InputError, input_error
from siting.families import FAMILIES
from siting.families.locks import LOCKS, LocksKnobs, refuse_unknown_sites
from siting.family import Problem
from siting.layers.candidates import survey_candidates
from siting.layers.edits import AddPolygons
from siting.layers.profiles import MEAN_YEAR, Slices, make_slices
from siting.layers.read import Layers, read_layers
from siting.merging import merged
from siting.problem import active_families, build_problem
from siting.program.assemble import Program, assemble
from siting.scenario import Scenario
from siting.scenario.forced import refuse_clashes


def layers_of(scenario: Scenario, *, strict: bool = False) -> Layers:
    """The checked layers of a scenario, its edits applied and its exclusions added. Raises InputError with all faults."""
    return read_layers(
        scenario.layer_sources,
        roots=scenario.roots,
        allow_outside=scenario.allow_outside,
        strict=strict,
        edits=(*scenario.edits, *(AddPolygons(source) for source in scenario.exclude)),
        repair=scenario.repair,
        needed=needed_columns(scenario),
    )


def candidates_of(scenario: Scenario, layers: Layers) -> gpd.GeoDataFrame:
    """The candidate sites: the user's own, or made from the layers."""
    rules = scenario.candidates
    return survey_candidates(
        layers,
        cell_resolution=rules.cell_resolution,
        reach_km=rules.reach_km,
        site_limit_mw=rules.limit_mw,
        land_ha=rules.land_ha,
        land_musd_per_ha=rules.land_musd_per_ha,
    )[0]


def needed_columns(scenario: Scenario) -> Mapping[str, frozenset[str]]:
    """Layers that the families in use read, with the columns they need beyond the schema's."""
    needed: defaultdict[str, set[str]] = defaultdict(set)
    for family in active_families(scenario, FAMILIES):
        for layer, fields in family.reads.items():
            needed[layer].update(field.name for field in fields if not field.optional)
    return {layer: frozenset(columns) for layer, columns in needed.items()}


def slices_of(scenario: Scenario, blocks: int) -> Slices:
    """The slices of a scenario with so many blocks a day. Raises InputError where the seasons do not part the year."""
    time = scenario.time
    years = tuple((year.name, year.probability_share, year.water_factor) for year in time.hydrology) or MEAN_YEAR
    return make_slices(time.seasons, blocks, str(scenario.path), years)


def problem_of(scenario: Scenario, layers: Layers, sites: gpd.GeoDataFrame, *, part: bool = False) -> Problem:
    """The problem in every slice; faults of settings that only show here get the file and line of the setting. With `part` the
    sites are some of the candidates."""
    slices = slices_of(scenario, scenario.time.dispatch_blocks)
    try:
        return build_problem(scenario, layers.frames, sites, slices, part=part)
    except InputError as error:
        raise input_error(scenario.placed(error.faults)) from None


def refuse_locks(scenario: Scenario, layers: Layers, sites: gpd.GeoDataFrame) -> None:
    """Refuse locks on sites that are none of all candidates, and on sites that must stand and cannot; where candidates are stated
    in parts, no part can tell. Raises InputError."""
    knobs = scenario.knobs[LOCKS.name] if LOCKS in active_families(scenario) else None
    if not isinstance(knobs, LocksKnobs):
        return
    try:
        refuse_unknown_sites(knobs, sites["id"].to_list())
    except InputError as error:
        raise input_error(scenario.placed(error.faults)) from None
    must = sites["id"].isin({*knobs.force, *(each.site for each in knobs.existing)})
    if must.any():
        refuse_clashes(scenario, problem_of(scenario, layers, sites[must], part=True))


def program_of(scenario: Scenario, problem: Problem) -> Program:
    """The program; what families can only refuse once they have met gets the file and line of the setting."""
    try:
        return assemble(problem, active_families(scenario), scenario.knobs)
    except InputError as error:
        raise input_error(scenario.placed(error.faults)) from None


def is_merged(scenario: Scenario) -> bool:
    """Whether slices are merged for the search."""
    return scenario.time.blocks != scenario.time.dispatch_blocks


def merged_program_of(scenario: Scenario, problem: Problem) -> Program:
    """The program on the merged slices that are searched, from the problem in every slice."""
    labels = slices_of(scenario, scenario.time.blocks).labels
    return assemble(merged(problem, labels, scenario.time.blocks), active_families(scenario), scenario.knobs)
