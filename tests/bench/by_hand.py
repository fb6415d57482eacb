"""The same program as raw arrays, as one would write them by hand in numpy with no model behind them: what the goals on building
are measured against. It is no floor: a part is appended, and all are joined in the end."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.bench.core_rows import CoreRows, Floats
from tests.bench.passing import passed

Columns = NDArray[np.int32]


class _Rows:
    """Rows of equal or of given lengths, as they are appended."""

    def __init__(self) -> None:
        self._parts: list[tuple[Any, Columns, Floats, Floats, Floats]] = []

    def add(self, columns: Columns, values: Floats, lower: Any, upper: Any) -> None:
        """Rows of as many entries each: `columns` (rows, entries), `values` what broadcasts to it."""
        rows, entries = columns.shape
        whole = np.ascontiguousarray(np.broadcast_to(values, columns.shape)).reshape(-1)
        low, high = (np.ascontiguousarray(np.broadcast_to(side, rows), np.float64) for side in (lower, upper))
        self._parts.append((np.full(rows, entries), columns.reshape(-1), whole, low, high))

    def pairs(self, one: Columns, other: Columns, factor: Any, lower: float, upper: float) -> None:
        """Rows `lower <= one + factor * other <= upper`, one an element of `one`."""
        columns, values = np.empty((*one.shape, 2), np.int32), np.empty((*one.shape, 2))
        columns[..., 0], columns[..., 1], values[..., 0], values[..., 1] = one, other, 1.0, factor
        self.add(columns.reshape(-1, 2), values.reshape(-1, 2), lower, upper)

    def ragged(self, lengths: Any, columns: Columns, upper: Floats) -> None:
        """Rows `sum of their columns <= upper`, of these lengths."""
        self._parts.append((lengths, columns, np.ones(len(columns)), np.full(len(upper), -np.inf), upper))

    def arrays(self) -> tuple[Columns, Columns, Floats, Floats, Floats]:
        """Start, column, value, lower and upper sides of all."""
        lengths, *others = (np.concatenate(part) for part in zip(*self._parts, strict=True))
        start = np.zeros(len(lengths) + 1, np.int32)
        np.cumsum(lengths, out=start[1:])
        column, value, lower, upper = others
        return start, column, value, lower, upper


def numpy_route(rows: CoreRows) -> Any:
    """Arrays by hand, and the array call."""
    i, n, k, p, t = rows.sites, rows.near, len(rows.it_mw), rows.periods, rows.slices
    shapes = ((i, p), (i, k, p), (i, n, p), (i, n, p), (i, n, p, t))
    sizes = [int(np.prod(shape)) for shape in shapes]
    ends = np.cumsum(sizes)
    number = np.arange(ends[-1], dtype=np.int32)
    opened, stock, line, line_mw, flow = (
        number[end - size : end].reshape(shape) for shape, size, end in zip(shapes, sizes, ends, strict=True)
    )
    upper, cost = np.full(ends[-1], np.inf), np.zeros(ends[-1])
    upper[opened], upper[line], upper[stock] = 1.0, 1.0, rows.most[:, None]
    cost[opened], cost[stock] = rows.open_musd[:, None], rows.module_musd[:, None]
    cost[line_mw], cost[flow] = rows.line_musd[..., None], rows.energy_musd[..., None, None]
    kind = (number < line_mw[0, 0, 0]).astype(np.int32)
    found = _Rows()
    found.pairs(stock, opened[:, None, :], -rows.most[:, None], -np.inf, 0.0)
    at_site = np.concatenate([stock.transpose(0, 2, 1), opened[..., None]], axis=2)
    sized = np.concatenate([np.broadcast_to(rows.it_mw, (i, p, k)), np.broadcast_to(-rows.limit_mw[:, None, None], (i, p, 1))], 2)
    found.add(at_site.reshape(-1, k + 1), sized.reshape(-1, k + 1), -np.inf, 0.0)
    found.pairs(line, opened[:, None, :], -1.0, -np.inf, 0.0)
    found.pairs(line_mw, line, -rows.largest_mw[..., None], -np.inf, 0.0)
    found.pairs(flow, line_mw[..., None], -1.0, -np.inf, 0.0)
    _supply(found, rows, flow)
    _balance(found, rows, flow, stock)
    found.pairs(stock[..., 1:], stock[..., :-1], -1.0, 0.0, np.inf)
    found.pairs(line_mw[..., 1:], line_mw[..., :-1], -1.0, 0.0, np.inf)
    found.add(stock.transpose(2, 0, 1).reshape(p, -1), np.tile(rows.it_mw, i), rows.target_mw, np.inf)
    start, column, value, row_lower, row_upper = found.arrays()
    return passed(cost, np.zeros(ends[-1]), upper, row_lower, row_upper, start, column, value, kind)


def _supply(found: _Rows, rows: CoreRows, flow: Columns) -> None:
    """A row a supply point, period and slice: its lines sorted by point, each a stripe of periods and slices."""
    lines, stripe = rows.sites * rows.near, rows.periods * rows.slices
    point = rows.point.reshape(-1)
    order = np.argsort(point, kind="stable")
    many = np.bincount(point, minlength=rows.points)
    sorted_flow = flow.reshape(lines, stripe)[order]
    column = np.empty(lines * stripe, np.int32)
    ends = np.cumsum(many)
    for count in np.unique(many[many > 0]).tolist():
        alike = np.flatnonzero(many == count)
        mine = (ends[alike] - count)[:, None] + np.arange(count)
        block = sorted_flow[mine].transpose(0, 2, 1)
        place = ((ends[alike] - count) * stripe)[:, None] + np.arange(count * stripe)
        column[place] = block.reshape(len(alike), -1)
    found.ragged(np.repeat(many, stripe), column, np.repeat(rows.available_mw[:, None, :], rows.periods, axis=1).reshape(-1))


def _balance(found: _Rows, rows: CoreRows, flow: Columns, stock: Columns) -> None:
    i, n, k, p, t = rows.sites, rows.near, len(rows.it_mw), rows.periods, rows.slices
    columns, values = np.empty((i, p, t, n + k), np.int32), np.empty((i, p, t, n + k))
    columns[..., :k], columns[..., k:] = stock.transpose(0, 2, 1)[:, :, None, :], flow.transpose(0, 2, 3, 1)
    values[..., :k], values[..., k:] = -rows.draw[:, None] * rows.it_mw, rows.arriving[:, None, None, :]
    found.add(columns.reshape(-1, n + k), values.reshape(-1, n + k), 0.0, np.inf)
