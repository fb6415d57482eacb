"""Hardware: what modules cost to buy and to run.

capital  =  sum over k of (it_musd[k] + remote_facility_musd[k]) * modules[i, k, p]  +  opening_musd * open[i, p]
remote_facility_musd[k]  =  facility_musd[k] * (site_work_share * remote_factor + (1 - site_work_share) * transport_factor)
running  =  remote_running_factor * running_musd_per_year[k] * modules[i, k, p]
"""

from __future__ import annotations

import numpy as np

from siting.verify.built import Built
from siting.verify.cost import Item
from siting.verify.points import Ints
from siting.verify.report import Floats

IT_HARDWARE = "IT hardware"


def items(built: Built) -> tuple[Item, ...]:
    """IT hardware, facilities, opening of sites, running of modules."""
    asked = built.question.asked
    work, remote, transport = (
        asked.number("hardware", name) for name in ("site_work_share", "remote_factor", "transport_factor")
    )
    site: Ints = np.arange(len(built.site_ids))
    away = work * remote + (1.0 - work) * transport
    return (
        Item(IT_HARDWARE, "capital", site, _by_module(built, asked.module_numbers("it_musd"))),
        Item("modules", "capital", site, _by_module(built, asked.module_numbers("facility_musd") * away)),
        Item("site opening", "capital", site, asked.number("hardware", "opening_musd") * built.open.astype(np.float64)),
        Item(
            "operation",
            "running",
            site,
            _by_module(built, asked.module_numbers("running_musd_per_year") * asked.number("hardware", "remote_running_factor")),
        ),
    )


def _by_module(built: Built, musd: Floats) -> Floats:
    found: Floats = np.einsum("ikp,k->ip", built.modules, musd)
    return found
