"""A small plan made by hand on real ground: the mid-Columbia and the Snake, nine candidates, four of them chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from siting.plan.record import AimResult, Plan, RunRecord, ValueOrigin
from siting.plan.schema import PLAN_TABLES

PERIODS = ("2027", "2028", "2029")
SEASONS = ("winter", "spring", "summer", "autumn")
BLOCKS = ("night", "day")
SLICES = tuple(f"{season}-{block}" for season in SEASONS for block in BLOCKS)
SLICE_HOURS = tuple(1095.0 for _ in SLICES)
NAN = float("nan")

Mark = Callable[[str], str]
"""Turns a text of the plan into the text to use instead."""

_CHOSEN = (
    # id, name, zone, lon, lat, it_mw by period, hydro, solar, grid
    ("c-columbia-01", "Near Vantage", "p2", -119.98, 46.95, (50.0, 150.0, 200.0), 0.81, 0.04, 0.15),
    ("c-snake-02", "Near Burbank", "p3", -118.90, 46.22, (0.0, 50.0, 120.0), 0.66, 0.12, 0.22),
    ("c-gorge-03", "Near The Dalles", "p4", -121.13, 45.58, (70.0, 70.0, 70.0), 0.90, 0.0, 0.10),
    ("c-boise-04", "Near Kuna", "p15", -116.42, 43.45, (0.0, 0.0, 21.0), 0.30, 0.45, 0.25),
)
_PASSED = (
    ("c-okanogan-05", "Near Brewster", "p2", -119.60, 48.12, "budget", "38.7 MUSD/MW, 2.1 dearer than the last site chosen"),
    ("c-lewis-06", "Near Orofino", "p3", -116.30, 46.52, "line", "the 115 kV lines in reach carry 0.6 MW more"),
    (
        "c-owyhee-07",
        "Near Nyssa",
        "p15",
        -117.02,
        43.88,
        "headroom; budget",
        "substation Ontario has 0.0 MW of headroom in summer",
    ),
    ("c-umatilla-08", "Near Hermiston", "p4", -119.20, 45.83, "budget", "36.9 MUSD/MW, 0.3 dearer than the last site chosen"),
    ("c-harney-09", "Near Burns", "p4", -119.05, 43.60, "path", "no point of presence within 250 km"),
)
_PLANTS = (
    ("hydro-wanapum", "Wanapum", "hydro", "p2", -119.9704, 46.8775, 1204.0, 560.0),
    ("hydro-ice-harbor", "Ice Harbor", "hydro", "p3", -118.8794, 46.2479, 695.0, 250.0),
    ("hydro-the-dalles", "The Dalles", "hydro", "p4", -121.1344, 45.6124, 1878.0, 800.0),
    ("hydro-lucky-peak", "Lucky Peak", "hydro", "p15", -116.0503, 43.5252, 109.0, 30.0),
    ("solar-kuna", "Boise Solar 1", "solar", "p15", -116.40, 43.40, 53.0, 12.0),
    ("solar-pasco", "Horn Rapids", "solar", "p3", -119.10, 46.33, 20.0, 4.4),
)
_STATIONS = (
    ("sub-vantage-500", "Vantage 500", "p2", -119.93, 46.95, 500.0),
    ("sub-franklin-230", "Franklin 230", "p3", -119.05, 46.25, 230.0),
    ("sub-bigeddy-230", "Big Eddy 230", "p4", -121.10, 45.62, 230.0),
    ("sub-kuna-138", "Kuna 138", "p15", -116.45, 43.50, 138.0),
)
_LINKS = (
    # site, supply, kind, kv, loss, MW by period, GWh a year
    (0, "hydro-wanapum", "hydro", 230.0, 0.004, (60.0, 160.0, 200.0), 1240.0),
    (0, "sub-vantage-500", "grid", 500.0, 0.001, (20.0, 40.0, 60.0), 240.0),
    (1, "hydro-ice-harbor", "hydro", 230.0, 0.002, (0.0, 55.0, 100.0), 620.0),
    (1, "solar-pasco", "solar", 115.0, 0.01, (0.0, 10.0, 18.0), 110.0),
    (1, "sub-franklin-230", "grid", 230.0, 0.003, (0.0, 20.0, 45.0), 210.0),
    (2, "hydro-the-dalles", "hydro", 230.0, 0.001, (75.0, 75.0, 75.0), 490.0),
    (3, "hydro-lucky-peak", "hydro", 138.0, 0.012, (0.0, 0.0, 9.0), 48.0),
    (3, "solar-kuna", "solar", 138.0, 0.001, (0.0, 0.0, 22.0), 72.0),
)
_POPS = (
    ("pop-seattle", "Seattle (Westin)", -122.34, 47.61),
    ("pop-boise", "Boise", -116.20, 43.62),
    ("pop-pdx", "Portland (Pittock)", -122.68, 45.52),
)
_GATEWAYS = (("gw-prosser", "Prosser", -119.77, 46.21), ("gw-brewster", "Brewster", -119.70, 48.15))
_BATTERY_MW = 12.0
_CITIES = (
    ("seattle", "Seattle", -122.33, 47.61, 3.5e6),
    ("portland", "Portland", -122.68, 45.52, 2.2e6),
    ("boise", "Boise", -116.20, 43.62, 0.6e6),
    ("spokane", "Spokane", -117.43, 47.66, 0.5e6),
)


def same(text: str) -> str:
    """The text as it is."""
    return text


def small_plan(mark: Mark = same) -> Plan:
    """The plan; `mark` is laid on every text that comes from a user's files."""
    return Plan(
        sites=_sites(mark),
        modules=_modules(),
        power_links=_power_links(mark),
        link_periods=_frame(
            "link_periods",
            [(f"l-{n}", p, mw) for n, row in enumerate(_LINKS) for p, mw in zip(PERIODS, row[5], strict=True) if mw],
        ),
        data_links=_data_links(mark),
        data_periods=_frame("data_periods", [(f"d-{n}", p, units, gbps) for n, p, units, gbps in _data_standing()]),
        latency=_latency(mark),
        equipment=_equipment(),
        given=_given(),
        programme=_programme(),
        dispatch=_dispatch(),
        limits=_limits(mark),
        cashflow=_cashflow(mark),
        cash_months=_cash_months(),
        site_columns={
            "pue_mean": ("", "yearly mean power usage effectiveness"),
            "battery_mw": ("MW", "power of its batteries"),
            "training_mw": ("MW", "MW of IT that train"),
            "inference_mw": ("MW", "MW of IT that serve users"),
            "earliest_month": ("months", "months until it first works"),
            "gated_by": ("", "what it waits for until then"),
            "month_earlier_musd": ("MUSD", "worth of one month earlier"),
            "outage_share": ("share", "inference lost with the site"),
        },
        items={
            "battery_mw": "power of the batteries standing",
            "battery_mwh": "energy its batteries hold",
            "gas_engine_mw": mark("gas engines standing"),
            "chat_mw": "MW of IT that serve chat of a place",
            "largest_site_loss_mw": mark("inference that is lost with the site that has the most of it"),
            "carbon_t_per_year": "carbon of a year of the programme",
        },
        layers=_layers(mark),
        record=_record(mark),
    )


def unproven(plan: Plan) -> Plan:
    """The same plan, its second aim stopped short of the gap."""
    aims = (plan.record.aims[0], replace(plan.record.aims[1], bound=14_100.0, gap=0.081))
    return replace(plan, record=replace(plan.record, aims=aims, status="time limit", exit_code=6))


def _frame(name: str, rows: Sequence[tuple[object, ...]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(PLAN_TABLES[name].names))


def _sites(mark: Mark) -> gpd.GeoDataFrame:
    rows: list[dict[str, object]] = []
    for number, (key, name, zone, lon, lat, mw, hydro, solar, grid) in enumerate(_CHOSEN):
        first = next(period for period, value in zip(PERIODS, mw, strict=True) if value)
        suppliers = [mark(_supply_name(row[1])) for row in _LINKS if row[0] == number]
        rows.append(
            {
                "id": key,
                "name": mark(name),
                "verdict": "chosen",
                "zone": zone,
                "it_mw": mw[-1],
                "first_period": first,
                "limit_mw": 200.0,
                "facility_mw": mw[-1] * 0.8 * 1.09,
                "capital_musd": mw[-1] * 36.4,
                "capital_musd_per_mw": 36.4 + number / 3,
                "running_musd_per_year": mw[-1] * 0.62,
                "energy_usd_per_mwh": 41.5 + number,
                "hydro_share": hydro,
                "solar_share": solar,
                "grid_share": grid,
                "served_share": 0.9991,
                "supplied_by": "; ".join(suppliers),
                "held_back_by": "site_limit" if mw[-1] == 200.0 else "budget",
                "why": mark(
                    f"Opens in {first}: {suppliers[0]} covers {hydro:.0%} of its energy; all-in {36.4 + number / 3:.1f} MUSD/MW."
                ),
                "rank": 0,
                "pue_mean": 1.09 + number / 200,
                "battery_mw": _BATTERY_MW if number == 1 else 0.0,
                "training_mw": mw[-1] / 2,
                "inference_mw": mw[-1] / 2,
                "earliest_month": 8.0 + 7 * number,
                "gated_by": mark("the connection queue" if number else "the lead time of its modules"),
                "month_earlier_musd": mw[-1] * 0.9,
                "outage_share": 0.4 if number == 0 else 0.1,
                "geometry": Point(lon, lat),
            }
        )
    for rank, (key, name, zone, lon, lat, held, why) in enumerate(_PASSED, 1):
        rows.append(
            {
                "id": key,
                "name": mark(name),
                "verdict": "passed_over",
                "zone": zone,
                "it_mw": 0.0,
                "first_period": "",
                "limit_mw": 200.0,
                "facility_mw": 0.0,
                "capital_musd": 0.0,
                "capital_musd_per_mw": NAN,
                "running_musd_per_year": 0.0,
                "energy_usd_per_mwh": NAN,
                "hydro_share": NAN,
                "solar_share": NAN,
                "grid_share": NAN,
                "served_share": NAN,
                "supplied_by": "",
                "held_back_by": mark(held),
                "why": mark(f"Passed over: {why}."),
                "rank": rank,
                "pue_mean": NAN,
                "battery_mw": 0.0,
                "training_mw": 0.0,
                "inference_mw": 0.0,
                "earliest_month": NAN,
                "gated_by": "",
                "month_earlier_musd": 0.0,
                "outage_share": NAN,
                "geometry": Point(lon, lat),
            }
        )
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=4326)


def _equipment() -> pd.DataFrame:
    """A battery near Burbank from 2028, an engine near Vantage in 2027, and what trains and serves by period."""
    rows: list[tuple[object, ...]] = [("c-columbia-01", "gas_engine_mw", period, 30.0, "MW") for period in PERIODS]
    for period in PERIODS[1:]:
        rows += [("c-snake-02", "battery_mw", period, _BATTERY_MW, "MW"), ("c-snake-02", "battery_mwh", period, 48.0, "MWh")]
    for item in ("training_mw", "inference_mw"):
        rows += [
            (key, item, period, value / 2, "MW")
            for key, *_, mw, _, _, _ in _CHOSEN
            for period, value in zip(PERIODS, mw, strict=True)
            if value
        ]
    return _frame("equipment", rows)


def _given() -> pd.DataFrame:
    rows: list[tuple[object, ...]] = [
        (key, place, "chat_mw", period, value / 4, "MW")
        for key, *_, mw, _, _, _ in _CHOSEN
        for place in ("seattle", "portland")
        for period, value in zip(PERIODS, mw, strict=True)
        if value
    ]
    return _frame("given", [*rows, ("c-columbia-01", "block", "waiting_it_mw", "2027", 20.0, "MW")])


def _programme() -> pd.DataFrame:
    rows = [("largest_site_loss_mw", period, mw, "MW") for period, mw in zip(PERIODS, (35.0, 75.0, 100.0), strict=True)]
    carbon = [("carbon_t_per_year", period, t, "t/year") for period, t in zip(PERIODS, (4000.0, 9000.0, 12000.0), strict=True)]
    return _frame("programme", [*rows, *carbon])


def _supply_name(key: str) -> str:
    return next(row[1] for row in (*_PLANTS, *_STATIONS) if row[0] == key)


def _supply_point(key: str) -> Point:
    places = {row[0]: Point(row[4], row[5]) for row in _PLANTS} | {row[0]: Point(row[3], row[4]) for row in _STATIONS}
    return places[key]


def _site_point(number: int) -> Point:
    return Point(_CHOSEN[number][3], _CHOSEN[number][4])


def _modules() -> pd.DataFrame:
    rows: list[tuple[object, ...]] = []
    for key, _, _, _, _, mw, *_ in _CHOSEN:
        before = {"block": 0, "hall": 0, "container": 0}
        for period, total in zip(PERIODS, mw, strict=True):
            blocks, left = divmod(total, 50.0)
            halls, left = divmod(left, 20.0)
            for module, size, count in (("block", 50.0, int(blocks)), ("hall", 20.0, int(halls)), ("container", 1.0, int(left))):
                if count or before[module]:
                    rows.append((key, module, period, count, max(count - before[module], 0), count * size))
                before[module] = count
    return _frame("modules", rows)


def _power_links(mark: Mark) -> gpd.GeoDataFrame:
    rows = [
        (
            f"l-{n}",
            _CHOSEN[site][0],
            supply,
            mark(_supply_name(supply)),
            kind,
            kv,
            9.25 + n,
            loss,
            next(p for p, value in zip(PERIODS, mw, strict=True) if value),
            mw[-1],
            gwh,
            0.9 * mw[-1] + 4.0,
        )
        for n, (site, supply, kind, kv, loss, mw, gwh) in enumerate(_LINKS)
    ]
    lines = [LineString([_supply_point(supply), _site_point(site)]) for site, supply, *_ in _LINKS]
    return gpd.GeoDataFrame(_frame("power_links", rows), geometry=lines, crs=4326)


def _data_links(mark: Mark) -> gpd.GeoDataFrame:
    rows: list[tuple[object, ...]] = []
    lines: list[LineString] = []
    targets = {row[0]: row for row in (*_POPS, *_GATEWAYS)}
    wanted = (
        (0, "pop-seattle", "fibre"),
        (1, "pop-pdx", "fibre"),
        (2, "pop-pdx", "fibre"),
        (3, "pop-boise", "fibre"),
        (0, "gw-prosser", "satellite"),
    )
    for n, (site, target, kind) in enumerate(wanted):
        _, name, lon, lat = targets[target]
        fibre = kind == "fibre"
        first = next(p for p, mw in zip(PERIODS, _CHOSEN[site][5], strict=True) if mw)
        rows.append(
            (
                f"d-{n}",
                _CHOSEN[site][0],
                target,
                mark(name),
                kind,
                140.0 + n,
                first,
                400.0 if fibre else 3.0,
                0 if fibre else 3,
                6.5,
                0.4,
            )
        )
        lines.append(LineString([_site_point(site), Point(lon, lat)]))
    return gpd.GeoDataFrame(_frame("data_links", rows), geometry=lines, crs=4326)


def _data_standing() -> list[tuple[int, str, int, float]]:
    """Link, period, units and Gbps: a lateral each, three terminals of one Gbps at the last link."""
    units = {4: (3, 3.0)}
    sites = (0, 1, 2, 3, 0)
    return [
        (n, p, *units.get(n, (1, 400.0)))
        for n, site in enumerate(sites)
        for p, mw in zip(PERIODS, _CHOSEN[site][5], strict=True)
        if mw
    ]


def _latency(mark: Mark) -> pd.DataFrame:
    rows: list[tuple[object, ...]] = []
    for number, (key, *_) in enumerate(_CHOSEN):
        for city, (demand, name, lon, lat, _) in enumerate(_CITIES):
            reach = _site_point(number).distance(Point(lon, lat))
            rows.append((key, demand, mark(name), "fibre", 2.0 + 1.4 * reach + city * 0.01))
        rows.append((key, "seattle", mark("Seattle"), "satellite", 27.25))
    return _frame("latency", rows)


def _dispatch() -> pd.DataFrame:
    rows: list[tuple[object, ...]] = []
    swing = {"hydro": (1.0, 1.2, 0.9, 0.9), "solar": (0.5, 1.1, 1.5, 0.9), "grid": (1.1, 0.8, 1.1, 1.0)}
    for p, period in enumerate(PERIODS):
        for t, piece in enumerate(SLICES):
            for n, (site, _, kind, _, _, mw, gwh) in enumerate(_LINKS):
                if mw[p]:
                    rows.append(
                        ("link", f"l-{n}", _CHOSEN[site][0], period, piece, gwh / 8.76 * mw[p] / mw[-1] * swing[kind][t // 2])
                    )
            rows.append(("gas_engine_output_mw", "c-columbia-01", "c-columbia-01", period, piece, 0.5))
            rows.append(("battery_charge_mw", "c-snake-02", "c-snake-02", period, piece, 1.0))
            rows.append(("battery_discharge_mw", "c-snake-02", "c-snake-02", period, piece, 0.9))
            for key, _, _, _, _, it_mw, *_ in _CHOSEN:
                rows.append(("served", key, key, period, piece, it_mw[p] * 0.872))
                rows.append(("unserved", key, key, period, piece, it_mw[p] * 0.0008))
    return _frame("dispatch", rows)


def _limits(mark: Mark) -> pd.DataFrame:
    rows: list[tuple[object, ...]] = [
        ("budget", "budget_total", mark("capital within the budget"), "", NAN, NAN, "MUSD", NAN, 1, 1, NAN),
        (
            "budget",
            "budget_total",
            mark("capital within the budget"),
            "budget_total",
            14_960.4,
            15_000.0,
            "MUSD",
            39.6,
            1,
            1,
            NAN,
        ),
        ("hydro", "supply", mark("energy a plant may sell"), "", NAN, NAN, "MW", NAN, 96, 7, NAN),
        (
            "hydro",
            "supply",
            mark("energy a plant may sell"),
            "supply[hydro-lucky-peak,2029,summer-day]",
            8.0,
            8.0,
            "MW",
            0.0,
            1,
            1,
            NAN,
        ),
        ("grid", "headroom", mark("headroom of a point of interconnection"), "", NAN, NAN, "MW", NAN, 96, 3, NAN),
        ("land", "land", mark("land that can be built on"), "", NAN, NAN, "ha", NAN, 12, 0, NAN),
        ("land", "land", mark("land that can be built on"), "land[c-columbia-01,2029]", 40.0, 80.0, "ha", 40.0, 1, 0, NAN),
    ]
    return _frame("limits", rows)


def _cashflow(mark: Mark) -> pd.DataFrame:
    capital = {
        "IT hardware": (3240.0, 4050.0, 3807.0),
        "facility": (1248.0, 1530.0, 1440.0),
        "tie-lines": (150.0, 160.0, 141.0),
        "fibre": (13.0, 6.5, 13.0),
    }
    running = {"energy": (34.0, 79.0, 122.0), "operation": (36.0, 81.0, 123.0)}
    rows: list[tuple[object, ...]] = []
    for kind, lines in (("capital", capital), ("running", running)):
        for line, values in lines.items():
            rows += [(period, mark(line), kind, musd) for period, musd in zip(PERIODS, values, strict=True)]
    return _frame("cashflow", rows)


def _cash_months() -> pd.DataFrame:
    spent = (4651.0, 5746.5, 5401.0)
    months = [
        (f"{period}-{month:02d}", period, musd / 12.0)
        for period, musd in zip(PERIODS, spent, strict=True)
        for month in range(1, 13)
    ]
    total = np.cumsum([musd for _, _, musd in months]).tolist()
    rows = [(*row, 1250.0, total[n], 1250.0 * (n + 1)) for n, row in enumerate(months)]
    return _frame("cash_months", rows)


def _layers(mark: Mark) -> dict[str, gpd.GeoDataFrame | pd.DataFrame]:
    def frame(columns: list[str], rows: Sequence[tuple[object, ...]], shapes: Sequence[BaseGeometry]) -> gpd.GeoDataFrame:
        marked = [
            tuple(mark(v) if isinstance(v, str) and c == "name" else v for c, v in zip(columns, row, strict=True)) for row in rows
        ]
        return gpd.GeoDataFrame(pd.DataFrame(marked, columns=columns), geometry=list(shapes), crs=4326)

    region = Polygon(
        [(-124.4, 42.0), (-124.6, 48.4), (-123.0, 49.0), (-115.5, 49.0), (-115.0, 46.0), (-114.0, 43.0), (-114.2, 42.0)]
    )
    zones = [
        ("p2", box(-121, 46.6, -117, 49)),
        ("p3", box(-119.3, 45.9, -115.5, 46.6)),
        ("p4", box(-124, 43.0, -118, 45.9)),
        ("p15", box(-118, 42, -114.3, 45)),
    ]
    park = Polygon(
        [(-122, 46.6), (-121.4, 46.6), (-121.4, 47.1), (-122, 47.1)],
        [[(-121.8, 46.8), (-121.6, 46.8), (-121.6, 46.9), (-121.8, 46.9)]],
    )
    lake = MultiPolygon([box(-122.2, 42.7, -121.9, 43.0), box(-116.5, 48.0, -116.2, 48.4)])
    profiles = pd.DataFrame(
        [("flat", m, h, 1.0) for m in range(1, 13) for h in range(24)], columns=["profile", "month", "hour", "value"]
    )
    return {
        "region": frame(["id", "name"], [("nw", "Northwest")], [region]),
        "zones": frame(
            ["id", "name", "state", "import_limit_mw", "load_profile"],
            [(key, f"Zone {key}", "WA", 4200.0, "flat") for key, _ in zones],
            [shape for _, shape in zones],
        ),
        "sources": frame(
            ["id", "name", "kind", "zone", "capacity_mw", "mean_output_mw"],
            [(r[0], r[1], r[2], r[3], r[6], r[7]) for r in _PLANTS],
            [Point(r[4], r[5]) for r in _PLANTS],
        ),
        "substations": frame(
            ["id", "name", "zone", "kv", "rating_mw", "loading_share", "main_network"],
            [(r[0], r[1], r[2], r[5], r[5] * 2.0, 0.7, True) for r in _STATIONS],
            [Point(r[3], r[4]) for r in _STATIONS],
        ),
        "lines": frame(
            ["id", "name", "kv", "length_km"],
            [
                ("line-1", "Vantage - Big Eddy", 500.0, 190.0),
                ("line-2", "Franklin - Kuna", 230.0, 400.0),
                ("line-3", "Kuna - Ontario", 138.0, 80.0),
            ],
            [
                LineString([(-119.93, 46.95), (-120.6, 46.2), (-121.10, 45.62)]),
                LineString([(-119.05, 46.25), (-118.2, 45.0), (-116.45, 43.50)]),
                LineString([(-116.45, 43.50), (-116.97, 44.02)]),
            ],
        ),
        "pops": frame(["id", "name"], [r[:2] for r in _POPS], [Point(*r[2:]) for r in _POPS]),
        "gateways": frame(
            ["id", "name", "capacity_gbps"], [(*r[:2], 10.0) for r in _GATEWAYS], [Point(*r[2:]) for r in _GATEWAYS]
        ),
        "demand": frame(
            ["id", "name", "population"], [(r[0], r[1], r[4]) for r in _CITIES], [Point(r[2], r[3]) for r in _CITIES]
        ),
        "exclusions": frame(
            ["id", "name", "kind"], [("park-1", "Mount Rainier", "park"), ("lake-1", "Two lakes", "lake")], [park, lake]
        ),
        "basemap": frame(
            ["id", "name", "kind"],
            [("river-1", "Columbia", "river"), ("border-1", "", "border")],
            [
                LineString([(-117.6, 49.0), (-118.9, 47.9), (-119.97, 46.9), (-119.0, 46.0), (-121.1, 45.6), (-123.9, 46.2)]),
                LineString([(-124, 46.2), (-119, 46.0), (-116.9, 46.0)]),
            ],
        ),
        "profiles": profiles,
    }


def _record(mark: Mark) -> RunRecord:
    return RunRecord(
        model="northwest",
        title=mark("Modular compute in the Northwest"),
        what_ifs=(mark("tight-grid"),),
        status="optimal",
        exit_code=0,
        aims=(
            AimResult("most_compute", "most compute", "MW-years", 741.2, 748.0, 0.0092, 0.0092, 0.02),
            AimResult("least_cost", "least cost at that compute", "MUSD", 15_344.0, 15_311.5, 0.0101, 0.0021, 0.02),
        ),
        periods=PERIODS,
        slices=SLICES,
        slice_hours=SLICE_HOURS,
        slice_season=tuple(season for season in SEASONS for _ in BLOCKS),
        it_mw=(120.0, 270.0, 411.0),
        seed=0,
        versions={"siting": "0.1.0", "highspy": "1.15.1"},
        digests={"sources": "ab" * 32, "scenario": "cd" * 32},
        values=(
            ValueOrigin("budget.total_musd", "15000.0", mark("models/northwest/model.toml:12"), "MUSD", ""),
            ValueOrigin("tie_lines.route_factor", "1.3", "default", "", "TX-03"),
        ),
        notes=(mark("Two junctions lie off the main network and take no cluster."),),
        sizes={"rows": 4211, "columns": 3020},
        observed={"seconds": 3.2},
    )
