from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from siting.cli.door import enter
from tests.cli.conftest import Command, Hands

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "northwest", "--gpa", "0.01"), "Did you mean --gap?"),
        (("run", "northwest", "--overwrit"), "Did you mean --overwrite?"),
        (("rnu", "northwest"), "Did you mean 'run'?"),
        (("run",), "missing argument 'MODEL'"),
        (("run", "northwest", "--out"), "'--out' requires an argument"),
        (("data", "bild", "x"), "Did you mean 'build'?"),
        (("compare", "one"), "missing argument"),
    ],
)
def test_a_slip_in_the_arguments_is_exit_2_with_the_way_out(siting: Command, arguments: tuple[str, ...], said: str) -> None:
    told = siting(*arguments)
    assert told.code == 2
    assert told.err.startswith("error[C001] siting")
    assert said in told.err
    assert len(told.err.splitlines()) == 1


def test_help_of_every_verb_names_its_options(siting: Command) -> None:
    told = siting("run", "--help")
    assert told.code == 0
    plain = re.sub(r"\x1b\[[0-9;]*m", "", told.out)
    for option in (
        "--what-if", "--set", "--out", "--overwrite", "--allow-outside", "--strict", "--gap", "--time-limit", "--seed",
        "--dask", "--json",
    ):  # fmt: skip
        assert option in plain


def test_version_is_the_packages(siting: Command) -> None:
    assert siting("--version").out == "0.1.0\n"


def test_an_unknown_model_is_a_bad_input_not_a_crash(siting: Command) -> None:
    told = siting("run", "northwets", "--json")
    document = json.loads(told.out)
    assert (told.code, document["exit_code"]) == (3, 3)
    assert document["faults"][0]["code"] == "S002"
    assert list(Path.cwd().iterdir()) == []


def test_all_faults_of_a_question_come_at_once(siting: Command) -> None:
    told = siting("run", "northwest", "--set", "budget.totl_musd=1", "--gap", "5%", "--time-limit", "0")
    assert told.code == 3
    assert len([line for line in told.err.splitlines() if line.startswith("error[S")]) == 3
    assert "total_musd" in told.err
    assert list(Path.cwd().iterdir()) == []


def test_knobs_are_the_page_in_the_repository(siting: Command) -> None:
    assert siting("knobs").out == (REPOSITORY / "models/KNOBS.md").read_text(encoding="utf-8")
    siting("knobs", "--write", "K.md")
    assert Path("K.md").read_text(encoding="utf-8") == (REPOSITORY / "models/KNOBS.md").read_text(encoding="utf-8")
    assert "total_musd" in {fact["name"] for fact in json.loads(siting("knobs", "--json").out)["families"]["budget"]}


def test_a_region_that_is_not_built_in_is_refused(siting: Command) -> None:
    told = siting("data", "build", "northwets", "--sources", ".")
    assert told.code == 2
    assert "northwest" in told.err


def test_checking_a_folder_that_is_not_there_is_a_bad_input(siting: Command) -> None:
    assert siting("verify", "nowhere").code == 3
    assert siting("compare", "nowhere", "elsewhere").code == 3


def test_comparing_two_published_plans_tells_inputs_and_sites(siting: Command, hands: Hands) -> None:
    hands.full = True
    siting("run", "northwest")
    siting("run", "northwest", "--set", "budget.total_musd=30000.0", "--name", "lean")
    told = siting("compare", "out/northwest/base", "out/northwest/lean")
    assert told.code == 0, told.err
    assert "from base to lean" in told.out
    assert "4 kept" in told.out
    folder = Path("out/northwest/compare/base--lean")
    assert sorted(path.name for path in folder.iterdir()) == ["compare.json", "diff.geojson", "diff.html"]
    assert json.loads(siting("compare", "out/northwest/base", "out/northwest/lean", "--json").out)["counted"]["kept"] == 4


def test_a_pipe_that_closes_early_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(*_: object, **__: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("siting.cli.door._verb", closed)
    monkeypatch.setattr("siting.cli.door._leave_pipe", lambda: None)
    assert enter(["knobs"]) == 0
