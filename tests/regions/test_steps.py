from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from siting.errors import SitingError
from siting.regions.australia import build_australia
from siting.regions.ids import place_code, plant_slug, slug, unique
from siting.regions.northwest.climate import fitted_swing_c, heating_degree_days_c
from siting.regions.northwest.load import load_shape
from siting.regions.northwest.network import build_network, merge_near
from siting.regions.northwest.plants import GENERATION, fill_median, select_plants, usable_factors
from siting.regions.northwest.profiles import clear_sky, mean_one
from siting.regions.northwest.twins import merge_twins
from siting.regions.writer import layer_text
from tests.regions.places import SOURCES, needs_sources


def plants(*rows: tuple[str, str, float, float, float, list[float | None]]) -> gpd.GeoDataFrame:
    """Plants of (name, fuel, MW, longitude, latitude, yearly factors)."""
    frame = pd.DataFrame([row[:5] for row in rows], columns=["name", "primary_fuel", "capacity_mw", "longitude", "latitude"])
    for year, column in enumerate(GENERATION):
        factors = [row[5][year] for row in rows]
        frame[column] = [
            np.nan if one is None else one * mw * 8.76 for one, mw in zip(factors, frame["capacity_mw"], strict=True)
        ]
    frame["gppd_idnr"] = [f"X{number:03d}" for number in range(len(frame))]
    frame["kind"] = frame["primary_fuel"].str.lower()
    return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(frame["longitude"], frame["latitude"]), crs="EPSG:4326")


def lines(*paths: list[tuple[float, float]]) -> np.ndarray:
    return np.array([shapely.LineString(path) for path in paths])


def test_a_line_end_near_the_middle_of_another_of_its_class_splits_it() -> None:
    network = build_network(lines([(0, 0), (10_000, 0)], [(5000, 150), (5000, 8000)]), np.array([0, 0]))
    assert network.splits == 1
    assert len(network.start) == 3
    assert len(set(network.part.tolist())) == 1


def test_a_line_end_further_than_200_m_does_not_touch() -> None:
    network = build_network(lines([(0, 0), (10_000, 0)], [(5000, 201), (5000, 8000)]), np.array([0, 0]))
    assert (network.splits, len(set(network.part.tolist()))) == (0, 2)


def test_a_line_of_another_class_joins_the_network_but_makes_no_point() -> None:
    network = build_network(lines([(0, 0), (10_000, 0)], [(5000, 150), (5000, 8000)]), np.array([0, 1]))
    assert (network.splits, network.joins, len(network.start)) == (0, 1, 2)
    assert len(set(network.part.tolist())) == 1


def test_a_piece_shorter_than_the_snap_is_a_loop_and_left_out() -> None:
    network = build_network(lines([(0, 0), (5000, 0)], [(5000, 0), (5100, 0)]), np.array([0, 0]))
    assert (network.loops, len(network.start)) == (1, 1)


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 5000)), min_size=1, max_size=30, unique=True))
def test_merged_centres_are_apart_and_every_point_is_near_its_own(points: list[tuple[int, int]]) -> None:
    xy = np.array(points, dtype=float)
    centre = merge_near(xy, np.ones(len(xy)), 1000.0)
    assert (np.hypot(*(xy - xy[centre]).T) <= 1000.0).all()
    kept = xy[np.unique(centre)]
    gaps = np.hypot(*(kept[:, None] - kept[None]).transpose(2, 0, 1)) + np.eye(len(kept)) * 1e9
    assert (gaps > 1000.0).all()


def test_factors_above_one_are_clipped_and_outages_left_out() -> None:
    factors, notes = usable_factors(plants(("Ryan", "Hydro", 50.0, -111.0, 47.0, [1.04, 0.5, 0.0, 0.5, 0.5, 0.5, None])))
    assert factors[0].tolist() == pytest.approx([1.0, 0.5, np.nan, 0.5, 0.5, 0.5, np.nan], nan_ok=True)
    assert len(notes) == 2


def test_the_first_solar_year_in_part_is_left_out() -> None:
    factors, _ = usable_factors(plants(("Sun", "Solar", 50.0, -111.0, 40.0, [None, None, 0.03, 0.2, 0.30, 0.31, 0.29])))
    assert np.flatnonzero(~np.isnan(factors[0])).tolist() == [4, 5, 6]


def test_a_plant_without_usable_year_takes_the_median_of_its_kind() -> None:
    fleet = plants(
        ("A", "Solar", 50.0, -111.0, 40.0, [0.2] * 7),
        ("B", "Solar", 50.0, -112.0, 40.0, [0.3] * 7),
        ("C", "Solar", 50.0, -113.0, 40.0, [0.01] * 7),
    )
    filled, notes = fill_median(fleet, usable_factors(fleet)[0])
    assert filled[2].tolist() == pytest.approx([0.25] * 7)
    assert [note.id for note in notes] == ["X002"]


def test_twins_within_a_kilometre_and_series_of_a_name_are_one_plant() -> None:
    fleet = plants(
        ("Swift 1", "Hydro", 240.0, -122.20, 46.06, [0.4] * 7),
        ("Swift 2", "Hydro", 72.0, -122.26, 46.06, [None] * 7),
        ("Other", "Hydro", 20.0, -122.20, 46.061, [0.1] * 7),
        ("Roof 1", "Solar", 20.0, -122.20, 46.06, [0.2] * 7),
        ("Roof 2", "Solar", 20.0, -122.26, 46.06, [0.2] * 7),
    )
    merged, factors, notes = merge_twins(fleet, usable_factors(fleet)[0])
    assert sorted(merged["capacity_mw"]) == [20.0, 20.0, 332.0]
    assert len(notes) == 2
    whole = int(merged["capacity_mw"].argmax())
    assert factors[whole] == pytest.approx((0.4 * 240 + 0.1 * 20) / 260)


def test_pumped_storage_and_plants_over_the_border_are_dropped_and_logged() -> None:
    fleet = plants(
        ("Dam", "Hydro", 50.0, -119.99, 45.5, [0.4] * 7),
        ("Pump", "Hydro", 50.0, -119.5, 45.5, [0.1, -0.1, 0.1, 0.1, 0.1, 0.1, 0.1]),
        ("River", "Hydro", 50.0, -120.01, 45.5, [0.4] * 7),
        ("Field", "Solar", 50.0, -120.01, 45.5, [0.2] * 7),
        ("Retired", "Hydro", 0.0, -119.5, 45.5, [None] * 7),
    ).drop(columns=["geometry", "kind"])
    square = gpd.GeoDataFrame({"id": ["a"]}, geometry=[shapely.box(-120, 45, -119, 46)], crs="EPSG:4326")
    kept, notes = select_plants(pd.DataFrame(fleet), square)
    assert kept["name"].tolist() == ["Dam", "River"]
    assert {(note.id, note.action) for note in notes} >= {
        ("X001", "dropped"),
        ("X002", "kept"),
        ("X003", "dropped"),
        ("X004", "dropped"),
    }


@given(st.floats(5.0, 15.0), st.floats(8.0, 14.0), st.floats(0.85, 1.15))
def test_the_fitted_swing_gives_back_the_degree_days(mean_c: float, half_range_c: float, ratio: float) -> None:
    mean, half = np.array([mean_c]), np.array([half_range_c])
    wanted = heating_degree_days_c(mean, half * ratio, 0.3 * half)
    assert fitted_swing_c(mean, wanted, half)[0] == pytest.approx(half_range_c * ratio, abs=0.05)


def test_the_load_shape_peaks_in_the_local_evening() -> None:
    hours = pd.date_range("2016-01-01", periods=8784, freq="h")
    local_hour = (hours.hour - 8) % 24
    series = pd.Series(np.where(local_hour == 18, 100.0, 50.0), index=hours)
    shape = load_shape(series, -8)
    assert (shape.argmax(axis=1) == 18).all()
    assert shape.max() == pytest.approx(1.0)


@pytest.mark.parametrize("latitude", [-35.0, 47.0])
def test_the_sun_is_strong_in_summer_at_noon_and_absent_at_night(latitude: float) -> None:
    shape = mean_one(clear_sky(latitude, -120.0, -8.0))
    summer, winter = (5, 11) if latitude > 0 else (11, 5)
    assert shape[summer].sum() > 1.3 * shape[winter].sum()
    assert (shape[:, [0, 1, 2, 22, 23]] == 0).all()
    assert shape[summer] == pytest.approx(shape[summer][::-1], abs=1e-9)


def test_ids_are_readable_and_stable() -> None:
    assert plant_slug("Playa Solar 1  LLC") == "playa-1"
    assert plant_slug("Solar Project LLC") == "solar-project-llc"
    assert slug("Coeur d'Alène") == "coeur-dalene"
    assert place_code(45.1234, -120.9876) == "n45123w120988"
    assert unique(["a", "b", "a"]) == ["a", "b", "a-2"]


def test_the_writer_sorts_by_id_and_refuses_columns_it_does_not_know() -> None:
    frame = gpd.GeoDataFrame({"id": ["b", "a"]}, geometry=gpd.points_from_xy([1.1234567, 2.0], [3.0, 4.0]), crs="EPSG:4326")
    backwards = frame.iloc[::-1].reset_index(drop=True)
    assert layer_text("pops", frame) == layer_text("pops", backwards)
    assert '"coordinates":[1.12346,3.0]' in layer_text("pops", frame)
    with pytest.raises(SitingError, match="colour"):
        layer_text("pops", frame.assign(colour="red"))
    with pytest.raises(SitingError, match="population"):
        layer_text("demand", frame)


@needs_sources
def test_australia_comes_as_a_user_would_bring_it(tmp_path: Path) -> None:
    build_australia(SOURCES, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        *(f"{name}.geojson" for name in ("region", "zones", "demand", "climate", "pops", "gateways")),
        "sources.gpkg",
        "substations.gpkg",
        "profiles.csv",
    }
    found = gpd.read_file(tmp_path / "sources.gpkg")
    assert found.crs is not None
    assert found.crs.to_epsg() == 3577
    assert found["capacity_mw"].sum() == pytest.approx(8576, abs=5)
    assert (found["mean_output_mw"] > 0).all()
    assert not found["name"].str.contains("Wivenhoe|Tumut 3").any()
