"""Bounds computed again: never beyond the truth, always as good as claimed, whatever the certificate is made of."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from siting.certify import BoundReport, verify_bound
from siting.objectives import OBJECTIVES
from siting.problem import active_families
from siting.solve.outcome import Effort, solve
from tests.certify.certified import AIMS, Certified, certified
from tests.oracle.tiny import drawn
from tests.random_worlds import random_world
from tests.worlds import World, opened

SECONDS = 120.0
MANY = [*range(50), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(50, 550))]
CASES_SEEDS = [*range(12), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(12, 50))]
WHOLE_SEEDS = (7, 20, 25)
MERGED_SEEDS = (3, 6, 9, 11)


def proven(made: Certified) -> BoundReport:
    """What is proven of a certificate; fails where a bound is beyond the truth or worse than claimed."""
    report = verify_bound(made.folder, SECONDS, made.folder.parent)
    assert [proof.name for proof in report.aims] == [aim.name for aim in AIMS]
    for aim, proof, truth in zip(AIMS, report.aims, made.truths, strict=True):
        side, slack = (1.0 if aim.maximise else -1.0), 1e-7 * max(1.0, abs(truth))
        assert side * (proof.proven - truth) >= -slack, "a bound beyond the truth"
        assert side * (proof.claimed - proof.proven) >= -1.01e-6 * max(1.0, abs(proof.claimed))
    return report


def with_a_plan(seed: int, root: Path, **asked: object) -> Certified:
    """The first world of a seed that has a plan."""
    for again in range(40):
        place = root / str(again)
        made = certified(random_world(1000 * again + seed), place, **asked)  # type: ignore[arg-type]
        if made is not None and made.truths[0] > 0:
            return made
    raise AssertionError(f"no world with a plan from seed {seed}")


@pytest.mark.parametrize("seed", MANY)
def test_bound_of_a_tiny_world_is_reproduced_and_never_beyond_the_best_of_all_choices(seed: int, tmp_path: Path) -> None:
    world, _, compute = next(drawn(seed))
    made = certified(world, tmp_path)
    assert made is not None
    assert made.truths[0] == pytest.approx(compute, rel=1e-6)
    proven(made)


@pytest.mark.parametrize("seed", WHOLE_SEEDS)
def test_bound_of_a_program_searched_whole_is_reproduced(seed: int, tmp_path: Path) -> None:
    report = proven(with_a_plan(seed, tmp_path, kind="whole"))
    assert [proof.kind for proof in report.aims] == ["whole", "whole"]


@pytest.mark.parametrize("seed", CASES_SEEDS)
def test_bound_by_cases_is_reproduced_and_never_beyond_the_best_of_all_choices(seed: int, tmp_path: Path) -> None:
    world, _, compute = next(drawn(seed))
    made = certified(world, tmp_path, kind="cases")
    assert made is not None
    assert made.truths[0] == pytest.approx(compute, rel=1e-6)
    report = proven(made)
    assert [proof.kind for proof in report.aims] == ["cases", "cases"]


@pytest.mark.parametrize("seed", WHOLE_SEEDS)
def test_bound_of_relaxed_blocks_is_reproduced(seed: int, tmp_path: Path) -> None:
    proven(with_a_plan(seed, tmp_path, relaxed=True))


def two_blocks(seed: int) -> World:
    """A world searched on one slice a day and dispatched on two."""
    world = random_world(seed)
    world.model["time"]["dispatch_blocks"] = 2 * world.model["time"]["blocks"]
    world.profiles = {
        name: [[value * share for value in row for share in (0.9, 1.1)] for row in rows] for name, rows in world.profiles.items()
    }
    return world


def test_bound_on_merged_slices_is_reproduced(tmp_path: Path) -> None:
    found = []
    for seed in MERGED_SEEDS:
        made = certified(two_blocks(seed), tmp_path / str(seed))
        if made is not None:
            assert all(certificate.merged for certificate in made.certificates)
            proven(made)
            found.append(seed)
    assert found, "none of these worlds has a plan"


def test_search_leaves_the_certificate_of_its_bound(tmp_path: Path) -> None:
    program = opened(random_world(7), tmp_path).program()
    outcome = solve(program, OBJECTIVES[:2], Effort(gap=0.05, time_limit_s=60.0, kernel_sites=2, whole_at_most=0))
    for reached in outcome.reached:
        certificate = reached.certificate
        assert certificate is not None
        assert (certificate.aim, certificate.kind, certificate.merged) == (reached.aim.name, "prices", False)
        assert (-1.0 if reached.aim.maximise else 1.0) * certificate.bound == reached.bound
        assert set(certificate.values) <= {*program.problem.site_ids, ""}
    first, second = (reached.certificate for reached in outcome.reached)
    assert first is not None
    assert second is not None
    assert (len(first.held), [held.row for held in second.held]) == (0, ["held_compute[2027]", "held_compute[2028]"])


def test_recomputing_a_bound_needs_neither_solver_nor_checker() -> None:
    script = "import sys, siting.certify; print(*(name for name in sys.modules if name.startswith('siting.')))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert "siting.statement" in loaded
    assert not [name for name in loaded if name.startswith(("siting.solve", "siting.verify"))]


@pytest.mark.parametrize("seed", [7, 9, 13, 23])
def test_candidates_stated_one_by_one_give_the_same_bound(seed: int, tmp_path: Path) -> None:
    world = random_world(seed)
    scenario = opened(world, tmp_path / "first").scenario
    world = world.without(*(each.name for each in active_families(scenario) if each.across(scenario.knobs[each.name])))
    made = certified(world, tmp_path)
    assert made is not None
    together = proven(made)
    lines: list[str] = []
    apart = verify_bound(made.folder, SECONDS, tmp_path, lines.append, at_once=1)
    assert sum(line.startswith("part ") for line in lines) > 1
    for one, other in zip(together.aims, apart.aims, strict=True):
        assert other.proven == pytest.approx(one.proven, rel=2e-6, abs=2e-6)
