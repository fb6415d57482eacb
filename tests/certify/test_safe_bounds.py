"""Safe rounding: any multipliers give a bound, none is ever above the minimum; branch and bound proves what is there."""

from __future__ import annotations

import itertools
import math
import time
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from scipy.sparse import csr_array

from siting.certify import cut
from siting.certify.branching import prove
from siting.certify.propagate import Tightening
from siting.certify.relaxation import Relaxation
from siting.certify.safe import Block, Rounded, sum_down

SECONDS = 60.0


def block(cost: list[float], rows: list[list[float]], low: list[float], high: list[float], upper: float = 3.0) -> Block:
    """Whole columns from 0 to `upper`."""
    size = len(cost)
    return Block(
        site="a",
        cost=np.array(cost),
        error=np.zeros(size),
        lower=np.zeros(size),
        upper=np.full(size, upper),
        integer=np.ones(size, dtype=bool),
        rows=csr_array(np.array(rows, dtype=float).reshape(len(low), size)),
        row_lower=np.array(low),
        row_upper=np.array(high),
    )


def random_block(seed: int) -> Block:
    rng = np.random.default_rng(seed)
    size, rows = 4, 3
    entries = np.round(rng.normal(size=(rows, size)) * (rng.random((rows, size)) < 0.8), 2)
    point = rng.integers(0, 4, size).astype(float)
    middle = entries @ point
    low = np.where(rng.random(rows) < 0.5, -np.inf, middle - rng.random(rows))
    high = np.where(np.isinf(low) | (rng.random(rows) < 0.5), middle + rng.random(rows), np.inf)
    return block(np.round(rng.normal(size=size), 2).tolist(), entries.tolist(), low.tolist(), high.tolist())


def minimum(of: Block) -> Fraction:
    """The exact minimum over whole numbers, by looking at all of them."""
    entries = [[Fraction(value) for value in row] for row in of.rows.toarray().tolist()]
    best = None
    for point in itertools.product(range(4), repeat=len(of.cost)):
        sums = [sum(value * x for value, x in zip(row, point, strict=True)) for row in entries]
        if all(low <= total <= high for low, total, high in zip(of.row_lower, sums, of.row_upper, strict=True)):
            worth = sum((Fraction(value) * x for value, x in zip(of.cost.tolist(), point, strict=True)), Fraction(0))
            best = worth if best is None else min(best, worth)
    assert best is not None
    return best


def deadline() -> float:
    return time.monotonic() + SECONDS


@pytest.mark.parametrize("seed", range(20))
def test_any_multipliers_give_a_bound_below_the_minimum(seed: int) -> None:
    of, rng = random_block(seed), np.random.default_rng(1000 + seed)
    rounded, least = Rounded(of), minimum(of)
    for multipliers in (*rng.normal(scale=3.0, size=(20, 3)), np.array([np.nan, np.inf, -np.inf])):
        assert Fraction(rounded.bound(multipliers, of.lower, of.upper).value) <= least


@pytest.mark.parametrize("seed", range(40))
def test_branch_and_bound_proves_the_minimum_and_nothing_above_it(seed: int) -> None:
    of = random_block(seed)
    least = float(minimum(of))
    found = prove(of, least - 1e-6, deadline())
    assert found.reached
    assert found.bound <= least + 1e-12 * abs(least)
    beyond = prove(of, least + 1e-3, deadline())
    assert not beyond.reached
    assert beyond.bound <= least + 1e-12 * abs(least)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("below", [1e-6, 0.01, 0.1, 0.5])
def test_a_value_well_below_the_minimum_proves_nothing_above_the_minimum(seed: int, below: float) -> None:
    of, least = priced_block(seed)
    assert prove(of, least - below, deadline()).bound <= least + 1e-9


def priced_block(seed: int) -> tuple[Block, float]:
    """A yes-or-no that opens five numbers of modules in a knapsack, and its minimum by enumeration."""
    rng = np.random.default_rng(seed)
    weight = np.round(rng.uniform(1.0, 5.0, 5), 2)
    size, opening = round(float(rng.uniform(5.0, 15.0)), 2), round(float(rng.uniform(2.0, 9.0)), 2)
    gain = np.round(weight * rng.uniform(0.6, 1.4, 5), 2)
    rows = [[-size, *weight], *([-2.0, *row] for row in np.eye(5))]
    of = block([opening, *-gain], rows, [-np.inf] * 6, [0.0] * 6)
    every = np.array(list(itertools.product(range(3), repeat=5)), dtype=float)
    fits = every @ weight <= size + 1e-12
    return replace(of, upper=np.array([1.0, *[2.0] * 5])), min(0.0, float((opening - every[fits] @ gain).min()))


def test_multipliers_of_the_relaxation_give_its_minimum() -> None:
    of = block([-1.0, -2.0], [[1.0, 2.0]], [-np.inf], [3.0])
    hint = Relaxation(of).hint(of.lower, of.upper, SECONDS)
    assert Rounded(of).bound(hint.multipliers, of.lower, of.upper).value == pytest.approx(-3.0, abs=1e-12)


def test_what_costs_are_not_known_to_is_taken_off() -> None:
    of = block([1.0, 1.0], [[1.0, 1.0]], [2.0], [np.inf])
    unsure = replace(of, error=np.full(2, 1e-3))
    assert Rounded(of).bound(np.ones(1), of.lower, of.upper).value == pytest.approx(2.0)
    assert Rounded(unsure).bound(np.ones(1), of.lower, of.upper).value == pytest.approx(2.0 - 2 * 3 * 1e-3)


def test_a_column_without_end_gives_no_bound_unless_its_cost_forbids_it() -> None:
    of = replace(block([0.5, 0.0], [[1.0, 1.0]], [2.0], [np.inf], upper=np.inf), integer=np.zeros(2, dtype=bool))
    rounded = Rounded(of)
    assert rounded.bound(np.array([0.1]), of.lower, of.upper).value == -math.inf
    assert rounded.bound(np.zeros(1), of.lower, of.upper).value <= 0.0
    dear = replace(of, cost=np.array([0.5, 1.0]))
    assert prove(dear, 1.0 - 1e-5, deadline()).reached


def test_a_block_that_nothing_meets_is_proven_to_be_so() -> None:
    of = block([1.0, 1.0], [[1.0, 1.0], [1.0, -1.0]], [1.5, 0.0], [1.7, 0.0])
    assert prove(of, 1e6, deadline()).reached


def test_a_box_narrowed_by_its_rows_keeps_every_point_that_meets_them() -> None:
    for seed in range(40):
        of = random_block(seed)
        lower, upper = Tightening(of).begin()
        entries = of.rows.toarray()
        for point in itertools.product(range(4), repeat=len(of.cost)):
            sums = entries @ np.array(point)
            if (sums >= of.row_lower).all() and (sums <= of.row_upper).all():
                assert (lower <= point).all()
                assert (upper >= point).all()


@pytest.mark.parametrize("cost", [math.inf, -math.inf, math.nan])
def test_a_cost_that_is_no_number_proves_nothing(cost: float) -> None:
    of = block([-1.0, -2.0, -1.5, cost], [[1.0, 1.0, 1.0, 1.0]], [-math.inf], [2.5])
    of = replace(of, error=np.array([0.0, 0.0, 0.0, math.inf]))
    with np.errstate(invalid="ignore"):
        proven = prove(of, -1.0, deadline())
    assert (proven.reached, proven.bound) == (False, -math.inf)


def test_a_sum_of_what_is_no_number_is_no_bound() -> None:
    assert sum_down(np.array([1.0, math.nan, 2.0])) == -math.inf


def test_prices_too_large_to_add_up_prove_nothing() -> None:
    assert cut.rows_value(np.array([1e308, 1e308]), np.array([10.0, 10.0]), np.array([math.inf, math.inf])) == -math.inf


def test_sums_are_rounded_down() -> None:
    terms = np.array([1e16, 1.0, -1e16, 0.1, 0.2, 0.3] * 7)
    assert Fraction(sum_down(terms)) <= sum((Fraction(term) for term in terms.tolist()), Fraction(0))
    assert sum_down(np.array([1.0, -np.inf])) == -math.inf
    value = cut.rows_value(np.array([0.1, -0.3]), np.array([0.7, -np.inf]), np.array([np.inf, 0.9]))
    assert Fraction(value) <= Fraction(0.1) * Fraction(0.7) - Fraction(0.3) * Fraction(0.9)
    assert value == pytest.approx(-0.2)
