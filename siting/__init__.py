"""Where the next modular AI-compute clusters go, in what order, on which power and which data path, and why.

import siting
plan = siting.load("northwest").solve()
plan.sites            # every candidate, chosen or passed over, and why
plan.explore()        # the offline map, in a notebook; .save("map.html") elsewhere
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from siting import locate
    from siting.errors import (
        Fault,
        Infeasible,
        InputError,
        NoPlanInLimit,
        OutputError,
        RunLocked,
        SitingError,
        SolverFailed,
        Unbounded,
        UsageError,
        VerificationFailed,
    )
    from siting.export import MapView
    from siting.plan.compare import Comparison
    from siting.study import Plan, Study, load
    from siting.watch import StopSign, Watch

__all__ = [
    "Comparison",
    "Fault",
    "Infeasible",
    "InputError",
    "MapView",
    "NoPlanInLimit",
    "OutputError",
    "Plan",
    "RunLocked",
    "SitingError",
    "SolverFailed",
    "StopSign",
    "Study",
    "Unbounded",
    "UsageError",
    "VerificationFailed",
    "Watch",
    "load",
    "locate",
]

_ROOMS = {
    "Comparison": "siting.plan.compare",
    "MapView": "siting.export",
    "Plan": "siting.study",
    "StopSign": "siting.watch",
    "Study": "siting.study",
    "Watch": "siting.watch",
    "load": "siting.study",
}


def __getattr__(name: str) -> Any:
    """Public names are imported when first asked for, so that the command line starts at once."""
    if name not in __all__:
        raise AttributeError(f"module siting has no attribute {name}")
    if name == "locate":
        return import_module("siting.locate")
    return getattr(import_module(_ROOMS.get(name, "siting.errors")), name)


def __dir__() -> list[str]:
    return __all__
