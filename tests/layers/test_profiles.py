"""Slices part the year; profiles and temperatures keep their means in them."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point

from siting.layers.profiles import (
    DAYS,
    design_temperature,
    make_slices,
    profile_faults,
    slice_profile,
    slice_temperature,
)
from tests.layers.small_region import documents, faults_of, read

SEASONS = {"winter": (12, 1, 2), "spring": (3, 4, 5), "summer": (6, 7, 8), "autumn": (9, 10, 11)}


def profile(values: np.ndarray, name: str = "river") -> pd.DataFrame:
    months, hours = np.meshgrid(np.arange(1, 13), np.arange(24), indexing="ij")
    return pd.DataFrame({"profile": name, "month": months.ravel(), "hour": hours.ravel(), "value": values.ravel().astype(float)})


def test_four_seasons_of_six_blocks_are_24_slices_that_fill_the_year() -> None:
    slices = make_slices(SEASONS, 6)
    assert len(slices) == 24
    assert slices.labels[:2] == ("winter 00-04", "winter 04-08")
    assert slices.labels[-1] == "autumn 20-24"
    assert slices.hours.sum() == 8760.0
    assert slices.hours[0] == (31 + 31 + 28) * 4
    assert slices.season.tolist() == [place // 6 for place in range(24)]
    assert slices.block.tolist() == list(range(6)) * 4
    assert slices.months[0] == (12, 1, 2)
    assert slices.clock[1] == (4, 5, 6, 7)
    assert slices.block_h == 4.0


@pytest.mark.parametrize(
    ("seasons", "blocks", "code", "tells"),
    [
        (SEASONS, 5, "S041", "divisor of 24"),
        (SEASONS, 0, "S041", "divisor of 24"),
        ({**SEASONS, "winter": (12, 1)}, 6, "S043", "missing [2]"),
        ({**SEASONS, "winter": (12, 1, 2, 3)}, 6, "S043", "twice or no month [3]"),
        ({**SEASONS, "winter": (12, 1, 2, 13)}, 6, "S043", "[13]"),
        ({**SEASONS, "none": ()}, 6, "S043", "season none has no months"),
    ],
)
def test_slices_that_do_not_part_the_year_are_refused(
    seasons: dict[str, tuple[int, ...]], blocks: int, code: str, tells: str
) -> None:
    faults = faults_of(lambda: make_slices(seasons, blocks, "model.toml"))
    assert [fault.code for fault in faults] == [code]
    assert tells in faults[0].sentence()
    assert faults[0].file == "model.toml"


@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 2, 3, 4, 6, 8, 12, 24]), st.permutations(range(1, 13)))
@settings(max_examples=40, deadline=None)
def test_slicing_keeps_the_yearly_mean_and_lies_below_the_highest(seed: int, blocks: int, months: list[int]) -> None:
    values = np.random.default_rng(seed).random((12, 24))
    slices = make_slices({"a": tuple(months[:5]), "b": tuple(months[5:6]), "c": tuple(months[6:])}, blocks)
    mean = slice_profile(profile(values), slices)["river"]
    peak = slice_profile(profile(values), slices, how="max")["river"]
    yearly = (values * DAYS[:, None]).sum() / (DAYS.sum() * 24)
    assert (mean * slices.hours).sum() / 8760 == pytest.approx(yearly)
    assert (peak >= mean - 1e-12).all()
    assert peak.max() == values.max()


def test_months_count_by_their_days() -> None:
    values = np.zeros((12, 24))
    values[1] = 90.0
    assert slice_profile(profile(values), make_slices(SEASONS, 1))["river"].tolist() == [28.0, 0.0, 0.0, 0.0]


def test_the_order_of_rows_changes_nothing() -> None:
    table = profile(np.random.default_rng(3).random((12, 24)))
    slices = make_slices(SEASONS, 6)
    shuffled = table.sample(frac=1.0, random_state=1)
    assert np.array_equal(slice_profile(table, slices)["river"], slice_profile(shuffled, slices)["river"])


def test_a_profile_that_is_not_whole_is_refused_with_all_that_is_wrong() -> None:
    whole, short = profile(np.ones((12, 24))), profile(np.ones((12, 24)), "short").iloc[:-2]
    twice, holes = profile(np.ones((12, 24)), "twice"), profile(np.ones((12, 24)), "holes")
    twice.loc[5, "hour"] = 4
    holes.loc[7, "value"] = np.nan
    table = pd.concat([whole, short, twice, holes], ignore_index=True)
    faults = faults_of(lambda: slice_profile(table, make_slices(SEASONS, 6), file="p.csv"))
    told = {(fault.code, fault.where) for fault in faults}
    assert told == {
        ("L070", "profile short"),
        ("L071", "profile twice"),
        ("L070", "profile twice"),
        ("L048", "profile holes"),
    }
    assert profile_faults(whole, "p.csv") == []


def climate(latitude: float, mean: float = 10.0, season: float = 12.0, day: float = 6.0) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"id": ["t"], "mean_c": [mean], "seasonal_swing_c": [season], "daily_swing_c": [day]},
        geometry=[Point(-120.0, latitude)],
        crs=4326,
    )


@pytest.mark.parametrize(("latitude", "warmest"), [(47.0, "summer"), (-35.0, "winter")])
def test_the_warm_season_follows_the_hemisphere(latitude: float, warmest: str) -> None:
    slices = make_slices(SEASONS, 6)
    values = slice_temperature(climate(latitude), slices)[0]
    assert values.shape == (24,)
    assert slices.labels[int(values.argmax())] == f"{warmest} 12-16"
    assert (values * slices.hours).sum() / 8760 == pytest.approx(10.0, abs=0.1)
    assert values.max() < 10.0 + 12.0 + 6.0


def test_hourly_slices_of_single_months_reach_the_stated_swings() -> None:
    slices = make_slices({f"m{month}": (month,) for month in range(1, 13)}, 24)
    grid = slice_temperature(climate(47.0), slices)[0].reshape(12, 24)
    monthly = grid.mean(axis=1)
    assert (monthly.max() - monthly.min()) / 2 == pytest.approx(12.0)
    assert int(monthly.argmax()) == 6
    assert (grid[6].max() - grid[6].min()) / 2 == pytest.approx(6.0, abs=0.06)


def test_the_design_temperature_lies_above_the_warmest_afternoon() -> None:
    slices = make_slices({f"m{month}": (month,) for month in range(1, 13)}, 24)
    place = climate(47.0)
    assert design_temperature(place)[0] == 34.0
    assert design_temperature(place)[0] > slice_temperature(place, slices).max()


def test_read_layers_go_straight_into_slices(tmp_path: Path) -> None:
    layers = read(tmp_path, documents())
    slices = make_slices(SEASONS, 6)
    sliced = slice_profile(layers["profiles"], slices)
    assert sorted(sliced) == ["load", "river"]
    assert all(np.array_equal(values, np.ones(24)) for values in sliced.values())
    assert slice_temperature(gpd.GeoDataFrame(layers["climate"]), slices).shape == (2, 24)
