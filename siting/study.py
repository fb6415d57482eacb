"""The Python door: `siting.load(...)` gives a Study, `Study.solve()` a Plan that shows itself on our own map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from siting.export import MapView, explore
from siting.pipeline import Answer, Asked, Place, run, solve_verified
from siting.plan import record
from siting.scenario import Scenario
from siting.watch import Watch


@dataclass(frozen=True, slots=True)
class Plan(record.Plan):
    """A verified plan: its tables are frames (`sites`, `modules`, `power_links`, `dispatch` and so on)."""

    def explore(self) -> MapView:
        """The plan on a map, with layers to switch and a popup that says why for every candidate."""
        return explore(self)


@dataclass(frozen=True, slots=True)
class Study:
    """A question that is read and checked, ready to be solved."""

    asked: Asked
    cwd: Path
    scenario: Scenario

    def solve(self, progress: Watch | None = None) -> Plan:
        """Solve and verify; nothing is left on disk. Raises Infeasible, Unbounded, NoPlanInLimit, SolverFailed,
        VerificationFailed, and InputError for faults of the layers."""
        plan = solve_verified(self.scenario, strict=self.asked.strict, watch=progress)
        return Plan(**{field.name: getattr(plan, field.name) for field in fields(record.Plan)})

    def run(self, out: str | Path | None = None, *, overwrite: bool = False, progress: Watch | None = None) -> Answer:
        """Do what `siting run` does: solve, verify, write and publish; the same question is found again."""
        return run(self.asked, Place(self.cwd, None if out is None else Path(out), overwrite), progress)


def load(
    model: str | Path,
    what_ifs: Sequence[str | Path] = (),
    sets: Sequence[str] = (),
    *,
    allow_outside: bool = False,
    strict: bool = False,
    cwd: str | Path | None = None,
) -> Study:
    """A model by name or path with overlays and `KEY=VALUE` edits. A name is looked for in `models/` of the folder one
    stands in (`cwd`), then among the models that come with the package. Raises InputError with all faults."""
    asked = Asked(str(model), tuple(str(each) for each in what_ifs), tuple(sets), (), allow_outside, strict)
    stand = Path.cwd() if cwd is None else Path(cwd)
    return Study(asked, stand, asked.scenario(stand))
