"""`siting run`: solve a model, verify the plan, and publish it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from siting.cli.options import AllowOutside, Json, Model, Sets, Strict, WhatIfs
from siting.cli.tell import table, tell_faults, tell_json, thousands
from siting.solve.waiting import Waiting

if TYPE_CHECKING:
    from siting.pipeline import Answer
    from siting.plan.record import AimResult


def run(
    model: Model,
    what_if: WhatIfs = None,
    sets: Sets = None,
    name: Annotated[str, typer.Option("--name", help="Name of the published folder, instead of the overlays' names.")] = "",
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Publish here instead of out/MODEL/NAME.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what DIR holds, whatever it is.")] = False,
    allow_outside: AllowOutside = False,
    strict: Strict = False,
    gap: Annotated[str, typer.Option("--gap", metavar="SHARE", help="As --set effort.gap=SHARE.")] = "",
    time_limit: Annotated[str, typer.Option("--time-limit", metavar="S", help="As --set effort.time_limit_s=S.")] = "",
    seed: Annotated[str, typer.Option("--seed", metavar="N", help="As --set effort.seed=N.")] = "",
    dask: Annotated[
        str, typer.Option("--dask", metavar="WHERE", help="Price candidates on Dask: local, tcp://HOST:PORT or tls://HOST:PORT.")
    ] = "",
    as_json: Json = False,
) -> int:
    """Solve a model, verify the plan, write layers, map and report, and publish them."""
    effort = {"gap": gap, "time_limit_s": time_limit, "seed": seed, "dask": json.dumps(dask) if dask else ""}
    settings = tuple(f"effort.{key}={value}" for key, value in effort.items() if value)
    with Waiting() as waiting:
        # Imports take seconds of one processor. Where there is another, a pricing process imports meanwhile: whether it is needed
        # is only known once the scenario is read, and then it is ended or ready.
        if not dask and (os.cpu_count() or 1) > 1:
            waiting.expect(1)
        from siting.cli.progress import watching
        from siting.pipeline import Asked, Place
        from siting.pipeline import run as run_pipeline

        asked = Asked(model, tuple(what_if or ()), tuple(sets or ()), settings, allow_outside, strict)
        with watching() as watch:
            answer = run_pipeline(asked, Place(Path.cwd(), out, overwrite, name), watch, waiting)
    tell_faults(answer.warnings)
    if as_json:
        tell_json(answer_document(answer))
    else:
        print(answer_text(answer))
    return answer.exit_code


def answer_document(answer: Answer) -> dict[str, Any]:
    """The answer as one JSON document: the manifest's head, and where everything is."""
    document = answer.manifest.document()
    head = {key: document[key] for key in ("model", "name", "run", "what_ifs", "status", "aims", "result", "notes", "observed")}
    places = {"published": str(answer.published), "run_folder": str(answer.folder), "reused": answer.reused}
    warnings = [fault.record() for fault in answer.warnings]
    return {"exit_code": answer.exit_code, "proven": answer.manifest.record.proven, **head, **places, "warnings": warnings}


def answer_text(answer: Answer) -> str:
    """The answer for people: what was chosen, what it costs, how far it is proven, how long it took, where to look."""
    record, result = answer.manifest.record, answer.manifest.result
    totals = result["totals"]
    lines = [f"{record.title} ({record.model}/{answer.manifest.name})", ""]
    lines += [
        f"{totals['sites']} of {result['candidates']} candidate sites, {thousands(totals['it_mw'])} MW of IT, "
        f"{totals['capital_musd'] / 1000:.2f} GUSD of capital ({totals['capital_musd_per_mw']:.1f} MUSD per MW), "
        f"{thousands(totals['running_musd_per_year'])} MUSD a year to run",
        f"energy: {totals['hydro_share']:.0%} hydro, {totals['solar_share']:.0%} solar, {totals['grid_share']:.0%} grid",
        "",
        _sites(result["sites"]),
        "",
        *(_aim(aim) for aim in record.aims),
        "",
        _proof(answer),
    ]
    if answer.reused:
        lines.append("the same question was answered before; nothing was solved again")
    else:
        steps = ", ".join(f"{name.removesuffix('_s')} {value:.1f}" for name, value in answer.seconds.items())
        lines.append(f"seconds: {steps}")
    lines.append(f"open {answer.shown / 'map.html'} and {answer.shown / 'report.html'}")
    return "\n".join(lines)


def _sites(sites: list[dict[str, Any]]) -> str:
    rows = [
        (
            site["id"],
            site["name"],
            site["zone"],
            site["first_period"],
            thousands(site["it_mw"]),
            thousands(site["capital_musd"]),
            site["supplied_by"],
        )
        for site in sites
    ]
    return table(("site", "name", "zone", "opens", "MW IT", "MUSD", "power from"), rows, numbers=(4, 5))


def _aim(aim: AimResult) -> str:
    from siting.export.words import gap_words

    state = "within" if aim.met else "NOT within"
    return (
        f"{aim.title}: {thousands(aim.value, 1)} {aim.unit}, bound {thousands(aim.bound, 1)}; gap {gap_words(aim.gap)} "
        f"({state} {gap_words(aim.asked_gap)}; of the whole objective {gap_words(aim.gross_gap)})"
    )


def _proof(answer: Answer) -> str:
    from siting.export.words import gap_words

    record = answer.manifest.record
    if record.proven:
        return "verified, and proven to the asked gap"
    open_aims = [f"{aim.title.lower()} by {gap_words(aim.gap - aim.asked_gap)}" for aim in record.aims if not aim.met]
    missed = ", ".join(open_aims) or "the solver did not come to its end"
    begin = "interrupted: the best verified plan was kept; it is" if record.status == "interrupted" else "verified, but"
    return f"{begin} NOT PROVEN to the asked gap, missed by: {missed}. A longer --time-limit may close it"
