"""Branch and bound over a block: its bound is never above the truth, whatever it may leave and whatever is known."""

from __future__ import annotations

import math
from dataclasses import replace

import highspy
import numpy as np
import pytest
from scipy.sparse import csr_array

from siting.solve import highs
from siting.solve.highs import BlockSolver
from siting.solve.job import Model
from siting.solve.small import BlockPricer
from tests.solve.fake import model as written

KNOWN_ABOVE = (-1.0, 0.5, 2.0, math.inf)
"""How far above the truth what is known lies."""
GAPS = (0.0, 0.5, 3.0)


def block(seed: int) -> Model:
    """Seven whole columns and three others under four knapsacks, some columns dear and some with a gain."""
    rng = np.random.default_rng(seed)
    columns, rows = 10, 4
    entries = csr_array(np.round(rng.uniform(0.5, 6.0, (rows, columns)), 2))
    return Model(
        cost=np.round(rng.uniform(-6.0, 2.0, columns), 2),
        lower=np.zeros(columns),
        upper=np.where(np.arange(columns) < 4, 1.0, 3.0),
        integer=np.arange(columns) < 7,
        start=entries.indptr.astype(np.int32),
        column=entries.indices.astype(np.int32),
        value=entries.data,
        row_lower=np.full(rows, -np.inf),
        row_upper=np.round(rng.uniform(4.0, 12.0, rows), 2),
    )


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("above", KNOWN_ABOVE)
@pytest.mark.parametrize("gap", GAPS)
def test_a_block_is_bounded_from_below_and_to_the_gap(seed: int, above: float, gap: float) -> None:
    model, pricer = block(seed), BlockPricer(1)
    truth = pricer.whole(model, 1e-9, 20.0)[0]
    known = truth + above
    found = pricer.cheaper(model, 0, known, gap)
    assert found.done
    assert found.bound <= truth + 1e-6
    assert found.bound >= min(truth, known) - gap - 1e-6
    if found.solution is not None:
        assert truth - 1e-6 <= float(model.cost @ found.solution) <= min(known, truth + gap) + 1e-6


def test_a_relaxed_block_that_comes_to_no_end_is_begun_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    model = block(3)
    expected = BlockSolver(model, 1e-6, 20.0).price(model.cost, relax=True)[0]
    seconds = []
    run = BlockSolver._run

    def first_in_vain(
        self: BlockSolver, solver: object, cost: object, limit: float, *, anew: bool = False
    ) -> tuple[object, object]:
        seconds.append(limit)
        status, ended = run(self, solver, cost, limit, anew=anew)
        return status, highspy.HighsModelStatus.kTimeLimit if len(seconds) == 1 else ended

    monkeypatch.setattr(BlockSolver, "_run", first_in_vain)
    assert BlockSolver(model, 1e-6, 20.0).price(model.cost, relax=True)[0] == pytest.approx(expected)
    assert seconds == [20.0, highs.PATIENCE * 20.0]


def test_a_search_cut_short_has_no_bound_but_keeps_what_it_found() -> None:
    model, pricer = block(7), BlockPricer(1)
    cut = [pricer.cheaper(model, 0, math.inf, 0.0, nodes) for nodes in range(1, 40)]
    assert not cut[0].done
    for found in cut:
        assert found.done or found.bound == -math.inf
        if found.solution is not None:
            assert np.abs(found.solution[model.integer] - np.rint(found.solution[model.integer])).max() <= 1e-6
    assert any(not found.done and found.solution is not None for found in cut)
    assert cut[-1].done


def test_bounds_that_are_no_whole_numbers_cut_off_nothing_that_is_whole() -> None:
    """Held at 2.5 and one step away a column would end at 1.5, so an odd one would lose its 1; from 0.5 an even one its 2."""
    odd = written([-1.0, 0.0], [[1.0, -2.0]], [1.0], [1.0], upper=2.5)
    even = replace(written([1.0, 0.0], [[1.0, -2.0]], [0.0], [0.0], upper=3.0), lower=np.array([0.5, 0.0]))
    for model, known, truth, point in ((odd, -0.9, -1.0, [1.0, 0.0]), (even, 2.1, 2.0, [2.0, 1.0])):
        found = BlockPricer(1).cheaper(model, 0, known, 0.0)
        assert found.bound == pytest.approx(truth)
        assert found.solution is not None
        assert found.solution.tolist() == pytest.approx(point)


def test_a_whole_block_out_of_time_before_any_solution_has_a_bound_and_no_solution() -> None:
    model, pricer = block(3), BlockPricer(1)
    bound, solution = pricer.whole(model, 1e-9, 0.0)
    assert solution is None
    assert bound <= pricer.whole(model, 1e-9, 20.0)[0]
