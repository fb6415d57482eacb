"""The page and the plots of the figures, written from `results.json` alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.bench.figure import AT_MOST, Figure, figure_of
from tests.bench.plots import write_plots

FOLDER: Final = Path(__file__).parent
RESULTS, PAGE = "results.json", "RESULTS.md"
INTRODUCTION: Final = (
    "Speed, memory and proof of siting on one machine, as last measured. Written by `make bench` (`python -m tests.bench",
    "[group ...]`); nothing here is typed by hand. Each group names its commits (+: with changes not committed).",
    "",
    "`scale.AxBxC` is a made-up world of A candidates, B slices and C periods (tests/bench/continent.py). A gap is the distance",
    "from plan to proven bound as a share, of the controllable cost for the cost aims (`gross_gap`: of all of it); 0.01 is 1 %.",
    "",
    "A value with ≥ is a lower limit: what it measures was stopped. It may meet a goal that asks for at least something, none",
    "that asks for at most something.",
)
MET: Final = {None: "", True: "yes", False: "no"}


def read(folder: Path = FOLDER) -> list[Figure]:
    """The figures that are there."""
    path = folder / RESULTS
    return [figure_of(row) for row in json.loads(path.read_text(encoding="utf-8"))] if path.exists() else []


def write(figures: Sequence[Figure], titles: Mapping[str, str], machine: Mapping[str, str], folder: Path = FOLDER) -> None:
    """`results.json`, `RESULTS.md` and the plots beside them. `titles` gives each group its heading."""
    rows = [json.dumps(figure.document(), ensure_ascii=False) for figure in figures]
    (folder / RESULTS).write_text("[\n" + ",\n".join(f" {row}" for row in rows) + "\n]\n", encoding="utf-8")
    plots = write_plots(figures, folder)
    (folder / PAGE).write_text("\n".join(_page(figures, titles, machine, plots)) + "\n", encoding="utf-8")


def _page(
    figures: Sequence[Figure], titles: Mapping[str, str], machine: Mapping[str, str], plots: Mapping[str, Sequence[str]]
) -> list[str]:
    asked = [figure for figure in figures if figure.goal is not None]
    lines = ["# Figures", "", *INTRODUCTION, ""]
    lines += [f"{sum(figure.met is True for figure in asked)} of {len(asked)} goals are met.", ""]
    lines += [
        "| machine of the last group measured | |",
        "| --- | --- |",
        *(f"| {name} | {value} |" for name, value in machine.items()),
        "",
    ]
    missed = [figure for figure in asked if not figure.met]
    if missed:
        lines += ["## Goals not met", "", *_table(missed), ""]
    for group, title in titles.items():
        mine = [figure for figure in figures if figure.group == group]
        if mine:
            lines += [f"## {title}", "", f"`python -m tests.bench {group}`: {_stamp(mine)}", ""]
            lines += [f"![{name}]({name})" for name in plots.get(group, ())] + ([""] if plots.get(group) else [])
            lines += [*_table(mine), ""]
    return lines[:-1]


def _stamp(figures: Sequence[Figure]) -> str:
    commits = list(dict.fromkeys(figure.commit or "unknown" for figure in figures))
    times = sorted({figure.measured for figure in figures})
    loads = sorted({figure.load for figure in figures if figure.load})
    busy = f", load {loads[0]}" + (f" to {loads[-1]}" if len(loads) > 1 else "") if loads else ""
    when = times[0] if len(times) == 1 else f"{times[0]} to {times[-1]}"
    processors = list(dict.fromkeys(figure.processor for figure in figures if figure.processor))
    where = f", {' and '.join(processors)}" if processors else ""
    return f"commit {', '.join(commits)}, {when}{where}{busy}."


def _table(figures: Sequence[Figure]) -> list[str]:
    lines = ["| figure | value | unit | goal | met | |", "| --- | ---: | --- | ---: | --- | --- |"]
    for figure in figures:
        goal = "" if figure.goal is None else f"{'≤' if figure.goal_is == AT_MOST else '≥'} {figure.goal:g}"
        note = figure.note.replace("|", "/").replace("\n", " ")
        lines.append(f"| {figure.id} | {_value(figure)} | {figure.unit} | {goal} | {MET[figure.met]} | {note} |")
    return lines


def _value(figure: Figure) -> str:
    if not figure.known or figure.value is None:
        return "-"
    digits = f"{figure.value:.4g}" if abs(figure.value) < 1e4 else f"{figure.value:,.0f}".replace(",", " ")
    return digits if figure.exact else f"≥ {digits}"
