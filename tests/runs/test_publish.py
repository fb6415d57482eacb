from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from siting.errors import OutputError
from siting.runs.manifest import read_manifest
from siting.runs.publish import claim, no_comparison, no_plan_of, publish
from tests.export.small_plan import small_plan
from tests.runs.folders_with_runs import finished_run

PLAN = no_plan_of(small_plan().record.model)


def test_a_published_copy_is_the_whole_run(tmp_path: Path) -> None:
    finished_run(tmp_path / "run")
    publish(tmp_path / "run", tmp_path / "out" / "base")
    assert read_manifest(tmp_path / "out" / "base").document() == read_manifest(tmp_path / "run").document()
    assert (tmp_path / "out" / "base" / "style" / "sites.qml").exists()


def test_a_plan_of_the_same_model_may_be_replaced(tmp_path: Path) -> None:
    finished_run(tmp_path / "base")
    assert claim(tmp_path / "base", False, (), PLAN) == (tmp_path / "base").resolve()
    assert claim(tmp_path / "nothing yet", False, (), PLAN).name == "nothing yet"


def test_an_empty_folder_may_be_replaced(tmp_path: Path) -> None:
    assert claim(tmp_path, False, (), PLAN) == tmp_path.resolve()


def test_a_folder_of_other_things_needs_overwrite(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("five years")
    with pytest.raises(OutputError, match=r"holds no plan of .*thesis\.docx.*--overwrite; nothing was touched"):
        claim(tmp_path, False, (), PLAN)
    assert claim(tmp_path, True, (), PLAN) == tmp_path.resolve()
    assert (tmp_path / "thesis.docx").read_text() == "five years"


def test_a_file_of_ones_own_in_a_published_plan_is_never_swept_away(tmp_path: Path) -> None:
    finished_run(tmp_path)
    (tmp_path / "style" / "mine.qml").write_text("mine")
    with pytest.raises(OutputError, match=r"style/mine\.qml"):
        claim(tmp_path, False, (), PLAN)


def test_a_plan_of_another_model_needs_overwrite(tmp_path: Path) -> None:
    plan = small_plan()
    finished_run(tmp_path, replace(plan, record=replace(plan.record, model="australia")))
    with pytest.raises(OutputError, match="a plan of australia, not of"):
        claim(tmp_path, False, (), PLAN)


@pytest.mark.parametrize("overwrite", [False, True])
def test_folders_that_hold_inputs_home_or_the_current_folder_are_never_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, overwrite: bool
) -> None:
    here, inputs = tmp_path / "here", tmp_path / "inputs"
    here.mkdir()
    inputs.mkdir()
    (inputs / "model.toml").write_text("")
    monkeypatch.chdir(here)
    for place in (tmp_path, here, inputs, Path.home(), Path("/")):
        with pytest.raises(OutputError, match="never replaced"):
            claim(place, overwrite, (here, inputs / "model.toml"), PLAN)


def test_a_file_is_no_folder_to_publish_to(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="is a file"):
        claim(tmp_path / "file", True, (), PLAN)


def test_a_comparison_may_be_replaced_but_not_what_lies_beside_it(tmp_path: Path) -> None:
    (tmp_path / "diff.geojson").write_text("{}")
    with pytest.raises(OutputError, match="holds no comparison"):
        claim(tmp_path, False, (), no_comparison("compare.json"))
    (tmp_path / "compare.json").write_text('{"files": {"diff.geojson": "0"}}')
    assert claim(tmp_path, False, (), no_comparison("compare.json")) == tmp_path.resolve()
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"mine\.txt"):
        claim(tmp_path, False, (), no_comparison("compare.json"))
