"""Pyomo as `pyo`, without what it would have scipy import.

When scipy is imported after Pyomo, Pyomo has it import its statistics, integration and geometry too, in every command and
every pricing process, for nothing that is used here. Pyomo still imports them itself when it first needs them.
"""

from __future__ import annotations

from contextlib import suppress

import pyomo.common.dependencies
import pyomo.core as pyo

with suppress(AttributeError):  # where a later Pyomo keeps its callbacks elsewhere, all stays as it was
    pyomo.common.dependencies.DeferredImportCallbackFinder._callbacks.pop("scipy", None)

__all__ = ["pyo"]
