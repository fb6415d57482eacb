"""Models and data are found in a source tree and in an installed package; names and values read back as they were meant."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.knobs import toml_key, toml_value
from siting.scenario import packaged_folder, places
from siting.scenario.places import find_model, label_of, source_from
from siting.scenario.remedies import number_and_unit, percent, plain_number


def test_models_and_data_of_the_source_tree_are_the_built_in_ones() -> None:
    root = Path(__file__).resolve().parents[2]
    assert packaged_folder("models") == root / "models"


def test_an_installed_package_brings_its_models_and_data_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = tmp_path / "site-packages/siting"
    (installed / "scenario").mkdir(parents=True)
    (installed / "_bundled/models/northwest").mkdir(parents=True)
    (installed / "_bundled/data/northwest").mkdir(parents=True)
    (installed / "_bundled/models/northwest/model.toml").touch()
    monkeypatch.setattr(places, "__file__", str(installed / "scenario/places.py"))
    assert packaged_folder("models") == installed / "_bundled/models"
    assert packaged_folder("data") == installed / "_bundled/data"
    stand = tmp_path / "empty"
    stand.mkdir()
    place, faults = find_model("northwest", stand)
    assert not faults
    assert place is not None
    assert (place.name, place.path) == ("northwest", installed / "_bundled/models/northwest/model.toml")
    assert installed / "_bundled/data" in place.roots(stand)


def test_the_model_of_the_folder_one_stands_in_goes_before_the_built_in_one(tmp_path: Path) -> None:
    own = tmp_path / "models/northwest/model.toml"
    own.parent.mkdir(parents=True)
    own.touch()
    place, _ = find_model("northwest", tmp_path)
    assert place is not None
    assert place.path == own


def test_paths_are_told_relative_to_the_folder_one_stands_in(tmp_path: Path) -> None:
    assert label_of(tmp_path / "a/b.toml", tmp_path) == "a/b.toml"
    assert label_of(tmp_path / "a/b.toml", tmp_path / "c") == str(tmp_path / "a/b.toml")


def test_a_layer_path_may_name_a_layer_inside_a_file_or_a_database(tmp_path: Path) -> None:
    source = source_from("zones", "a.gpkg#z", tmp_path, "EPSG:5070")
    assert (source.resolved, source.sublayer, source.crs, source.file) == (tmp_path / "a.gpkg", "z", "EPSG:5070", "a.gpkg#z")
    assert source_from("zones", "postgresql://host/db#schema.zones", tmp_path).path == "postgresql://host/db#schema.zones"


@pytest.mark.parametrize(
    ("text", "share"), [("5%", "0.05"), ("12.5 %", "0.125"), ("0,5%", "0.005"), ("5", ""), ("%", ""), ("5 % of it", "")]
)
def test_percentages_become_shares(text: str, share: str) -> None:
    assert percent(text) == share


@pytest.mark.parametrize(
    ("text", "number"),
    [("1,200", "1200"), ("1'200'000", "1200000"), ("1,200.5", "1200.5"), ("0,5", "0.5"), (".5", "0.5"), ("3.", "3.0"), ("x", "")],
)
def test_numbers_are_written_plainly(text: str, number: str) -> None:
    assert plain_number(text) == number


def test_a_number_and_its_unit_are_parted() -> None:
    assert number_and_unit("20 mi") == ("20", "mi")
    assert number_and_unit("1.5e3MW") == ("1.5e3", "MW")
    assert number_and_unit("20") == ("", "")


plain = st.one_of(
    st.integers(-(2**60), 2**60), st.booleans(), st.floats(allow_nan=False), st.text(st.characters(codec="utf-8"), max_size=6)
)


@given(st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), plain | st.lists(plain, max_size=3), max_size=4))
def test_what_is_written_as_toml_is_read_as_it_was(values: dict[str, object]) -> None:
    text = "\n".join(f"{toml_key(key)} = {toml_value(value)}" for key, value in values.items())
    assert tomllib.loads(text) == values
    assert tomllib.loads(f"x = {toml_value(values)}") == {"x": values}
