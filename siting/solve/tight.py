"""Rows that a block's whole columns imply and its relaxation does not see.

    f <= k q,   q <= Q x,   f <= u,   x whole and at least 0        imply        f <= u x        wherever 0 <= u < k Q

for f is 0 where x is 0 and at most u where it is not. In a block: what flows on a line in a slice is at most what its source
gives then, times whether the line is built; the line's capacity alone allows as much as the best slice gives. A relaxation takes
some more time with these rows, and branching a quarter of its nodes: blocks are tightened where they are priced whole, and only
there (FORMULATION 2.4).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from scipy.sparse import csr_array, vstack

from siting.solve.job import Floats, Ints, Model

LESS: Final = 1e-9
"""By how much less a column's bound must allow than its rows do."""


def tightened(model: Model) -> Model:
    """The same program with these rows after its own."""
    small, large, times = _pairs(model)
    stock = ~model.integer[small] & ~model.integer[large]
    built = ~model.integer[small] & model.integer[large] & (model.lower[large] >= 0)
    flow, whole, most = _joined((small[stock], large[stock], times[stock]), (small[built], large[built], times[built]))
    upper = model.upper[flow]
    kept = (upper >= 0) & (upper < most - LESS)
    flow, whole, upper = flow[kept], whole[kept], upper[kept]
    count = len(flow)
    at = np.arange(count)
    more = csr_array(
        (np.concatenate([np.ones(count), -upper]), (np.concatenate([at, at]), np.concatenate([flow, whole]))),
        shape=(count, len(model.cost)),
    )
    own = csr_array((model.value, model.column, model.start), shape=(len(model.row_lower), len(model.cost)))
    entries = csr_array(vstack([own, more]))
    return replace(
        model,
        start=entries.indptr.astype(np.int32),
        column=entries.indices.astype(np.int32),
        value=entries.data,
        row_lower=np.concatenate([model.row_lower, np.full(count, -np.inf)]),
        row_upper=np.concatenate([model.row_upper, np.zeros(count)]),
    )


def _pairs(model: Model) -> tuple[Ints, Ints, Floats]:
    """(columns a, columns b, k) of the rows that say a <= k b."""
    rows = np.flatnonzero((np.diff(model.start) == 2) & (model.row_upper == 0))
    first, second = model.start[rows], model.start[rows] + 1
    least, most = np.minimum(model.value[first], model.value[second]), np.maximum(model.value[first], model.value[second])
    says = (least < 0) & (most > 0)
    first, second, least, most = first[says], second[says], least[says], most[says]
    ahead = model.value[first] > 0
    small, large = np.where(ahead, first, second), np.where(ahead, second, first)
    return model.column[small].astype(np.int64), model.column[large].astype(np.int64), -least / most


def _joined(left: tuple[Ints, Ints, Floats], right: tuple[Ints, Ints, Floats]) -> tuple[Ints, Ints, Floats]:
    """(a, c, k l) for every a <= k b and b <= l c."""
    order = np.argsort(right[0], kind="stable")
    begin, end = (np.searchsorted(right[0][order], left[1], side) for side in ("left", "right"))
    each = np.repeat(np.arange(len(left[0])), end - begin)
    within = np.arange(len(each)) - np.repeat(np.cumsum(end - begin) - (end - begin), end - begin)
    there = order[begin[each] + within]
    return left[0][each], right[1][there], left[2][each] * right[2][there]
