"""Cooling: closed-loop liquid with dry coolers takes a little power on top of the IT, more when the air is hot.

    draw on top of the IT  =  (pue[i, t] - 1) * load_factor[k] * it_mw[k] * modules[i, k, p]          for i, p, t
    pue(T)  =  base_pue up to 24 C,  + 0.0037 per K to 34 C,  + 0.0126 per K to 44 C,  at most base_pue + 0.204;  + margin

T is the air temperature of the climate point nearest to the site, its mean over the slice's months and hours, of

    mean_c + seasonal_swing_c * cos(2 pi (month - 7) / 12) + daily_swing_c * cos(2 pi (hour + 0.5 - 15) / 24)

half a year later south of the equator. `pue_peak` is pue at mean_c + seasonal_swing_c + daily_swing_c + 6 K, a heat wave.
Formula F6, the piecewise fit of a dry-cooler model (COOL-01), with a part-load margin for planning (COOL-02). A switched
off family means no cooling power at all: an optimist's bound, not a plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from siting.arrays import Sheet
from siting.family import (
    Column,
    ColumnValues,
    Core,
    Facts,
    Family,
    Floats,
    Geography,
    Knobs,
    Ledgers,
    Network,
    Problem,
    Solved,
    knob,
)
from siting.table import Field

BREAKS_C: Final = (24.0, 34.0, 44.0)
SLOPES_PER_K: Final = (0.0037, 0.0126)
LARGEST_RISE: Final = 0.204


class CoolingKnobs(Knobs):
    """Knobs of cooling."""

    base_pue: float = knob(
        1.066, "power usage effectiveness at 24 C of air and below", source="COOL-01", tighter="up", at_least=1.0, at_most=3.0
    )
    margin: float = knob(
        0.02, "part-load margin on the power usage effectiveness", source="COOL-02", tighter="up", at_least=0.0, at_most=1.0
    )
    warming_c: float = knob(
        0.0, "added to every air temperature, for a hot year", source="judgement", tighter="up", at_least=-20.0, at_most=20.0
    )


READS = {"climate": (Field("mean_c", "number", "yearly mean air temperature", "degC"),)}
COLUMNS = (
    Column("pue_mean", "", "power usage effectiveness, mean of the year"),
    Column("pue_peak", "", "the same on the hottest design day"),
)


@dataclass(frozen=True, kw_only=True)
class CoolingFacts(Facts):
    """`pue` (I, T) and `pue_peak` (I)."""

    by_slice = ("pue",)
    pue: Floats
    pue_peak: Floats


def power_usage(air_c: Floats, knobs: CoolingKnobs) -> Floats:
    """PUE at an air temperature [C], formula F6."""
    air = air_c + knobs.warming_c
    rise = sum(
        slope * np.clip(air - low, 0.0, high - low)
        for slope, low, high in zip(SLOPES_PER_K, BREAKS_C[:-1], BREAKS_C[1:], strict=True)
    )
    return np.asarray(knobs.base_pue + np.minimum(rise, LARGEST_RISE) + knobs.margin)


def derive(geography: Geography, network: Network, knobs: CoolingKnobs) -> CoolingFacts:  # noqa: ARG001
    """PUE of every site and slice from its air temperature."""
    return CoolingFacts(
        pue=power_usage(geography.temperature_c, knobs), pue_peak=power_usage(geography.design_temperature_c, knobs)
    )


def state(core: Core, problem: Problem, knobs: CoolingKnobs, block: Sheet, ledgers: Ledgers) -> None:  # noqa: ARG001
    """What cooling draws on top of the IT."""
    facts = problem.facts["cooling"]
    assert isinstance(facts, CoolingFacts)
    busy_mw = problem.modules.it_mw * problem.modules.load_factor
    draw = (facts.pue[:, None, None, :] - 1.0) * busy_mw[None, :, None, None]
    ledgers.draw_mw.add("cooling", ledgers.draw_mw.cells()[:, None, :, :], core.modules.columns[:, :, :, None], draw)


def report(problem: Problem, knobs: CoolingKnobs, solved: Solved) -> Mapping[str, ColumnValues]:  # noqa: ARG001
    """Mean and peak PUE of each site."""
    facts = problem.facts["cooling"]
    assert isinstance(facts, CoolingFacts)
    return {"pue_mean": facts.pue @ problem.time.hours / problem.time.hours.sum(), "pue_peak": facts.pue_peak}


def explain(row: Mapping[str, Any], knobs: CoolingKnobs) -> str:  # noqa: ARG001
    """What cooling costs in power."""
    return f"Its PUE is {row['pue_mean']:.3f} on the mean and {row['pue_peak']:.3f} on the hottest day."


COOLING = Family(
    name="cooling",
    title="Cooling",
    knobs=CoolingKnobs,
    reads=READS,
    columns=COLUMNS,
    limits={},
    derive=derive,
    state=state,
    report=report,
    explain=explain,
)
