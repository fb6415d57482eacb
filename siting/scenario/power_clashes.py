"""Power at a site that can not hold together: standby that lasts shorter than an outage, a battery with no size it may have, an
outage that nothing carries. Told with both places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from siting.errors import Fault
from siting.family import Knobs
from siting.scenario.merge import Merged
from siting.toml_lines import TomlPath

STANDBY: Final = (("storage", "standby_h"), ("generation", "backup_h"))


def power_clashes(knobs: Mapping[str, Knobs], off: frozenset[str], merged: Merged) -> Iterator[Fault]:
    """Contradictions among batteries, generators and islanding."""
    on: dict[str, dict[str, Any]] = {name: table.model_dump() for name, table in knobs.items() if name not in off}
    storage, islanding = on.get("storage"), on.get("islanding")
    if storage and storage["shortest_h"] > storage["longest_h"]:
        yield _clash(("storage", "shortest_h"), storage["shortest_h"], "at most", ("storage", "longest_h"), storage, merged)
    if not islanding:
        return
    for family, name in STANDBY:
        if family in on and on[family][name] < islanding["outage_h"]:
            yield _clash((family, name), on[family][name], "at least", ("islanding", "outage_h"), islanding, merged)
    if islanding["critical_share"] > 0.0 and not any(
        family in on and on[family]["most_power_share"] > 0.0 for family, _ in STANDBY
    ):
        yield merged.fault(
            "S011",
            ("islanding", "critical_share"),
            f"{islanding['critical_share']:g}, with storage and generation switched off",
            "something that can carry a site that is cut off",
            "Switch storage or generation on, or islanding off, or write 0",
        )


def _clash(place: TomlPath, found: float, how: str, other: TomlPath, values: Mapping[str, Any], merged: Merged) -> Fault:
    expected = f"{how} {'.'.join(map(str, other))} ({merged.origin(other)}), {values[str(other[-1])]:g}"
    return merged.fault("S011", place, f"{found:g} h", expected, "Change one of the two")
