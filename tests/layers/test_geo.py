"""Distances, neighbours and areas against a plain search over geodesics."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from siting import geo

PLACES = st.lists(
    st.tuples(st.floats(-180, 180, allow_subnormal=False), st.floats(-90, 90, allow_subnormal=False)), min_size=1, max_size=12
)
NEAR = st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=1, max_size=14)


def plain_search(origin: NDArray[np.float64], goal: NDArray[np.float64], k: int, reach_km: float) -> list[tuple[int, int, float]]:
    pairs = []
    for i, (lon, lat) in enumerate(origin):
        lengths = geo.geodesic_km(lon, lat, goal[:, 0], goal[:, 1])
        order = sorted((km, j) for j, km in enumerate(lengths.tolist()) if km <= reach_km)
        pairs += [(i, j, km) for km, j in order[:k]]
    return pairs


def found(answer: tuple[geo.Ints, geo.Ints, geo.Floats]) -> list[tuple[int, int, float]]:
    return list(zip(*(part.tolist() for part in answer), strict=True))


@given(PLACES, PLACES, st.integers(1, 5), st.sampled_from([np.inf, 9000.0, 500.0]))
@example([(180.0, 0.0)], [(-180.0, 0.0), (179.0, 0.0)], 1, np.inf)
@example([(0.0, 90.0)], [(77.0, 90.0), (0.0, -90.0)], 2, np.inf)
@settings(max_examples=120, deadline=None)
def test_nearest_is_what_a_search_over_all_geodesics_finds(
    origin: list[tuple[float, float]], goal: list[tuple[float, float]], k: int, reach_km: float
) -> None:
    start, end = np.array(origin), np.array(goal)
    assert found(geo.nearest(start, end, k, reach_km)) == plain_search(start, end, k, reach_km)


@given(NEAR, NEAR, st.integers(1, 4))
@settings(max_examples=80, deadline=None)
def test_ties_go_to_the_goal_that_comes_first(origin: list[tuple[int, int]], goal: list[tuple[int, int]], k: int) -> None:
    start, end = np.array(origin, dtype=float) / 10 - 120, np.array(goal, dtype=float) / 10 + [-120, 45]
    start[:, 1] += 165
    assert found(geo.nearest(start, end, k)) == plain_search(start, end, k, np.inf)


@given(PLACES, PLACES, st.floats(0, 20000))
@settings(max_examples=60, deadline=None)
def test_within_finds_every_pair_in_reach(
    origin: list[tuple[float, float]], goal: list[tuple[float, float]], reach_km: float
) -> None:
    start, end = np.array(origin), np.array(goal)
    assert found(geo.within(start, end, reach_km)) == plain_search(start, end, len(end), reach_km)


def test_nothing_is_near_where_there_is_nothing() -> None:
    for answer in (geo.nearest([], [[0, 0]]), geo.nearest([[0, 0]], []), geo.within([[0, 0]], np.empty((0, 2)), 5.0)):
        assert [len(part) for part in answer] == [0, 0, 0]
    assert len(geo.nearest([[0, 0]], [[10, 0]], 1, 5.0)[0]) == 0


def test_a_geodesic_has_its_known_length() -> None:
    assert geo.geodesic_km(0, 0, 1, 0) == pytest.approx(111.3195, abs=1e-4)
    assert geo.geodesic_km(0, 0, 0, 1) == pytest.approx(110.5744, abs=1e-4)
    assert geo.length_km([LineString([(0, 0), (1, 0), (1, 1)])])[0] == pytest.approx(111.3195 + 110.5744, abs=1e-3)


def test_a_square_kilometre_near_the_pole_is_not_one_in_degrees() -> None:
    ground = gpd.GeoDataFrame(geometry=[box(0, 0, 1000, 1000)], crs=geo.local_projection([[-150.0, 70.0]]))
    shape = geo.to_wgs84(ground).geometry.iloc[0]
    assert geo.area_ha([shape])[0] == pytest.approx(100.0, rel=1e-3)
    assert geo.area_ha([box(0, 0, 1, 1), Point(0, 0)])[1] == 0.0


def test_the_local_projection_keeps_areas_and_is_centred_across_180_degrees() -> None:
    crs = geo.local_projection([[179.0, 10.0], [-179.0, 10.0]])
    centre = gpd.GeoSeries([Point(180.0, 10.0)], crs=4326).to_crs(crs).iloc[0]
    assert shapely.length(LineString([(0, 0), *centre.coords])) < 1000.0
    square = gpd.GeoSeries([box(178.5, 9.5, 179.5, 10.5)], crs=4326)
    assert square.to_crs(crs).iloc[0].area / 1e4 == pytest.approx(geo.area_ha([square.iloc[0]])[0], rel=1e-3)


def test_a_frame_without_crs_or_with_points_beyond_the_map_is_not_reprojected() -> None:
    with pytest.raises(ValueError, match="unknown"):
        geo.to_wgs84(gpd.GeoDataFrame(geometry=[Point(0, 0)]))
    with pytest.raises(ValueError, match="no longitude"):
        geo.to_wgs84(gpd.GeoDataFrame(geometry=[Point(1e30, 1e30)], crs=32610))


def test_reprojection_and_back_loses_nothing() -> None:
    frame = gpd.GeoDataFrame(geometry=[Point(-121.25, 45.5), Point(-118.0, 47.0)], crs=4326)
    for crs in ("EPSG:3857", "EPSG:5070", "EPSG:26910"):
        back = geo.to_wgs84(frame.to_crs(crs))
        assert shapely.distance(back.geometry.to_numpy(), frame.geometry.to_numpy()).max() < 1e-6


def test_points_take_the_first_polygon_that_holds_them_edges_included() -> None:
    shapes = [box(0, 0, 1, 1), box(1, 0, 2, 1), Polygon([(0, 0), (3, 0), (3, 3), (0, 3)], [[(1, 2), (2, 2), (2, 2.5), (1, 2.5)]])]
    points = [[0.5, 0.5], [1.0, 0.5], [1.5, 0.5], [2.5, 2.9], [1.5, 2.2], [9, 9]]
    assert geo.points_in_polygons(points, shapes).tolist() == [0, 0, 1, 2, -1, -1]
    assert geo.points_in_polygons(points, []).tolist() == [-1] * 6


def test_a_point_outside_takes_the_nearest_polygon_on_the_ground() -> None:
    # At 60 degrees north a degree of longitude is half as long as one of latitude.
    shapes = [box(10, 50, 11, 59.2), box(11.0, 60, 12, 61)]
    number, km = geo.nearest_polygons([[10.0, 60.0], [10.5, 55.0]], shapes)
    assert number.tolist() == [1, 0]
    assert km[0] == pytest.approx(float(geo.geodesic_km(10.0, 60.0, 11.0, 60.0)), rel=1e-3)
    assert km[1] == 0.0


def test_shapes_that_jump_over_180_degrees_are_seen() -> None:
    shapes = [
        box(-179, 0, 179, 1),
        box(0, 0, 1, 1),
        LineString([(-179, 0), (179, 0)]),
        MultiPolygon([box(0, 0, 1, 1), box(178, 0, 180, 1)]),
        MultiPolygon([box(0, 0, 1, 1), box(-179, 0, 179, 1)]),
        Polygon(box(-170, 0, 10, 9).exterior, [[(-169, 1), (5, 1), (5, 2), (-169, 2)]]),
    ]
    array = np.empty(len(shapes), dtype=object)
    array[:] = shapes
    assert geo.crosses_antimeridian(array).tolist() == [True, False, True, False, True, False]


def test_the_compass_tells_the_direction_of_the_second_point() -> None:
    east, north = np.array([0, 1, 1, 1, 0, -1, -1, -1]), np.array([1, 1, 0, -1, -1, -1, 0, 1])
    assert geo.compass(np.zeros(8), np.zeros(8), east, north) == list(geo.COMPASS)
