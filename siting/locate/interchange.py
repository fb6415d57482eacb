"""Interchange for the p-median: swap an open site for a closed one as long as that lowers the cost (Teitz and Bart 1968), with
all swaps weighed at once from the nearest and second nearest open site of each place (Whitaker 1983)."""

from __future__ import annotations

import numpy as np

from siting.family import Floats, Ints


def nearest_two(cost: Floats, sites: Ints) -> tuple[Ints, Floats, Floats]:
    """For each place the position in `sites` of its cheapest one, its cost, and the cost of the second cheapest."""
    near = cost[:, sites]
    rows = np.arange(len(cost))
    first = near.argmin(axis=1)
    least = near[rows, first]
    if len(sites) == 1:
        return first, least, np.full(len(cost), np.inf)
    near[rows, first] = np.inf
    return first, least, near.min(axis=1)


def interchanged(cost: Floats, sites: Ints) -> tuple[Ints, float]:
    """Sites (p) that no single swap betters, and their cost; `cost` (R, I)."""
    sites = sites.copy()
    while True:
        first, least, second = nearest_two(cost, sites)
        saved = np.maximum(least[:, None] - cost, 0.0).sum(axis=0)
        lost = np.minimum(second[:, None], np.maximum(cost, least[:, None])) - least[:, None]
        order = np.argsort(first, kind="stable")
        used, start = np.unique(first[order], return_index=True)
        net = np.broadcast_to(saved, (len(sites), len(saved))).copy()
        net[used] -= np.add.reduceat(lost[order], start, axis=0)
        net[:, sites] = -np.inf
        out, new = np.unravel_index(int(net.argmax()), net.shape)
        if net[out, new] <= 1e-9 * max(1.0, float(least.sum())):
            return np.sort(sites), float(least.sum())
        sites[out] = new
