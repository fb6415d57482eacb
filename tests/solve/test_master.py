"""The master: what a mix buys at the edge of its box is what more is paid for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array

from siting.solve import master
from siting.solve.chunks import Asked
from siting.solve.designs import Design
from siting.solve.master import COMMON_NEAR_SHARE, FAMILY_SHARE, NEAR_SHARE, Choice, Master
from siting.solve.mixture import field_of
from siting.solve.shared import Shared
from tests.solve.test_decompose import parted


def shared_of(seed: int, root: Path) -> tuple[object, Shared]:
    found = parted(seed, root, 4)
    if found is None or not found[2].priced.any():
        pytest.skip("nothing is shared in this world")
    return found[1], found[2]


def costing(site: int, cost: float, *built: str) -> Design:
    """A design that builds these, uses nothing that is shared and leaves nothing to decide."""
    nothing, none = np.zeros(0), csr_array((0, 1))
    chosen = dict.fromkeys(built, 1.0)
    return Design(site, chosen, np.array([cost]), nothing.astype(np.int64), none, none, nothing, nothing, np.ones(1))


def using(site: int, built: str, cost: float, number: int, use: float) -> Design:
    """A design that uses so much of one shared row and leaves nothing to decide."""
    return replace(costing(site, cost, built), number=np.array([number]), use=csr_array(np.array([[use]])))


@pytest.mark.parametrize("seed", range(12))
def test_what_nobody_proposes_is_lacking_and_gets_dearer_by_a_share_of_its_family(seed: int, tmp_path: Path) -> None:
    _, shared = shared_of(seed, tmp_path)
    asked = shared.priced & (shared.row_lower > 0)
    prices = np.where(asked, 10.0, 0.0)
    mixing = Master(shared, prices, np.zeros(0, np.int64))
    dearer = mixing.dearer(prices, mixing.mix().prices, 0.02)
    assert np.allclose(dearer[asked], 10.0 * 1.02)
    assert np.array_equal(dearer[~asked], prices[~asked])


@pytest.mark.parametrize("seed", range(12))
def test_prices_of_what_is_proposed_or_asked_stay_in_the_box(seed: int, tmp_path: Path) -> None:
    crew, shared = shared_of(seed, tmp_path)
    prices = shared.clean(np.random.default_rng(seed).normal(0.0, 3.0, shared.count))
    mixing = Master(shared, prices, np.zeros(0, np.int64))
    used = np.flatnonzero(prices)
    for answer in crew.price(Asked(used, prices[used], whole_below=-1e-9)):  # type: ignore[attr-defined]
        mixing.add(answer.designs)
    mixed, met = mixing.mix().prices, np.isin(np.arange(shared.count), field_of(mixing._designs, shared).rows)
    most = np.zeros(int(shared.family.max()) + 1)
    np.maximum.at(most, shared.family, np.abs(prices))
    common = shared.touched_by == shared.touched_by.max()
    assert (np.abs(mixed - prices) <= (NEAR_SHARE + FAMILY_SHARE) * most[shared.family] + 1e-6)[met].all()
    assert (np.abs(mixed - prices) <= COMMON_NEAR_SHARE * most[shared.family] + 1e-6)[met & common].all()


def test_a_site_that_cannot_do_nothing_has_a_choice_in_every_mix_though_it_only_costs(tmp_path: Path) -> None:
    _, shared = shared_of(1, tmp_path)
    mixing = Master(shared, np.zeros(shared.count), np.array([1]))
    mixing.add([costing(0, 3.0, "open[a]"), costing(1, 3.0, "open[b]", "line[b]"), costing(1, 2.0, "open[b]")])
    mixed = mixing.mix()
    assert mixed.objective == pytest.approx(2.0)
    assert mixed.share == pytest.approx({0: 0.0, 1: 1.0})
    assert mixing.choose(4.0, 0.0, 10.0) == Choice({"open[b]": 1.0}, frozenset({1}))


def test_a_mix_is_the_best_of_all_designs_though_it_begins_with_few_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(master, "OTHERS_LEAST", 1)
    monkeypatch.setattr(master, "FRESH_MOST", 1)
    _, shared = shared_of(1, tmp_path)
    rng = np.random.default_rng(3)
    row = int(np.flatnonzero(shared.priced)[0])
    designs = [
        using(site % 40, f"line[{site}]", float(rng.uniform(-5.0, 5.0)), row, float(rng.uniform(-2.0, 2.0)))
        for site in range(200)
    ]
    few, every = (Master(shared, shared.clean(np.full(shared.count, -0.5)), np.array([3, 7])) for _ in range(2))
    monkeypatch.setattr(every, "_chosen_live", lambda: np.arange(200))
    for mixing in (few, every):
        mixing.add(designs)
    assert len(few._chosen_live()) < 100
    assert few.mix().objective == pytest.approx(every.mix().objective)
    assert [few.mix().share[site] for site in (3, 7)] == pytest.approx([1.0, 1.0])


def test_a_mix_without_time_is_the_last_one_and_knows_nothing_before_there_is_one(tmp_path: Path) -> None:
    _, shared = shared_of(1, tmp_path)
    mixing = Master(shared, np.zeros(shared.count), np.array([1]), until=0.0)
    mixing.add([costing(1, 3.0, "open[b]")])
    assert mixing.mix().objective == np.inf
    assert not Master(shared, np.zeros(shared.count), np.array([1])).complete
    assert mixing.complete
