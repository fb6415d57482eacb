"""Values, their origins, and how model, overlays and --set lie over each other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from siting.errors import Fault
from siting.scenario import load_scenario
from tests.scenario.small_model import MODEL, REGISTRY, faults, load, project, sole


def origins(folder: Path, *what_ifs: str, sets: tuple[str, ...] = ()) -> dict[str, tuple[str, str]]:
    return {value.path: (value.value, value.origin) for value in load(folder, what_ifs, sets).values}


def test_every_value_has_its_origin_unit_and_source(tmp_path: Path) -> None:
    project(tmp_path, dear="why = 'dear'\n[budget]\ntotal_musd = 800\n")
    values = {value.path: value for value in load(tmp_path, ["dear"], ["spacing.max_sites=3"]).values}
    assert values["budget.total_musd"].origin == "models/toy/whatif/dear.toml:3"
    assert (values["budget.total_musd"].value, values["budget.total_musd"].unit) == ("800.0", "MUSD")
    assert values["spacing.max_sites"].origin == "--set"
    assert values["title"].origin == "models/toy/model.toml:2"
    assert (values["sky.terminal_gbps"].origin, values["sky.terminal_gbps"].source) == ("default", "SAT-06")
    assert values["budget.total_musd"].source == ""
    assert values["modules.pod.it_mw"].origin == "models/toy/model.toml:10"
    assert values["time.periods"].origin == "models/toy/model.toml:7"


def test_every_knob_of_every_family_is_listed_switched_off_or_not(tmp_path: Path) -> None:
    scenario = load(project(tmp_path), sets=['off=["sky"]'])
    listed = {value.path for value in scenario.values}
    for family, knobs in REGISTRY.knobs.items():
        assert {f"{family}.{name}" for name in knobs.model_fields} <= listed
    assert scenario.off == {"sky"}
    assert set(scenario.knobs) == set(REGISTRY.knobs)


def test_a_later_overlay_does_not_disturb_what_it_does_not_name(tmp_path: Path) -> None:
    project(tmp_path, one="[spacing]\nmax_sites = 3\n", two="[spacing]\nloss_share = 0.2\n[budget]\ntotal_musd = 1\n")
    scenario = load(tmp_path, ["one", "two"])
    assert scenario.knobs["spacing"].model_dump() == {
        "min_spacing_km": 10.0,
        "max_sites": 3,
        "loss_share": 0.2,
        "careful": False,
    }
    assert scenario.what_ifs == ("one", "two")


def test_set_goes_over_overlays(tmp_path: Path) -> None:
    project(tmp_path, one="[budget]\ntotal_musd = 3\n")
    found = origins(tmp_path, "one", sets=("budget.total_musd=5",))
    assert found["budget.total_musd"] == ("5.0", "--set")


def test_lists_of_names_add_up_and_other_lists_replace(tmp_path: Path) -> None:
    model = MODEL + '[locks]\nforce = ["a"]\nforbid = ["b"]\n'
    project(tmp_path, model, more='off = ["sky"]\n[locks]\nforbid = ["c", "b"]\n[objective]\naims = ["least_cost"]\n')
    scenario = load(tmp_path, ["more"], ['locks.forbid=["d"]'])
    assert scenario.knobs["locks"].model_dump() == {"force": ("a",), "forbid": ("b", "c", "d")}
    assert scenario.objective.aims == ("least_cost",)
    found = {value.path: value.origin for value in scenario.values}
    assert found["locks.forbid"] == "models/toy/model.toml:19, models/toy/whatif/more.toml:3, --set"


def test_two_overlays_may_say_the_same(tmp_path: Path) -> None:
    project(tmp_path, one="why='x'\n[budget]\ntotal_musd = 3.0\n", two="why='y'\n[budget]\ntotal_musd = 3.0\n")
    scenario = load(tmp_path, ["one", "two"])
    assert scenario.why == {"one": "x", "two": "y"}


def test_the_order_of_overlays_changes_no_value(tmp_path: Path) -> None:
    project(tmp_path, one='off=["sky"]\n[locks]\nforbid = ["z"]\n', two='[locks]\nforbid = ["a"]\nforce = ["q"]\n')
    forth, back = load(tmp_path, ["one", "two"]), load(tmp_path, ["two", "one"])
    assert set(forth.knobs["locks"].model_dump()["forbid"]) == set(back.knobs["locks"].model_dump()["forbid"])
    assert forth.digest() == back.digest()


def test_the_digest_follows_values_and_not_lines_or_defaults_written_out(tmp_path: Path) -> None:
    one = project(tmp_path / "one")
    two = project(tmp_path / "two", "# a comment\n\n" + MODEL + "[sky]\nterminal_gbps = 10.0\n")
    assert load(one).digest() == load(two).digest()
    assert load(one).digest() != load(one, sets=["budget.total_musd=901"]).digest()
    assert len(load(one).digest()) == 64


def test_the_resolved_scenario_is_plain_and_complete(tmp_path: Path) -> None:
    project(tmp_path, corridor='exclude = ["strip.geojson"]\n')
    (tmp_path / "models/toy/whatif/strip.geojson").touch()
    resolved = load(tmp_path, ["corridor"], ["edits.sources.dam-1.unused_mw=3"]).resolved()
    assert json.loads(json.dumps(resolved, allow_nan=False)) == resolved
    assert resolved["spacing"]["max_sites"] == 20
    assert resolved["time"]["periods"][1] == {"name": "2028", "months": 6}
    assert resolved["layers"]["zones"]["file"] == "data/toyland/zones.geojson"
    assert resolved["exclude"][0]["file"] == "models/toy/whatif/strip.geojson"
    assert resolved["edits"] == [{"layer": "sources", "id": "dam-1", "column": "unused_mw", "value": 3, "origin": "--set"}]
    assert str(tmp_path) not in json.dumps(resolved)


def test_files_of_an_overlay_are_relative_to_the_overlay(tmp_path: Path) -> None:
    project(tmp_path)
    elsewhere = tmp_path / "mine"
    elsewhere.mkdir()
    (elsewhere / "zones.gpkg").touch()
    (elsewhere / "edit.toml").write_text('[layers]\nzones = "zones.gpkg#z"\n[crs]\nzones = "EPSG:5070"\n', encoding="utf-8")
    scenario = load(tmp_path, [Path("mine/edit.toml")])
    zones = next(source for source in scenario.layer_sources if source.name == "zones")
    assert (zones.resolved, zones.sublayer, zones.crs) == (elsewhere / "zones.gpkg", "z", "EPSG:5070")
    assert scenario.what_ifs == ("edit",)
    assert scenario.files == (tmp_path / "models/toy/model.toml", elsewhere / "edit.toml")


def test_row_edits_keep_layer_id_column_value_and_place(tmp_path: Path) -> None:
    text = "[edits.sources.dam-1]\nunused_mw = 100\n[edits.gateways.'g 1']\ndish_m = 2.5\n"
    text += "[edits.substations.s]\nmain_network = false\n"
    edits = load(project(tmp_path, edit=text), ["edit"]).edits
    assert [(edit.layer, edit.id, edit.column, edit.value, edit.origin.rsplit(":", 1)[1]) for edit in edits] == [
        ("gateways", "g 1", "dish_m", 2.5, "4"),
        ("sources", "dam-1", "unused_mw", 100, "2"),
        ("substations", "s", "main_network", False, "6"),
    ]


@pytest.mark.parametrize("model", ["toy", "models/toy", "models/toy/model.toml"])
def test_a_model_is_found_by_name_folder_or_file(tmp_path: Path, model: str) -> None:
    project(tmp_path)
    assert load_scenario(model, cwd=tmp_path, registry=REGISTRY).name == "toy"
    assert load_scenario(tmp_path / "models/toy", cwd=tmp_path.parent, registry=REGISTRY).region == "toyland"


def test_a_region_beside_the_model_goes_before_the_one_in_data(tmp_path: Path) -> None:
    project(tmp_path)
    beside = tmp_path / "models/toy/toyland"
    beside.mkdir()
    for name in ("region.gpkg", "zones.parquet", "sources.geojson", "substations.geojson", "profiles.csv", "gateways.geojson"):
        (beside / name).touch()
    files = {source.name: source.resolved.name for source in load(tmp_path).layer_sources}
    assert (files["region"], files["zones"]) == ("region.gpkg", "zones.parquet")


def test_a_text_with_umlauts_blanks_and_windows_line_ends_is_read(tmp_path: Path) -> None:
    folder = project(tmp_path / "Pläne für Öl", MODEL.replace("Toy", "Größe").replace("\n", "\r\n"))
    scenario = load(folder)
    assert scenario.title == "Größe"
    assert next(v for v in scenario.values if v.path == "budget.total_musd").origin.endswith("model.toml:16")


def test_edits_of_a_family_that_is_off_are_warned_of(tmp_path: Path) -> None:
    scenario = load(project(tmp_path, quiet='off = ["sky"]\n[sky]\nterminal_gbps = 3.0\n'), ["quiet"])
    warning = sole(scenario.warnings)
    assert warning.warning
    assert (warning.field, warning.where) == ("sky.terminal_gbps", "line 3")
    assert "whatif/quiet.toml:1" in warning.value


def test_a_layer_a_family_could_use_but_has_not_is_warned_of(tmp_path: Path) -> None:
    project(tmp_path)
    (tmp_path / "data/toyland/gateways.geojson").unlink()
    warning = sole(load(tmp_path).warnings)
    assert (warning.code, warning.value) == ("S029", "no layer gateways")
    assert "sky" in warning.remedy
    assert not load(tmp_path, sets=['off=["sky"]']).warnings


def test_a_layer_a_family_needs_is_asked_for_unless_the_family_is_off(tmp_path: Path) -> None:
    project(tmp_path)
    (tmp_path / "data/toyland/substations.geojson").unlink()
    fault = sole(faults(tmp_path))
    assert (fault.code, fault.value) == ("S026", "no layer substations")
    assert "spacing" in fault.remedy
    assert load(tmp_path, sets=['off=["spacing"]']).off == {"spacing"}


def test_yearly_money_that_can_never_reach_the_total_is_warned_of(tmp_path: Path) -> None:
    warning = sole(load(project(tmp_path), sets=["budget.period_musd_per_year=200"]).warnings)
    assert warning.value == "1.5 years of 200 MUSD are 300 of 900 MUSD"
    assert not load(tmp_path, sets=["budget.period_musd_per_year=400"]).warnings


def test_a_fault_found_later_gets_the_file_and_line_of_its_setting(tmp_path: Path) -> None:
    project(tmp_path, lock='[locks]\nforce = [\n  "a",\n  "S-99",\n]\n')
    scenario = load(tmp_path, ["lock"], ["budget.total_musd=3"])

    def place(field: str, value: str, file: str = "scenario") -> tuple[str, str]:
        (fault,) = scenario.placed([Fault("S023", file, "", field, value, "the id of a candidate", "")])
        return fault.file, fault.where

    assert place("locks.force", "S-99") == ("models/toy/whatif/lock.toml", "line 4")
    assert place("locks.force", "other") == ("models/toy/whatif/lock.toml", "line 2")
    assert place("budget.total_musd", "3.0") == ("--set", "")
    assert place("sky.terminal_gbps", "10.0") == ("models/toy/model.toml", "")
    assert place("locks.force", "S-99", "sources.geojson") == ("sources.geojson", "")
