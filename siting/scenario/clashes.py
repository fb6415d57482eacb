"""Locks and limits of sites that can not hold together, told with both places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from siting.cells import shown
from siting.errors import Fault
from siting.family import Knobs
from siting.scenario.merge import Merged
from siting.toml_lines import TomlPath


def site_clashes(knobs: Mapping[str, Knobs], off: frozenset[str], merged: Merged) -> Iterator[Fault]:
    """Least above most, more sites forced than may open, sites that exist and are forbidden."""
    locks = _values(knobs, "locks", off)
    limits = _values(knobs, "site_limits", off)
    for number, each in enumerate(locks.get("existing", ())):
        if each["site"] in locks["forbid"]:
            there = merged.origin(("locks", "forbid", locks["forbid"].index(each["site"])))
            found = f"existing modules at {shown(each['site'])}, forbidden by {there}"
            yield merged.fault(
                "S011", ("locks", "existing", number), found, "a site that is not forbidden too", "Take it out of one of the two"
            )
    if not limits:
        return
    for low, high, unit in (("least_sites", "most_sites", "sites"), ("least_mw", "most_mw", "MW")):
        if limits[low] > limits[high]:
            yield _clash(("site_limits", low), f"{limits[low]:g} {unit}", ("site_limits", high), limits[high], merged)
    forced = {*locks.get("force", ()), *(each["site"] for each in locks.get("existing", ()))}
    if len(forced) > limits["most_sites"]:
        place: TomlPath = ("locks", "force" if locks["force"] else "existing")
        yield _clash(place, f"{len(forced)} sites", ("site_limits", "most_sites"), limits["most_sites"], merged)


def _values(knobs: Mapping[str, Knobs], name: str, off: frozenset[str]) -> dict[str, Any]:
    return knobs[name].model_dump() if name in knobs and name not in off else {}


def _clash(place: TomlPath, found: str, other: TomlPath, most: float, merged: Merged) -> Fault:
    expected = f"at most {'.'.join(map(str, other))} ({merged.origin(other)}), {most:g}"
    return merged.fault("S011", place, found, expected, "Change one of the two")
