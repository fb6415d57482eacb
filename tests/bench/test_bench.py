"""Every group of the bench at the smallest size: the same program in every library, and a page of what was measured."""

from __future__ import annotations

import json
import math
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import highspy
import numpy as np
import pytest

from siting.program.matrix import compile_matrix
from tests.bench import __main__ as bench
from tests.bench import classical, continent, handover, machine, northwest, page, programs, runs, scale
from tests.bench import fresh as watch
from tests.bench.cold import solve_to_gap
from tests.bench.core_rows import core_rows
from tests.bench.figure import AT_LEAST, Figure, figure_of, merged, stamped
from tests.bench.fresh import Ran, fresh, marked
from tests.bench.ratios import Took, quotient
from tests.bench.routes import ROUTES, siting_route
from tests.golden.world import golden_world
from tests.worlds import opened


def optimum(solver: highspy.Highs) -> float:
    solver.setOptionValue("mip_rel_gap", 1e-6)
    solver.setOptionValue("output_flag", False)
    solver.run()
    assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return float(solver.getInfo().objective_function_value)


@pytest.mark.parametrize("route", [name for name in ROUTES if name != "siting"])
def test_every_library_states_the_same_program(route: str) -> None:
    pytest.importorskip({"appsi_highs": "pyomo"}.get(route, route))
    rows = core_rows(4, slices=2)
    ours, theirs = siting_route(rows), ROUTES[route](rows)
    for count in ("getNumRow", "getNumCol", "getNumNz"):
        assert getattr(ours, count)() == getattr(theirs, count)()
    assert ours.getNumNz() == rows.nonzeros
    assert optimum(ours) == pytest.approx(optimum(theirs), rel=1e-5)


def test_a_program_on_file_is_stated_as_it_was(tmp_path: Path) -> None:
    import pickle

    world = opened(golden_world(), tmp_path)
    program = world.program()
    families = [family.name for family in program.families]
    path = tmp_path / "problem.pickle"
    path.write_bytes(pickle.dumps((program.problem, families, dict(program.knobs))))
    told = programs.stated(str(path), str(path), str(tmp_path / "arrays.npz"), tries=1)
    assert told["nonzeros"] == len(compile_matrix(program.model, program.space).value)
    assert told["state"] > 0


def test_a_fresh_process_tells_what_came_of_it() -> None:
    answered = fresh("tests.bench.figure:figure_of", {"document": {}}, 60.0)
    assert answered.value is None
    assert answered.why.startswith("failed: KeyError")
    late = fresh("time:sleep", {}, 0.0)
    assert "not finished" in late.why


def test_goals_have_a_direction_and_a_missing_value_meets_none() -> None:
    assert Figure("a", 2.0, "s", 3.0).met
    assert not Figure("a", 2.0, "s", 3.0, AT_LEAST).met
    assert Figure("a", None, "s", 3.0).met is False
    assert Figure("a", math.inf, "s", 3.0, AT_LEAST).met is False
    assert Figure("a", None, "s").met is None


def test_a_lower_limit_meets_only_a_goal_that_asks_for_at_least_so_much(tmp_path: Path) -> None:
    limit = stamped(Figure("a", 640.0, "times", 5.0, AT_LEAST, "stopped", AT_LEAST), "scale", "", "", "")
    assert limit.met
    assert Figure("a", 4.0, "times", 5.0, AT_LEAST, value_is=AT_LEAST).met is False
    assert Figure("a", 4.0, "s", 5.0, value_is=AT_LEAST).met is False
    assert Figure("a", 4.0, "s", 5.0).met
    assert figure_of(limit.document()) == limit
    page.write([limit], bench.GROUPS, {}, tmp_path)
    assert "| a | ≥ 640 | times | ≥ 5 | yes | stopped |" in (tmp_path / page.PAGE).read_text()


def test_a_figure_written_before_there_were_limits_is_exact() -> None:
    before = Figure("a", 1.0, "s").document()
    del before["value_is"]
    assert figure_of(before).exact


def test_a_quotient_is_a_lower_limit_where_its_upper_side_was_stopped_and_nothing_where_its_lower_was() -> None:
    done, stopped = Took(2.0), Took(30.0, False, "stopped after 30 s")
    assert quotient("a", done, done).exact
    limit = quotient("a", stopped, done, 5.0, AT_LEAST)
    assert (limit.value, limit.value_is, limit.met, limit.note) == (15.0, AT_LEAST, True, "stopped after 30 s")
    for one, other in ((done, stopped), (stopped, stopped), (Took(None, False), done), (done, Took(None, False))):
        assert quotient("a", one, other, 5.0, AT_LEAST).met is False
        assert quotient("a", one, other).value is None


def test_what_a_process_has_in_hand_is_known_while_it_lasts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = tmp_path / "mark.txt"
    monkeypatch.setenv(watch.MARK, str(mark))
    with marked():
        cpu_began, wall_began = time.process_time(), time.monotonic()
        while time.process_time() - cpu_began < 0.1:
            pass
        cpu, wall = watch._in_hand(os.getpid(), mark)
        # Whatever was there before the mark is not claimed; the kernel counts whole ticks.
        assert 0.05 < cpu <= time.process_time() - cpu_began + 0.05
        assert 0.1 <= wall <= time.monotonic() - wall_began + 0.05
    assert watch._in_hand(os.getpid(), mark) == (0.0, 0.0)


def test_a_library_stopped_in_a_statement_took_at_least_as_long_unless_a_faster_one_could_have_followed() -> None:
    assert handover.took(Ran({"seconds": 3.0}, "", 9.0, 1.0)) == Took(3.0)
    long = handover.took(Ran(None, "not finished within 240 s", 240.0, 1.0, in_hand_cpu_s=70.0))
    assert (long.seconds, long.done) == (70.0, False)
    assert "240 s" in long.why
    assert handover.took(Ran(None, "not finished within 240 s", 240.0, 1.0, in_hand_cpu_s=5.0)).seconds is None
    assert handover.took(Ran(None, "failed: Killed", 240.0, 1.0)).seconds is None


def test_what_is_ended_from_outside_is_not_done_in_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(_function: str, _words: object, limit_s: float) -> Ran:
        return Ran(None, "not finished", limit_s, 1.0, in_hand_wall_s=limit_s - 3.0)

    monkeypatch.setattr(classical, "fresh", ended)
    seconds, gap = classical.told("capa", "pulp", classical.by_pulp_apart(8000, 30.0))
    assert (seconds.value, seconds.exact, seconds.note) == (27.0 + classical.SPARE_S, False, "not done in its time")
    assert gap.value is None
    monkeypatch.setattr(classical, "fresh", lambda *_words: Ran(None, "failed: MemoryError", 3.0, 1.0))
    seconds, _gap = classical.told("capa", "pulp", classical.by_pulp_apart(8000, 30.0))
    assert (seconds.known, seconds.note) == (False, "failed: MemoryError")


def test_only_what_others_have_changed_marks_a_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def git(*words: str) -> None:
        who = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
        subprocess.run(["git", "-C", str(tmp_path), *who, *words], check=True, capture_output=True)

    code, written = tmp_path / "siting" / "a.py", tmp_path / "tests" / "bench" / page.RESULTS
    for path in (code, written):
        path.parent.mkdir(parents=True)
        path.write_text("1")
    git("init")
    git("add", ".")
    git("commit", "-m", "all")
    monkeypatch.setattr(machine, "ROOT", tmp_path)
    written.write_text("2")
    assert machine.commit()
    assert not machine.commit().endswith("+")
    code.write_text("2")
    assert machine.commit().endswith("+")


def test_groups_not_measured_stay_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = [stamped(Figure("classical.a", 1.0, "s"), "classical", "c0", "then", ""), Figure("old", 1.0, "", group="gone")]
    page.write(before, bench.GROUPS, {}, tmp_path)

    def figures() -> Iterator[Figure]:
        yield Figure("handover.100k.nonzeros", 10.0, "")
        yield Figure("handover.100k.siting.seconds", 0.5, "s", 1.0)
        raise ValueError("broken off")

    monkeypatch.setattr(bench, "figures_of", lambda _group: figures)
    monkeypatch.setattr(bench, "machine", lambda: {"python": "3"})
    bench.main(["handover"], tmp_path)
    found = {figure.id: figure for figure in page.read(tmp_path)}
    assert list(found) == ["handover.100k.nonzeros", "handover.100k.siting.seconds", "handover.broken", "classical.a"]
    assert found["classical.a"] == before[0]
    assert found["handover.broken"].note == "ValueError: broken off"
    assert {"id", "value", "unit", "goal", "met"} <= set(json.loads((tmp_path / page.RESULTS).read_text())[0])
    text = (tmp_path / page.PAGE).read_text()
    assert "1 of 2 goals are met." in text
    assert "| handover.broken | - |" in text


def test_measuring_a_part_anew_replaces_what_bears_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = ("scale.parallel.gone", "scale.growth_of_time", "scale.cold.kept")
    before = [stamped(Figure(id, 1.0, "s"), "scale", "c0", "then", "") for id in ids]
    page.write(before, bench.GROUPS, {}, tmp_path)
    now = [Figure("scale.parallel.a.speed_up", 2.0, "times"), Figure("scale.growth_of_time", 3.0, "")]
    monkeypatch.setattr(bench, "figures_of", lambda _group, _parts: lambda: now)
    monkeypatch.setattr(bench, "machine", dict)
    bench.main(["scale:parallel,growth"], tmp_path)
    found = {figure.id: figure.value for figure in page.read(tmp_path)}
    assert found == {"scale.cold.kept": 1.0, "scale.parallel.a.speed_up": 2.0, "scale.growth_of_time": 3.0}


def test_measuring_a_group_anew_replaces_its_figures() -> None:
    old, new = Figure("a.x", 1.0, "", group="a"), Figure("a.y", 2.0, "", group="a")
    assert merged([old], [new], ["a"]) == [new]
    assert figure_of(new.document()) == new


def test_plots_repeat_to_the_byte(tmp_path: Path) -> None:
    figures = [
        stamped(Figure(f"handover.{size}.{name}", value, ""), "handover", "", "", "")
        for size, nonzeros in (("100k", 1e5), ("1m", 1e6))
        for name, value in (("nonzeros", nonzeros), ("siting.seconds", nonzeros / 1e7))
    ]
    pages = []
    for _ in range(2):
        page.write(figures, bench.GROUPS, {}, tmp_path)
        pages.append((tmp_path / "handover.svg").read_bytes())
    assert pages[0] == pages[1]
    assert len(pages[0]) < 40_000
    assert "![handover.svg](handover.svg)" in (tmp_path / page.PAGE).read_text()


def test_a_model_of_the_group_is_measured_alone_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(northwest, "run_case", lambda *_: Ran(None, "not run", 3.0, 50.0))
    found = list(bench.figures_of("northwest", "one_year,quarters")())
    assert {figure.id.split(".")[1] for figure in found} == {"one_year", "quarters"}


def test_a_group_that_has_no_parts_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bench.main(["crews:one"], tmp_path)
    assert "crews:one: measured as a whole" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_an_exponent_is_the_slope_of_logarithms() -> None:
    sizes = np.array([1e3, 1e4, 1e5])
    assert scale.exponent(list(zip(sizes, 3.0 * sizes**0.8, strict=True))) == pytest.approx(0.8)


def test_a_case_without_a_plan_is_told_and_misses_its_goals() -> None:
    goals = runs.Goals(gap=0.01, seconds=10.0, peak_mb=100.0)
    for told in (Ran(None, "failed: Killed", 3.0, 50.0), Ran({"why": "no plan in the time limit"}, "", 3.0, 50.0)):
        found = {figure.id: figure for figure in runs.told("x", told, goals)}
        assert found["x.gap"].met is False
        assert found["x.seconds"].met is False
        assert found["x.gap"].note


def answered(gap: float, solve_s: float) -> Ran:
    aim = {"name": "cost", "value": 1.0, "unit": "MUSD", "gap": gap}
    found = {"why": "", "aims": [aim], "seconds": solve_s + 1.0, "first_plan": 1.0, "observed": {"solve_s": solve_s}}
    return Ran(found, "", solve_s + 2.0, 100.0)


def test_a_case_of_two_parts_is_run_once_and_told_in_both(monkeypatch: pytest.MonkeyPatch) -> None:
    runs_made: list[scale.Case] = []

    def ran(case: scale.Case, _more: Sequence[str] = ()) -> Ran:
        runs_made.append(case)
        return answered(0.001, float(len(runs_made)))

    monkeypatch.setattr(scale, "ran", ran)
    found = {figure.id: figure.value for figure in scale.figures(["cases", "growth"])}
    assert len(runs_made) == len(set(runs_made)) == len(scale.CASES) + len(scale.SERIES) - 1
    assert found["scale.100000x12x1.seconds"] == found["growth.100000x12x1.seconds"]
    runs_made.clear()
    list(scale.figures(["growth"]))
    assert runs_made == list(scale.SERIES)


def test_two_processes_have_their_goal_where_pricing_dominates(monkeypatch: pytest.MonkeyPatch) -> None:
    def ran(_case: scale.Case, more: Sequence[str] = ()) -> Ran:
        return answered(0.01, 480.0) if "effort.workers=1" in more else answered(0.001, 200.0)

    monkeypatch.setattr(scale, "ran", ran)
    found = {figure.id: figure for figure in scale.figures(["parallel"])}
    small, large = "scale.parallel.10000x24x1", "scale.parallel.50000x24x1"
    assert found[f"{small}.speed_up"].goal is None
    assert (found[f"{small}.dask_over_processes"].value, found[f"{small}.dask_over_processes"].goal) == (1.0, 1.15)
    assert f"{large}.two_dask_workers" not in found
    assert not found[f"{large}.one_process"].exact
    speed_up = found[f"{large}.speed_up"]
    assert (speed_up.value, speed_up.exact, speed_up.goal, speed_up.met) == (2.4, False, 1.7, True)


def test_cold_highs_is_known_from_below_only_where_its_limit_stopped_it() -> None:
    reached = {"seconds": 40.0, "gap": 0.01, "reached": True, "late": False}
    assert scale.by_highs(Ran(reached, "", 50.0, 1.0), 900.0) == Took(40.0)
    late = scale.by_highs(Ran({**reached, "seconds": 900.1, "reached": False, "late": True}, "", 950.0, 1.0), 900.0)
    assert (late.seconds, late.done) == (900.1, False)
    assert scale.by_highs(Ran({**reached, "reached": False}, "", 50.0, 1.0), 900.0).seconds is None
    assert scale.by_highs(Ran(None, "failed: Killed", 50.0, 1.0), 900.0) == Took(None, False, "failed: Killed")


def test_a_small_world_is_run_to_a_verified_plan_and_by_cold_highs(tmp_path: Path) -> None:
    scale.write_world(str(tmp_path), candidates=12, slices=4, periods=1, kind="plain")
    found = runs.run_here(continent.NAME, str(tmp_path), ["effort.gap=0.01", "effort.time_limit_s=20.0"])
    assert found["why"] == ""
    assert not [path for path in (tmp_path / "runs").iterdir() if path.is_dir()], "an answer that stays is found by the next run"
    told = {figure.id: figure for figure in runs.told("x", Ran(found, "", 1.0, 1.0), runs.Goals(gap=0.01))}
    assert told["x.gap"].met
    cold = scale.solve_cold(str(tmp_path), 0.01, 20.0, 0)
    assert (cold["reached"], cold["late"]) == (True, False)
    assert cold["gap"] <= 0.01 + 1e-9


def test_cold_highs_stops_at_the_gap_of_what_is_judged() -> None:
    from tests.bench.routes import siting_matrix

    matrix, cost = siting_matrix(core_rows(6, slices=2))
    found = solve_to_gap(matrix, cost, lambda solution: float(cost @ solution), 0.5, 20.0, 0)
    assert found["reached"]
    assert found["gap"] <= 0.5


@pytest.mark.parametrize("group", ["programs", "handover", "northwest", "scale"])
def test_a_part_that_a_group_has_not_is_refused_before_anything_is_measured(
    group: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        bench.main([f"{group}:one_yaer"], tmp_path)
    assert f"{group}: no part 'one_yaer'; there are " in capsys.readouterr().err
    assert not any(tmp_path.iterdir())
