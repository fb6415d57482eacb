"""How the program of some of the candidates is stated: what a decomposition hands to its workers and makes kernels from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np

from siting.arrays import ArrayConstraint
from siting.family import Floats, Ints, Problem
from siting.layers.read import Layers
from siting.merging import groups
from siting.objectives import OBJECTIVES
from siting.objectives.aim import Aim, Scales
from siting.program.assemble import Program
from siting.program.counted import count_choices
from siting.program.matrix import Matrix, compile_matrix
from siting.scenario import Scenario
from siting.solve.crew import Crew
from siting.solve.crews import crew_of
from siting.solve.finer import Finer
from siting.solve.waiting import Waiting
from siting.statement import is_merged, merged_program_of, problem_of, program_of


@dataclass(frozen=True, slots=True)
class Held:
    """An earlier aim and the sides (lower, upper) of the rows that hold it, by the rows' name."""

    aim: str
    sides: Mapping[str, tuple[Floats, Floats]]


@dataclass(frozen=True, slots=True)
class PartStatement:
    """The statement of any part of the candidates (`sites`, sorted by id) for one aim, earlier aims held; `waiting` are processes
    to price it."""

    scenario: Scenario
    layers: Layers
    sites: gpd.GeoDataFrame
    aim: str
    held: tuple[Held, ...] = ()
    dask: str = ""
    waiting: Waiting | None = None

    def problem(self, places: Ints) -> Problem:
        """The problem of some candidates in every slice. Raises InputError."""
        some = self.sites.iloc[places]
        return problem_of(self.scenario, self.layers, some, part=len(some) < len(self.sites))

    def program(self, places: Ints) -> Program:
        """The program of some candidates in every slice. Raises InputError."""
        return self.holding(program_of(self.scenario, self.problem(places)))

    def searched(self, program: Program) -> Program:
        """What is searched in the place of a program: itself, or the same on merged slices where the scenario merges them."""
        return self.holding(merged_program_of(self.scenario, program.problem)) if is_merged(self.scenario) else program

    def stated(self, sites: Ints) -> tuple[Matrix, Floats]:
        """The compiled program over some candidates (positions among all), with rows that count what is decided whole, and its
        cost, to be minimised."""
        program = count_choices(self.searched(self.program(sites)))
        matrix = compile_matrix(program.model, program.space)
        return matrix, self.cost(program)

    def cost(self, program: Program) -> Floats:
        """The aim's coefficients (columns), to be minimised."""
        aim = aim_named(self.aim)
        weight = -1.0 if aim.maximise else 1.0
        return weight * aim.coefficients(_scales(program))

    def then(self, aim: str, sides: Mapping[str, tuple[Floats, Floats]]) -> PartStatement:
        """The statement for the next aim, this one held between these sides."""
        return replace(self, held=(*self.held, Held(self.aim, sides)), aim=aim)

    @property
    def merged(self) -> bool:
        """Whether slices are merged for the search."""
        return is_merged(self.scenario)

    def sides(self, program: Program, values: Floats) -> Mapping[str, tuple[Floats, Floats]]:
        """Sides of the rows that hold this statement's aim at a solution of a program."""
        rows = hold(aim_named(self.aim), program, values)
        return {name: (row.lower_values.copy(), row.upper_values.copy()) for name, row in rows.items()}

    def finer(self, program: Program, searched: Program) -> Finer | None:
        """Between the two, where they differ."""
        if not self.merged:
            return None
        return Finer(program, searched, groups(program.problem.time, self.scenario.time.blocks))

    def searched_plan(self, program: Program, values: Floats) -> tuple[Program, Floats]:
        """A plan in every slice as one of what is searched."""
        if not self.merged:
            return program, values
        searched = self.searched(program)
        finer = self.finer(program, searched)
        assert finer is not None
        return searched, finer.averaged(values)

    def crew(self, chunks: Sequence[Ints], workers: int) -> Crew:
        """Who prices the chunks."""
        travelling = replace(self, waiting=None)
        return crew_of(travelling, chunks, workers, self.dask, self.scenario.effort.memory_gb, self.waiting)

    def holding(self, program: Program) -> Program:
        """The program with the earlier aims held, each by rows of its own with the sides they were given."""
        for held in self.held:
            for name, row in hold(aim_named(held.aim), program, np.zeros(program.space.size)).items():
                row.lower_values[:], row.upper_values[:] = held.sides[name]
        return program


def hold(aim: Aim, program: Program, values: Floats) -> dict[str, ArrayConstraint]:
    """Hold an aim in a program at a solution; answers the rows it wrote, by name."""
    before = set(program.model.component_map())
    aim.hold(_scales(program), values)
    components = ((name, program.model.component(name)) for name in program.model.component_map() if name not in before)
    return {name: row for name, row in components if isinstance(row, ArrayConstraint)}


def _scales(program: Program) -> Scales:
    return Scales(program.problem, program.core, program.ledgers, program.space.size)


def aim_named(name: str) -> Aim:
    """The aim of that name."""
    return next(aim for aim in OBJECTIVES if aim.name == name)
