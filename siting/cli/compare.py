"""`siting compare`: what differs between two published plans."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from siting.cli.options import Folder, Json
from siting.cli.tell import table, tell_json, thousands

if TYPE_CHECKING:
    from siting.plan.compare import Comparison, SiteChange, ValueChange


def compare(
    first: Folder,
    second: Folder,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Write here instead of compare/FIRST--SECOND.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what DIR holds, whatever it is.")] = False,
    as_json: Json = False,
) -> int:
    """Say which inputs and which sites differ between two plans, with MW and cost; write a layer and a map of it."""
    from siting.pipeline import compare_folders

    comparison, folder = compare_folders(first, second, out, overwrite)
    if as_json:
        tell_json({"exit_code": 0, "folder": str(folder), **asdict(comparison), "counted": comparison.counted()})
    else:
        print(comparison_text(comparison))
        print(f"\nopen {folder / 'diff.html'}; the layer is {folder / 'diff.geojson'}")
    return 0


def comparison_text(comparison: Comparison) -> str:
    """The comparison for people: inputs, sites, totals."""
    counts = ", ".join(f"{count} {change}" for change, count in comparison.counted().items())
    totals = [
        (total.name, thousands(total.old, 2), thousands(total.new, 2), f"{total.new - total.old:+,.2f}".replace(",", " "))
        for total in comparison.totals
    ]
    parts = [
        f"{comparison.model}: from {comparison.old} to {comparison.new}",
        _inputs((*comparison.values, *comparison.inputs)),
        f"sites: {counts}",
        table(
            ("site", "name", "zone", "change", "MW old", "MW new", "MUSD old", "MUSD new", ""),
            _sites(comparison.sites),
            range(4, 8),
        ),
        table(("total", comparison.old, comparison.new, "difference"), totals, range(1, 4)),
        _items(comparison),
        *(f"caution: {caution}" for caution in comparison.cautions),
    ]
    return "\n\n".join(part for part in parts if part)


def _inputs(changes: tuple[ValueChange, ...]) -> str:
    if not changes:
        return "the inputs do not differ"
    rows = [
        (change.path, change.old or "-", change.new or "-", change.unit, change.new_origin or change.old_origin)
        for change in changes
    ]
    return table(("input", "old", "new", "unit", "from"), rows)


def _items(comparison: Comparison) -> str:
    """Equipment and work that differ over all sites, and where they moved."""
    rows = [(one.item, f"{one.old or 0.0:,.1f}", f"{one.new or 0.0:,.1f}", one.unit) for one in comparison.items]
    whole = table(("equipment and work", comparison.old, comparison.new, "unit"), rows, range(1, 3)) if rows else ""
    moved = [f"{site.name or site.id}: {'; '.join(one.words() for one in site.moved)}" for site in comparison.sites if site.moved]
    return "\n\n".join(part for part in (whole, "\n".join(moved)) if part)


def _sites(sites: tuple[SiteChange, ...]) -> list[tuple[str, ...]]:
    return [
        (
            site.id,
            site.name,
            site.zone,
            site.change,
            thousands(site.old_mw),
            thousands(site.new_mw),
            thousands(site.old_musd),
            thousands(site.new_musd),
            site.remark,
        )
        for site in sites
    ]
