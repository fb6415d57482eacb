"""A finished run on disk without any solving, for the tests of what happens to folders."""

from __future__ import annotations

from pathlib import Path

from siting.plan.record import Plan
from siting.runs.manifest import Manifest, digests_of, write_manifest
from siting.runs.result import result_of
from tests.export.small_plan import small_plan


def finished_run(folder: Path, plan: Plan | None = None, *, run: str = "0123456789abcdef", name: str = "base") -> Manifest:
    """Write a few files and a manifest that names them."""
    plan = plan or small_plan()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "map.html").write_text("<!doctype html>", encoding="utf-8")
    (folder / "style").mkdir(exist_ok=True)
    (folder / "style" / "sites.qml").write_text("<qgis/>", encoding="utf-8")
    manifest = Manifest(run, name, plan.record, result_of(plan), {"budget": {"total_musd": 45000.0}}, digests_of(folder))
    write_manifest(manifest, folder)
    return manifest
