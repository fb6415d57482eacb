"""Terms become compressed rows, whichever way is taken, and ledgers answer by column what their entries add up to."""

from __future__ import annotations

import numpy as np
import pyomo.environ as pyo
import pytest

from siting.arrays import Sheet, Space, cells
from siting.ledger import Ledger
from siting.program.matrix import compile_matrix
from siting.terms import CsrRows, Floats, Term, compress, ruler


def dense(rows: CsrRows, columns: int) -> Floats:
    found = np.zeros((len(rows.start) - 1, columns))
    for row, (begin, end) in enumerate(zip(rows.start[:-1], rows.start[1:], strict=True)):
        own = rows.column[begin:end]
        assert (np.diff(own) > 0).all(), "columns rise within a row, none twice"
        assert rows.value[begin:end].all(), "no entry of 0"
        found[row, own] = rows.value[begin:end]
    return found


def added(terms: list[Term], rows: int, columns: int) -> Floats:
    found = np.zeros((rows, columns))
    for term in terms:
        parts = np.broadcast_arrays(term.rows, term.columns, term.coefficients)
        np.add.at(found, (parts[0].ravel(), parts[1].ravel()), parts[2].ravel())
    return found


SITE, KIND, PERIOD = 4, 3, 2
PAIR = ruler(0, SITE * PERIOD).reshape(SITE, PERIOD)
STOCK = ruler(10, SITE * KIND * PERIOD).reshape(SITE, KIND, PERIOD)
OPEN = ruler(0, SITE * PERIOD).reshape(SITE, PERIOD)
EACH = np.arange(1.0, 1.0 + SITE * KIND * PERIOD).reshape(SITE, KIND, PERIOD)
CASES = {
    "none": [],
    "empty": [Term(PAIR[:0], OPEN[:0], 1.0)],
    "one to one": [Term(PAIR, OPEN, 2.0)],
    "side by side": [Term(PAIR[:, None], STOCK, EACH), Term(PAIR, OPEN, -1.0)],
    "interleaved": [Term(PAIR, STOCK[:, 1], 1.0), Term(PAIR[:, None], STOCK[:, ::2], -3.0)],
    "the same column twice": [Term(PAIR, OPEN, 2.0), Term(PAIR[:, None], STOCK, 1.0), Term(PAIR, OPEN[:, :1], 0.5)],
    "the same term twice": [Term(PAIR[:, None], STOCK, EACH), Term(PAIR[:, None], STOCK, 1.0)],
    "cancelled": [Term(PAIR, OPEN, 2.0), Term(PAIR, OPEN, -2.0), Term(PAIR, STOCK[:, 0], 1.0)],
    "zeros": [Term(PAIR[:, None], STOCK, EACH * (EACH % 2))],
    "some rows only": [Term(PAIR[1:], OPEN[1:], 1.0), Term(PAIR[[3, 0, 3]], STOCK[[0, 1, 2], 1], 4.0)],
    "out of order": [Term(PAIR[::-1], OPEN, 1.0)],
    "another last axis": [Term(PAIR[:, :, None], STOCK.transpose(0, 2, 1), EACH.transpose(0, 2, 1))],
}


@pytest.mark.parametrize("name", CASES)
def test_terms_add_up_to_the_rows_they_say(name: str) -> None:
    terms = CASES[name]
    assert np.array_equal(dense(compress(terms, PAIR.size, 40), 40), added(terms, PAIR.size, 40))


@pytest.mark.parametrize("seed", range(5))
def test_terms_at_random_add_up(seed: int) -> None:
    random = np.random.default_rng(seed)
    terms = [
        Term(random.integers(0, 7, (5, 3)), random.integers(0, 20, (5, 3)), random.integers(-2, 3, (5, 1)).astype(float))
        for _ in range(4)
    ]
    assert np.allclose(dense(compress(terms, 7, 20), 20), added(terms, 7, 20))


def test_more_rows_than_16_bits_count_keep_their_order() -> None:
    rows = (1 << 16) + 10
    at = np.arange(rows)[::-1].copy()
    found = compress([Term(at, at % 50, at + 1.0), Term(at[:5], np.full(5, 60), 1.0)], rows, 61)
    assert np.array_equal(np.diff(found.start), np.where(np.arange(rows) > rows - 6, 2, 1))
    first = found.start[:-1]
    assert np.array_equal(found.column[first], np.arange(rows) % 50)
    assert np.array_equal(found.value[first], np.arange(rows) + 1.0)


def test_numbers_of_rows_and_columns_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        ruler(3, 5)[0] = 1


def sheet() -> Sheet:
    return Sheet(pyo.ConcreteModel(), Space())


def test_sides_given_as_one_number_become_arrays_when_somebody_changes_one() -> None:
    page = sheet()
    site, period = page.axis("site", ["a", "b"]), page.axis("period", ["1", "2"])
    limit = np.array([[5.0], [7.0]])
    variable = page.variables("x", [site, period], upper=limit)
    limit[:] = 0.0
    variable.upper_values[3] = 1.0
    page.rows("r", [site, period], [Term(cells(site, period), variable.columns, 1.0)], upper=limit + 9.0)
    matrix = compile_matrix(page.block, page.space)
    assert matrix.upper.tolist() == page.space.upper_values().tolist() == [5.0, 5.0, 7.0, 1.0]
    assert matrix.lower.tolist() == [0.0] * 4
    assert matrix.row_upper.tolist() == [9.0] * 4
    assert matrix.row_lower.tolist() == [-np.inf] * 4


def test_what_components_hold_is_held_once_after_compiling() -> None:
    page = sheet()
    site = page.axis("site", ["a", "b"])
    variable = page.variables("x", [site])
    rows = page.rows("r", [site], [Term(cells(site), variable.columns, 2.0)], upper=1.0)
    matrix = compile_matrix(page.block, page.space)
    assert np.shares_memory(matrix.value, rows.csr.value)
    again = compile_matrix(page.block, page.space)
    assert again.value.tolist() == matrix.value.tolist() == [2.0, 2.0]


def test_a_label_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="label twice"):
        sheet().axis("site", ["a", "a"])


def test_a_ledger_answers_by_column_and_slice_what_its_entries_add_up_to() -> None:
    page = sheet()
    site, kind, period = (page.axis(name, list(labels)) for name, labels in (("i", "abcd"), ("k", "xyz"), ("p", "12")))
    stock = page.variables("stock", [site, kind, period])
    other = page.variables("other", [site, period])
    slices = 5
    ledger = Ledger("draw", (4, 2, slices))
    random = np.random.default_rng(1)
    at = ledger.cells()
    ledger.add("whole", at[:, None], stock.columns[..., None], random.random((4, 3, 2, slices)))
    ledger.add("alike", at[:, None], stock.columns[..., None], 0.5)
    ledger.add("some", at[[2, 0]][:, 1, 3], stock.columns[[2, 0], 1, 1], 4.0)
    ledger.add("another", at, other.columns[..., None], 2.0)
    expected = np.zeros((page.space.size, slices))
    for entry in ledger.entries:
        np.add.at(expected, (entry.columns, entry.at % slices), entry.coefficients)
    weight = random.random(slices)
    assert np.allclose(ledger.of_variable(stock), expected[stock.columns])
    assert np.allclose(ledger.by_column(page.space.size, weight), expected @ weight)
    assert np.allclose(ledger.by_column(page.space.size), expected.sum(axis=1))
    ledger.add("later", at[:, None], stock.columns[..., None], 1.0)
    assert np.allclose(ledger.of_variable(stock), expected[stock.columns] + 1.0)
