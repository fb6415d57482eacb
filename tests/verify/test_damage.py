"""Files changed by hand are refused, and the fault names the rule."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from siting.plan.schema import PLAN_TABLES
from siting.verify import VerifyReport, verify_files, verify_folder
from tests.verify import damage
from tests.verify.world import seal

LINK = "c-1--dam"
FIBRE = "c-1--pop-1"
SATELLITE = "c-2--gate-1"
GEOJSON_ROWS = {"sites": "c-1", "power_links": LINK, "data_links": SATELLITE}
CSV_ROWS = {"modules": 2, "link_periods": 1, "data_periods": 5, "latency": 0, "cashflow": 1, "limits": 0, "cash_months": 3}
UNTOLD = {("limits", "rows"), ("limits", "marginal_value")}
"""Numbers no rule can know: how many rows a line of the table of limits stands for."""


def rules(report: VerifyReport) -> set[str]:
    """Names of the rules that the faults name."""
    return {fault.expected.rpartition("(")[2].partition(":")[0].strip(" )") or fault.expected for fault in report.faults}


def refused(folder: Path, root: Path, rule: str) -> None:
    """Assert that the folder fails, by this rule among others."""
    report = verify_folder(folder, root)
    assert not report.passed
    told = "\n".join(fault.sentence() for fault in report.faults)
    assert rule in told, told
    assert "V006" not in told, told


def numeric(table: str) -> list[str]:
    return [f.name for f in PLAN_TABLES[table].fields if f.kind in ("number", "whole") and (table, f.name) not in UNTOLD]


def bumped(kind: str, by: float) -> Callable[[Any], Any]:
    if kind == "whole":
        return lambda value: int(float(value)) + (1 if by > 1 else -1)
    return lambda value: round(float(value) * by + (0.01 * (by - 1) / abs(by - 1) if abs(float(value)) < 1e-3 else 0.0), 6)


DECISIONS = ("count", "it_mw", "line_mw", "units", "gbps", "capacity_gbps", "terminals", "musd", "capital_musd", "length_km")
COLUMNS = [
    (table, column, by)
    for table in (*GEOJSON_ROWS, *CSV_ROWS)
    for column in (*numeric(table), *(["gbps"] if table == "data_periods" else []))
    for by in ((1.001, 0.999) if column in DECISIONS else (0.999,))
]


@pytest.mark.parametrize(("table", "column", "by"), COLUMNS)
def test_a_number_changed_by_a_thousandth_is_refused(table: str, column: str, by: float, folder: Path, copy: Path) -> None:
    kind = "number" if column == "gbps" else PLAN_TABLES[table].field(column).kind
    if table in GEOJSON_ROWS:
        key = GEOJSON_ROWS[table]
        damage.feature(folder, f"{table}.geojson", key, column, bumped(kind, by))
    else:
        damage.cell(folder, f"{table}.csv", CSV_ROWS[table], column, bumped(kind, by))
    report = verify_folder(folder, copy)
    assert not report.passed
    assert all("." in fault.expected for fault in report.faults)


@pytest.mark.parametrize(
    "column", ["hydro_mw", "solar_mw", "grid_mw", "tie_km", "fibre_km", "gbps_needed", "land_ha_used", "pue_mean", "strain_share"]
)
def test_a_familys_column_of_a_site_is_held_to(column: str, folder: Path, copy: Path) -> None:
    damage.feature(folder, "sites.geojson", "c-1", column, bumped("number", 1.001))
    refused(folder, copy, "sites.summary")


@pytest.mark.parametrize("entity", ["link", "served", "unserved"])
@pytest.mark.parametrize("by", [1.001, 0.999])
def test_each_kind_of_mw_in_the_dispatch_is_held_to(entity: str, by: float, folder: Path, copy: Path) -> None:
    key = LINK if entity == "link" else "c-1"
    damage.mw(folder, entity, key, "2028", "summer-12", bumped("number", by))
    refused(folder, copy, "core.")


Damage = Callable[[Path], None]


def _feature(file: str, key: str, column: str, value: Any) -> Damage:
    return lambda folder: damage.feature(folder, file, key, column, lambda _: value)


def _cell(file: str, row: int, column: str, value: Any) -> Damage:
    return lambda folder: damage.cell(folder, file, row, column, lambda _: value)


def _drop(file: str, row: int) -> Damage:
    return lambda folder: damage.drop(folder, file, row)


def _json(file: str, turn: Callable[[Any], None]) -> Damage:
    return lambda folder: damage.document(folder, file, turn)


def _mw(entity: str, key: str, piece: str, turn: Callable[[float], float]) -> Damage:
    return lambda folder: damage.mw(folder, entity, key, "2028", piece, turn)


def _swap(file: str, one: str, other: str, column: str) -> Damage:
    def change(found: Any) -> None:
        rows = {each["id"]: each["properties"] for each in found["features"]}
        rows[one][column], rows[other][column] = rows[other][column], rows[one][column]

    return _json(file, change)


def _without(file: str, key: str) -> Damage:
    def change(found: Any) -> None:
        found["features"] = [each for each in found["features"] if each["id"] != key]

    return _json(file, change)


def _moved(file: str, key: str, by: float, north: float = 0.0) -> Damage:
    def change(found: Any) -> None:
        shape = next(each for each in found["features"] if each["id"] == key)["geometry"]
        spot = shape["coordinates"] if shape["type"] == "Point" else shape["coordinates"][0]
        spot[0] += by
        spot[1] += north

    return _json(file, change)


def _placed(file: str, one: str, other: str) -> Damage:
    def change(found: Any) -> None:
        shapes = {each["id"]: each for each in found["features"]}
        shapes[one]["geometry"] = shapes[other]["geometry"]

    return _json(file, change)


def _rows(turn: Callable[[pd.DataFrame], pd.DataFrame]) -> Damage:
    return lambda folder: damage.dispatch(folder, turn)


def _aim(n: int, key: str, turn: Callable[[Any], Any]) -> Damage:
    def change(found: Any) -> None:
        found["aims"][n][key] = turn(found["aims"][n][key])

    return _json("plan.json", change)


def _told(*path: Any, turn: Callable[[Any], Any]) -> Damage:
    def change(found: Any) -> None:
        for key in path[:-1]:
            found = found[key]
        found[path[-1]] = turn(found[path[-1]])

    return _json("plan.json", change)


DAMAGES: dict[str, tuple[str, Damage]] = {
    "a half module": ("files.columns", _cell("modules.csv", 0, "count", 0.5)),
    "a negative module": ("core.modules_whole", _cell("modules.csv", 0, "count", -1)),
    "fewer modules later": ("core.stays", _cell("modules.csv", 1, "count", 0)),
    "modules of a lost period": ("core.stays", _drop("modules.csv", 1)),
    "a module more": ("core.added", _cell("modules.csv", 1, "count", 3)),
    "a module at another site": ("core.open", _cell("modules.csv", 0, "site_id", "c-4")),
    "modules of an unknown type": ("files.refer", _cell("modules.csv", 0, "module", "barn")),
    "modules in an unknown period": ("files.refer", _cell("modules.csv", 0, "period", "2031")),
    "modules at an unknown site": ("files.refer", _cell("modules.csv", 0, "site_id", "nowhere")),
    "modules told twice": ("files.ids", lambda folder: damage.twice(folder, "modules.csv", 0)),
    "modules without IT": ("core.module_mw", _cell("modules.csv", 0, "it_mw", 0)),
    "a line without a row": ("files.first_period", _drop("link_periods.csv", 0)),
    "a line that ends": ("files.complete", _drop("link_periods.csv", 1)),
    "a line that shrinks": ("core.stays", _cell("link_periods.csv", 1, "line_mw", 14.0)),
    "a line of an unknown link": ("files.refer", _cell("link_periods.csv", 0, "link_id", "c-9--dam")),
    "a line too large for its plant": ("core.line_size", _cell("link_periods.csv", 1, "line_mw", 80.0)),
    "a line smaller than its flow": ("core.flow", _cell("link_periods.csv", 1, "line_mw", 16.0)),
    "a line before its site": ("core.open", _feature("sites.geojson", "c-1", "first_period", "2028")),
    "a link that starts later": ("files.first_period", _feature("power_links.geojson", LINK, "first_period", "2028")),
    "a link of another site": ("files.refer", _feature("power_links.geojson", LINK, "site_id", "c-2")),
    "a link to an unknown plant": ("files.refer", _feature("power_links.geojson", LINK, "supply_id", "mill")),
    "a link to another plant": ("reach.ends", _feature("power_links.geojson", LINK, "supply_id", "weir")),
    "a link to the farther plant": ("reach.nearest", _feature("power_links.geojson", LINK, "supply_id", "weir")),
    "a link to an island": ("reach.offered", _feature("power_links.geojson", "c-1--low", "supply_id", "island")),
    "a link of another kind": ("files.refer", _feature("power_links.geojson", LINK, "kind", "solar")),
    "a link by another name": ("reach.named", _feature("power_links.geojson", LINK, "supply_name", "Somewhere")),
    "links that changed places": ("reach.", _swap("power_links.geojson", LINK, "c-1--low", "length_km")),
    "link ids swapped": ("files.ids", _swap("power_links.geojson", LINK, "c-1--low", "id")),
    "link ends swapped": ("files.refer", _swap("power_links.geojson", LINK, "c-2--field", "site_id")),
    "a link lost": ("files.refer", _without("power_links.geojson", LINK)),
    "a link drawn elsewhere": ("reach.ends", _moved("power_links.geojson", LINK, 0.01)),
    "a shorter link": ("reach.length", _feature("power_links.geojson", LINK, "length_km", 10.0)),
    "a loss forgotten": ("tie_lines.loss", _feature("power_links.geojson", LINK, "loss_share", 0.0)),
    "another voltage": ("tie_lines.kv", _feature("power_links.geojson", LINK, "kv", 230.0)),
    "energy of more": ("power_links.energy", _feature("power_links.geojson", LINK, "energy_gwh_per_year", 500.0)),
    "a cheap line": ("tie_lines.capital", _feature("power_links.geojson", LINK, "capital_musd", 0.0)),
    "a second lateral in one": ("fibre.one", _cell("data_periods.csv", 0, "units", 2)),
    "a lateral not lit": ("fibre.gbps", _cell("data_periods.csv", 0, "gbps", 50.0)),
    "a lateral lost": ("connectivity.paths", _drop("data_periods.csv", 1)),
    "a data link to the farther place": ("reach.nearest", _feature("data_links.geojson", FIBRE, "target_id", "pop-2")),
    "a data link to nowhere": ("files.refer", _feature("data_links.geojson", FIBRE, "target_id", "pop-9")),
    "a data link of no site": ("files.refer", _feature("data_links.geojson", FIBRE, "site_id", "c-9")),
    "a data link of another kind": ("files.refer", _feature("data_links.geojson", FIBRE, "kind", "satellite")),
    "a cheap lateral": ("fibre.capital", _feature("data_links.geojson", FIBRE, "capital_musd", 1.0)),
    "a lateral without upkeep": ("fibre.running", _feature("data_links.geojson", FIBRE, "running_musd_per_year", 0.0)),
    "terminals on fibre": ("fibre.one", _feature("data_links.geojson", FIBRE, "terminals", 1)),
    "too many terminals": ("satellite.site", _cell("data_periods.csv", 5, "units", 5)),
    "bandwidth without terminals": ("satellite.terminal", _cell("data_periods.csv", 5, "gbps", 11.0)),
    "less than the floor": ("satellite.least", _cell("data_periods.csv", 5, "gbps", 0.1)),
    "more than the gateway": ("satellite.gateway", _cell("data_periods.csv", 5, "gbps", 13.0)),
    "a free terminal": ("satellite.capital", _feature("data_links.geojson", SATELLITE, "capital_musd", 0.0)),
    "free bandwidth": ("satellite.running", _feature("data_links.geojson", SATELLITE, "running_musd_per_year", 0.0)),
    "a site not chosen": ("files.first_period", _feature("sites.geojson", "c-1", "verdict", "passed_over")),
    "a site chosen": ("files.first_period", _feature("sites.geojson", "c-4", "verdict", "chosen")),
    "an unknown verdict": ("files.columns", _feature("sites.geojson", "c-4", "verdict", "perhaps")),
    "a site in the park": ("land.exclusion", _placed("sites.geojson", "c-1", "c-3")),
    "a site moved": ("reach.", _moved("sites.geojson", "c-1", 0.01)),
    "a site beside the place of the layer": ("candidates.place", _moved("sites.geojson", "c-4", 0.001)),
    "a site that is not in the layer": ("candidates.layer", _without("sites.geojson", "c-4")),
    "a site of another zone": ("candidates.zone", _feature("sites.geojson", "c-1", "zone", "east")),
    "a site lost": ("files.refer", _without("sites.geojson", "c-2")),
    "a site without suppliers": ("sites.words", _feature("sites.geojson", "c-1", "supplied_by", "")),
    "a site that is not excluded": ("sites.words", _feature("sites.geojson", "c-3", "excluded_by", "")),
    "a lock nobody asked for": ("sites.words", _feature("sites.geojson", "c-3", "lock", "forced")),
    "a null where a number belongs": ("files.columns", _feature("sites.geojson", "c-1", "it_mw", None)),
    "a text where a number belongs": ("files.columns", _feature("sites.geojson", "c-1", "it_mw", "43 MW")),
    "too much from a plant": ("hydro.supply", _mw("link", LINK, "winter-00", lambda _: 17.9)),
    "too much from the sun": ("solar.supply", _mw("link", "c-2--field", "winter-00", lambda _: 8.0)),
    "too much from a substation": ("grid_strain.substation", _mw("link", "c-1--low", "winter-12", lambda _: 31.0)),
    "too much from a zone": ("grid_strain.zone", _mw("link", "c-1--low", "winter-12", lambda _: 21.0)),
    "a negative flow": ("core.flow", _mw("link", "c-1--low", "summer-00", lambda _: -1.0)),
    "too little arrives": ("core.balance", _mw("link", "c-1--low", "summer-00", lambda mw: mw - 0.1)),
    "more goes unserved": ("workload.firm_share", _mw("unserved", "c-1", "summer-00", lambda _: 25.0)),
    "more goes unserved over the year": ("workload.served_share", _mw("unserved", "c-1", "summer-00", lambda _: 6.0)),
    "load served twice": ("core.served", _mw("served", "c-1", "summer-00", lambda mw: mw + 1.0)),
    "a row of the dispatch lost": ("files.complete", _rows(lambda frame: frame.iloc[1:])),
    "rows of a slice lost": ("files.refer", _rows(lambda frame: frame[frame.slice != "winter-00"].replace("winter-12", "x"))),
    "a row of the dispatch twice": ("files.ids", _rows(lambda frame: pd.concat([frame, frame.iloc[:1]]))),
    "a flow of an unknown link": ("files.refer", _rows(lambda frame: frame.replace(LINK, "c-9--dam"))),
    "a flow without a value": ("files.columns", _rows(lambda frame: frame.assign(mw=frame.mw.where(frame.index != 3)))),
    "an unknown entity": ("files.items", _rows(lambda frame: frame.replace("served", "lent"))),
    "a line of money lost": ("money.lines", _drop("cashflow.csv", 0)),
    "a line of money nobody spends": ("money.lines", _cell("cashflow.csv", 0, "line", "gifts")),
    "money in another period": ("files.ids", _cell("cashflow.csv", 0, "period", "2028")),
    "money of another kind": ("money.lines", _cell("cashflow.csv", 0, "kind", "running")),
    "cheap hardware": ("money.line", _cell("cashflow.csv", 0, "musd", 1.0)),
    "a latency lost": ("latency.rows", _drop("latency.csv", 0)),
    "a latency of another place": ("latency.rows", _cell("latency.csv", 0, "demand_id", "village")),
    "a latency by another path": ("latency.rows", _cell("latency.csv", 0, "kind", "satellite")),
    "a limit without room": ("limits.room", _cell("limits.csv", 0, "room", -1.0)),
    "more use than told": ("limits.room", _cell("limits.csv", 0, "use", 2500.0)),
    "another use of a plant": ("limits.use", _cell("limits.csv", 3, "use", 0.0)),
    "a row of limits without numbers": ("limits.room", _cell("limits.csv", 1, "room", "")),
    "a row told to be binding": ("limits.rows", _cell("limits.csv", 1, "binding", 1)),
    "more rows binding than there are": ("limits.rows", _cell("limits.csv", 0, "binding", 2)),
    "more compute than there is": ("aims.value", _aim(0, "value", lambda v: v * 1.001)),
    "less cost than there is": ("aims.value", _aim(1, "value", lambda v: v * 0.999)),
    "a bound on the wrong side": ("aims.bound", _aim(0, "bound", lambda v: v * 0.9)),
    "a smaller gap": ("aims.gap", _aim(1, "gap", lambda _: 0.0)),
    "a smaller gross gap": ("aims.gap", _aim(0, "gross_gap", lambda _: 0.0)),
    "a gap that is not met": ("aims.asked", _aim(0, "met", lambda _: False)),
    "an aim nobody asked for": ("aims.asked", _aim(0, "name", lambda _: "most_fun")),
    "not proven": ("plan.proven", _told("proven", turn=lambda _: False)),
    "another exit code": ("plan.proven", _told("exit_code", turn=lambda _: 6)),
    "another number of sites": ("plan.totals", _told("totals", "chosen", turn=lambda n: n + 1)),
    "another total of MW": ("plan.totals", _told("totals", "it_mw", turn=lambda v: v + 1)),
    "another total of capital": ("plan.totals", _told("totals", "capital_musd", "2027", turn=lambda v: v - 1)),
    "another total of running cost": ("plan.totals", _told("totals", "running_musd", "2028", turn=lambda v: v - 1)),
    "other MW in a period": ("plan.totals", _told("it_mw", 0, turn=lambda v: v + 1)),
    "other periods": ("plan.totals", _told("periods", turn=lambda names: names[::-1])),
    "a decision lost": ("plan.sites", _told("sites", turn=lambda sites: sites[1:])),
    "a decision told with other MW": ("plan.sites", _told("sites", 0, "it_mw", turn=lambda v: v + 1)),
    "a decision at another place": ("plan.sites", _told("sites", 0, "lon", turn=lambda v: v + 0.1)),
    "other modules decided": ("plan.stands", _told("sites", 0, "modules", "2027", "block", turn=lambda n: n + 1)),
    "another line decided": ("plan.stands", _told("sites", 0, "power_links", 0, "mw_by_period", "2028", turn=lambda v: v + 1)),
    "a link not decided": ("plan.stands", _told("sites", 0, "power_links", turn=lambda links: links[1:])),
    "other units decided": ("plan.stands", _told("sites", 1, "data_links", 1, "units_by_period", "2028", turn=lambda n: n + 1)),
    "a period of a link not decided": (
        "plan.stands",
        _told("sites", 0, "power_links", 0, "mw_by_period", turn=lambda by: {"2028": by["2028"]}),
    ),
    "another length decided": ("plan.sites", _told("sites", 0, "power_links", 0, "length_km", turn=lambda v: v + 1)),
    "a smaller reach asked": ("reach.within", _json("scenario.json", lambda s: s["hydro"].update(reach_km=5.0))),
    "another family asked": ("files.families", _json("scenario.json", lambda s: s.update(wind={"price": 1.0}))),
    "a knob not told": ("hydro.reach_km", _json("scenario.json", lambda s: s["hydro"].pop("reach_km"))),
    "another layer asked": ("input.hash", _json("scenario.json", lambda s: s["layers"]["sources"].update(sha256="0" * 64))),
    "a layer not found": (
        "layers.sources",
        _json("scenario.json", lambda s: s["layers"]["sources"].update(file="data/none.geojson")),
    ),
    "a family with links switched off": ("core.off", _json("scenario.json", lambda s: s.update(off=["satellite"]))),
}


MADE: dict[str, tuple[str, Damage]] = {
    "a site out of the region": ("candidates.region", _moved("sites.geojson", "c-4", -2.0)),
    "a site far from plants": ("candidates.reach", _moved("sites.geojson", "c-4", -2.0)),
    "two sites in a cell": ("candidates.cell", _placed("sites.geojson", "c-4", "c-1")),
    "a site in a lake": ("candidates.free", _moved("sites.geojson", "c-2", -0.25, 0.35)),
    "a candidate lost": ("candidates.every", _without("sites.geojson", "c-4")),
    "a site beside its cell": ("candidates.centre", _moved("sites.geojson", "c-4", 0.001)),
}
"""Harm to candidates that are made from the other layers."""


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_plan_is_refused_by_its_rule(name: str, folder: Path, copy: Path) -> None:
    rule, harm = DAMAGES[name]
    harm(folder)
    refused(folder, copy, rule)


@pytest.mark.parametrize("name", MADE)
def test_a_candidate_that_was_not_made_so_is_refused(name: str, made: Path, tmp_path: Path) -> None:
    shutil.copytree(made, tmp_path / "world")
    rule, harm = MADE[name]
    harm(tmp_path / "world/out/toy/base")
    refused(tmp_path / "world/out/toy/base", tmp_path / "world", rule)


FILES = sorted(
    [*(f"{t}.geojson" for t in GEOJSON_ROWS), *(f"{t}.csv" for t in CSV_ROWS), "dispatch.parquet", "plan.json", "scenario.json"]
)


@pytest.mark.parametrize("file", FILES)
def test_a_file_edited_by_hand_is_told_with_both_hashes(file: str, folder: Path, copy: Path) -> None:
    path = folder / file
    expected = json.loads((folder / "manifest.json").read_text())["files"][file]
    path.write_bytes(path.read_bytes() + b"\n")
    report = verify_folder(folder, copy)
    fault = next(fault for fault in report.faults if fault.code == "V001")
    assert file in fault.file
    assert expected in fault.expected
    assert "manifest.hash" in fault.expected
    assert len(fault.value) == 64
    assert fault.value != expected


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_is_missing_is_refused(file: str, folder: Path, copy: Path) -> None:
    (folder / file).unlink()
    refused(folder, copy, "manifest.hash")
    seal(folder)
    refused(folder, copy, "files.there")


@pytest.mark.parametrize("file", FILES)
def test_a_file_cut_short_is_refused_without_a_traceback(file: str, folder: Path, copy: Path) -> None:
    path = folder / file
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    seal(folder)
    report = verify_folder(folder, copy)
    assert not report.passed
    assert "V006" not in {fault.code for fault in report.faults}


def test_a_file_the_run_did_not_write_is_told(folder: Path, copy: Path) -> None:
    (folder / "notes.txt").write_text("mine")
    refused(folder, copy, "manifest.files")


def test_a_layer_changed_since_the_run_is_told(folder: Path, copy: Path) -> None:
    path = copy / "data/toy/zones.geojson"
    path.write_text(path.read_text() + " ")
    refused(folder, copy, "input.hash")


def test_both_the_changed_number_and_its_consequences_are_told_at_once(folder: Path, copy: Path) -> None:
    damage.cell(folder, "modules.csv", 1, "count", lambda _: 3)
    named = rules(verify_folder(folder, copy))
    assert {"core.added", "core.module_mw", "core.balance", "money.line", "sites.summary", "aims.value", "plan.stands"} <= named


def test_slices_without_a_manifest_are_those_of_the_scenario(folder: Path, copy: Path) -> None:
    damage.dispatch(folder, lambda frame: frame[frame.slice != "winter-00"])
    report = verify_files(folder, copy)
    assert "files.slices" in report.faults[0].expected


def test_many_faults_of_one_rule_are_counted(folder: Path, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("siting.verify.report.MOST_FAULTS", 5)
    damage.dispatch(folder, lambda frame: frame.assign(mw=frame.mw + 1.0))
    served = [fault for fault in verify_folder(folder, copy).faults if "core.served" in fault.expected]
    assert len(served) == 6
    assert served[-1].where == "7 more rows"
