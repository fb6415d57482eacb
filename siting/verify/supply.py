"""The row all supply points share: what leaves a point in a period and slice is within what it offers."""

from __future__ import annotations

import numpy as np

from siting.verify.built import Built
from siting.verify.report import ROUNDING, Floats, Judge, Rule, places


def rounding(terms: Floats) -> Floats:
    """What rounding may make of a sum with this many terms."""
    return ROUNDING * terms


def check(built: Built, kind: str, rule: Rule, judge: Judge) -> None:
    """Hold the points of one kind to what they offer."""
    points = built.points
    used = np.flatnonzero(np.isin(np.arange(len(points.ids)), built.link_point) & points.of_kind(kind))
    sent = np.zeros((len(used), *built.question.shape))
    terms = np.zeros(len(used))
    for n, point in enumerate(used):
        links = np.flatnonzero(built.link_point == point)
        sent[n] = built.flow_mw[links].sum(axis=0)
        terms[n] = len(links)
    where = places(("point", [points.ids[n] for n in used]), ("period", built.question.clock.periods), ("slice", built.slices))
    judge.at_most(rule, sent, points.available_mw[used], "dispatch.parquet", "mw", where, slack=rounding(terms)[:, None, None])
