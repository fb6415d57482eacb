"""A look over a few sites: those of the plan and those mixed most, together only once, and only where they are few."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from siting.solve.decompose import LOOKED, Decompose
from siting.solve.job import Ints


class Mixing:
    """A master that mixes these shares of sites."""

    def __init__(self, shares: Mapping[int, float]) -> None:
        self.shares = shares

    def ever_chosen(self) -> set[str]:
        """No names: nobody reads them here."""
        return set()


class Holding:
    """A hand over thirty candidates whose plan opens some; remembers what is taken into it."""

    def __init__(self, opened: set[int]) -> None:
        self.places: Ints = np.arange(30)
        self.search = self
        self.opened = opened
        self.taken: list[set[int]] = []

    def open_places(self) -> Ints:
        """Sites of the plan."""
        return np.flatnonzero(np.isin(self.places, sorted(self.opened)))

    def take(self, places: Ints) -> Holding:
        """These sites from now on."""
        self.places = places
        self.taken.append(set(places.tolist()))
        return self

    def look_within(self, names: set[str]) -> None:
        """Nothing better is found."""


def looking(opened: set[int]) -> tuple[Any, Holding, list[object]]:
    """A search with that plan, its hand, and the masters whose designs it chooses among."""
    search: Any = object.__new__(Decompose)
    chosen: list[object] = []
    search._hand = Holding(opened)
    search._choose = lambda *asked: chosen.append(asked[0])
    return search, search._hand, chosen


def test_sites_of_the_plan_and_those_mixed_most_are_looked_over() -> None:
    search, hand, _ = looking({1, 2})
    looked = search._look(Mixing({3: 0.9, 4: 0.1, 5: 0.01}), ())
    assert hand.taken == [{1, 2, 3, 4}]
    assert looked == (frozenset({1, 2, 3, 4}),)


@pytest.mark.parametrize("shares", [{3: 0.9}, {3: 1.0, 2: 1.0}, {6: 0.5}, {}])
def test_what_has_been_looked_over_together_is_not_looked_over_again(shares: dict[int, float]) -> None:
    search, hand, _ = looking({1, 2})
    known = (frozenset({1, 2, 3, 4}),)
    assert search._look(Mixing(shares), known) == known
    assert hand.taken == []


def test_a_site_that_is_mostly_mixed_is_reason_to_look_again() -> None:
    search, hand, _ = looking({1, 2})
    assert search._look(Mixing({6: 0.8, 7: 0.2}), (frozenset({1, 2, 3, 4}),))[1:] == (frozenset({1, 2, 6, 7}),)
    assert hand.taken == [{1, 2, 6, 7}]


def test_no_more_sites_are_looked_over_than_can_be() -> None:
    search, hand, _ = looking({1, 2})
    search._look(Mixing({site: 0.9 - 0.01 * site for site in range(10, 20)}), ())
    assert hand.taken == [{1, 2, 10, 11, 12, 13}]
    assert len(hand.taken[0]) == LOOKED


def test_sites_beyond_those_that_can_be_are_no_reason_to_look_again() -> None:
    search, hand, _ = looking({1, 2, 3, 4})
    shares = Mixing({10: 0.95, 11: 0.9, 12: 0.85})
    looked = search._look(shares, ())
    assert search._look(shares, looked) == looked
    assert hand.taken == [{1, 2, 3, 4, 10, 11}]


def test_a_plan_of_many_sites_is_chosen_among_designs() -> None:
    search, hand, chosen = looking(set(range(LOOKED)))
    master = Mixing({9: 0.9})
    assert search._look(master, ()) == ()
    assert (hand.taken, chosen) == ([], [master])
