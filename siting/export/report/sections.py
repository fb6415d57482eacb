"""The sections of the report, each a function from the plan to markup."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from siting.export import palette
from siting.export.cells import Cell, counts, records, says, text
from siting.export.markup import Child, Html, el, join
from siting.export.report.blocks import section, table
from siting.export.report.charts import Series, curves, share_bar, stacked_bars
from siting.export.report.exposure import rest
from siting.export.report.figures import cost_series, pue_range
from siting.export.report.picture import picture
from siting.export.shown import best_passed
from siting.export.webmap.decided import mw_by_period
from siting.export.webmap.plan_map import attribution, subtitle
from siting.export.words import amount, gusd, held_back, key_figures, limit_titles, percent, proof, shown, verdict
from siting.plan.record import Plan

_MOST_PASSED: Final = 12


def head(plan: Plan) -> Html:
    """Title, whether it is proven, and how far."""
    record = plan.record
    return el(
        "header",
        el("p", subtitle(plan), class_="subtitle"),
        el("h1", text(record.title)),
        el("p", verdict(record), class_="badge good" if record.proven else "badge open"),
        el("ul", join(el("li", proof(aim)) for aim in record.aims), class_="proof"),
    )


def key(plan: Plan) -> Html:
    """The figures a planner reads first."""
    figures = key_figures(plan)
    pue = pue_range(plan)
    steps = " → ".join(f"{amount(mw)} ({name})" for name, mw in zip(plan.record.periods, plan.record.it_mw, strict=True))
    facts = [
        ("IT load", amount(figures.it_mw, "MW"), steps),
        ("Capital", gusd(figures.capital_musd), "undiscounted, all periods"),
        ("All-in", amount(figures.musd_per_mw, "MUSD/MW"), "capital per MW of IT"),
        ("Running cost", amount(figures.running_musd, "MUSD"), f"in {plan.record.periods[-1]}" if plan.record.periods else ""),
        ("Sites", f"{figures.chosen:,}", f"of {figures.candidates:,} candidates looked at"),
    ]
    if pue:
        facts.append(("PUE", f"{pue[0]:.3f} to {pue[1]:.3f}", "yearly mean of the chosen sites"))
    return el(
        "dl",
        join(el("div", el("dt", name), el("dd", value), el("dd", note, class_="note")) for name, value, note in facts),
        class_="figures",
    )


def where(plan: Plan) -> Html:
    """The map and the table of chosen sites."""
    periods = plan.record.periods
    standing = mw_by_period(plan)
    rows: list[Sequence[Child]] = []
    for number, row in enumerate(records(plan.chosen, tuple(str(name) for name in plan.chosen.columns if name != "geometry")), 1):
        by_period = standing[str(row["id"])]
        mix = [(kind, counts(row, f"{kind}_share"), color) for kind, color in palette.SUPPLY.items()]
        rows.append(
            [
                str(number),
                join((says(row, "name") or says(row, "id"), el("br"), el("small", says(row, "id")))),
                says(row, "zone"),
                *(amount(by_period[period]) if by_period.get(period) else "–" for period in periods),
                shown(row["capital_musd_per_mw"]),
                join((share_bar(mix), el("small", ", ".join(f"{kind} {percent(share)}" for kind, share, _ in mix if share > 0)))),
                says(row, "supplied_by"),
            ]
        )
    heads = ["", "Site", "Zone", *(f"MW {period}" for period in periods), "MUSD per MW", "Energy", "Supplied by"]
    numbers = {0, *range(3, 4 + len(periods))}
    return section("What, where and when", picture(plan), table(heads, rows, numbers, "sites"))


def money(plan: Plan) -> Html:
    """Capital and running cost by period."""
    capital, running = cost_series(plan, "capital"), cost_series(plan, "running")
    periods = plan.record.periods
    charts = el(
        "div",
        stacked_bars(periods, capital, "MUSD", "Capital by period, undiscounted"),
        stacked_bars(periods, running, "MUSD", "Running cost by period"),
        class_="pair",
    )
    rows = [_money_row(one, "capital") for one in capital] + [_money_row(one, "running") for one in running]
    lines = table(["Line", "Kind", *periods, "Total, MUSD"], rows, set(range(2, 3 + len(periods))))
    return section("Cost by period", charts, lines, _by_month(plan), rest(plan))


def _by_month(plan: Plan) -> Html | None:
    """Planned spend by month against what is signed; None where the plan tells no months."""
    months = list(records(plan.cash_months, ("month", "spent_musd", "cap_musd", "spent_total_musd", "cap_total_musd")))
    if not months:
        return None
    names = [says(row, "month") for row in months]

    def pair(spent: str, cap: str) -> tuple[Series, Series]:
        lines = ((spent, "planned spend", palette.SPENT), (cap, "signed", palette.SIGNED))
        return tuple(  # type: ignore[return-value]
            Series(name, color, tuple(float("nan") if row[column] is None else counts(row, column) for row in months))
            for column, name, color in lines
        )

    each, total = pair("spent_musd", "cap_musd"), pair("spent_total_musd", "cap_total_musd")
    ahead = max((s - c for s, c in zip(total[0].values, total[1].values, strict=True) if c == c), default=0.0)
    words = "A module is paid for 20 % at order, 50 % at delivery and 30 % when it is energised, within the money of its period."
    told = f" At most {amount(ahead, 'MUSD')} are due before they are signed." if ahead > 0.5 else ""
    charts = el(
        "div",
        curves(names, each, "MUSD", "Spend by month"),
        curves(names, total, "MUSD", "Spend in all, against what is signed"),
        class_="pair",
    )
    return join((el("h3", "Cash by month"), charts, el("p", words + told, class_="note")))


def limits(plan: Plan) -> Html:
    """Limits that leave no room, in words, and how near the others are."""
    columns = ("family", "limit", "title", "row", "use", "limit_value", "unit", "room", "rows", "binding")
    found = list(records(plan.limits, columns))
    tightest: dict[Cell, dict[str, Cell]] = {}
    for row in found:
        if says(row, "row"):
            tightest.setdefault(row["limit"], row)
    families = [row for row in found if not says(row, "row")]
    bind = [_limit_row(row, tightest.get(row["limit"])) for row in families if counts(row, "binding")]
    free = [_limit_row(row, tightest.get(row["limit"])) for row in families if not counts(row, "binding")]
    heads = ("Limit", "Rows without room", "Use", "Limit", "Its tightest row")
    parts: list[Child] = [table(heads, bind, {1, 2, 3}) if bind else el("p", "No limit is without room.")]
    if free:
        parts += [el("h3", "With room everywhere"), table(heads, free, {1, 2, 3})]
    return section("Limits that bind", *parts)


def reasons(plan: Plan) -> Html:
    """Why each chosen site, and what holds the best of the others back."""
    titles = limit_titles(plan)
    chosen = [
        (says(row, "name") or says(row, "id"), says(row, "why"), held_back(row["held_back_by"], titles))
        for row in records(plan.chosen, ("id", "name", "why", "held_back_by"))
    ]
    told = el("dl", join(el("div", el("dt", name), el("dd", why, _stops(stops))) for name, why, stops in chosen), class_="why")
    return section("Why these sites", told, _passed_over(plan, titles))


def _passed_over(plan: Plan, titles: Mapping[str, str]) -> Html | None:
    rows = list(records(best_passed(plan), ("id", "name", "zone", "held_back_by", "why")))
    parts: list[Child] = []
    if rows:
        count = len(plan.sites) - len(plan.chosen)
        stops = plan.sites.loc[plan.sites["verdict"] != "chosen", "held_back_by"].value_counts()
        tally: Counter[str] = Counter()
        for told, number in stops.items():
            tally.update(dict.fromkeys(held_back(str(told), titles), int(number)))
        most = "; ".join(f"{title} ({number:,})" for title, number in tally.most_common())
        parts.append(el("h3", f"Passed over: {count:,} candidates, the best first"))
        parts.append(el("p", f"What leaves no room for one more module there: {most}." if most else ""))
        shown_rows: list[Sequence[Child]] = [
            [
                says(row, "name") or says(row, "id"),
                says(row, "zone"),
                "; ".join(held_back(row["held_back_by"], titles)),
                says(row, "why"),
            ]
            for row in rows[:_MOST_PASSED]
        ]
        parts.append(table(["Candidate", "Zone", "Held back by", "Why"], shown_rows, set()))
        if count > _MOST_PASSED:
            where = "plan.gpkg" if count > len(rows) else "sites.geojson and plan.gpkg"
            parts.append(el("p", f"{count - _MOST_PASSED:,} more are in {where}, each with its reasons.", class_="note"))
    return join(parts) if parts else None


def numbers(plan: Plan) -> Html:
    """Where every number of the question comes from."""
    rows: list[Sequence[Child]] = [[one.path, one.value, one.unit, one.origin, one.source] for one in plan.record.values]
    values = table(["Value", "Number", "Unit", "Set by", "Source"], rows, {1}, "values")
    words = el("p", "Sources are keys of the list of facts, docs/facts.csv; values without one are choices of the scenario.")
    return section("Sources of numbers", words, values)


def notes(plan: Plan) -> Html:
    """What was assumed and what the study does not know."""
    parts: list[Child] = [el("ul", join(el("li", text(note)) for note in plan.record.notes))] if plan.record.notes else []
    versions = ", ".join(f"{name} {version}" for name, version in sorted(plan.record.versions.items()))
    sizes = ", ".join(f"{size:,} {name.replace('_', ' ')}" for name, size in plan.record.sizes.items())
    words = f"Status: {plan.record.status}. Seed {plan.record.seed}. Model: {sizes}. Made with {versions}."
    parts.append(el("p", words, class_="note"))
    parts.append(el("p", attribution(plan.layers.get("region")), class_="note"))
    return section("Notes and limits of this study", *parts)


def _money_row(one: Series, kind: str) -> list[Child]:
    return [one.name, kind, *(amount(value) for value in one.values), amount(sum(one.values))]


def _limit_row(family: Mapping[str, Cell], tightest: Mapping[str, Cell] | None) -> list[Child]:
    """A row family in words, with use and limit of the row that has least room: the family's own where none is named."""
    shows = tightest or family
    unit = says(family, "unit")
    return [
        says(family, "title") or says(family, "limit"),
        f"{counts(family, 'binding'):,.0f} of {counts(family, 'rows'):,.0f}",
        shown(shows["use"], unit),
        shown(shows["limit_value"], unit),
        says(shows, "row"),
    ]


def _stops(stops: Sequence[str]) -> Html | None:
    return el("span", f"No more here because of: {'; '.join(stops)}.", class_="note") if stops else None
