"""Numbers and outcomes in words: the figures a planner reads first, and how far they are proven."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from siting.export.cells import Cell, text
from siting.plan.record import AimResult, Plan, RunRecord
from siting.units import SUFFIX_UNITS, unit_of

_ABBREVIATIONS = {"it": "IT load", "pue": "PUE", "rtt": "RTT", "kv": "kV", "utc": "UTC"}
_UNITS_IN_WORDS = {"share": "%", "degC": "°C", "MUSD/MW": "MUSD per MW", "MUSD/year": "MUSD a year", "USD/MWh": "USD per MWh"}


def amount(value: float, unit: str = "") -> str:
    """A number for people: three or four digits that count, thousands separated, with its unit; shares in percent."""
    if not math.isfinite(value):
        return "unknown"
    if unit == "share":
        return percent(value)
    size = abs(value)
    decimals = 0 if size >= 100 or value == int(value) else 1 if size >= 10 else 2
    shown = f"{value:,.{decimals}f}".replace("-", "−")
    return f"{shown} {_UNITS_IN_WORDS.get(unit, unit)}".strip()


def percent(share: float) -> str:
    """A share in percent, with a decimal where it is small."""
    if not math.isfinite(share):
        return "unknown"
    size = abs(share) * 100
    return f"{share * 100:.{0 if size >= 10 or size == 0 else 1 if size >= 0.1 else 2}f} %".replace("-", "−")


def gap_words(gap: float) -> str:
    """A gap in percent, rounded up, so that "within" is never said of less than it is."""
    if not math.isfinite(gap):
        return "unknown"
    hundredths = math.ceil(gap * 1e4 - 1e-6)
    return f"{hundredths / 100:.2f}".rstrip("0").rstrip(".") + " %"


def gusd(musd: float) -> str:
    """Money in GUSD, for headlines."""
    return f"{musd / 1000:,.{1 if abs(musd) >= 10_000 else 2}f} GUSD"


def shown(value: Cell, unit: str = "") -> str:
    """Any cell for people: "" where it is missing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else amount(float(value), unit)


def heading(name: str) -> str:
    """A column's name for people: without its unit, with spaces."""
    fitting = [suffix for suffix in SUFFIX_UNITS if name.endswith(suffix) and len(suffix) < len(name)]
    stem = name[: -len(max(fitting, key=len))] if fitting and unit_of(name) else name
    words = [_ABBREVIATIONS.get(word, word) for word in stem.split("_") if word]
    shown_words = " ".join(words) or name
    return shown_words[:1].upper() + shown_words[1:]


@dataclass(frozen=True, slots=True)
class KeyFigures:
    """The figures read first: MW of IT at the end, MUSD of capital in all, MUSD per MW, sites built of candidates looked at."""

    it_mw: float
    capital_musd: float
    musd_per_mw: float
    running_musd: float
    chosen: int
    candidates: int


def key_figures(plan: Plan) -> KeyFigures:
    """Key figures of a plan; running cost is that of the last period. Per MW is NaN where nothing is built."""
    it_mw = float(plan.chosen["it_mw"].sum())
    cash = plan.cashflow
    capital = float(cash.loc[cash["kind"] == "capital", "musd"].sum())
    last = plan.record.periods[-1] if plan.record.periods else ""
    running = float(cash.loc[(cash["kind"] == "running") & (cash["period"] == last), "musd"].sum())
    return KeyFigures(it_mw, capital, capital / it_mw if it_mw else math.nan, running, len(plan.chosen), len(plan.sites))


def proof(aim: AimResult) -> str:
    """How one aim ended, in a sentence."""
    title = text(aim.title)
    reached = f"{title[:1].upper()}{title[1:]}: {amount(aim.value, aim.unit)}"
    if not (math.isfinite(aim.bound) and math.isfinite(aim.gap)):
        return f"{reached}. Not proven: no bound was found, so a better plan may exist."
    if math.isclose(aim.bound, aim.value, rel_tol=1e-9):
        return f"{reached}, the best possible."
    side = "more than" if aim.bound > aim.value else "less than"
    sentence = f"{reached}; no plan can reach {side} {amount(aim.bound, aim.unit)}. Gap {gap_words(aim.gap)}"
    if abs(aim.gross_gap - aim.gap) > 1e-9 and math.isfinite(aim.gross_gap):
        sentence += f" of the controllable cost, IT hardware left out ({gap_words(aim.gross_gap)} of the whole)"
    asked = f"asked: {gap_words(aim.asked_gap)}"
    return f"{sentence}; {asked}." if aim.met else f"{sentence}. Not proven: {asked}."


def verdict(record: RunRecord) -> str:
    """In a few words, whether the plan is proven within the asked gaps."""
    if not record.aims:
        return "Not proven"
    gaps = [aim.gap for aim in record.aims]
    worst = gap_words(max(gaps)) if all(math.isfinite(gap) for gap in gaps) else "unknown"
    return f"Proven within {worst} of the best possible" if record.proven else f"Not proven: gap {worst}"


def limit_titles(plan: Plan) -> Mapping[str, str]:
    """Row family -> its title in words, from the limits table."""
    rows = zip(plan.limits["limit"].tolist(), plan.limits["title"].tolist(), strict=True)
    return {str(name): text(str(title)) for name, title in rows if isinstance(title, str) and title}


def held_back(value: Cell, titles: Mapping[str, str]) -> list[str]:
    """The limits that hold a site back, in words, from the site's `held_back_by`."""
    names = [part.strip() for part in str(value or "").replace(",", ";").split(";")]
    return [titles.get(name, name) for name in names if name]


def order_of(periods: tuple[str, ...], period: Cell) -> int:
    """Number of a period in its plan; 0 where it is not named."""
    return periods.index(str(period)) if period in periods else 0


def month_of(plan: Plan, month: float) -> str:
    """A month counted from the start of the programme as the calendar names it, "2027-09"; by its number beyond the plan's."""
    names = plan.cash_months["month"].tolist()
    n = math.floor(month + 1e-6)
    return str(names[n]) if 0 <= n < len(names) else f"after {month:.0f} months"
