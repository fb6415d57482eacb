from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from siting.errors import OutputError, RunLocked
from siting.runs.lock import held, lock_path

HOLDER = """
import sys, time
from pathlib import Path
from siting.runs.lock import held
with held(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_held_folder_is_refused_with_pid_host_and_start(tmp_path: Path) -> None:
    with held(tmp_path / "base"), pytest.raises(RunLocked) as caught, held(tmp_path / "base"):
        pass
    assert f"process {os.getpid()} on {socket.gethostname()}, started 20" in caught.value.message
    assert caught.value.exit_code == 11


def test_a_lock_of_another_process_is_seen_and_falls_with_it(tmp_path: Path) -> None:
    folder = tmp_path / "base"
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(folder)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(RunLocked, match=f"process {holder.pid} on "), held(folder):
            pass
        holder.kill()
        holder.wait()
        assert lock_path(folder).exists()
        with held(folder):
            assert str(os.getpid()) in lock_path(folder).read_text()


def test_a_lock_leaves_nothing_behind(tmp_path: Path) -> None:
    for folder in (tmp_path / "base", tmp_path / "out" / "northwest" / "base"):
        with held(folder):
            assert lock_path(folder).exists()
        assert list(tmp_path.iterdir()) == []


def test_folders_that_came_to_hold_something_stay(tmp_path: Path) -> None:
    with held(tmp_path / "out" / "northwest" / "base"):
        (tmp_path / "out" / "northwest" / "base").mkdir()
    assert [path.name for path in (tmp_path / "out" / "northwest").iterdir()] == ["base"]


def test_a_lock_is_let_go_when_the_block_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), held(tmp_path / "base"):
        raise ZeroDivisionError
    with held(tmp_path / "base"):
        pass


def test_folders_beside_each_other_have_locks_of_their_own(tmp_path: Path) -> None:
    with held(tmp_path / "base"), held(tmp_path / "tight-grid"):
        pass


def test_a_folder_that_cannot_be_made_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(OutputError, match="cannot write in"), held(tmp_path / "out" / "northwest" / "base"):
        pass
