"""All candidates are checked, also those that only the GeoPackage has: place and limit, and that nothing is told of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest

from siting.verify import verify_folder
from siting.verify.ground import Around, covered, geodesic_km, inside
from tests.verify import damage
from tests.verify.world import seal

IDLE = "c-3"
"""A candidate of the hand-made plan at which nothing stands."""


def moved_to_geopackage(folder: Path, **turned: Any) -> None:
    """Put all candidates into `plan.gpkg`, the idle one with some columns changed, and take it out of `sites.geojson`."""
    path = folder / "sites.geojson"
    found = json.loads(path.read_text())
    frame = gpd.GeoDataFrame.from_features(found["features"], crs=4326)
    for column, value in turned.items():
        if column == "at":
            moved = gpd.points_from_xy([value[0]], [value[1]])[0]
            frame.geometry = [moved if name == IDLE else here for name, here in zip(frame["id"], frame.geometry, strict=True)]
        else:
            frame.loc[frame["id"] == IDLE, column] = value
    frame.to_file(folder / "plan.gpkg", layer="sites", driver="GPKG")
    found["features"] = [each for each in found["features"] if each["id"] != IDLE]
    path.write_text(json.dumps(found))
    seal(folder)


def told(folder: Path, root: Path) -> str:
    return "\n".join(fault.sentence() for fault in verify_folder(folder, root).faults)


def test_candidates_that_only_the_geopackage_has_are_part_of_the_plan(folder: Path, copy: Path) -> None:
    moved_to_geopackage(folder)
    assert told(folder, copy) == ""


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("it_mw", 5.0, "sites.summary"),
        ("capital_musd", 0.4, "sites.summary"),
        ("capital_musd_per_mw", 40.0, "sites.summary"),
        ("hydro_mw", 3.0, "sites.summary"),
        ("limit_mw", 1e6, "sites.limit"),
        ("zone", "nowhere", "candidates.zone"),
        ("supplied_by", "Dam", "sites.words"),
        ("excluded_by", "", "sites.words"),
        ("lock", "forced", "sites.words"),
        ("rank", 7, "sites.rank"),
        ("first_period", "2027", "files.first_period"),
        ("verdict", "maybe", "files.columns"),
        ("verdict", "chosen", "files.same"),
        ("id", "c-99", "candidates.layer"),
        ("at", (-120.05, 46.44), "candidates.place"),
    ],
)
def test_what_is_told_of_a_candidate_beside_the_layer_is_held_to(
    column: str, value: Any, rule: str, folder: Path, copy: Path
) -> None:
    moved_to_geopackage(folder, **{column: value})
    assert rule in told(folder, copy)


def test_the_layer_may_not_tell_otherwise_than_the_geopackage(folder: Path, copy: Path) -> None:
    moved_to_geopackage(folder)
    damage.feature(folder, "sites.geojson", "c-1", "name", lambda _: "elsewhere")
    assert "files.same" in told(folder, copy)


def test_a_candidate_left_out_of_both_is_missed(folder: Path, copy: Path) -> None:
    moved_to_geopackage(folder)
    frame = gpd.read_file(folder / "plan.gpkg", layer="sites")
    (folder / "plan.gpkg").unlink()
    frame[frame["id"] != IDLE].to_file(folder / "plan.gpkg", layer="sites", driver="GPKG")
    seal(folder)
    assert "candidates.layer" in told(folder, copy)


def test_the_nearest_are_found_as_if_all_were_looked_at() -> None:
    random = np.random.default_rng(4)
    lon, lat = random.uniform(-180, 180, 400), random.uniform(-85, 85, 400)
    x, y = random.uniform(-180, 180, 60), random.uniform(-85, 85, 60)
    km = np.array([geodesic_km(a, b, lon, lat) for a, b in zip(x, y, strict=True)])
    around = Around(lon, lat)
    np.testing.assert_allclose(around.least_km(x, y, 0.0), km.min(axis=1), rtol=1e-12)
    assert all(set(np.flatnonzero(km[n] <= 900.0)) <= set(around.within(x[n], y[n], 900.0)) for n in range(len(x)))


def test_covered_is_inside_any() -> None:
    shapes = np.array(
        [*gpd.GeoSeries.from_wkt(["POLYGON((0 0,2 0,2 2,0 2,0 0))", "POLYGON((1 1,3 1,3 3,1 3,1 1))"])], dtype=object
    )
    lon, lat = np.array([0.5, 1.5, 2.5, 3.5, 2.0]), np.array([0.5, 1.5, 2.5, 3.5, 0.0])
    assert covered(lon, lat, shapes).tolist() == inside(lon, lat, shapes).any(axis=1).tolist() == [True, True, True, False, True]
