from __future__ import annotations

import hashlib
import json
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from siting.errors import (
    Fault,
    Infeasible,
    InputError,
    NoPlanInLimit,
    SitingError,
    SolverFailed,
    Unbounded,
    VerificationFailed,
)
from siting.export.words import gap_words
from siting.plan.record import Plan
from siting.runs.lock import held
from siting.runs.manifest import manifest_faults, read_manifest
from tests.cli.conftest import Command, Hands
from tests.export.small_plan import unproven

BASE = Path("out/northwest/base")


def _digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "manifest.json"
    }


def _plan(hands: Hands) -> Plan:
    assert isinstance(hands.plan, Plan)
    return hands.plan


def test_a_run_leaves_a_published_copy_with_a_manifest_that_holds(siting: Command, hands: Hands) -> None:
    told = siting("run", "northwest")
    assert told.code == 0, told.err
    manifest = read_manifest(BASE)
    assert manifest_faults(BASE, manifest) == ()
    assert {"sites.geojson", "map.html", "scenario.json"} <= set(manifest.files)
    assert [path.name for path in Path("runs").iterdir()] == [manifest.run]
    assert str(BASE / "map.html") in told.out
    assert hands.climbs == 1


def test_a_run_tells_what_it_chose_what_it_costs_and_both_gaps(siting: Command, hands: Hands) -> None:
    told = siting("run", "northwest")
    plan = _plan(hands)
    for site in plan.chosen.itertuples():
        assert str(site.id) in told.out
    assert f"{len(plan.chosen)} of {len(plan.sites)} candidate sites" in told.out
    for aim in plan.record.aims:
        assert f"gap {gap_words(aim.gap)} " in told.out
        assert f"whole objective {gap_words(aim.gross_gap)})" in told.out
    assert "seconds: layers" in told.out
    assert "verified, and proven to the asked gap" in told.out


def test_the_same_question_is_found_again_without_solving(siting: Command, hands: Hands) -> None:
    siting("run", "northwest")
    before = _digests(BASE)
    told = siting("run", "northwest")
    assert (told.code, hands.climbs) == (0, 1)
    assert "answered before" in told.out
    assert _digests(BASE) == before


def test_a_damaged_run_is_solved_again(siting: Command, hands: Hands) -> None:
    siting("run", "northwest")
    (folder,) = Path("runs").iterdir()
    (folder / "map.html").write_text("damaged")
    siting("run", "northwest")
    assert hands.climbs == 2
    assert manifest_faults(BASE, read_manifest(BASE)) == ()


def test_two_runs_write_the_same_bytes(siting: Command, hands: Hands) -> None:
    siting("run", "northwest")
    before, document = _digests(BASE), read_manifest(BASE).document()
    (folder,) = Path("runs").iterdir()
    (folder / "manifest.json").unlink()
    siting("run", "northwest")
    assert hands.climbs == 2
    assert _digests(BASE) == before
    after = read_manifest(BASE).document()
    for one in (document, after):
        one.pop("observed")
    assert after == document


def test_an_unproven_plan_is_exit_6_says_so_and_is_tried_again(siting: Command, hands: Hands) -> None:
    hands.plan = unproven(_plan(hands))
    told = siting("run", "northwest")
    assert told.code == 6
    assert "NOT PROVEN to the asked gap, missed by:" in told.out
    siting("run", "northwest")
    assert hands.climbs == 2


@pytest.mark.parametrize(
    "failure",
    [
        InputError("bad", (Fault("L001", "a.csv", "row 2", "cost", "1,200", "a number", "Write 1200"),)),
        Infeasible("no affordable site"),
        Unbounded("the price of x has no limit"),
        NoPlanInLimit("no plan in 180 s"),
        SolverFailed("out of memory"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_a_failure_writes_nothing_and_has_its_exit_code(siting: Command, hands: Hands, failure: SitingError) -> None:
    hands.plan = failure
    told = siting("run", "northwest")
    assert told.code == failure.exit_code
    assert failure.message in told.err
    assert all(fault.sentence() in told.err for fault in failure.faults)
    assert list(Path.cwd().iterdir()) == []


def test_a_failure_leaves_what_was_published_before(siting: Command, hands: Hands) -> None:
    siting("run", "northwest")
    before = _digests(BASE)
    hands.plan = Infeasible("no affordable site")
    assert siting("run", "northwest", "--seed", "7").code == 4
    assert _digests(BASE) == before


def test_a_plan_that_breaks_a_rule_is_not_written(siting: Command, hands: Hands) -> None:
    hands.broken = (Fault("V100", "sites.geojson", "site a", "it_mw", "51", "at most 50 MW", ""),)
    told = siting("run", "northwest")
    assert told.code == VerificationFailed.exit_code
    assert "sites.geojson site a" in told.err
    assert list(Path.cwd().iterdir()) == []


def test_a_fault_of_our_own_is_one_line_and_a_file(siting: Command, hands: Hands) -> None:
    hands.plan = ZeroDivisionError("one by nothing")
    told = siting("run", "northwest")
    assert told.code == 1
    assert "Traceback" not in told.err + told.out
    (line,) = [line for line in told.err.splitlines() if line.startswith("siting:")]
    assert "ZeroDivisionError: one by nothing" in line
    assert "Traceback" in Path(line.rpartition(" ")[2]).read_text()


def test_warnings_are_told_and_stop_nothing(siting: Command, hands: Hands) -> None:
    hands.warnings = (Fault("L059", "c.geojson", "feature 3", "", "outside", "", "Move it", warning=True),)
    told = siting("run", "northwest")
    assert told.code == 0
    assert "warning[L059] c.geojson feature 3" in told.err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_plan_is_kept_and_said_to_be_unproven(
    siting: Command, hands: Hands, number: signal.Signals, code: int
) -> None:
    plan = unproven(_plan(hands))
    hands.plan = replace(plan, record=replace(plan.record, status="interrupted"))
    hands.while_solving = lambda: signal.raise_signal(number)
    told = siting("run", "northwest")
    assert told.code == code
    assert "interrupted: the best verified plan was kept; it is NOT PROVEN" in told.out
    assert read_manifest(BASE).record.exit_code == code


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopping_before_there_is_a_plan_writes_nothing(siting: Command, hands: Hands, number: signal.Signals, code: int) -> None:
    hands.while_reading = lambda: signal.raise_signal(number)
    told = siting("run", "northwest")
    assert told.code == code
    assert "nothing was written" in told.err
    assert not BASE.exists()


def test_a_second_signal_ends_at_once(siting: Command, hands: Hands) -> None:
    def twice() -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    hands.while_solving = twice
    told = siting("run", "northwest")
    assert told.code == 130
    assert "left at once; nothing was published" in told.err
    assert not BASE.exists()


def test_json_is_one_document_on_standard_output(siting: Command, hands: Hands) -> None:
    told = siting("run", "northwest", "--json")
    document = json.loads(told.out, parse_constant=lambda word: pytest.fail(word))
    assert document["exit_code"] == 0
    assert document["published"] == str(BASE.resolve())
    assert len(document["result"]["sites"]) == len(_plan(hands).chosen)
    hands.plan = Infeasible("no affordable site")
    failed = json.loads(siting("run", "northwest", "--seed", "3", "--json").out)
    assert (failed["exit_code"], failed["error"]) == (4, "no affordable site")


def test_edits_and_names_say_where_a_run_is_published(siting: Command, hands: Hands) -> None:  # noqa: ARG001
    siting("run", "northwest", "--set", "budget.total_musd=30000.0")
    siting("run", "northwest", "--set", "budget.total_musd=30000.0", "--name", "lean")
    names = sorted(path.name for path in Path("out/northwest").iterdir())
    assert names[0] == "lean"
    assert names[1].startswith("set-budget-total-musd-30000-0-")


def test_another_seed_is_another_run(siting: Command, hands: Hands) -> None:
    siting("run", "northwest")
    siting("run", "northwest", "--seed", "1")
    assert hands.climbs == 2
    assert len(list(Path("runs").iterdir())) == 2


def test_what_ifs_of_the_model_run_by_name(siting: Command, hands: Hands) -> None:
    names = sorted(path.stem for path in (Path(__file__).parents[2] / "models/northwest/whatif").glob("*.toml"))
    assert len(names) >= 5
    for name in names:
        assert siting("run", "northwest", "--what-if", name).code == 0
    assert hands.climbs == len(names)
    assert sorted(path.name for path in Path("out/northwest").iterdir()) == names


def test_a_second_run_into_the_same_folder_is_exit_11(siting: Command, hands: Hands) -> None:
    with held(BASE.resolve()):
        told = siting("run", "northwest")
    assert told.code == 11
    assert "another run holds" in told.err
    assert hands.climbs == 0


def test_names_of_runs_are_checked(siting: Command, hands: Hands) -> None:
    for name in ("../../x", "base", "compare", "a/b", ""):
        told = siting("run", "northwest", "--set", "effort.seed=3", "--name", name)
        assert told.code == (0 if not name else 2), name
    assert hands.climbs == 1


def test_dask_that_is_not_asked_is_a_warning(siting: Command, hands: Hands) -> None:
    pytest.importorskip("distributed", reason="dask.distributed is not installed: pip install -e '.[dask]'")
    told = siting("run", "northwest", "--dask", "local")
    assert told.code == 0
    assert "warning[C023] command line" in told.err
    assert """'effort.engine="decompose"'""" in told.err
    assert hands.climbs == 1


def test_dask_over_an_open_network_is_refused_before_anything_is_read(siting: Command, hands: Hands) -> None:
    told = siting("run", "northwest", "--dask", "tcp://10.0.0.7:8786")
    assert told.code == 2
    assert told.err.startswith("error[C021] command line")
    assert "tls://" in told.err
    assert hands.climbs == 0
