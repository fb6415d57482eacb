"""What is in hand: a plan goes from kernel to kernel, and is never given up."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from siting.objectives import OBJECTIVES
from siting.objectives.aim import Scales
from siting.program.assemble import Program
from siting.solve.course import Ask
from siting.solve.hand import Hand, Searched
from siting.solve.outcome import Effort, ask_of, never, silent
from tests.solve.in_parts import Here
from tests.solve.test_exchange import stated
from tests.worlds import optimum


@pytest.mark.parametrize("trace", [0.0, 1e-12])
def test_a_plan_goes_to_a_smaller_kernel_or_takes_its_own_along(trace: float, tmp_path: Path) -> None:
    statement = stated(tmp_path)
    everybody = np.arange(len(statement.sites))
    aim = next(aim for aim in OBJECTIVES if aim.name == statement.aim)

    def asked(program: Program) -> Ask:
        scales = Scales(program.problem, program.core, program.ledgers, program.space.size)
        return ask_of(aim, scales, Effort(gap=1e-3, time_limit_s=60.0), time.monotonic() + 60.0)

    crew = Here(statement, [everybody[::2], everybody[1::2]])
    hand = Hand(statement, tuple(statement.sites["id"]), crew, Searched(asked, silent, never))
    search = hand.take(everybody)
    program = hand.kernel.program
    plan = optimum(program, [aim]).values.copy()
    closed = np.flatnonzero(plan[program.core.open.columns].max(axis=1) < 0.5)
    plan[program.core.unserved_mw.columns[closed[0]]] += trace
    plan[program.core.flow_mw.columns[np.isin(program.problem.network.link_site, closed[:1])]] += trace
    search.offer(plan)
    assert search.best is not None
    opened = hand.places[search.open_places()]
    smaller = hand.take(opened)
    assert smaller.best is not None
    assert smaller.objective == pytest.approx(search.objective)
    assert hand.kernel.program.problem.site_ids == tuple(statement.sites["id"].iloc[hand.places])
    assert set(hand.places.tolist()) == set((opened if trace == 0 else everybody).tolist())
