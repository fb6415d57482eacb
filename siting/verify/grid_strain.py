"""Grid strain: a substation's room, and what a zone lends in stressed slices.

    sum of flow over the links of substation g  <=  max(0, limit[t] * rating_mw - loading_share * rating_mw * load[t])
        with limit[t] = strain_limit in stressed slices, calm_limit in the others, and at most (n - 1) / n of n circuits
    sum of flow over the substations of zone z  <=  max(import_share * import_limit_mw, import_floor_mw)     stressed t

load[t] is the zone's load in the slice at its highest, 1 at the yearly peak; a slice is stressed where it reaches stressed_share.
Energy costs `stressed_premium_share` more in stressed slices; wheeling is added to it. The strain of a period is the sum over
stressed slices of hours times flow over the rating of its substation. Only substations of the main network are connected to.
"""

from __future__ import annotations

import numpy as np

from siting.verify import supply, tariff
from siting.verify.built import Built
from siting.verify.points import Points
from siting.verify.question import Question
from siting.verify.report import Flags, Floats, Judge, Rule, places

SUPPLY = Rule("V221", "grid_strain.substation", "a substation sends no more than its room in a slice", "MW")
IMPORT = Rule("V222", "grid_strain.zone", "a zone lends no more than its share of imports in a stressed slice", "MW")
HIGH_VOLTAGE_KV = 200.0


def zone_load(question: Question) -> Floats:
    """Load of every zone in every slice as a share of its yearly peak (Z, T)."""
    zones = question.layers.get("zones")
    return np.array([question.clock.peak(question.profile(name)) for name in zones.texts("load_profile")]).reshape(
        -1, question.shape[1]
    )


def stressed(question: Question) -> Flags:
    """Which slices are stressed in which zone (Z, T)."""
    flags: Flags = zone_load(question) >= question.asked.number("grid_strain", "stressed_share") - 1e-12
    return flags


def points(question: Question) -> Points:
    """Substations with their room and the price of grid energy."""
    periods, _ = question.shape
    asked = question.asked
    stations = question.layers.get("substations")
    number = {name: n for n, name in enumerate(question.layers.get("zones").ids)}
    zone = np.array([number[name] for name in stations.texts("zone")], dtype=np.int64)
    tight = stressed(question)[zone]
    rating = stations.numbers("rating_mw")[:, None]
    load = stations.numbers("loading_share")[:, None] * rating * zone_load(question)[zone]
    strain, calm, circuits = (asked.number("grid_strain", name) for name in ("strain_limit", "calm_limit", "circuits"))
    limit = np.where(tight, strain, calm)
    if circuits >= 1:
        limit = np.minimum(limit, 1.0 - 1.0 / circuits)
    room = np.maximum(0.0, limit * rating - load)
    energy = tariff.price(question, "grid_strain")
    premium = 1.0 + asked.number("grid_strain", "stressed_premium_share")
    wheeling = asked.number("grid_strain", "wheeling_usd_per_mwh")
    kv = stations.numbers("kv")
    count = len(stations)
    return Points(
        ids=tuple(stations.ids),
        names=tuple(stations.texts("name")),
        kinds=("grid",) * count,
        zones=tuple(stations.texts("zone")),
        lon=stations.lon,
        lat=stations.lat,
        kv=kv,
        available_mw=np.repeat(room[:, None, :], periods, axis=1),
        price_usd_per_mwh=np.where(tight, energy * premium, energy) + wheeling,
        group=tuple("grid, high voltage" if each >= HIGH_VOLTAGE_KV else "grid, low voltage" for each in kv),
        nearest=np.full(count, int(asked.number("grid_strain", "nearest")), dtype=np.int64),
        reach_km=np.full(count, asked.number("grid_strain", "reach_km")),
        offered=stations.flags("main_network"),
    )


def strain_h(built: Built) -> Floats:
    """Hours a year of full use of substations in stressed slices (P)."""
    question = built.question
    stations, zones = question.layers.get("substations"), list(question.layers.get("zones").ids)
    rating = dict(zip(stations.ids, stations.numbers("rating_mw"), strict=True))
    tight = stressed(question)
    total = np.zeros(question.shape[0])
    for n, point in enumerate(built.link_point):
        name = built.points.ids[point]
        if built.points.kinds[point] == "grid" and rating[name] > 0:
            hours = question.clock.hours * tight[zones.index(built.points.zones[point])]
            total += built.flow_mw[n] @ hours / rating[name]
    return total


def check(built: Built, judge: Judge) -> None:
    """Hold each substation to its room, and each zone to what it lends in stressed slices."""
    supply.check(built, "grid", SUPPLY, judge)
    question = built.question
    zones = question.layers.get("zones")
    asked = question.asked
    lends = np.maximum(
        asked.number("grid_strain", "import_share") * zones.numbers("import_limit_mw"),
        asked.number("grid_strain", "import_floor_mw"),
    )
    tight = stressed(question)
    names = tuple(zones.ids)
    grid = [n for n in range(len(built.link_ids)) if built.points.kinds[built.link_point[n]] == "grid"]
    used = np.zeros((len(names), *question.shape))
    terms = np.zeros(len(names))
    for n in grid:
        z = names.index(built.points.zones[built.link_point[n]])
        used[z] += built.flow_mw[n]
        terms[z] += 1
    at, when = np.nonzero(tight)
    told = [f"{names[z]}, slice {built.slices[t]}" for z, t in zip(at, when, strict=True)]
    lent = used.transpose(0, 2, 1)[at, when]
    limit = np.broadcast_to(lends[at][:, None], lent.shape)
    where = places(("zone", told), ("period", question.clock.periods))
    judge.at_most(IMPORT, lent, limit, "dispatch.parquet", "mw", where, slack=supply.rounding(terms)[at][:, None])
