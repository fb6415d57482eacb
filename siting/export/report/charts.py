"""Small charts as SVG: drawn element by element, the same bytes for the same numbers, readable in print."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from siting.export.markup import Html, el, join
from siting.export.words import amount

_WIDTH: Final = 460.0
_HEIGHT: Final = 230.0
_LEFT: Final = 52.0
_BOTTOM: Final = 26.0
_TOP: Final = 16.0
_TICKS: Final = 4


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of a stacked chart: name, colour, one value a bar."""

    name: str
    color: str
    values: tuple[float, ...]


def stacked_bars(bars: Sequence[str], series: Sequence[Series], unit: str, title: str) -> Html:
    """Stacked bars with a scale, the sum above each bar, and a legend. What is negative is in the sum, and not drawn."""
    totals = [sum(one.values[n] for one in series) for n in range(len(bars))]
    heights = [sum(max(one.values[n], 0.0) for one in series) for n in range(len(bars))]
    top = _round_up(max(heights, default=0.0))
    plot = _HEIGHT - _TOP - _BOTTOM
    step = (_WIDTH - _LEFT) / max(len(bars), 1)
    wide = min(step * 0.62, 92.0)
    parts = [_grid(top, plot, unit)]
    for n, name in enumerate(bars):
        x = _LEFT + step * n + (step - wide) / 2
        parts.append(_bar(x, wide, [(one, one.values[n]) for one in series], top, plot, unit))
        y = _TOP + plot * (1 - heights[n] / top)
        parts.append(_text(x + wide / 2, y - 5, amount(totals[n]), "sum"))
        parts.append(_text(x + wide / 2, _HEIGHT - 9, name, "tick"))
    picture = el("svg", join(parts), viewBox=f"0 0 {_WIDTH:g} {_HEIGHT:g}", role="img", aria_label=title, class_="chart")
    return el(
        "figure",
        el("figcaption", title),
        picture,
        legend([(one.name, one.color) for one in series if max(one.values, default=0.0) > 0.0]),
    )


def curves(steps: Sequence[str], series: Sequence[Series], unit: str, title: str) -> Html:
    """Curves over steps of time with a scale and a legend; of the steps about six are named. Values that are NaN leave a gap."""
    known = [value for one in series for value in one.values if not math.isnan(value)]
    top, plot = _round_up(max(known, default=0.0)), _HEIGHT - _TOP - _BOTTOM
    step = (_WIDTH - _LEFT - 8) / max(len(steps) - 1, 1)
    parts = [_grid(top, plot, unit)]
    for one in series:
        at = [(_LEFT + step * n, _TOP + plot * (1 - value / top)) for n, value in enumerate(one.values) if not math.isnan(value)]
        if at:
            line = " ".join(f"{_n(x)},{_n(y)}" for x, y in at)
            parts.append(el("polyline", el("title", one.name), points=line, stroke=one.color, class_="curve"))
    for n in range(0, len(steps), max(1, math.ceil(len(steps) / 6))):
        parts.append(_text(_LEFT + step * n, _HEIGHT - 9, steps[n], "tick"))
    picture = el("svg", join(parts), viewBox=f"0 0 {_WIDTH:g} {_HEIGHT:g}", role="img", aria_label=title, class_="chart")
    drawn = [(one.name, one.color) for one in series if not all(math.isnan(value) for value in one.values)]
    return el("figure", el("figcaption", title), picture, legend(drawn))


def legend(entries: Sequence[tuple[str, str]]) -> Html:
    """Names with their colours, in a line."""
    return el("p", join(el("span", _dot(color), name) for name, color in entries), class_="legend")


def share_bar(shares: Sequence[tuple[str, float, str]]) -> Html:
    """Shares of a whole as one thin bar: (name, share, colour)."""
    at = 0.0
    parts = []
    for name, share, color in shares:
        width = max(min(share * 100, 100 - at), 0.0)
        parts.append(el("rect", el("title", f"{name} {share * 100:.0f} %"), x=_n(at), y=0, width=_n(width), height=8, fill=color))
        at += width
    return el("svg", join(parts), viewBox="0 0 100 8", preserveAspectRatio="none", class_="mix")


def _grid(top: float, plot: float, unit: str) -> Html:
    parts = []
    for n in range(_TICKS + 1):
        value = top * n / _TICKS
        y = _TOP + plot * (1 - n / _TICKS)
        parts.append(el("line", x1=_LEFT, x2=_WIDTH, y1=_n(y), y2=_n(y), class_="grid" if n else "axis"))
        parts.append(_text(_LEFT - 6, y + 3.5, amount(value), "scale"))
    parts.append(_text(_LEFT - 6, 8, unit, "scale"))
    return join(parts)


def _bar(x: float, wide: float, pieces: Sequence[tuple[Series, float]], top: float, plot: float, unit: str) -> Html:
    y = _TOP + plot
    parts = []
    for one, value in pieces:
        tall = plot * max(value, 0.0) / top
        y -= tall
        if tall > 0:
            title = el("title", f"{one.name}: {amount(value, unit)}")
            parts.append(el("rect", title, x=_n(x), y=_n(y), width=_n(wide), height=_n(tall), fill=one.color))
    return join(parts)


def _dot(color: str) -> Html:
    return el("svg", el("rect", x=0, y=0, width=10, height=10, rx=2, fill=color), viewBox="0 0 10 10", class_="dot")


def _text(x: float, y: float, words: str, class_: str) -> Html:
    return el("text", words, x=_n(x), y=_n(y), class_=class_)


def _round_up(value: float) -> float:
    """The next round number that `_TICKS` steps divide well."""
    if value <= 0:
        return 1.0
    unit = 10.0 ** math.floor(math.log10(value))
    return next(step * unit for step in (1.0, 1.2, 1.6, 2.0, 2.4, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0) if step * unit >= value)


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
