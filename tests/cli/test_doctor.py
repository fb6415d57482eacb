from __future__ import annotations

import itertools
import json

import numpy as np
import pytest

from siting import doctor
from siting.doctor import KNOWN, Check, Diagnosis, Known, python_check, replay, solver_check
from tests.cli.conftest import Command


def _enumerated(known: Known) -> float | None:
    """Least objective by trying every whole point and, where numbers are free, their least sum that meets the rows."""
    model = known.model
    matrix = np.zeros((len(model.row_lower), len(model.cost)))
    for row in range(len(model.row_lower)):
        at = slice(model.start[row], model.start[row + 1])
        matrix[row, model.column[at]] = model.value[at]
    grids = [range(int(min(upper, 12)) + 1) for upper in model.upper]
    best = None
    for point in itertools.product(*grids):
        x = np.array(point, dtype=float)
        if ((model.row_lower <= matrix @ x) & (matrix @ x <= model.row_upper)).all():
            cost = float(model.cost @ x)
            best = cost if best is None else min(best, cost)
    return best


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known.name)
def test_known_programs_have_the_known_optimum(known: Known) -> None:
    assert _enumerated(known) == known.least


@pytest.mark.parametrize("presolve", [True, False])
def test_the_installed_solver_finds_a_known_optimum(presolve: bool) -> None:
    assert replay(KNOWN[1], presolve).ok


def test_a_wrong_answer_is_noticed() -> None:
    wrong = Known("wrong", KNOWN[0].model, -57.0)
    assert not replay(wrong, True).ok


def test_a_solver_known_to_answer_wrongly_is_refused() -> None:
    assert not solver_check("1.14.0").ok
    assert "install the locked version" in solver_check("1.14.0").detail
    assert solver_check("1.15.1").ok


def test_an_old_python_is_refused() -> None:
    assert not python_check((3, 10)).ok
    assert python_check((3, 11)).ok


def test_an_ill_installation_is_exit_9(siting: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    ill = Diagnosis({"highspy": "1.14.0"}, (Check("HiGHS", False, "1.14.0 gets published small programs wrong"),))
    monkeypatch.setattr(doctor, "examine", lambda: ill)
    told = siting("doctor")
    assert told.code == 9
    assert "FAILED" in told.out
    assert json.loads(siting("doctor", "--json").out)["checks"][0]["ok"] is False
