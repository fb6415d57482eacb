"""Candidates: made on free ground near sources, always the same; the user's own completed, barred ones kept and marked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import h3
import numpy as np
import pytest
from pandas.testing import assert_frame_equal
from shapely.geometry import box

from siting import geo
from siting.layers import AddPolygons, Layers, LayerSource, read_layers
from siting.layers.candidates import OUTSIDE, CandidateReport, make_candidates, survey_candidates
from siting.layers.schema import CANDIDATES, TABLES
from tests.layers.small_region import candidate, collection, documents, faults_of, feature, read, rectangle

NORTHWEST = Path(__file__).parents[2] / "data" / "northwest"


def survey(layers: Layers, **changes: Any) -> tuple[gpd.GeoDataFrame, CandidateReport]:
    options: dict[str, Any] = {
        "cell_resolution": 4,
        "reach_km": 60.0,
        "site_limit_mw": 200.0,
        "land_ha": 40.0,
        "land_musd_per_ha": 0.05,
    }
    return survey_candidates(layers, **{**options, **changes})


def covered(folder: Path, shape: Any, name: str = "corridor") -> AddPolygons:
    path = folder / f"{name}.gpkg"
    gpd.GeoDataFrame({"name": ["River corridor"]}, geometry=[shape], crs=4326).to_file(path, driver="GPKG", layer=name)
    return AddPolygons(LayerSource(name, path.name, path))


def test_made_candidates_stand_in_the_region_near_a_source_and_off_exclusions(tmp_path: Path) -> None:
    park = collection(feature("park-1", rectangle(-120.6, 47.0, -120.1, 47.4), kind="park"))
    layers = read(tmp_path, {**documents(), "exclusions": park})
    frame, report = survey(layers)
    spots = geo.lonlat(frame)
    sources = geo.lonlat(gpd.GeoDataFrame(layers["sources"]))
    assert len(frame) > 10
    assert (geo.points_in_polygons(spots, layers["region"].geometry.to_numpy()) == 0).all()
    assert (geo.points_in_polygons(spots, layers["exclusions"].geometry.to_numpy()) == -1).all()
    assert len(geo.nearest(spots, sources, 1, 60.0)[0]) == len(frame)
    assert (frame["excluded_by"] == "").all()
    assert report.kept == len(frame) <= report.cells
    assert dict(report.places_excluded)["park"] > 0
    assert not report.own


def test_made_candidates_have_the_columns_of_their_table_and_one_cell_each(tmp_path: Path) -> None:
    frame, _ = survey(read(tmp_path, documents()))
    assert list(frame.columns) == [*CANDIDATES.names, "excluded_by", "geometry"]
    assert CANDIDATES.check(frame, "made") == []
    cells = [identifier.removeprefix("c-") for identifier in frame["id"]]
    assert all(h3.get_resolution(cell) == 6 for cell in cells)
    assert len({h3.cell_to_parent(cell, 4) for cell in cells}) == len(cells)
    assert frame["id"].is_monotonic_increasing
    assert (frame["limit_mw"] == 200.0).all()
    expected = np.where(frame.geometry.x < -120.0, "z1", "z2")
    assert frame["zone"].tolist() == expected.tolist()


def test_a_name_tells_the_nearest_source_how_far_and_in_which_direction(tmp_path: Path) -> None:
    layers = read(tmp_path, documents())
    frame, _ = survey(layers)
    sources = gpd.GeoDataFrame(layers["sources"])
    _, j, km = geo.nearest(geo.lonlat(frame), geo.lonlat(sources))
    for name, source, way in zip(frame["name"], sources["name"].iloc[j], km, strict=True):
        assert name.startswith(f"near {source}, {way:.0f} km ")
        assert name.rsplit(" ", 1)[1] in geo.COMPASS


def test_the_best_place_of_a_cell_is_taken(tmp_path: Path) -> None:
    layers = read(tmp_path, documents())
    frame, _ = survey(layers)
    sources, grid = (geo.lonlat(gpd.GeoDataFrame(layers[name])) for name in ("sources", "substations"))

    def score(spots: geo.Floats) -> geo.Floats:
        return geo.nearest(spots, sources)[2] + 0.5 * geo.nearest(spots, grid)[2]

    chosen = score(geo.lonlat(frame))
    for row, identifier in enumerate(frame["id"]):
        children = h3.cell_to_children(h3.cell_to_parent(identifier[2:], 4), 6)
        spots = np.array([h3.cell_to_latlng(child) for child in children])[:, ::-1]
        free = (geo.points_in_polygons(spots, layers["region"].geometry.to_numpy()) >= 0) & (
            geo.points_in_polygons(spots, layers["exclusions"].geometry.to_numpy()) < 0
        )
        assert chosen[row] <= score(spots[free]).min() + 1e-9


def test_candidates_are_the_same_again_and_in_any_order_of_features(tmp_path: Path) -> None:
    turned = {
        name: {**content, "features": content["features"][::-1]} if isinstance(content, dict) else content
        for name, content in documents().items()
    }
    first, _ = survey(read(tmp_path, documents()))
    again, _ = survey(read(tmp_path, turned))
    assert first.equals(again)


def test_without_substations_the_source_alone_decides(tmp_path: Path) -> None:
    contents = {name: content for name, content in documents().items() if name != "substations"}
    frame, _ = survey(read(tmp_path, contents, needed={}))
    assert len(frame) > 10


def test_a_polygon_added_by_an_overlay_marks_candidates_and_moves_none(tmp_path: Path) -> None:
    base, _ = survey(read(tmp_path, documents()))
    x, y = base.geometry.iloc[3].coords[0]
    polygon = covered(tmp_path, box(x - 0.2, y - 0.2, x + 0.2, y + 0.2))
    frame, report = survey(read(tmp_path, documents(), edits=[polygon]))
    assert_frame_equal(base.drop(columns=["excluded_by", "geometry"]), frame.drop(columns=["excluded_by", "geometry"]))
    assert base.geometry.equals(frame.geometry)
    marked = frame.set_index("id")["excluded_by"]
    assert marked[base["id"].iloc[3]] == "River corridor"
    assert set(marked) == {"", "River corridor"}
    assert dict(report.barred) == dict(marked[marked != ""])


def test_sources_are_never_moved_off_exclusions(tmp_path: Path) -> None:
    around = collection(feature("all-1", rectangle(-121.6, 45.5, -121.4, 45.7), kind="park"))
    layers = read(tmp_path, {**documents(), "exclusions": around})
    assert "S-01" in layers["sources"]["id"].tolist()
    assert survey(layers)[0]["name"].str.contains("Plant S-01").any()


def test_no_free_ground_at_all_is_refused(tmp_path: Path) -> None:
    everything = collection(feature("x", rectangle(-123, 44, -117, 49)))
    faults = faults_of(lambda: survey(read(tmp_path, {**documents(), "exclusions": everything})))
    assert [fault.code for fault in faults] == ["L034"]
    assert "60 km" in faults[0].expected
    assert [fault.code for fault in faults_of(lambda: survey(read(tmp_path, documents()), reach_km=0.001))] == ["L034"]


def own(tmp_path: Path, **options: Any) -> Layers:
    made = collection(
        candidate("free", -121.5, 46.0, limit_mw=50, zone="z2"),
        candidate("park", -120.9, 46.6),
        candidate("out", -122.5, 46.0, land_ha=7, owner="county"),
        candidate("edge", -119.0, 47.5, land_musd_per_ha=0.2),
    )
    return read(tmp_path, {**documents(), "candidates": made}, **options)


def test_the_users_candidates_are_completed_and_barred_ones_kept(tmp_path: Path) -> None:
    layers = own(tmp_path)
    frame, report = survey(layers)
    rows = frame.set_index("id")
    assert rows["excluded_by"].to_dict() == {"edge": "", "free": "", "out": OUTSIDE, "park": "High Park"}
    assert rows["zone"].to_dict() == {"edge": "z2", "free": "z2", "out": "z1", "park": "z1"}
    assert rows["limit_mw"].to_dict() == {"edge": 200.0, "free": 50.0, "out": 200.0, "park": 200.0}
    assert rows.loc["out", "land_ha"] == 7.0
    assert rows.loc["edge", "land_musd_per_ha"] == 0.2
    assert rows.loc["out", "owner"] == "county"
    assert report == CandidateReport(True, 4, 4, 4, (), (("out", OUTSIDE), ("park", "High Park")))
    assert [fault.code for fault in layers.warnings] == ["L059", "L059"]


def test_the_users_candidates_inside_an_added_polygon_are_barred_without_a_warning(tmp_path: Path) -> None:
    layers = own(tmp_path, edits=[covered(tmp_path, box(-121.6, 45.9, -121.4, 46.1))])
    assert survey(layers)[0].set_index("id")["excluded_by"]["free"] == "River corridor"
    assert len(layers.warnings) == 2


def test_completing_candidates_leaves_the_layer_as_it_was(tmp_path: Path) -> None:
    layers = own(tmp_path)
    survey(layers)
    assert layers["candidates"]["limit_mw"].isna().sum() == 3
    assert "excluded_by" not in layers["candidates"]


@pytest.mark.skipif(not NORTHWEST.is_dir(), reason="data/northwest is not built")
def test_the_built_in_region_has_some_hundred_candidates() -> None:
    paths = [path for path in sorted(NORTHWEST.iterdir()) if path.stem in TABLES]
    layers = read_layers([LayerSource(path.stem, path.name, path) for path in paths], roots=[NORTHWEST])
    frame = make_candidates(layers, cell_resolution=4, reach_km=60.0, site_limit_mw=200.0, land_ha=40.0, land_musd_per_ha=0.05)
    assert 300 <= len(frame) <= 500
    assert frame["id"].is_unique
    assert (frame["excluded_by"] == "").all()
