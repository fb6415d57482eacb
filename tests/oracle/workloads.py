"""What the load is for: how much may go unserved, training in blocks, inference that never waits."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.oracle.choices import Choice
    from tests.oracle.rest import Expression, Rest


def workloads(rest: Rest) -> None:
    """Training and inference share the IT that stands. Every path there is here meets every need but batch, which needs none."""
    plain = rest.plain
    for p in range(plain.periods):
        whole = sum(plain.it_mw(choice, p) for choice in rest.chosen.values())
        if plain.on("training"):
            trained: Expression = {("training", site, p): -1.0 for site in rest.chosen}
            rest.at_most(trained, -plain.said("training", "training_share") * whole)
        if plain.on("inference"):
            inferred: Expression = {("inference", site, p): -1.0 for site in rest.chosen}
            rest.at_most(inferred, -plain.said("inference", "inference_share") * whole)
            _reached(rest, p, plain.said("inference", "inference_share") * whole)
        for site, choice in rest.chosen.items():
            _at(rest, site, choice, p)


def _reached(rest: Rest, p: int, inference_mw: float) -> None:
    """Users that do not bear any delay are served where a data path stands, if there are any to choose from."""
    plain = rest.plain
    terminals = plain.knob("satellite", "site_terminals", 4)
    if not any(plain.laterals[site] or (plain.landings[site] and terminals) for site in rest.chosen):
        return
    linked = [site for site, choice in rest.chosen.items() if any(stock[p] for stock in (*choice.laterals, *choice.terminals))]
    served: Expression = {("serves", site, p): -1.0 for site in linked}
    rest.at_most(served, -(1.0 - plain.said("inference", "batch_share")) * inference_mw)
    for site in linked:
        rest.at_most({("serves", site, p): 1.0, ("inference", site, p): -1.0}, 0.0)


def _at(rest: Rest, site: str, choice: Choice, p: int) -> None:
    plain = rest.plain
    mw = plain.it_mw(choice, p)
    given: Expression = {}
    if plain.on("training"):
        training = ("training", site, p)
        given[training] = 1.0
        rest.at_most({training: 1.0}, mw if mw >= plain.said("training", "block_mw") - 1e-9 else 0.0)
        rest.add(("flexible", site, p), training, plain.said("training", "interruptible_share"))
    if plain.on("inference"):
        inference = ("inference", site, p)
        given[inference] = 1.0
        rest.add(("firm it", site, p), inference, 1.0)
        rest.add(("gbps", site, p), inference, plain.said("inference", "gbps_per_mw"))
    rest.at_most(given, mw)


def unserved(rest: Rest) -> None:
    """What may go unserved in a slice and in each hydrology year."""
    plain = rest.plain
    for (site, choice), p in itertools.product(rest.chosen.items(), range(plain.periods)):
        for t in range(plain.slices):
            _in_slice(rest, site, choice, p, t)
        for h in range(len(plain.years)) if plain.on("workload") else ():
            _in_year(rest, site, choice, p, h)


def _in_slice(rest: Rest, site: str, choice: Choice, p: int, t: int) -> None:
    plain = rest.plain
    missed, draw = ("u", site, p, t), plain.draw_mw(site, choice, p, t)
    if not plain.on("workload"):
        rest.at_most({missed: 1.0}, 0.0)
        return
    rest.at_most({missed: 1.0}, (1.0 - plain.knob("workload", "firm_share", 0.5)) * draw)
    most = max(kind["load_factor"] for kind in plain.types) * plain.pue(site, t)
    firm = {key: most * value for key, value in rest.sums.get(("firm it", site, p), {}).items()}
    rest.at_most({**firm, missed: 1.0}, draw)


def _in_year(rest: Rest, site: str, choice: Choice, p: int, h: int) -> None:
    plain = rest.plain
    slices = range(h * plain.in_year, (h + 1) * plain.in_year)
    hours = {t: plain.hours[t] for t in slices}
    missed: Expression = {("u", site, p, t): hours[t] for t in slices}
    drawn = sum(hours[t] * plain.draw_mw(site, choice, p, t) for t in slices)
    rest.at_most(missed, (1.0 - plain.knob("workload", "served_share", 0.98)) * drawn)
    if plain.on("training"):
        least = min(kind["load_factor"] for kind in plain.types) * sum(hours[t] * plain.pue(site, t) for t in slices)
        flexible = {key: -least * value for key, value in rest.sums[("flexible", site, p)].items()}
        rest.at_most({**missed, **flexible}, 0.0)
