"""Bad files: GeoPackages, CSV, Parquet and paths, each refused by name; good ones of every format read alike."""

from __future__ import annotations

import os
import pickle
import sqlite3
import warnings
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from pandas.testing import assert_frame_equal
from shapely.geometry import Point, box

from siting.errors import Fault
from siting.layers import Layers, LayerSource, read_layers
from tests.layers.small_region import Documents, collection, documents, faults_of, feature, profile_lines, read, rectangle, write


def write_geopackage(frame: gpd.GeoDataFrame, path: Path, layer: str = "sources") -> None:
    frame.to_file(path, layer=layer, driver="GPKG", engine="pyogrio")


def plants(folder: Path) -> gpd.GeoDataFrame:
    frame = read(folder, documents())["sources"]
    assert isinstance(frame, gpd.GeoDataFrame)
    return frame


def read_with(folder: Path, name: str, path: Path, sublayer: str = "", crs: str = "", **options: object) -> Layers:
    """The region with one layer from another file."""
    contents = {key: value for key, value in documents().items() if key != name}
    sources = [*write(folder, contents), LayerSource(name, path.name, path, sublayer, crs)]
    return read_layers(sources, roots=[folder], **options)  # type: ignore[arg-type]


def sole(faults: tuple[Fault, ...], code: str) -> str:
    found = [fault.sentence() for fault in faults if fault.code == code]
    assert len(found) == 1, [fault.sentence() for fault in faults]
    return found[0]


def test_a_geopackage_without_crs_needs_one_and_takes_the_declared_one(tmp_path: Path) -> None:
    projected = plants(tmp_path).to_crs("EPSG:5070")
    frame = gpd.GeoDataFrame(projected.drop(columns="geometry"), geometry=projected.geometry.to_numpy())
    path = tmp_path / "sources.gpkg"
    with pytest.warns(UserWarning, match="crs"):
        write_geopackage(frame, path)
    assert "declare crs in the scenario" in sole(faults_of(lambda: read_with(tmp_path, "sources", path)), "L016")
    layers = read_with(tmp_path, "sources", path, crs="EPSG:5070")
    assert layers.crs_found["sources"] == "EPSG:5070"
    assert layers["sources"].geometry.iloc[0].distance(Point(-121.5, 45.6)) < 1e-6


def test_a_declared_crs_that_contradicts_the_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sources.gpkg"
    write_geopackage(plants(tmp_path), path)
    assert "EPSG:4326" in sole(faults_of(lambda: read_with(tmp_path, "sources", path, crs="EPSG:5070")), "L017")


def test_an_unknown_declared_crs_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sources.gpkg"
    write_geopackage(plants(tmp_path), path)
    assert "EPSG:00" in sole(faults_of(lambda: read_with(tmp_path, "sources", path, crs="EPSG:00")), "L015")


def test_a_geopackage_of_two_layers_needs_one_named(tmp_path: Path) -> None:
    path = tmp_path / "both.gpkg"
    write_geopackage(plants(tmp_path), path, "plants")
    write_geopackage(plants(tmp_path).head(1), path, "other")
    sentence = sole(faults_of(lambda: read_with(tmp_path, "sources", path)), "L052")
    assert "2 layers: other, plants" in sentence
    assert "both.gpkg#layer" in sentence
    assert len(read_with(tmp_path, "sources", path, "plants")["sources"]) == 4
    missing = sole(faults_of(lambda: read_with(tmp_path, "sources", path, "plant")), "L053")
    assert 'Did you mean "plants"' in missing


def test_a_geopackage_with_flipped_bytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sources.gpkg"
    write_geopackage(plants(tmp_path), path)
    data = bytearray(path.read_bytes())
    data[4096:4160] = bytes(255 - byte for byte in data[4096:4160])
    path.write_bytes(bytes(data))
    assert "not a readable GeoPackage" in sole(faults_of(lambda: read_with(tmp_path, "sources", path)), "L055")


def test_a_geopackage_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sources.gpkg"
    write_geopackage(plants(tmp_path), path)
    path.write_bytes(path.read_bytes()[:20_000])
    assert "Export it again" in sole(faults_of(lambda: read_with(tmp_path, "sources", path)), "L055")


def test_a_database_that_is_no_geopackage_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sources.gpkg"
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE a (b)")
    base.close()
    assert "gpkg_contents" in sole(faults_of(lambda: read_with(tmp_path, "sources", path)), "L055")


def test_a_geopackage_still_being_written_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sources.gpkg"
    write_geopackage(plants(tmp_path), path)
    path.with_name("sources.gpkg-wal").write_bytes(b"pending")
    assert "Close it" in sole(faults_of(lambda: read_with(tmp_path, "sources", path)), "L054")


def test_text_in_a_number_column_of_a_geopackage_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "sources.gpkg"
    write_geopackage(plants(tmp_path), path)
    base = sqlite3.connect(path)
    triggers = base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in triggers:
        base.execute(f'DROP TRIGGER "{name}"')
    base.execute("UPDATE sources SET capacity_mw = '1,200' WHERE id = 'S-03'")
    base.execute("UPDATE sources SET unused_mw = NULL WHERE id = 'S-02'")
    base.execute("UPDATE sources SET geom = x'00112233' WHERE id = 'S-01'")
    base.commit()
    base.close()
    faults = faults_of(lambda: read_with(tmp_path, "sources", path))
    assert "Write 1200" in sole(faults, "L001")
    assert "S-02" in sole(faults, "L003")
    assert "unreadable geometry" in sole(faults, "L022")


@pytest.mark.parametrize(
    "name", ["sources.gpkg", "sources.parquet", "sources.fgb", "sources.shp", "sources.csv", "sources.geojson"]
)
def test_a_git_lfs_pointer_is_told_whatever_its_name(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n")
    assert "git lfs pull" in sole(faults_of(lambda: read_with(tmp_path, "sources", path)), "L057")


@pytest.mark.parametrize("name", ["sources.gpkg", "sources.parquet", "sources.fgb", "sources.shp"])
def test_text_under_a_binary_name_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text('{"type": "FeatureCollection", "features": []}')
    assert "byte 0" in sole(faults_of(lambda: read_with(tmp_path, "sources", path)), "L056")


@pytest.mark.parametrize("name", ["sources.parquet", "sources.fgb"])
def test_a_binary_file_cut_short_is_refused(name: str, tmp_path: Path) -> None:
    frame, path = plants(tmp_path), tmp_path / name
    if name.endswith("parquet"):
        frame.to_parquet(path)
    else:
        frame.to_file(path, driver="FlatGeobuf")
    path.write_bytes(path.read_bytes()[:400])
    assert "Export it again" in sole(faults_of(lambda: read_with(tmp_path, "sources", path)), "L060")


def test_every_format_reads_alike(tmp_path: Path) -> None:
    expected = plants(tmp_path)
    scrambled = expected.iloc[[2, 0, 3, 1]]
    paths = {name: tmp_path / f"plants.{name}" for name in ("gpkg", "parquet", "fgb", "csv")}
    write_geopackage(scrambled.to_crs("EPSG:3857"), paths["gpkg"])
    scrambled.to_crs("EPSG:5070").to_parquet(paths["parquet"])
    scrambled.to_file(paths["fgb"], driver="FlatGeobuf")
    scrambled.drop(columns="geometry").assign(lon=scrambled.geometry.x, lat=scrambled.geometry.y).to_csv(
        paths["csv"], index=False
    )
    for name, path in paths.items():
        found = read_with(tmp_path, "sources", path)["sources"]
        assert isinstance(found, gpd.GeoDataFrame)
        assert_frame_equal(found.drop(columns="geometry"), expected.drop(columns="geometry"), obj=name)
        assert shapely.distance(found.geometry.to_numpy(), expected.geometry.to_numpy()).max() < 1e-9, name
        assert found.crs == expected.crs


def test_a_shapefile_shows_its_cut_column_names(tmp_path: Path) -> None:
    path = tmp_path / "plants.shp"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plants(tmp_path).to_file(path)
    missing = [fault for fault in faults_of(lambda: read_with(tmp_path, "sources", path)) if fault.code == "L004"]
    assert any(fault.field == "capacity_mw" and "capacity_m" in fault.value for fault in missing)


CSV_CASES: tuple[tuple[str, Callable[[str], str | bytes], str], ...] = (
    ("L070", lambda text: "\n".join(text.splitlines()[:-3]) + "\n", "285 month-hours"),
    ("L071", lambda text: text.replace("river,1,1,", "river,1,0,"), "first month 1 hour 0"),
    ("L001", lambda text: text.replace("river,1,1,1.0", 'river,1,1,"1,5"'), "line 3"),
    ("L002", lambda text: text.replace("river,1,1,1.0", "river,1,1.5,1.0"), "line 3"),
    ("L003", lambda text: text.replace("river,1,1,1.0", "river,1,1,"), "line 3"),
    ("L043", lambda text: text.replace("river,1,1,1.0", "river,1,1"), "3 cells"),
    ("L043", lambda text: text.replace(",", ";"), "semicolon"),
    ("L043", lambda text: text.replace("river,1,1,1.0", 'river,1,1,"1.0'), "not CSV"),
    ("L044", lambda text: text.replace("river,1,1,1.0", "river,1,24,1.0"), "<= 23"),
    ("L048", lambda text: text.replace("river,1,1,1.0", "river,1,1,nan"), "line 3"),
    ("L048", lambda text: text.replace("river,1,1,1.0", "river,1,1,1e999"), "line 3"),
    ("L010", lambda text: text.replace("month", "hour", 1), "twice"),
    ("L004", lambda text: text.replace("value", "valeu", 1), '"valeu"'),
    ("L041", lambda text: text.replace("river", "r\u00efver").encode("latin-1"), "byte 26"),
)


@pytest.mark.parametrize(("code", "spoil", "tells"), CSV_CASES)
def test_spoilt_profiles_are_refused(code: str, spoil: Callable[[str], str | bytes], tells: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    spoilt = spoil(profile_lines())
    path.write_bytes(spoilt if isinstance(spoilt, bytes) else spoilt.encode())
    faults = faults_of(lambda: read_with(tmp_path, "profiles", path))
    assert any(fault.code == code and tells in fault.sentence() and "mine.csv" in fault.file for fault in faults), [
        fault.sentence() for fault in faults
    ]


@pytest.mark.parametrize(("value", "code"), [("0.4", "L072"), ("1.6", "L073")])
def test_a_profile_on_another_scale_is_warned_of(value: str, code: str, tmp_path: Path) -> None:
    layers = read(tmp_path, {**documents(), "profiles": profile_lines(value=value)})
    assert code in {fault.code for fault in layers.warnings}


def test_points_in_csv_need_columns_and_numbers(tmp_path: Path) -> None:
    header = "id,zone,kv,rating_mw,loading_share,main_network"
    path = tmp_path / "grid.csv"
    path.write_text(f"{header}\na,z1,230,400,0.5,yes\n")
    assert "lon and lat" in sole(faults_of(lambda: read_with(tmp_path, "substations", path)), "L068")
    path.write_text(f"{header},lon,lat\na,z1,230,400,0.5,yes,-121,46\nb,z1,230,400,0.5,no,,\nc,z1,230,400,0.5,perhaps,W121,46\n")
    faults = faults_of(lambda: read_with(tmp_path, "substations", path))
    assert "line 4 (id c)" in sole(faults, "L021")
    assert '"perhaps"' in sole(faults, "L001")
    path.write_text(f"{header},lon,lat\na,z1,230,400,0.5,yes,-121,46\nb,z1,230,400,0.5,no,,\n")
    assert "line 3 (id b)" in sole(faults_of(lambda: read_with(tmp_path, "substations", path)), "L030")
    path.write_text(f"{header},lon,lat\na,z1,230,400,0.5,yes,-121,46\nb,z1,230,400,0.5,no,-119,46\n")
    assert read_with(tmp_path, "substations", path)["substations"]["main_network"].tolist() == [True, False]


@pytest.mark.parametrize(
    "path", ["http://example.org/a.geojson", "s3://bucket/a.gpkg", "/vsicurl/http://example.org/a.geojson", "/vsizip/a.zip"]
)
def test_paths_that_are_not_local_files_open_nothing(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr("socket.socket", forbidden)
    source = LayerSource("sources", path, tmp_path / "a.geojson")
    faults = faults_of(lambda: read_layers([source], roots=[tmp_path], needed={}))
    assert path in sole(faults, "X005")


@pytest.mark.parametrize("written", ["../../../etc/passwd", "/etc/passwd"])
def test_a_path_that_leaves_the_project_is_refused_unless_allowed(written: str, tmp_path: Path) -> None:
    inside = tmp_path / "project"
    inside.mkdir()
    source = LayerSource("sources", written, inside / written)
    assert "--allow-outside" in sole(faults_of(lambda: read_layers([source], roots=[inside], needed={})), "X007")


def test_a_link_out_of_the_project_is_refused_and_read_when_allowed(tmp_path: Path) -> None:
    inside, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    inside.mkdir()
    elsewhere.mkdir()
    contents = documents()
    outside = write(elsewhere, {"region": contents.pop("region")})[0]
    (inside / "region.geojson").symlink_to(outside.resolved)
    sources = [*write(inside, contents), LayerSource("region", "region.geojson", inside / "region.geojson")]
    assert "region.geojson" in sole(faults_of(lambda: read_layers(sources, roots=[inside])), "X007")
    layers = read_layers(sources, roots=[inside], allow_outside=True)
    assert len(layers.digests["region"]) == 64


def test_missing_files_folders_and_pipes_are_told(tmp_path: Path) -> None:
    (tmp_path / "folder.geojson").mkdir()
    os.mkfifo(tmp_path / "pipe.geojson")
    names = {"region": "none.geojson", "zones": "folder.geojson", "sources": "pipe.geojson", "lines": "odd.xyz"}
    (tmp_path / "odd.xyz").write_text("1 2 3")
    sources = [LayerSource(name, f"layers/../{file}", tmp_path / file) for name, file in names.items()]
    faults = faults_of(lambda: read_layers(sources, roots=[tmp_path], needed={}))
    missing = sole(faults, "S026")
    assert "layers/../none.geojson" in missing
    assert str(tmp_path / "none.geojson") in missing
    assert {fault.file for fault in faults if fault.code == "X006"} == {"layers/../folder.geojson", "layers/../pipe.geojson"}
    assert ".xyz" in sole(faults, "L058")


def test_a_pickle_is_never_loaded(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, ...]:
            return os.mkdir, (str(tmp_path / "sprung"),)

    for name in ("sources.pkl", "sources.geojson", "sources.parquet"):
        path = tmp_path / name
        path.write_bytes(pickle.dumps(Trap()))
        assert "never loaded" in sole(faults_of(lambda path=path: read_with(tmp_path, "sources", path)), "X018")  # type: ignore[misc]
    assert not (tmp_path / "sprung").exists()


def test_a_virtual_dataset_does_not_reach_the_file_it_points_to(tmp_path: Path) -> None:
    target = write(tmp_path, {"target": documents()["sources"]})[0]
    path = tmp_path / "sources.geojson"
    inner = f"<OGRVRTLayer name='target'><SrcDataSource>{target.resolved}</SrcDataSource></OGRVRTLayer>"
    path.write_text(f"<OGRVRTDataSource>{inner}</OGRVRTDataSource>")
    before = target.resolved.stat().st_atime_ns
    assert "virtual dataset" in sole(faults_of(lambda: read_with(tmp_path, "sources", path)), "X003")
    assert target.resolved.stat().st_atime_ns == before


def test_unknown_twice_named_and_missing_layers_are_told(tmp_path: Path) -> None:
    sources = write(tmp_path, {"zones": documents()["zones"], "zone": documents()["zones"]})
    faults = faults_of(lambda: read_layers([*sources, sources[0]], roots=[tmp_path], needed={"substations": frozenset()}))
    assert 'Did you mean "zones"' in sole(faults, "L065")
    assert "twice" in sole(faults, "L064")
    assert {fault.field for fault in faults if fault.code == "L062"} == {"region", "sources", "substations"}


def test_columns_a_family_needs_beyond_the_schema_must_be_there(tmp_path: Path) -> None:
    needed = {"sources": frozenset({"capacity_mw", "turbines"})}
    sentence = sole(faults_of(lambda: read(tmp_path, documents(), needed=needed)), "L004")
    assert '"turbines"' in sentence


def test_a_database_without_the_extra_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("siting.layers.postgis.importlib.util.find_spec", lambda _: None)
    path = "postgresql://planner:s3cret@db.example/grid?password=hidden#public.plants"
    source = LayerSource("sources", path, tmp_path)
    sentence = sole(faults_of(lambda: read_layers([source], roots=[tmp_path], needed={})), "L066")
    assert "pip install -e '.[postgis]'" in sentence
    assert "s3cret" not in sentence
    assert "hidden" not in sentence


def test_a_database_that_does_not_answer_keeps_its_password(tmp_path: Path) -> None:
    pytest.importorskip("sqlalchemy")
    pytest.importorskip("psycopg")
    pytest.importorskip("geoalchemy2")
    source = LayerSource("sources", "postgresql://planner:s3cret@127.0.0.1:1/grid#plants", tmp_path)
    sentence = sole(faults_of(lambda: read_layers([source], roots=[tmp_path], needed={})), "L066")
    assert "s3cret" not in sentence


def many_faults() -> Documents:
    made = documents()
    for number in range(40):
        made["sources"]["features"].append(feature(f"bad {number}", rectangle(-121, 46, -120, 47), capacity_mw="x"))
    made["zones"] = collection()
    made["profiles"] = "profile;month\n"
    return made


def test_all_faults_of_all_layers_are_told_at_once(tmp_path: Path) -> None:
    faults = faults_of(lambda: read(tmp_path, many_faults()))
    by_file = {file: sum(fault.file == file for fault in faults) for file in {fault.file for fault in faults}}
    assert by_file["sources.geojson"] >= 80
    assert by_file["zones.geojson"] == 1
    assert by_file["profiles.csv"] == 1


def test_a_file_with_many_thousand_faults_is_told_in_short(tmp_path: Path) -> None:
    made = documents()
    made["sources"] = collection(*(feature("same", rectangle(-121, 46, -120, 47), capacity_mw="x") for _ in range(5000)))
    faults = faults_of(lambda: read(tmp_path, made))
    assert 20 <= len(faults) <= 2000
    assert any("more" in fault.sentence() for fault in faults)


def test_a_polygon_file_in_another_crs_gives_the_same_exclusions(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"id": ["e1"], "kind": ["park"]}, geometry=[box(-121, 46.5, -120.8, 46.7)], crs=4326)
    plain, moved = tmp_path / "plain.gpkg", tmp_path / "moved.gpkg"
    write_geopackage(frame, plain)
    write_geopackage(frame.to_crs(3857), moved)
    one, other = (read_with(tmp_path, "exclusions", path) for path in (plain, moved))
    assert one["exclusions"].geometry.iloc[0].equals_exact(other["exclusions"].geometry.iloc[0], 1e-9)
    assert (one.crs_found["exclusions"], other.crs_found["exclusions"]) == ("EPSG:4326", "EPSG:3857")
