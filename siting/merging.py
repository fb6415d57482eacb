"""Slices merged for the search: consecutive blocks of a representative day become one, so that the program is smaller.

Merged is what a slice has by its mean weighted by hours: what is on offer, what is drawn per module. A price is merged by its
minimum. With that the merged problem is a relaxation of the fine one: average any fine dispatch over the blocks of a day that
are merged, sample what a battery holds at the end of them, and every row still holds while the cost can only fall. One row looks
at prices, that of the premium on bad years: where they differ within a block its premium must be set anew, and what energy and
risk cost together falls all the same (what would be an exception, `siting.scenario.power` refuses). So a bound of the merged
problem is a bound of the fine one, and a plan found on it is dispatched on the fine one before it counts.

Facts of families are merged field by field (`Facts.by_slice`): numbers by their mean (infinite stays infinite), flags only
where all of the merged slices have them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from siting.family import Facts, Floats, Ints, Problem, Timeline


def merged(problem: Problem, labels: Sequence[str], blocks: int) -> Problem:
    """The problem on `blocks` blocks a day, a divisor of its own, with these names of slices."""
    time = problem.time
    group = groups(time, blocks)
    network = problem.network
    return replace(
        problem,
        time=_merged_time(time, tuple(labels), group, blocks),
        network=replace(
            network,
            available_mw=mean(network.available_mw, time.hours, group),
            price_usd_per_mwh=least(network.price_usd_per_mwh, group),
        ),
        facts={name: _merged_facts(facts, time.hours, group) for name, facts in problem.facts.items()},
        sized_times=max((facts.sized_times for facts in problem.facts.values()), default=1.0),
    )


def groups(time: Timeline, blocks: int) -> Ints:
    """Number of the merged slice of each slice (T)."""
    own = int(time.block_of.max()) + 1
    day = np.arange(len(time.slices)) // own
    return np.asarray(day * blocks + time.block_of // (own // blocks), dtype=np.int64)


def mean(values: Floats, hours: Floats, group: Ints) -> Floats:
    """Means over groups of slices (..., T) weighted by hours."""
    first = np.flatnonzero(np.diff(group, prepend=-1))
    weighted: Floats = np.add.reduceat(values * hours, first, axis=-1) / np.add.reduceat(hours, first)
    return weighted


def least(values: Floats, group: Ints) -> Floats:
    """Minima over groups of slices (..., T)."""
    first = np.flatnonzero(np.diff(group, prepend=-1))
    return np.asarray(np.minimum.reduceat(values, first, axis=-1))


def _merged_facts(facts: Facts, hours: Floats, group: Ints) -> Facts:
    changed: dict[str, Any] = {}
    for name in facts.by_slice:
        values = getattr(facts, name)
        if values is None or not np.size(values):
            continue
        flags = values.dtype == np.bool_
        found = mean(values.astype(np.float64), hours, group)
        changed[name] = found >= 1.0 - 1e-12 if flags else found
    return replace(facts, **changed) if changed else facts


def _merged_time(time: Timeline, labels: tuple[str, ...], group: Ints, blocks: int) -> Timeline:
    first = np.flatnonzero(np.diff(group, prepend=-1))
    own = int(time.block_of.max()) + 1
    count = np.arange(len(first), dtype=np.int64)
    return replace(
        time,
        slices=labels,
        season_of=time.season_of[first],
        block_of=time.block_of[first] // (own // blocks),
        hours=np.add.reduceat(time.hours, first),
        block_h=time.block_h * (own // blocks),
        before=count - count % blocks + (count - 1) % blocks,
        hydrology_of=time.hydrology_of[first],
        water_factor=time.water_factor[first],
    )
