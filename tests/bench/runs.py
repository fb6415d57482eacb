"""A model from its layers to a verified plan, in a fresh process and a folder of its own, and what is told of it."""

from __future__ import annotations

import math
import resource
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from tests.bench.figure import Figure
from tests.bench.fresh import Ran, fresh

OVERHEAD_S: Final = 60.0
"""Wall seconds beyond the limit of the solves that a case may take to read, state, write and verify, at the least."""


@dataclass(frozen=True, slots=True)
class Goals:
    """The most that the gap of the first aim, seconds from layers to verified plan, and memory may be; None where not asked."""

    gap: float | None = None
    seconds: float | None = None
    peak_mb: float | None = None


def run_case(model: str, cwd: str, sets: Sequence[str], limit_s: float) -> Ran:
    """Run a model as `siting run` does. `value` is as `run_here` gives it."""
    return fresh("tests.bench.runs:run_here", {"model": model, "cwd": cwd, "sets": list(sets)}, limit_s)


def run_here(model: str, cwd: str, sets: Sequence[str]) -> dict[str, Any]:
    """Run a model in this process, under a name of its own: an answer that is there already is not taken. What it writes is
    removed."""
    from siting.errors import SitingError
    from siting.pipeline import Asked, Place, run
    from siting.watch import Nobody

    class FirstPlan(Nobody):
        """Takes the seconds until a plan is in hand."""

        def __init__(self) -> None:
            super().__init__()
            self.began, self.seconds = time.monotonic(), math.inf

        def progress(self, progress: Any) -> None:
            """The first news with a plan counts."""
            if math.isfinite(progress.incumbent) and math.isinf(self.seconds):
                self.seconds = time.monotonic() - self.began

    watch = FirstPlan()
    with tempfile.TemporaryDirectory(prefix="siting-bench-") as folder:
        try:
            place = Place(Path(cwd), out=Path(folder) / "out", name=f"bench-{uuid4().hex}")
            answer = run(Asked(model, sets=tuple(sets)), place, watch)
        except SitingError as error:
            return {"why": str(error).splitlines()[0], "exit_code": error.exit_code}
        whole = time.monotonic() - watch.began
    assert not answer.reused, answer.folder
    shutil.rmtree(answer.folder)
    record = answer.manifest.record
    aims = [
        {"name": aim.name, "value": aim.value, "unit": aim.unit, "gap": aim.gap, "gross": aim.gross_gap} for aim in record.aims
    ]
    largest = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) * 1024 / 1e6
    first = watch.seconds if math.isfinite(watch.seconds) else None
    observed, sizes = dict(record.observed), dict(record.sizes)
    return {
        "why": "", "exit_code": answer.exit_code, "seconds": whole, "first_plan": first, "aims": aims, "observed": observed,
        "sizes": sizes, "largest_mb": largest,
    }  # fmt: skip


def told(head: str, ran: Ran, goals: Goals, *, steps: bool = False) -> Iterator[Figure]:
    """The figures of a case; with `steps` also the seconds of each step and the sizes."""
    found: Mapping[str, Any] = ran.value or {"why": ran.why or "no answer"}
    if found["why"]:
        yield Figure(f"{head}.gap", None, "share", goals.gap, note=found["why"])
        yield Figure(f"{head}.seconds", None, "s", goals.seconds, note=found["why"])
        yield Figure(f"{head}.peak_mb", ran.peak_mb, "MB", goals.peak_mb, note="until it ended without a plan")
        return
    first = found["aims"][0]
    yield Figure(f"{head}.gap", first["gap"], "share", goals.gap, note=f"{first['name']} {first['value']:.6g} {first['unit']}")
    yield Figure(f"{head}.seconds", found["seconds"], "s", goals.seconds, note="from layers to verified plan")
    yield Figure(f"{head}.peak_mb", ran.peak_mb, "MB", goals.peak_mb, note="of all its processes together, sampled")
    yield Figure(f"{head}.first_plan", found["first_plan"], "s")
    if not steps:
        return
    for aim in found["aims"]:
        yield Figure(f"{head}.{aim['name']}.value", aim["value"], aim["unit"])
        yield Figure(f"{head}.{aim['name']}.gap", aim["gap"], "share")
        yield Figure(f"{head}.{aim['name']}.gross_gap", aim["gross"], "share")
    for name, value in found["observed"].items():
        unit = "s" if name.endswith("_s") else "MB" if name.endswith("_mb") else ""
        yield Figure(f"{head}.observed.{name}", value, unit)
    for name, size in found["sizes"].items():
        yield Figure(f"{head}.size.{name}", float(size), "")
