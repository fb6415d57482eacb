"""What is given: read from matrices, frames and GeoDataFrames, and refused with every fault at once."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

import siting
from siting import locate
from siting.errors import Infeasible, InputError
from siting.geo import geodesic_km


def points(coordinates: list[tuple[float, float]], crs: str | None = "EPSG:4326", **columns: Any) -> gpd.GeoDataFrame:
    x, y = zip(*coordinates, strict=True)
    return gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy(x, y), crs=crs, index=[f"p{n}" for n in range(len(x))])


PLACES = points([(-122.4, 45.0), (-122.0, 45.2), (-121.0, 45.1)], people=[10, 20, 30])
SITES = points([(-122.1, 45.1), (-121.1, 45.0)])
COSTS = np.array([[1.0, 4.0], [2.0, 3.0], [5.0, 1.0]])


def codes(error: pytest.ExceptionInfo[InputError]) -> list[str]:
    return [fault.code for fault in error.value.faults]


def test_the_package_has_it() -> None:
    assert siting.locate is locate


def test_geodesic_distances_between_frames_carry_ids_weights_and_geometry_through() -> None:
    ways = locate.distances(PLACES, SITES)
    assert ways.km[0, 1] == geodesic_km(-122.4, 45.0, -121.1, 45.0)
    best = locate.p_median(ways, 1, weights="people")
    people = np.array([10, 20, 30])
    assert best.objective == pytest.approx((people @ ways.km).min())
    assert best.chosen == (f"p{int((people @ ways.km).argmin())}",)
    assert best.sites is not None
    assert best.sites.crs == SITES.crs
    assert list(best.sites.index) == list(best.chosen)
    assert best.sites["places_served"].tolist() == [3]
    assert best.sites["cost_served"].sum() == pytest.approx(best.objective)


def test_planar_distances_are_km_whatever_the_unit_of_the_crs() -> None:
    metres, feet = (locate.distances(PLACES.to_crs(crs), SITES.to_crs(crs), "planar").km for crs in ("EPSG:32610", "EPSG:2269"))
    geodesic = locate.distances(PLACES.to_crs("EPSG:32610"), SITES.to_crs("EPSG:32610")).km
    assert metres == pytest.approx(geodesic, rel=2e-3)
    assert feet == pytest.approx(geodesic, rel=2e-3)


def test_degrees_are_refused_as_distances_with_a_remedy() -> None:
    with pytest.raises(InputError, match=r'degrees are no distances.*measure="geodesic"') as error:
        locate.distances(PLACES, SITES, "planar")
    assert codes(error) == ["F003"]


def test_two_reference_systems_are_refused() -> None:
    with pytest.raises(InputError, match=r"EPSG:4326 and EPSG:32610.*sites\.to_crs\(places\.crs\)"):
        locate.distances(PLACES, SITES.to_crs("EPSG:32610"))


def test_all_faults_of_frames_are_told_at_once() -> None:
    areas = SITES.set_geometry(SITES.to_crs("EPSG:32610").buffer(10.0))
    unknown = points([(0.0, 0.0), (1.0, 1.0)], crs=None)
    unknown.index = pd.Index(["a", "a"])
    with pytest.raises(InputError, match="representative_point") as error:
        locate.distances(unknown, areas)
    assert codes(error) == ["F008", "F006", "F007", "F007"]


def test_all_faults_of_costs_and_numbers_are_told_at_once() -> None:
    costs = COSTS.copy()
    costs[1, 0], costs[2, 1] = np.nan, -3.0
    with pytest.raises(InputError) as error:
        locate.p_median(costs, 9, weights=[1.0, -1.0, np.inf], seconds=-1.0)
    assert codes(error) == ["F010", "F010", "F015", "F014", "F013", "F013"]
    assert "row 1 (id 1), column 0 (id 0)" in error.value.message
    assert "a whole number from 1 to 2" in error.value.message


@pytest.mark.parametrize(
    ("costs", "weights", "code"),
    [
        ([[1.0, "x"]], None, "F009"),
        (np.zeros((0, 3)), None, "F005"),
        (np.zeros(3), None, "F005"),
        (pd.DataFrame(COSTS, index=["a", "a", "b"]), None, "F008"),
        (COSTS, [1.0, 2.0], "F012"),
        (COSTS, pd.Series([1.0, 2.0], index=[0, 1]), "F012"),
        (COSTS, "people", "F011"),
        (COSTS, ["many", "few", "none"], "F009"),
    ],
)
def test_each_fault_has_its_code(costs: Any, weights: Any, code: str) -> None:
    with pytest.raises(InputError) as error:
        locate.p_median(costs, 1, weights=weights)
    assert codes(error) == [code]


@pytest.mark.parametrize("p", [0, 3, 1.5, True, "two"])
def test_a_number_of_sites_that_cannot_be_is_refused(p: Any) -> None:
    with pytest.raises(InputError, match="a whole number from 1 to 2"):
        locate.p_center(COSTS, p)


def test_places_that_nothing_covers_are_named() -> None:
    frame = pd.DataFrame(COSTS, index=["north", "middle", "south"])
    with pytest.raises(Infeasible, match=r"1 places have no site within 1\.5: middle") as error:
        locate.lscp(frame, 1.5)
    assert [fault.where for fault in error.value.faults] == ["row 1 (id middle)"]
    assert locate.mclp(frame, 2, 1.5).uncovered == ("middle",)


def test_capacities_too_small_are_told() -> None:
    with pytest.raises(Infeasible, match="a capacity of 2, the demand is 3"):
        locate.capacitated(COSTS, 1.0, 1.0)
    with pytest.raises(Infeasible, match=r"one source: 0 \(5\)"):
        locate.capacitated(COSTS, 1.0, 4.0, [5.0, 1.0, 1.0], single_source=True)
    with pytest.raises(Infeasible, match="no choice of sites"):
        locate.capacitated(COSTS, 1.0, 5.0, [3.0, 3.0, 3.0], single_source=True)
