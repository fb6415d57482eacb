"""Plots of the figures: how build and hand-over compare, how runs grow with the number of candidates. Small SVG files whose
bytes repeat."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tests.bench.figure import Figure

Lines = dict[str, list[tuple[float, float]]]
WIDTH, HEIGHT = 6.0, 3.6
GROWTH: Final = re.compile(r"growth\.(\d+)x\d+x\d+\.(seconds|peak_mb)")


def write_plots(figures: Sequence[Figure], folder: Path) -> Mapping[str, Sequence[str]]:
    """The plots there are figures for, by group."""
    written: defaultdict[str, list[str]] = defaultdict(list)
    for group, name, lines, labels in (
        ("handover", "handover.svg", _routes(figures), ("non-zeros", "seconds until HiGHS holds the model")),
        ("scale", "growth.svg", _growth(figures), ("candidates", "seconds; MB")),
    ):
        if any(len(points) > 1 for points in lines.values()):
            _draw(lines, labels, folder / name)
            written[group].append(name)
    return written


def _routes(figures: Sequence[Figure]) -> Lines:
    """Seconds over non-zeros of each route, from `handover.<size>.<route>.seconds` and `handover.<size>.nonzeros`."""
    sizes = {figure.id.split(".")[1]: figure.value for figure in figures if re.fullmatch(r"handover\.\w+\.nonzeros", figure.id)}
    lines: Lines = defaultdict(list)
    for figure in figures:
        found = re.fullmatch(r"handover\.(\w+)\.(\w+)\.seconds", figure.id)
        size = sizes.get(found[1]) if found else None
        if found and size and figure.known and figure.exact and figure.value is not None:
            lines[found[2]].append((size, figure.value))
    return lines


def _growth(figures: Sequence[Figure]) -> Lines:
    lines: Lines = defaultdict(list)
    for figure in figures:
        found = GROWTH.fullmatch(figure.id)
        if found and figure.known and figure.value is not None:
            lines["seconds" if found[2] == "seconds" else "peak memory, MB"].append((float(found[1]), figure.value))
    return lines


def _draw(lines: Lines, labels: tuple[str, str], path: Path) -> None:
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    with pyplot.rc_context({"svg.hashsalt": path.name, "svg.fonttype": "none", "font.size": 9}):
        figure, axes = pyplot.subplots(figsize=(WIDTH, HEIGHT), layout="constrained")
        draw: Callable[..., Any] = axes.loglog
        for name, points in lines.items():
            draw(*zip(*sorted(points), strict=True), marker="o", markersize=3.5, linewidth=1.2, label=name)
        axes.set_xlabel(labels[0])
        axes.set_ylabel(labels[1])
        axes.grid(visible=True, which="major", linewidth=0.4, alpha=0.5)
        axes.legend(frameon=False)
        figure.savefig(path, metadata={"Date": None, "Creator": None})
        pyplot.close(figure)
