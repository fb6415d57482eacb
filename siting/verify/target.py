"""Target: the MW of IT asked for stand in each period.

    sum over i of it_mw[i, p]  >=  it_mw[p] of the target                      for p

Where the target names no MW there is nothing to hold.
"""

from __future__ import annotations

import numpy as np

from siting.verify.built import Built
from siting.verify.report import Judge, Rule, rows

REACHED = Rule("V471", "target.reached", "the IT asked for stands in each period", "MW")


def check(built: Built, judge: Judge) -> None:
    """Hold the modules standing to the target."""
    asked = np.array(built.question.asked.value("target", "it_mw"), dtype=np.float64)
    if len(asked):
        periods = built.question.clock.periods
        judge.at_least(REACHED, built.it_mw.sum(axis=0), asked, "modules.csv", "it_mw", rows("period", periods))
