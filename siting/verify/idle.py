"""What holds of every candidate whether anything stands there or not, and that nothing is told of those where nothing stands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
import pandas as pd

from siting.verify.built import FIRST, Built
from siting.verify.candidates import own_of
from siting.verify.ground import covered
from siting.verify.report import ROUNDING, Floats, Judge, Rule, rows

SITE = Rule("V151", "sites.summary", "a site's column is what its modules, links and flows add up to")
LIMIT = Rule("V152", "sites.limit", "the limit of a site is that of its place or tighter, and holds its load", "MW")
WORDS = Rule("V153", "sites.words", "a site's text names what supplies, excludes or locks it")
RANK = Rule("V155", "sites.rank", "the candidates passed over have the places from 1 on, each once, and the chosen none")
FILE: Final = "sites.geojson"
AMOUNTS: Final = ("it_mw", "facility_mw", "capital_musd", "running_musd_per_year")
RATIOS: Final = (
    "capital_musd_per_mw", "energy_usd_per_mwh", "hydro_share", "solar_share", "grid_share", "served_share",
)  # fmt: skip
OF_THE_PLACE: Final = ("pue_mean", "earliest_month", "month_earlier_musd")
"""Columns that a candidate may tell though nothing stands there."""


def check(built: Built, columns: Iterable[str], judge: Judge) -> None:
    """Hold all candidates; `columns` are those of families that rules look at."""
    every = built.everyone
    table, where = every.table, rows("site", every.ids)
    limit = table["limit_mw"].to_numpy(dtype=np.float64)
    general = built.question.asked.number("candidates", "limit_mw")
    judge.at_most(LIMIT, limit, own_of(built, every.ids, "limit_mw", general), FILE, "limit_mw", where)
    _check_words(built, judge)
    _check_rank(built, judge)
    at = np.flatnonzero(every.idle)
    if not len(at):
        return
    part, names = table.iloc[at], rows("site", [every.ids[n] for n in at])
    for column in ("first_period", "supplied_by"):
        rule = FIRST if column == "first_period" else WORDS
        judge.same(rule, part[column].tolist(), [""] * len(at), FILE, column, names)
    for column in AMOUNTS:
        judge.equal(SITE, part[column], 0.0, FILE, column, names)
    for column in RATIOS:
        judge.equal(SITE, part[column], np.nan, FILE, column, names)
    everywhere: dict[str, Floats] = {}
    for each in built.parts:
        everywhere |= each.everywhere(built)
    for column in columns:
        if column in table and column not in OF_THE_PLACE:
            have = np.nan_to_num(numbers(part[column]))
            want = everywhere[column][at] if column in everywhere else np.zeros(len(at))
            judge.equal(SITE, have, np.where(np.isnan(want), have, want), FILE, column, names, slack=10 * ROUNDING)


def numbers(column: pd.Series) -> Floats:
    """A column of a family as numbers; one with no number at all is read as text."""
    if pd.api.types.is_numeric_dtype(column):
        return column.to_numpy(dtype=np.float64)
    return column.where(column != "", np.nan).to_numpy(dtype=np.float64)


def _check_words(built: Built, judge: Judge) -> None:
    """Locks and exclusions are told of every candidate."""
    asked, every = built.question.asked, built.everyone
    table, where = every.table, rows("site", every.ids)
    if "lock" in table and asked.on("locks"):
        force, forbid = (set(asked.names("locks", name)) for name in ("force", "forbid"))
        there = {str(row["site"]) for row in asked.value("locks", "existing")}
        words = dict.fromkeys(there, "existing") | dict.fromkeys(force, "forced") | dict.fromkeys(forbid, "forbidden")
        judge.same(WORDS, list(table["lock"]), [words.get(name, "") for name in every.ids], FILE, "lock", where)
    if "excluded_by" in table and asked.on("land"):
        held = covered(every.lon, every.lat, built.question.layers.get("exclusions").shapes)
        judge.holds(WORDS, (table["excluded_by"] != "").to_numpy(dtype=np.bool_) == held, FILE, "excluded_by", where)


def _check_rank(built: Built, judge: Judge) -> None:
    every = built.everyone
    if "rank" not in every.table:
        return
    rank = every.table["rank"].to_numpy(dtype=np.float64)
    chosen = (every.table["verdict"] == "chosen").to_numpy(dtype=np.bool_)
    want = np.zeros(len(rank))
    passed = np.flatnonzero(~chosen)
    want[passed[np.argsort(rank[passed], kind="stable")]] = np.arange(1, len(passed) + 1)
    judge.equal(RANK, rank, want, FILE, "rank", rows("site", every.ids))
