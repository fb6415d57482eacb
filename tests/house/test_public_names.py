from __future__ import annotations

import subprocess
import sys

import pytest

import siting
from siting import errors
from siting.cli.app import APP
from siting.families import FAMILIES
from siting.objectives import OBJECTIVES


def test_public_names_are_these_and_all_can_be_had() -> None:
    assert sorted(siting.__all__) == siting.__all__
    assert {name for name in siting.__all__ if getattr(siting, name, None) is None} == set()
    assert dir(siting) == siting.__all__


def test_a_name_that_is_not_public_is_refused() -> None:
    with pytest.raises(AttributeError, match="no attribute solve_everything"):
        siting.solve_everything  # noqa: B018


def test_every_outcome_has_an_exit_code_of_its_own() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.SitingError)]
    codes = {kind.__name__: kind.exit_code for kind in kinds if kind is not errors.SitingError}
    assert codes == {
        "UsageError": 2,
        "InputError": 3,
        "Infeasible": 4,
        "Unbounded": 5,
        "NoPlanInLimit": 7,
        "VerificationFailed": 8,
        "SolverFailed": 9,
        "OutputError": 10,
        "RunLocked": 11,
    }
    assert (errors.EXIT_OPTIMAL, errors.EXIT_NOT_PROVEN, errors.EXIT_INTERRUPTED, errors.EXIT_TERMINATED) == (0, 6, 130, 143)


def test_verbs_are_these() -> None:
    verbs = [command.name for command in APP.registered_commands] + [group.name for group in APP.registered_groups]
    assert verbs == ["run", "check", "verify", "compare", "new", "knobs", "doctor", "data"]


def test_names_of_families_and_aims_are_unique_and_families_say_what_they_are() -> None:
    names = [family.name for family in FAMILIES]
    assert len(set(names)) == len(names)
    assert len({aim.name for aim in OBJECTIVES}) == len(OBJECTIVES)
    for family in FAMILIES:
        assert sys.modules[family.derive.__module__].__doc__, f"{family.name} has no prose"


def test_the_command_line_starts_without_the_heavy_packages() -> None:
    script = "import sys, siting.cli.door; print(sorted({'pandas', 'geopandas', 'pyomo', 'highspy', 'scipy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
