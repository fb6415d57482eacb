"""Bad overlays, bad --set edits, and many slips at once: everything is told, nothing is half done."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from siting.errors import Fault, InputError
from siting.layers.candidates import survey_candidates
from siting.layers.profiles import make_slices
from siting.layers.read import read_layers
from siting.new import new_model
from siting.problem import build_problem
from siting.scenario import load_scenario
from tests.layers.small_region import candidates_document, documents, write
from tests.scenario.small_model import MODEL, REGISTRY, faults, load, project, sole

# text of the overlay, code, place, key, words found in the sentence
OVERLAYS: dict[str, tuple[str, str, str, str, tuple[str, ...]]] = {
    "W003 an unknown knob": ("[spacing]\nmax_site = 3", "W003", "line 2", "spacing.max_site", ('Did you mean "max_sites"?',)),
    "W003 a knob without its unit": (
        "[spacing]\nmin_spacing = 3",
        "W003",
        "line 2",
        "spacing.min_spacing",
        ('"min_spacing_km"',),
    ),
    "W003 an unknown table": ("[spacng]\nmax_sites = 3", "W003", "line 1", "spacng", ('Did you mean "spacing"?',)),
    "W003 an unknown layer to edit": ("[edits.sorces.a]\nunused_mw = 3", "W003", "line 1", "edits.sorces", ('"sources"',)),
    "W003 an unknown column to edit": (
        "[edits.sources.a]\nunused = 3",
        "W003",
        "line 2",
        "edits.sources.a.unused",
        ('Did you mean "unused_mw"?',),
    ),
    "W003 a new id": ('[edits.sources.a]\nid = "b"', "W003", "line 2", "edits.sources.a.id", ("Ids name rows",)),
    "W003 profiles have no rows by id": ("[edits.profiles.a]\nvalue = 3", "W003", "line 1", "edits.profiles", ("without an id",)),
    "S009 a cell of another type": (
        '[edits.sources.a]\nunused_mw = "3"',
        "S009",
        "line 2",
        "edits.sources.a.unused_mw",
        ("number",),
    ),
    "S009 a cell out of range": (
        "[edits.sources.a]\nunused_mw = -3",
        "S009",
        "line 2",
        "edits.sources.a.unused_mw",
        ("at least 0",),
    ),
    "S009 a kind that is none": ('[edits.sources.a]\nkind = "wind"', "S009", "line 2", "edits.sources.a.kind", ("hydro, solar",)),
    "S009 an endless cell": ("[edits.sources.a]\nunused_mw = inf", "S009", "line 2", "edits.sources.a.unused_mw", ("number",)),
    "S009 an edit without a column": (
        "[edits.sources]\na = 3",
        "S009",
        "line 2",
        "edits.sources.a",
        ("[edits.sources.some-id]",),
    ),
    "S009 edits that are no table": ("edits = 3", "S009", "line 1", "edits", ("a table",)),
    "S009 a reason that is no text": ("why = 3", "S009", "line 1", "why", ("text in quotes",)),
    "S009 layers that are no table": ('layers = "a"', "S009", "line 1", "layers", ("[layers]",)),
    "S009 a layer that is no path": ("[layers]\nzones = 3", "S009", "line 2", "layers.zones", ("text in quotes",)),
    "S026 an exclusion that is not there": (
        'exclude = ["strip.geojson"]',
        "S026",
        "line 1",
        "exclude[0]",
        ("models/toy/whatif/strip.geojson",),
    ),
    "X005 an exclusion on the network": (
        'exclude = ["https://x.org/a.geojson"]',
        "X005",
        "line 1",
        "exclude[0]",
        ("local file",),
    ),
    "X007 an exclusion outside": ('exclude = ["../../../../../etc/hosts"]', "X007", "line 1", "exclude[0]", ("--allow-outside",)),
    "W004 an empty list adds nothing": ("off = []", "W004", "line 1", "off", ("edit the model file",)),
    "S021 a knob out of range": ("[spacing]\nmax_sites = 0", "S021", "line 2", "spacing.max_sites", ("from 1 to 1000",)),
    "S032 a bare word": ("why = because it is dry", "S032", "line 1, column 7", "why", ('write "because it is dry"',)),
}

SETS: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "S001 no equals sign": ("budget.total_musd", "S001", "budget.total_musd", ("KEY=VALUE",)),
    "S001 no key": ("=3", "S001", "", ("KEY=VALUE",)),
    "S001 no value": ("budget.total_musd=", "S001", "budget.total_musd", ("after the equals sign",)),
    "S001 a thousands comma": ("budget.total_musd=30,000", "S001", "budget.total_musd", ("Write 30000",)),
    "S001 a second line": ("budget.total_musd=3\ntitle='x'", "S001", "budget.total_musd", ("KEY=VALUE",)),
    "S007 an unknown key": ("budget.totl_musd=3", "S007", "budget.totl_musd", ('Did you mean "total_musd"?',)),
    "S007 a knob without its table": ("total_musd=3", "S007", "total_musd", ("belongs into [budget]",)),
    "S017 a key without unit": ("spacing.min_spacing=3", "S017", "spacing.min_spacing", ('"min_spacing_km"',)),
    "S019 a percentage": ("effort.gap=5%", "S019", "effort.gap", ("Write 0.05",)),
    "S032 a bare word": ("title=Dry", "S032", "title", ('quotes: write "Dry"',)),
    "S032 a bare id in a list": ("locks.forbid=[c-1]", "S032", "locks.forbid", ('["a", "b"]', "shell quotes")),
    "S009 a text in shell quotes only": ("budget.total_musd='3'", "S009", "budget.total_musd", ("Write 3 without quotes",)),
    "W004 an empty list": ("off=[]", "W004", "off", ("edit the model file",)),
}


@pytest.mark.parametrize("name", sorted(OVERLAYS))
def test_a_slip_in_an_overlay_is_told_with_its_place(tmp_path: Path, name: str) -> None:
    text, code, where, field, words = OVERLAYS[name]
    project(tmp_path, edit=text + "\n")
    fault = sole(faults(tmp_path, ["edit"]))
    assert (fault.code, fault.file, fault.where, fault.field) == (code, "models/toy/whatif/edit.toml", where, field)
    assert all(word in fault.sentence() for word in words), fault.sentence()
    assert fault.remedy or fault.expected


@pytest.mark.parametrize("name", sorted(SETS))
def test_a_slip_in_a_set_is_told_as_one(tmp_path: Path, name: str) -> None:
    text, code, field, words = SETS[name]
    fault = sole(faults(project(tmp_path), sets=[text]))
    assert (fault.code, fault.file, fault.where, fault.field) == (code, "--set", "", field)
    assert all(word in fault.sentence() for word in words), fault.sentence()


def test_two_overlays_that_disagree_are_named_with_file_and_line(tmp_path: Path) -> None:
    project(tmp_path, one="[budget]\n\ntotal_musd = 3\n", two="budget.total_musd = 4\n")
    for order in (["one", "two"], ["two", "one"]):
        fault = sole(faults(tmp_path, order))
        assert fault.code == "W005"
        assert "models/toy/whatif/one.toml:3 says 3" in fault.value
        assert "models/toy/whatif/two.toml:1 says 4" in fault.value


def test_overlays_that_disagree_on_a_cell_or_a_list_are_refused_too(tmp_path: Path) -> None:
    project(tmp_path, one="[edits.sources.a]\nunused_mw = 3\n", two="[edits.sources.a]\nunused_mw = 4\n")
    assert sole(faults(tmp_path, ["one", "two"])).field == "edits.sources.a.unused_mw"
    project(tmp_path / "b", one='[objective]\naims = ["least_cost"]\n', two='[objective]\naims = ["most_compute"]\n')
    assert sole(faults(tmp_path / "b", ["one", "two"])).code == "W005"


def test_two_sets_that_disagree_are_refused(tmp_path: Path) -> None:
    fault = sole(faults(project(tmp_path), sets=["budget.total_musd=3", "budget.total_musd=4"]))
    assert (fault.code, fault.file) == ("W005", "--set")


@pytest.mark.parametrize(
    "name", ["../../x", "a/b", "", "-a", ".hidden", "a b", "base", "compare", "é", "a" * 65, "../../x.toml/.."]
)
def test_a_what_if_has_a_name_that_fits_into_a_path(tmp_path: Path, name: str) -> None:
    fault = sole(faults(project(tmp_path), [name]))
    assert fault.code == "W009"
    assert "letters, digits" in fault.expected or "not base or compare" in fault.expected


def test_an_unknown_what_if_is_answered_with_the_nearest(tmp_path: Path) -> None:
    fault = sole(faults(project(tmp_path, dry_year="", tight_grid=""), ["dry-yaer"]))
    assert (fault.code, fault.file) == ("W002", "models/toy/whatif/dry-yaer.toml")
    assert 'Did you mean "dry-year"?' in fault.remedy
    assert "dry-year, tight-grid" in sole(faults(tmp_path, ["zzzzzzzz"])).remedy


def test_a_what_if_twice_is_refused(tmp_path: Path) -> None:
    assert sole(faults(project(tmp_path, dry=""), ["dry", "dry"])).code == "W006"


def test_an_unknown_model_is_answered_with_the_nearest(tmp_path: Path) -> None:
    project(tmp_path)
    with pytest.raises(InputError) as caught:
        load_scenario("tou", cwd=tmp_path, registry=REGISTRY)
    fault = sole(caught.value.faults)
    assert fault.code == "S002"
    assert 'Did you mean "toy"?' in fault.remedy


@pytest.mark.parametrize(
    ("content", "code", "word"),
    [
        ("title = 'Zürich'".encode("latin-1"), "S003", "byte 0xfc at offset 10"),
        (b"a = 1\n\xff\xfe", "S003", "offset 6"),
        (b"# " + b"x" * 1_000_001, "S004", "at most 1000000 bytes"),
        (b"a = " + b"9" * 5_000, "S001", "line 1"),
        (b".".join([b"a"] * 400_000) + b" = 1", "S001", "line 1"),
        (b'off = "sky"\n[sky]\nterminal_gbps = 3.0', "S009", "line 1"),
        (b"[budget]\ntotal_musd = 1" + b"0" * 400, "S020", "line 2"),
        (b"", "S008", "schema_version"),
        (b"a = " + b"[" * 50_000, "S001", "line 1"),
        (b"\x00", "S001", "line 1"),
    ],
)
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, content: bytes, code: str, word: str) -> None:
    project(tmp_path)
    (tmp_path / "models/toy/model.toml").write_bytes(content)
    assert any(fault.code == code and word in fault.sentence() for fault in faults(tmp_path))


def test_all_slips_of_all_files_are_told_at_once_and_fast(tmp_path: Path) -> None:
    wrong = [f"k{number} = {number}" for number in range(30)]
    text = MODEL.replace("[time]", "\n".join(wrong) + "\n[time]").replace("900.0", '"5%"') + "total_musd = NO\ncountry = NO\n"
    project(tmp_path, text, one="[spacing]\nmax_sites = 2.5\nloss = 1\n", two="[spacing]\nmax_sites = 3\nx = \n")
    start = time.perf_counter()
    found = faults(tmp_path, ["one", "two", "../x"], ["effort.gap=5%", "off=[sky]"])
    assert time.perf_counter() - start < 5
    told = {(fault.code, fault.file.rsplit("/", 1)[-1], fault.field) for fault in found}
    assert {("S007", "model.toml", f"k{number}") for number in range(30)} <= told
    assert {
        ("S005", "model.toml", "budget.total_musd"),
        ("S032", "model.toml", "budget.country"),
        ("S019", "model.toml", "budget.total_musd"),
        ("W003", "one.toml", "spacing.loss"),
        ("S001", "two.toml", "spacing.x"),
        ("W005", "two.toml", "spacing.max_sites"),
        ("W009", "what-if", ""),
        ("S019", "--set", "effort.gap"),
        ("S032", "--set", "off"),
    } <= told
    files = [fault.file for fault in found if fault.file.endswith("model.toml")]
    assert files == [fault.file for fault in found[: len(files)]]


def test_a_key_that_may_only_be_misspelt_is_not_called_missing(tmp_path: Path) -> None:
    found = faults(project(tmp_path, MODEL.replace('start = "2027-01"', "start = 2027-01")))
    assert [(fault.code, fault.field) for fault in found] == [("S032", "start")]


def test_signs_that_steer_a_terminal_are_told_as_escapes(tmp_path: Path) -> None:
    found = faults(project(tmp_path, 'title = "\\u001b[2J"\n"\\u001b[31mred" = 1\n' + MODEL), sets=["x\x1b[2J=1"])
    assert len(found) == 3
    assert not any("\x1b" in fault.sentence() for fault in found)


def test_nothing_is_written_by_reading(tmp_path: Path) -> None:
    project(tmp_path, edit="x = 1\n")
    before = sorted(path for path in tmp_path.rglob("*"))
    faults(tmp_path, ["edit"])
    load(tmp_path)
    assert sorted(path for path in tmp_path.rglob("*")) == before


def test_a_link_that_leads_out_of_the_project_is_refused(tmp_path: Path) -> None:
    project(tmp_path / "p", edit='[layers]\nzones = "link.geojson"\n')
    (tmp_path / "secret.geojson").touch()
    (tmp_path / "p/models/toy/whatif/link.geojson").symlink_to(tmp_path / "secret.geojson")
    assert sole(faults(tmp_path / "p", ["edit"])).code == "X007"
    scenario = load(tmp_path / "p", ["edit"], allow_outside=True)
    assert scenario.allow_outside


def test_a_region_outside_the_project_needs_leave(tmp_path: Path) -> None:
    project(tmp_path / "other")
    project(tmp_path / "p", MODEL.replace('"toyland"', '"../../../other/data/toyland"'))
    assert sole(faults(tmp_path / "p")).code == "X007"
    sources = load(tmp_path / "p", allow_outside=True).layer_sources
    assert sources[0].resolved == tmp_path / "other/data/toyland/region.geojson"


def test_two_files_for_one_layer_are_refused_unless_one_is_named(tmp_path: Path) -> None:
    project(tmp_path, pick='[layers]\nzones = "../../../data/toyland/zones.gpkg"\n')
    (tmp_path / "data/toyland/zones.gpkg").touch()
    fault = sole(faults(tmp_path))
    assert (fault.code, fault.where) == ("S027", "line 3")
    assert "zones.geojson, zones.gpkg" in fault.value
    assert load(tmp_path, ["pick"]).layer_sources[1].resolved.name == "zones.gpkg"


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return project(tmp_path_factory.mktemp("fuzz"), whatif="")


SIGNS = list("[]{}\"'=,\n.#0xé\\\x00\r")
SIGNS += ["[[", '"""', "-1", "1e999", "nan", "true", "2027-01-01", "off = [", "months = 12"]
LINES = ["[budget]", "a.b = 1", "[time]", "[locks]\nforce = ['a']", "budget = 3", "[edits.sources]", "[layers]", "[crs]"]
LINES += ["[modules]", "modules = []", "time.periods = 1", "why = 1", "[''.a]"]
snippets = st.sampled_from([*SIGNS, *(f"{line}\n" for line in LINES)])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, len(MODEL)), st.integers(0, 12), snippets), min_size=1, max_size=4), st.booleans())
def test_no_damage_to_a_file_ends_in_anything_but_faults(fuzzed: Path, damage: list[tuple[int, int, str]], overlay: bool) -> None:
    text = MODEL
    for place, cut, put in damage:
        text = text[:place] + put + text[place + cut :]
    target = "models/toy/whatif/whatif.toml" if overlay else "models/toy/model.toml"
    (fuzzed / "models/toy/model.toml").write_text(MODEL, encoding="utf-8")
    (fuzzed / "models/toy/whatif/whatif.toml").write_text("", encoding="utf-8")
    (fuzzed / target).write_text(text, encoding="utf-8", newline="")
    found: tuple[Fault, ...] = ()
    try:
        load(fuzzed, ["whatif"] if overlay else [])
    except InputError as error:
        found = error.faults
        told = True
    else:
        told = False
    assert told == bool(found)
    assert all(fault.file and (fault.where or fault.code != "S007") for fault in found)


def test_a_forced_site_that_is_no_candidate_is_told_with_its_line_and_the_nearest(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    write(mine, {**documents(), "candidates": candidates_document()})
    new_model("own", mine, tmp_path)
    (tmp_path / "models/own/whatif").mkdir()
    (tmp_path / "models/own/whatif/lock.toml").write_text('[locks]\nforce = [\n"b",\n"aa"]\n', encoding="utf-8")
    scenario = load_scenario("own", ["lock"], cwd=tmp_path)
    layers = read_layers(scenario.layer_sources, roots=scenario.roots)
    sites, _ = survey_candidates(layers, cell_resolution=4, reach_km=60, site_limit_mw=200, land_ha=80, land_musd_per_ha=0.02)
    slices = make_slices(scenario.time.seasons, scenario.time.blocks, str(scenario.path))
    with pytest.raises(InputError) as caught:
        build_problem(scenario, layers.frames, sites, slices)
    fault = sole(scenario.placed(caught.value.faults))
    assert (fault.code, fault.file, fault.where) == ("S023", "models/own/whatif/lock.toml", "line 4")
    assert (fault.field, fault.value) == ("locks.force", "aa")
    assert fault.remedy.startswith("Did you mean")
