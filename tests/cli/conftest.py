"""The command line in this process, and hands that give out a plan made by hand where a solver would take its time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import pytest

from siting import pipeline
from siting.cli.door import enter
from siting.errors import Fault
from siting.export import geojson, write_all
from siting.layers.read import Layers
from siting.plan.record import Plan
from siting.scenario import Scenario
from siting.solve.waiting import Waiting
from siting.verify import RuleResult, VerifyReport
from siting.watch import Clock
from tests.export.small_plan import small_plan


@dataclass(frozen=True)
class Told:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


Command = Callable[..., Told]


@pytest.fixture
def siting(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line, run in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str) -> Told:
        capsys.readouterr()
        code = enter(arguments)
        captured = capsys.readouterr()
        return Told(code, captured.out, captured.err)

    return command


class Hands:
    """Stand in for layers, solver, writers and checker: `plan` is the answer or what is raised, `broken` what the checker
    finds broken, `warnings` what the layers warn of, `full` whether every file of a plan is written."""

    def __init__(self) -> None:
        plan = small_plan()
        self.plan: Plan | Exception = replace(plan, record=replace(plan.record, model="northwest"))
        self.broken: tuple[Fault, ...] = ()
        self.warnings: tuple[Fault, ...] = ()
        self.climbs = 0
        self.full = False
        self.while_solving: Callable[[], None] = lambda: None
        self.while_reading: Callable[[], None] = lambda: None

    def layers(self, scenario: Scenario, *, strict: bool = False) -> Layers:  # noqa: ARG002
        self.while_reading()
        return Layers(MappingProxyType({}), (), MappingProxyType({"sources": "0" * 64}), self.warnings, MappingProxyType({}))

    def climb(self, scenario: Scenario, layers: Layers, clock: Clock, waiting: Waiting) -> Plan:  # noqa: ARG002
        self.climbs += 1
        with clock.step("solve"):
            self.while_solving()
            if isinstance(self.plan, Exception):
                raise self.plan
        return self.plan

    def write(self, plan: Plan, folder: Path) -> tuple[str, ...]:
        if self.full:
            return write_all(plan, folder)
        (folder / "map.html").write_text("<!doctype html>", encoding="utf-8")
        return ("map.html", *geojson.write(plan, folder))

    def verify(self, folder: Path, layers_root: Path) -> VerifyReport:  # noqa: ARG002
        assert (folder / "sites.geojson").exists()
        return VerifyReport(self.broken, (RuleResult("balance", 12, 0.0, "MW"),))


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    """Hands instead of the stair, the writers and the checker."""
    made = Hands()
    monkeypatch.setattr(pipeline, "layers_of", made.layers)
    monkeypatch.setattr(pipeline, "climb", made.climb)
    monkeypatch.setattr(pipeline, "verify_files", made.verify)
    monkeypatch.setattr(pipeline, "write_all", made.write)
    return made
