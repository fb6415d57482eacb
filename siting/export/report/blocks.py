"""Blocks the report is set from: a section with its heading, a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from siting.export.markup import Child, Html, el, join
from siting.export.words import amount


def section(title: str, *children: Child) -> Html:
    """A section of the page."""
    return el("section", el("h2", title), *children)


def table(heads: Sequence[str], rows: Iterable[Sequence[Child]], numeric: set[int], class_: str | None = None) -> Html:
    """A table; the columns `numeric` are set right."""

    def line(tag: str, cells: Sequence[Child]) -> Html:
        return el("tr", join(el(tag, cell, class_="n" if n in numeric else None) for n, cell in enumerate(cells)))

    top, body = line("th", heads), join(line("td", row) for row in rows)
    return el("div", el("table", el("thead", top), el("tbody", body), class_=class_), class_="scroll")


def by_period(periods: Sequence[str], rows: Iterable[tuple[str, str, Sequence[float]]]) -> Html:
    """A table of (words, unit, one value a period)."""
    shown = [
        [words, "" if unit == "share" else unit, *(amount(value, "share" if unit == "share" else "") for value in values)]
        for words, unit, values in rows
    ]
    return table(["", "Unit", *periods], shown, set(range(2, 2 + len(periods))))
