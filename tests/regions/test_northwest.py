from __future__ import annotations

import json
import re

import numpy as np
import pytest
from scipy.spatial import cKDTree

from siting.layers.schema import TABLES
from siting.regions.raw import metric_xy
from tests.regions.places import BUILT, layer, log, profiles

LAYERS = ("region", "zones", "sources", "substations", "lines", "pops", "gateways", "demand", "exclusions", "climate", "basemap")
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_meets_its_table_without_fault_or_warning(name: str) -> None:
    frame = layer(name)
    assert TABLES[name].check(frame.drop(columns="geometry"), f"{name}.geojson") == []
    assert frame["id"].is_unique
    assert all(ID.fullmatch(one) for one in frame["id"])
    assert frame["id"].is_monotonic_increasing
    assert frame.geometry.is_valid.all()
    assert not frame.geometry.is_empty.any()


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_file_is_rfc_7946_with_one_feature_a_line(name: str) -> None:
    text = (BUILT / f"{name}.geojson").read_bytes().decode("utf-8")
    lines = text.splitlines()
    assert "\r" not in text
    assert "crs" not in json.loads(text)
    assert len(lines) == len(layer(name)) + 2
    decimals = 5 if TABLES[name].shape == "Point" else 4
    assert not re.search(rf"-?\d+\.\d{{{decimals + 1},}}[,\]]", text.split('"geometry"', 1)[1])


def test_exterior_rings_run_against_the_clock() -> None:
    for name in ("region", "zones", "exclusions"):
        for shape in layer(name).geometry:
            assert all(part.exterior.is_ccw for part in getattr(shape, "geoms", [shape]))


def test_the_region_stays_under_five_megabytes() -> None:
    assert sum(path.stat().st_size for path in BUILT.iterdir()) < 5_000_000
    assert (BUILT / "lines.geojson").stat().st_size < 1_200_000


def test_the_fleet_has_the_size_of_the_northwest() -> None:
    sources = layer("sources")
    hydro, solar = sources[sources["kind"] == "hydro"], sources[sources["kind"] == "solar"]
    merged = log()[(log()["layer"] == "sources") & (log()["action"] == "merged")]
    assert len(hydro) + len(solar) + len(merged) == 215
    assert 130 <= len(hydro) <= 150
    assert 58 <= len(solar) <= 66
    assert hydro["capacity_mw"].sum() == pytest.approx(37_578, abs=5)
    assert hydro["mean_output_mw"].sum() == pytest.approx(15_400, rel=0.03)
    assert hydro["unused_mw"].sum() == pytest.approx(2_123, rel=0.03)
    assert solar["capacity_mw"].sum() == pytest.approx(3_735, abs=5)
    assert (sources["mean_output_mw"] + sources["unused_mw"] <= sources["capacity_mw"] + 1e-6).all()


def test_grand_coulee_is_where_and_what_it_is() -> None:
    dam = layer("sources").set_index("id").loc["hydro-grand-coulee"]
    assert (dam["capacity_mw"], dam["zone"], dam["basin"], dam["profile"]) == (6809.0, "p3", "columbia", "hydro-columbia")
    assert dam["mean_output_mw"] == pytest.approx(2249, abs=2)
    assert dam["unused_mw"] == pytest.approx(157, abs=1)
    assert (dam.geometry.x, dam.geometry.y) == pytest.approx((-118.977, 47.957), abs=0.001)


def test_no_two_plants_of_a_kind_stand_within_a_kilometre() -> None:
    sources = layer("sources")
    for kind in ("hydro", "solar"):
        assert len(cKDTree(metric_xy(sources[sources["kind"] == kind])).query_pairs(1000.0)) == 0


def test_no_two_substations_of_a_voltage_stand_within_a_kilometre() -> None:
    points = layer("substations")
    for kv in (138.0, 230.0, 345.0, 500.0):
        assert len(cKDTree(metric_xy(points[points["kv"] == kv])).query_pairs(995.0)) == 0


def test_twins_are_one_and_border_dams_are_in() -> None:
    sources = layer("sources").set_index("id")
    assert sources.loc["hydro-hoover-dam", "capacity_mw"] == pytest.approx(2078.8)
    assert sources.loc["hydro-swift", "capacity_mw"] == pytest.approx(312.0)
    assert sources["mean_output_mw"]["hydro-swift"] > 80
    assert {"hydro-davis-dam", "hydro-fort-peck"} <= set(sources.index)
    assert set(sources.loc[["hydro-hells-canyon", "hydro-brownlee", "hydro-oxbow-or"], "zone"]) == {"p15"}
    assert not any("stateline" in one for one in sources.index)
    assert not {"hydro-swift-1", "hydro-copco-1", "hydro-cushman-1", "hydro-lemolo-1", "hydro-clearwater-1"} & set(sources.index)


def test_no_solar_plant_is_judged_by_a_failed_year() -> None:
    sources = layer("sources")
    solar = sources[sources["kind"] == "solar"]
    factor = solar["mean_output_mw"] / solar["capacity_mw"]
    assert factor.between(0.15, 0.36).all()
    assert factor.median() == pytest.approx(0.277, abs=0.02)


def test_zones_and_profiles_named_in_layers_exist() -> None:
    zones, known = set(layer("zones")["id"]), set(profiles()["profile"])
    assert zones == {f"p{n}" for n in (*range(1, 9), *range(12, 23), 25, 26)}
    assert set(layer("sources")["zone"]) <= zones
    assert set(layer("substations")["zone"]) <= zones
    assert known == set(layer("sources")["profile"]) | set(layer("zones")["load_profile"])


def test_import_limits_are_the_sums_of_the_interfaces() -> None:
    limits = layer("zones").set_index("id")["import_limit_mw"]
    assert limits["p19"] == 0
    assert limits["p8"] == pytest.approx(488.117 + 24.111 + 308.981)
    assert limits["p2"] == pytest.approx(40_512, abs=1)
    assert limits["p20"] == pytest.approx(573.579 + 844.379 + 200.0)


def test_output_profiles_have_mean_one_and_load_profiles_peak_near_one() -> None:
    for name, rows in profiles().groupby("profile"):
        values = rows.sort_values(["month", "hour"])["value"].to_numpy().reshape(12, 24)
        if str(name).startswith("load-"):
            assert 0.93 <= values.max() <= 1.0
            assert values.min() > 0.3
        else:
            assert values.mean(axis=1) @ DAYS / 365 == pytest.approx(1.0, abs=1e-3)
            assert values.min() >= 0.0


def test_the_clock_of_profiles_is_local() -> None:
    table = profiles().pivot_table(index="profile", columns="hour", values="value")
    assert table.loc["load-bpat"].idxmin() in (1, 2, 3, 4)
    hours = np.arange(24) + 0.5
    for name, noon in {"solar-nv": 11.67, "solar-wa": 11.9, "solar-ut": 12.5, "solar-id": 12.7}.items():
        assert np.average(hours, weights=table.loc[name].to_numpy()) == pytest.approx(noon, abs=0.1)


def test_substations_are_many_but_not_too_many_and_mostly_on_the_main_network() -> None:
    points = layer("substations")
    assert 1500 <= len(points) <= 2500
    assert set(points["kv"]) == {138.0, 230.0, 345.0, 500.0}
    assert points["main_network"].mean() > 0.9
    assert not points.loc[points["zone"] == "p19", "main_network"].any()
    assert points["loading_share"].between(0.60, 0.95).all()
    assert points["loading_share"].median() == pytest.approx(0.80, abs=0.03)


def test_places_are_named_once_and_known_wrong_ones_are_absent() -> None:
    assert {"city-seattle", "city-portland", "city-san-francisco", "city-salt-lake-city"} <= set(layer("demand")["id"])
    assert {"pop-seattle", "pop-portland", "pop-san-francisco", "pop-salt-lake-city", "pop-denver"} <= set(layer("pops")["id"])
    assert not {"Mexico City", "Tokyo", "Boston", "Tukwita", "Vancouver"} & set(layer("pops")["name"])
    assert not {"gw-tionesta-ca", "gw-north-bend-or"} & set(layer("gateways")["id"])
    assert len(cKDTree(metric_xy(layer("pops"))).query_pairs(24_900.0)) == 0


def test_warm_places_are_warm() -> None:
    climate = layer("climate")
    spots = {
        (-115.15, 36.17): (20.4, 12.0),
        (-119.8, 39.5): (11.5, 12.0),
        (-122.33, 47.6): (11.7, 7.5),
        (-121.3, 44.05): (8.0, 11.0),
    }
    for (x, y), (mean_c, swing_c) in spots.items():
        nearest = climate.iloc[int(np.hypot(climate.geometry.x - x, climate.geometry.y - y).argmin())]
        assert nearest["mean_c"] == pytest.approx(mean_c, abs=1.0)
        assert nearest["seasonal_swing_c"] == pytest.approx(swing_c, abs=1.5)


def test_the_log_gives_a_reason_for_every_entry() -> None:
    entries = log()
    assert entries["reason"].str.len().min() > 10
    assert set(entries["action"]) <= {"dropped", "merged", "repaired", "kept", "assumed"}
    assert (entries["reason"].str.contains("capacity 0 MW")).sum() >= 148
    assert set(entries["layer"]) <= set(TABLES)
