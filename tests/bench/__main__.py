"""`make bench`, or `python -m tests.bench [group[:part,part] ...]`: measure the groups (all unless named), then write
`results.json`, `RESULTS.md` and the plots. Figures that are not measured stay as they were, with the commit and the time they
were measured at."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from tests.bench import page
from tests.bench.figure import Figure, merged, stamped
from tests.bench.machine import commit, load, machine, processor

GROUPS: Final[Mapping[str, str]] = {
    "programs": "Building and handing over against raw arrays",
    "handover": "The same rows by other modelling libraries",
    "northwest": "The default model",
    "scale": "Many candidates",
    "crews": "Workers side by side",
    "classical": "Classical instances",
}
"""Module of each group (its `figures`) and the heading of its figures, in the order of the page."""
IN_PARTS: Final = ("programs", "handover", "northwest", "scale")
"""Groups whose figures can be measured part by part."""


def measured(group: str, figures: Callable[[], Iterable[Figure]]) -> Iterator[Figure]:
    """The figures of a group as they come. A group that breaks off says so in a figure that misses its goal."""
    stamp = {"group": group, "commit": commit(), "measured": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")}
    stamp["processor"] = processor()
    try:
        for figure in figures():
            yield stamped(figure, load=load(), **stamp)
    except Exception as error:
        words = f"{type(error).__name__}: {error}".splitlines()[0][:300]
        yield stamped(Figure(f"{group}.broken", None, "", 0.0, note=words), load=load(), **stamp)


def figures_of(group: str, parts: str = "") -> Callable[[], Iterable[Figure]]:
    """The generator of a group, or of some parts of it; its module is read only now, so that one that is broken breaks only
    itself."""

    def made() -> Iterable[Figure]:
        found: Any = import_module(f"tests.bench.{group}").figures
        return found(parts.split(",")) if parts else found()  # type: ignore[no-any-return]

    return made


def main(arguments: Sequence[str] | None = None, folder: Path = page.FOLDER) -> None:
    """Measure, telling each figure as it comes; what is known is written after each group."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure, and write the page of figures.")
    parser.add_argument("groups", nargs="*", metavar="group", help=f"all of {', '.join(GROUPS)} unless named")
    asked = parser.parse_args(arguments).groups or list(GROUPS)
    if unknown := [group for group in asked if group.partition(":")[0] not in GROUPS]:
        parser.error(f"no group {', '.join(unknown)}; there are {', '.join(GROUPS)}")
    if whole := [group for group in asked if ":" in group and group.partition(":")[0] not in IN_PARTS]:
        parser.error(f"{', '.join(whole)}: measured as a whole; in parts there are {', '.join(IN_PARTS)}")
    if strange := [part for name in asked for part in _unknown_parts(*name.partition(":")[::2])]:
        parser.error("; ".join(strange))
    for name in asked:
        group, _, parts = name.partition(":")
        now = []
        for figure in measured(group, figures_of(group, parts) if parts else figures_of(group)):
            now.append(figure)
            print(_line(figure), flush=True)
        known = page.read(folder)
        if parts:
            now = [figure for figure in known if figure.group == group and not _replaced(figure, parts, now)] + now
        page.write(merged(known, now, GROUPS), GROUPS, machine(), folder)


def _unknown_parts(group: str, parts: str) -> Iterator[str]:
    """What is wrong with the parts asked of a group."""
    if not parts:
        return
    named: Any = import_module(f"tests.bench.{group}").NAMED
    for part in parts.split(","):
        if part not in named:
            yield f"{group}: no part {part!r}; there are {', '.join(named)}"


def _replaced(figure: Figure, parts: str, now: Iterable[Figure]) -> bool:
    """Whether a figure was measured now, or bears the name of a part that was and tells it no more."""
    heads = tuple(f"{figure.group}.{part}." for part in parts.split(","))
    return figure.id.startswith(heads) or figure.id in {other.id for other in now}


def _line(figure: Figure) -> str:
    value = "-" if not figure.known or figure.value is None else f"{'' if figure.exact else '≥ '}{figure.value:.6g}"
    verdict = {None: "", True: "met", False: "MISSED"}[figure.met]
    return f"{figure.id:52} {value:>14} {figure.unit:10} {verdict:7} {figure.note}".rstrip()


if __name__ == "__main__":
    main(sys.argv[1:])
