"""When power comes: lines that are there in a period, modules that wait, what is late."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.oracle.places import new
from tests.oracle.reading import Line, Reading

if TYPE_CHECKING:
    from tests.oracle.rest import Rest


def line_may(plain: Reading, line: Line, stock: tuple[int, ...]) -> bool:
    """Whether a line stands in no period that ends before it has power."""
    if not plain.on("time_to_power"):
        return True
    month = plain.lead_months(line)
    return all(not stock[p] or plain.share_after(month, p) > 0 for p in range(plain.periods))


def compute(rest: Rest) -> None:
    """MW at work on the mean of each period: what stands, less what comes later in the period, less what waits for power."""
    plain = rest.plain
    timed = plain.on("time_to_power")
    arrival = plain.said("time_to_power", "arrival_share") if timed else 1.0
    for site, choice in rest.chosen.items():
        for p in range(plain.periods):
            for k, (kind, stock) in enumerate(zip(plain.types, choice.modules, strict=True)):
                rest.add(("compute", p), (), kind["it_mw"] * stock[p])
                if not timed:
                    continue
                works, waits = arrival * plain.share_after(kind["lead_months"], p), ("waits", site, k, p)
                rest.add(("compute", p), (), -kind["it_mw"] * (1 - works) * new(stock, p))
                rest.at_most({waits: 1.0}, works * new(stock, p))
                rest.add(("compute", p), waits, -kind["it_mw"])


def in_time(rest: Rest) -> None:
    """Late MW of a site: what comes over lines that are there for a part of the period only, less what bridges; no more than new
    modules do not need yet."""
    plain = rest.plain
    if not plain.on("time_to_power"):
        return
    arrival = plain.said("time_to_power", "arrival_share")
    for site, choice in rest.chosen.items():
        for p in range(plain.periods):
            late = dict(rest.sums.get(("late", site, p), {}))
            if not any(value > 0 for value in late.values()):
                continue
            for k, (kind, stock) in enumerate(zip(plain.types, choice.modules, strict=True)):
                draw = kind["it_mw"] * kind["load_factor"] * plain.mean([plain.pue(site, t) for t in range(plain.slices)])
                window = plain.share_after(kind["lead_months"], p)
                late[("waits", site, k, p)] = -draw / arrival
                late[()] = late.get((), 0.0) - draw * (1 - window) * new(stock, p)
            rest.at_most(late, 0.0)
