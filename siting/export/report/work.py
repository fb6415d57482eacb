"""What the sites do and how they are reached: training, inference by class, data paths, round-trip times."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from siting.export import palette
from siting.export.cells import Cell, counts, records, says
from siting.export.markup import Child, Html, el, join
from siting.export.report.blocks import section, table
from siting.export.report.charts import Series, stacked_bars
from siting.export.report.figures import round_trips
from siting.export.standing import INFERENCE_MW, TRAINING_MW, at_sites, given, given_in_all, some, summed
from siting.export.words import amount, heading
from siting.plan.record import Plan

_NOTHING_MW: Final = 1e-6
_LAND: Final = ("fibre", "spur")


def workloads(plan: Plan) -> Html | None:
    """Training and inference by period, class and site; None where the plan does neither."""
    stock, handed = at_sites(plan), given(plan)
    training = summed(plan, stock.get(TRAINING_MW))
    classes = {item: given_in_all(plan, handed.get(item)) for item in palette.WORK}
    classes = {item: values for item, values in classes.items() if some(values)}
    if not (some(training) or some(summed(plan, stock.get(INFERENCE_MW)))):
        return None
    series = [Series("training", palette.TRAINING, training)] if some(training) else []
    series += [Series(f"inference: {heading(item).lower()}", palette.WORK[item], values) for item, values in classes.items()]
    chart = stacked_bars(plan.record.periods, series, "MW", "IT load by what it does")
    return section("Workloads", chart, _classes(plan, classes), _at_sites(plan))


def _classes(plan: Plan, classes: Mapping[str, Sequence[float]]) -> Html | None:
    """Each class of inference in the last period: MW, sites and places, mean and worst round trip by what is given."""
    last = plan.record.periods[-1] if plan.record.periods else ""
    best = _best_times(plan)
    rows: list[list[Child]] = []
    for item, values in classes.items():
        served = [
            (site, place, by.get(last, 0.0))
            for site, places in given(plan)[item].items()
            for place, by in places.items()
            if by.get(last, 0.0) > _NOTHING_MW
        ]
        timed = [(best[site, place], mw) for site, place, mw in served if (site, place) in best]
        mean = sum(rtt * mw for rtt, mw in timed) / sum(mw for _, mw in timed) if timed else math.nan
        worst = max((rtt for rtt, _ in timed), default=math.nan)
        sites, places = ({one[n] for one in served} for n in (0, 1))
        told = ["–" if math.isnan(rtt) else amount(round(rtt, 1)) for rtt in (mean, worst)]
        rows.append([heading(item), amount(values[-1]), f"{len(sites):,}", f"{len(places):,}", *told])
    heads = ["Class", f"MW in {last}", "Sites", "Places served", "Mean round trip, ms", "Worst, ms"]
    return table(heads, rows, set(range(1, 6))) if rows else None


def _best_times(plan: Plan) -> Mapping[tuple[str, str], float]:
    best: dict[tuple[str, str], float] = {}
    for row in records(plan.latency, ("site_id", "demand_id", "rtt_ms")):
        key = (says(row, "site_id"), says(row, "demand_id"))
        best[key] = min(best.get(key, math.inf), counts(row, "rtt_ms"))
    return best


def _at_sites(plan: Plan) -> Html | None:
    names = [name for name in (TRAINING_MW, INFERENCE_MW, "places_served", "worst_rtt_ms") if name in plan.site_columns]
    heads = {
        TRAINING_MW: "Training, MW",
        INFERENCE_MW: "Inference, MW",
        "places_served": "Places served",
        "worst_rtt_ms": "Worst round trip, ms",
    }
    rows = [
        [says(row, "name") or says(row, "id"), amount(counts(row, "it_mw")), *(_dash(counts(row, name)) for name in names)]
        for row in records(plan.chosen, ("id", "name", "it_mw", *names))
    ]
    if not names or not rows:
        return None
    return join(
        (el("h3", "By site"), table(["Site", "MW", *(heads[name] for name in names)], rows, set(range(1, 2 + len(names)))))
    )


def _dash(value: float) -> str:
    return amount(round(value, 1)) if value > _NOTHING_MW else "–"


def data_paths(plan: Plan) -> Html | None:
    """How each site is reached and since when; None where the plan has no data links."""
    if plan.data_links.empty:
        return None
    columns = ("id", "site_id", "target_id", "target_name", "kind", "length_km", "first_period")
    links: dict[str, list[dict[str, Cell]]] = {}
    for link in records(plan.data_links, columns):
        links.setdefault(says(link, "site_id"), []).append(link)
    need = ["gbps_needed"] if "gbps_needed" in plan.site_columns else []
    names = {says(row, "id"): says(row, "name") for row in records(plan.chosen, ("id", "name"))}
    steps = _steps(plan)
    rows: list[list[Child]] = []
    for row in records(plan.chosen, ("id", "name", *need)):
        own = links.get(says(row, "id"), [])
        sky = [_sky(link, steps) for link in own if link["kind"] == "satellite"]
        land = [_land(link, names) for link in own if link["kind"] in _LAND]
        told = [amount(counts(row, name)) for name in need]
        rows.append([says(row, "name") or says(row, "id"), *told, _lines(sky), _lines(land)])
    heads = ["Site", *(["Gbps needed"] if need else []), "By satellite", "By fibre"]
    return section("Data paths", _reached(plan), table(heads, rows, {1} if need else set()))


def _steps(plan: Plan) -> Mapping[str, str]:
    """Gbps of each link from which period on, in words: "6.0 Gbps from 2027, 0.20 Gbps from 2028"."""
    last: dict[str, float] = {}
    told: dict[str, list[str]] = {}
    for row in records(plan.data_periods, ("link_id", "period", "gbps")):
        link, gbps = says(row, "link_id"), counts(row, "gbps")
        if gbps != last.get(link):
            told.setdefault(link, []).append(f"{amount(gbps, 'Gbps')} from {says(row, 'period')}")
        last[link] = gbps
    return {link: ", ".join(parts) for link, parts in told.items()}


def _sky(link: Mapping[str, Cell], steps: Mapping[str, str]) -> str:
    gateway = says(link, "target_name") or says(link, "target_id")
    return f"{gateway}: {steps.get(says(link, 'id'), '')}"


def _land(link: Mapping[str, Cell], names: Mapping[str, str]) -> str:
    target = says(link, "target_id")
    far = says(link, "target_name") or names.get(target) or target
    through = "spur to the lateral of " if link["kind"] == "spur" else ""
    return f"{through}{far}, {amount(counts(link, 'length_km'), 'km')}, from {says(link, 'first_period')}"


def _lines(told: Sequence[str]) -> Child:
    return join(el("div", one) for one in told) if told else "–"


def _reached(plan: Plan) -> Html:
    """Sites by the kinds of path that stand in each period."""
    owner = {
        says(row, "id"): (says(row, "site_id"), says(row, "kind")) for row in records(plan.data_links, ("id", "site_id", "kind"))
    }
    stands: dict[str, dict[str, set[str]]] = {period: {} for period in plan.record.periods}
    for row in records(plan.data_periods, ("link_id", "period", "units")):
        if counts(row, "units") and says(row, "link_id") in owner and says(row, "period") in stands:
            site, kind = owner[says(row, "link_id")]
            stands[says(row, "period")].setdefault(site, set()).add("satellite" if kind == "satellite" else "fibre")
    looks = (
        ("satellite only", {"satellite"}, palette.SATELLITE),
        ("satellite and fibre", {"satellite", "fibre"}, "#8457a8"),
        ("fibre only", {"fibre"}, palette.FIBRE),
    )
    series = [
        Series(name, color, tuple(float(sum(have == kinds for have in by.values())) for by in stands.values()))
        for name, kinds, color in looks
    ]
    return stacked_bars(plan.record.periods, series, "sites", "Sites by how they are reached")


def latency(plan: Plan) -> Html | None:
    """Round-trip times of the chosen sites; None where the plan has none."""
    places, times = round_trips(plan)
    if not places:
        return None
    names = dict(zip(plan.chosen["id"].astype(str).tolist(), plan.chosen["name"].astype(str).tolist(), strict=True))
    rows: list[Sequence[Child]] = [[names.get(site) or site, *found] for site, found in times.items()]
    words = el("p", "Best round-trip time over the paths that are built, network only.")
    return section("Round-trip times to the users", words, table(["Site", *places], rows, set(range(1, 1 + len(places)))))
