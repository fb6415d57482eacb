"""A layer from a database: a real PostgreSQL server on this machine, with the views PostGIS would bring."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from pandas.testing import assert_frame_equal

from siting.layers import Layers, LayerSource, read_layers
from tests.layers.small_region import documents, faults_of, read, write

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


def _server_user() -> str | None:
    """Who may run a server: root may not, and hands over to the account of the package."""
    if os.geteuid() != 0:
        return ""
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names and shutil.which("su") else None


USER = _server_user()
pytestmark = pytest.mark.skipif(not BINARIES or USER is None, reason="no PostgreSQL server is installed")


def _command(line: str) -> None:
    words = ["sh", "-c", line] if USER == "" else ["su", str(USER), "-c", line]
    subprocess.run(words, check=True, capture_output=True, timeout=60)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The address of a server that lives as long as these tests."""
    pytest.importorskip("psycopg")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="siting-pg-", dir="/tmp"))
    if USER:
        shutil.chown(folder, USER)
    binaries = BINARIES[-1].parent
    try:
        _command(f"{binaries}/initdb -D {folder}/db -A trust -U planner")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -k {folder}"
        _command(f"{binaries}/pg_ctl -D {folder}/db -o '{options}' -l {folder}/log -w start")
        yield f"postgresql://planner:s3cret@127.0.0.1:{port}/postgres"
        _command(f"{binaries}/pg_ctl -D {folder}/db -m immediate -w stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


COLUMNS = ("id", "name", "kind", "zone", "capacity_mw", "mean_output_mw", "unused_mw", "profile", "basin")


def fill(address: str, frame: gpd.GeoDataFrame, srids: list[int]) -> None:
    """The plants as a table with extended WKB, in reverse order, and the catalogue a reader asks."""
    import psycopg

    with psycopg.connect(address, autocommit=True) as link:
        link.execute("DROP SCHEMA IF EXISTS planning CASCADE")
        link.execute("CREATE SCHEMA planning")
        link.execute(
            "CREATE TABLE planning.plants (id text, name text, kind text, zone text, capacity_mw numeric,"
            " mean_output_mw float8, unused_mw float8, profile text, basin text, geom bytea)"
        )
        link.execute("DROP VIEW IF EXISTS geometry_columns")
        link.execute(
            "CREATE VIEW geometry_columns AS SELECT 'planning'::text f_table_schema, 'plants'::text f_table_name,"
            " 'geom'::text f_geometry_column"
        )
        link.execute("CREATE TABLE IF NOT EXISTS spatial_ref_sys (srid int, auth_name text, auth_srid int, srtext text)")
        link.execute("DELETE FROM spatial_ref_sys")
        link.execute("INSERT INTO spatial_ref_sys VALUES (5070, 'EPSG', 5070, ''), (4326, 'EPSG', 4326, '')")
        for place in reversed(range(len(frame))):
            shape = shapely.set_srid(frame.geometry.iloc[place], srids[place])
            cells = [frame[name].iloc[place] for name in COLUMNS]
            cells = [cell.item() if hasattr(cell, "item") else cell for cell in cells]
            marks = ", ".join(["%s"] * (len(COLUMNS) + 1))
            link.execute(f"INSERT INTO planning.plants VALUES ({marks})", [*cells, shapely.to_wkb(shape, include_srid=True)])


def from_database(folder: Path, path: str, crs: str = "") -> Layers:
    contents = {name: content for name, content in documents().items() if name != "sources"}
    return read_layers([*write(folder, contents), LayerSource("sources", path, folder, crs=crs)], roots=[folder])


def test_a_table_reads_like_the_file_it_came_from(address: str, tmp_path: Path) -> None:
    plain = gpd.GeoDataFrame(read(tmp_path, documents())["sources"])
    fill(address, plain.to_crs(5070), [5070] * 4)
    for name in ("planning.plants", "plants"):
        layers = from_database(tmp_path, f"{address}#{name}")
        found = gpd.GeoDataFrame(layers["sources"])
        assert_frame_equal(found.drop(columns="geometry"), plain.drop(columns="geometry"))
        assert shapely.distance(found.geometry.to_numpy(), plain.geometry.to_numpy()).max() < 1e-9
        assert layers.crs_found["sources"] == "EPSG:5070"
        assert len(layers.digests["sources"]) == 64
        assert "s3cret" not in layers.sources[-1].file


def test_a_table_without_srid_needs_a_declared_crs_and_mixed_ones_are_refused(address: str, tmp_path: Path) -> None:
    plain = gpd.GeoDataFrame(read(tmp_path, documents())["sources"])
    fill(address, plain, [0] * 4)
    assert [fault.code for fault in faults_of(lambda: from_database(tmp_path, f"{address}#plants"))] == ["L016"]
    assert len(from_database(tmp_path, f"{address}#plants", "EPSG:4326")["sources"]) == 4
    fill(address, plain, [0, 4326, 5070, 0])
    faults = faults_of(lambda: from_database(tmp_path, f"{address}#plants"))
    assert [(fault.code, fault.value) for fault in faults] == [("L017", "SRIDs 0, 4326, 5070")]


@pytest.mark.parametrize(("asked", "code"), [("#planning.plant", "L053"), ("", "L052"), ("_x#plants", "L066")])
def test_what_is_not_there_is_told_without_the_password(asked: str, code: str, address: str, tmp_path: Path) -> None:
    plain = gpd.GeoDataFrame(read(tmp_path, documents())["sources"])
    fill(address, plain, [4326] * 4)
    faults = faults_of(lambda: from_database(tmp_path, f"{address}{asked}"))
    assert [fault.code for fault in faults] == [code]
    assert "s3cret" not in faults[0].sentence()
