"""Islanding: standby power of a site covers what must run on when it is cut off.

    standby  >=  critical_share * highest draw of the site  +  firm_load_share * highest draw of a MW of IT * firm IT load

The draw is highest in the slice with the highest power usage effectiveness; a MW of IT draws its module's load factor. What
offers standby lasts for `outage_h` at least.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from siting.verify.built import Built
from siting.verify.cooling import pue
from siting.verify.report import ROUNDING, Floats, Judge, Rule, places, rows
from siting.verify.workload import draw_mw

STANDBY = Rule("V361", "islanding.standby", "a site that is cut off keeps running what must run on", "MW")
LASTS = Rule("V362", "islanding.lasts", "what offers standby lasts as long as an outage", "h")
HOURS: Final = (("storage", "standby_h"), ("generation", "backup_h"))


def columns(built: Built) -> Mapping[str, Floats]:
    """Standby power in the last period."""
    return {"standby_mw": built.total("standby_mw")[:, -1]}


def check(built: Built, judge: Judge) -> None:
    """Hold standby power to what must run on."""
    asked = built.question.asked
    drawn = draw_mw(built).max(axis=2)
    per_mw = (pue(built.question, built.lon, built.lat) * asked.module_numbers("load_factor").max()).max(axis=1)
    firm = asked.number("islanding", "firm_load_share") * per_mw[:, None] * built.total("firm_it_mw")
    needed = asked.number("islanding", "critical_share") * drawn + firm
    where = places(("site", built.site_ids), ("period", built.question.clock.periods))
    standby = built.total("standby_mw")
    judge.at_least(STANDBY, standby, needed, "equipment.csv", "amount", where, slack=5 * ROUNDING)
    kinds = [(family, name) for family, name in HOURS if asked.on(family)]
    lasting = np.array([asked.number(family, name) for family, name in kinds])
    outage = np.full(len(kinds), asked.number("islanding", "outage_h"))
    judge.at_least(LASTS, lasting, outage, "scenario.json", "outage_h", rows("", [f"{a}.{b}" for a, b in kinds]))
