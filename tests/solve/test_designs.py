"""Designs: a block with its whole columns decided, for any share of it; and the rows that whole columns imply."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array

from siting.solve import master
from siting.solve.chunks import Asked, Chunk
from siting.solve.designs import Design, design_of
from siting.solve.job import Floats, Model
from siting.solve.master import Master
from siting.solve.shared import Shared
from siting.solve.small import BlockPricer, solve_priced
from siting.solve.tight import tightened
from tests.solve.in_parts import Here
from tests.solve.test_decompose import bound_of_parts, parted

SEEDS = range(16)
LINE, CAPACITY, FLOW, OTHER = range(4)


def cheap_prices(shared: Shared, seed: int, size: float) -> Floats:
    """Prices that pay for what is asked, and take something for what is not."""
    rng = np.random.default_rng(seed)
    return shared.clean(np.where(np.isfinite(shared.row_lower), size, -0.01 * size) * rng.uniform(0.5, 1.5, shared.count))


def designed(seed: int, root: Path) -> tuple[Here, Shared, list[tuple[Chunk, Design]], Floats]:
    """Designs that blocks propose at prices at which many pay, each with its chunk."""
    found = parted(seed, root, 2)
    if found is None or not found[2].priced.any():
        pytest.skip("nothing is shared in this world")
    crew, shared = found[1], found[2]
    for size in (3.0, 30.0, 300.0):
        prices = cheap_prices(shared, seed, size)
        used = np.flatnonzero(prices)
        answers = [(chunk, chunk.price(Asked(used, prices[used], np.inf))) for chunk in crew.chunks]
        designs = [(chunk, design) for chunk, answer in answers for design in answer.designs]
        if designs:
            return crew, shared, designs, prices
    pytest.skip("no block proposes anything in this world")


def minimum(model: Model) -> float:
    found = solve_priced(model)
    assert found is not None
    return found[0]


def alone(design: Design, prices: Floats) -> Model:
    """The whole of a design at these prices."""
    start = design.rows.indptr
    first = np.zeros(len(design.cost))
    first[0] = 1.0
    return Model(
        cost=design.cost - design.use.T @ prices[design.number],
        lower=first,
        upper=np.where(first > 0, 1.0, np.inf),
        integer=np.zeros(len(first), dtype=bool),
        start=start.astype(np.int32),
        column=design.rows.indices.astype(np.int32),
        value=design.rows.data,
        row_lower=design.row_lower,
        row_upper=design.row_upper,
    )


def decided(chunk: Chunk, design: Design, prices: Floats) -> Model:
    """Its block with the same whole columns, at these prices."""
    site = int(np.flatnonzero(chunk.sites == design.site)[0])
    block = chunk._model(site, chunk._reduced(chunk._of_all(np.arange(len(prices)), prices)))
    columns = chunk._order[slice(*chunk._first[site : site + 2])]
    wanted = np.array([design.chosen.get(chunk._name(int(column)), 0.0) for column in columns])
    return replace(
        block,
        lower=np.where(block.integer, wanted, block.lower),
        upper=np.where(block.integer, wanted, block.upper),
        integer=np.zeros(len(wanted), dtype=bool),
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_a_design_is_its_block_with_the_whole_columns_decided(seed: int, tmp_path: Path) -> None:
    _, shared, designs, prices = designed(seed, tmp_path)
    for other in (prices, 0.2 * prices, cheap_prices(shared, seed + 1, 10.0)):
        for chunk, design in designs[:8]:
            expected = minimum(decided(chunk, design, other))
            assert minimum(alone(design, other)) == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_the_block_would_do_is_a_point_of_its_design_at_any_share(seed: int, tmp_path: Path) -> None:
    _, _, designs, _ = designed(seed, tmp_path)
    for _, design in designs:
        for share in (1.0, 0.3):
            rows, spare = design.rows @ (share * design.point), 1e-5 * max(1.0, float(np.abs(design.point).max()))
            assert (rows >= design.row_lower - spare).all()
            assert (rows <= design.row_upper + spare).all()
        assert (design.point >= 0).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_no_prices_give_a_better_bound_than_a_mix_leaves_and_the_last_mix_is_one(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a box that holds all prices asked: once blocks have nothing new to propose at the prices of a mix, it is their bound."""
    for share in ("NEAR_SHARE", "FAMILY_SHARE", "COMMON_NEAR_SHARE"):
        monkeypatch.setattr(master, share, 100.0)
    crew, shared, designs, asked = designed(seed, tmp_path)
    mixing = Master(shared, asked, np.zeros(0, np.int64))
    mixing.add(design for _, design in designs)
    for _ in range(60):
        used = np.flatnonzero(asked)
        answers = crew.price(Asked(used, asked[used], whole_below=-1e-9, absolute_gap=1e-7))
        new = mixing.add([design for answer in answers for design in answer.designs])
        mixed = mixing.mix()
        spare = 1e-5 * max(1.0, abs(mixed.objective))
        assert bound_of_parts(crew, shared, asked, whole=True) <= mixed.objective + spare
        if not new and np.allclose(asked, mixed.prices, rtol=1e-9, atol=1e-9):
            break
        asked = mixed.prices
    assert bound_of_parts(crew, shared, mixed.prices, whole=True) == pytest.approx(mixed.objective, rel=1e-4, abs=1e-3)


def line_block(entries: csr_array, cost: Floats, lower: Floats, upper: Floats, row_lower: Floats, row_upper: Floats) -> Model:
    """A block whose first column is whole, a line, and whose others are not."""
    return Model(
        cost=cost,
        lower=lower,
        upper=upper,
        integer=np.arange(len(cost)) == 0,
        start=entries.indptr.astype(np.int32),
        column=entries.indices.astype(np.int32),
        value=entries.data,
        row_lower=row_lower,
        row_upper=row_upper,
    )


def test_bounds_that_no_row_implies_are_rows_of_a_design() -> None:
    """min -flow with flow <= capacity <= 5 * line, and a bound of its own on flow that is less."""
    entries = csr_array(np.array([[-5.0, 1.0, 0.0, 0.0], [0.0, -1.0, 1.0, 0.0]]))
    block = line_block(
        entries,
        np.array([2.0, 0.0, -1.0, -1.0]),
        np.array([0.0, 0.0, 0.0, 0.5]),
        np.array([1.0, 5.0, 3.0, 4.0]),
        np.full(2, -np.inf),
        np.zeros(2),
    )
    none = csr_array((4, 0))
    design = design_of(block, none, np.zeros(0, np.int64), np.array([1.0, 3.0, 3.0, 4.0]), 0, {"line": 1.0})
    assert minimum(alone(design, np.zeros(0))) == pytest.approx(2.0 - 3.0 - 4.0)
    least = replace(alone(design, np.zeros(0)), cost=-alone(design, np.zeros(0)).cost)
    assert minimum(least) == pytest.approx(-2.0 + 0.0 + 0.5)
    closed = design_of(block, none, np.zeros(0, np.int64), np.array([0.0, 0.0, 0.0, 4.0]), 0, {})
    assert len(closed.cost) == 2


def test_a_design_has_its_own_point_though_a_line_that_carried_a_trickle_rounds_to_none() -> None:
    """min 3 * line + other with flow + other >= 10, flow <= 500 * line, other <= 9.9996."""
    entries = csr_array(np.array([[0.0, 1.0, 1.0], [-500.0, 1.0, 0.0]]))
    block = line_block(
        entries,
        np.array([3.0, 0.0, 1.0]),
        np.zeros(3),
        np.array([1.0, 500.0, 9.9996]),
        np.array([10.0, -np.inf]),
        np.array([np.inf, 0.0]),
    )
    none = csr_array((3, 0))
    design = design_of(block, none, np.zeros(0, np.int64), np.array([8e-7, 4e-4, 9.9996]), 0, {})
    assert minimum(alone(design, np.zeros(0))) == pytest.approx(9.9996)


@pytest.mark.parametrize("seed", SEEDS)
def test_tightened_blocks_have_the_same_whole_minimum_and_no_lesser_relaxed_one(seed: int, tmp_path: Path) -> None:
    crew, shared, _, prices = designed(seed, tmp_path)
    for chunk in crew.chunks:
        reduced = chunk._reduced(chunk._of_all(np.arange(shared.count), prices))
        for site in range(len(chunk.sites)):
            block, pricer = chunk._model(site, reduced), BlockPricer(1)
            tight = tightened(block)
            truth = pricer.whole(block, 1e-9, 20.0)[0]
            spare = 1e-6 * max(1.0, abs(truth))
            assert pricer.whole(tight, 1e-9, 20.0)[0] == pytest.approx(truth, rel=1e-6, abs=1e-6)
            relaxed = BlockPricer(1).relaxed(block, 0)
            assert relaxed - spare <= BlockPricer(1).relaxed(tight, 0) <= truth + spare


def test_a_line_carries_no_more_than_its_source_gives_in_that_slice() -> None:
    entries = csr_array(np.array([[-10.0, 1.0, 0.0, 0.0], [0.0, -1.0, 1.0, 0.0], [0.0, -1.0, 0.0, 2.0]]))
    block = line_block(
        entries, np.array([6.0, 0.0, -2.0, 0.0]), np.zeros(4), np.array([1.0, 10.0, 4.0, 100.0]), np.full(3, -np.inf), np.zeros(3)
    )
    tight = tightened(block)
    assert len(tight.row_lower) == len(block.row_lower) + 1
    assert tight.column[tight.start[3] :].tolist() == [LINE, FLOW]
    assert tight.value[tight.start[3] :].tolist() == [-4.0, 1.0]
    assert BlockPricer(1).relaxed(block, 0) == pytest.approx(-8.0 + 0.4 * 6.0)
    assert BlockPricer(1).relaxed(tight, 0) == pytest.approx(-2.0)
