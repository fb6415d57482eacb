"""`report.html`: the plan on one page that prints well: what, where, when, at what cost, how far proven, and why."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from siting.export.cells import text
from siting.export.markup import el
from siting.export.page import page
from siting.export.report import exposure, power, rollout, sections, work
from siting.plan.record import Plan


def write(plan: Plan, folder: Path) -> tuple[str, ...]:
    """Write `report.html` and return its name."""
    path = folder / "report.html"
    path.write_bytes(report_page(plan).encode())
    return (path.name,)


def report_page(plan: Plan) -> str:
    """The report as one self-contained page without scripts."""
    style = (files("siting.export.report") / "report.css").read_text(encoding="utf-8")
    parts = (
        sections.head(plan),
        sections.key(plan),
        sections.where(plan),
        rollout.rollout(plan),
        sections.money(plan),
        power.energy(plan),
        work.workloads(plan),
        work.data_paths(plan),
        work.latency(plan),
        exposure.resilience(plan),
        exposure.carbon_and_water(plan),
        sections.limits(plan),
        sections.reasons(plan),
        sections.numbers(plan),
        sections.notes(plan),
    )
    return page(text(plan.record.title), el("main", *parts), (style,))
