"""What fails, hangs, is killed or interrupted is told, costs nothing else, and leaves no process behind."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from nst_helpers.batch.executors import open_cluster
from nst_helpers.batch.record import read_record
from nst_helpers.batch.sweep import read_sweep
from nst_helpers.cli.main import main
from tests.batch.notebooks import make_notebook, make_sweep, processes_of
from tests.cli.process import command as in_a_process
from tests.cli.process import environment

ENDINGS = {
    "fine": ("print('loss 1')", ""),
    "raises": ("def f():\n    raise ValueError('enough')\nf()", "the notebook stopped: ValueError: enough"),
    "kernel": ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "Kernel died"),
    "host": ("import psutil\npsutil.Process().parent().kill()\nwhile True: pass", "the process of its run was ended"),
    "hangs": ("while True: pass", "it took longer than its limit of 3 s"),
}
WAITS_ONCE = """
import pathlib, time
mark = pathlib.Path({mark!r})
first = not mark.exists()
mark.touch()
while first:
    time.sleep(0.1)
"""
LOSES_ITS_WORKER_ONCE = """
import pathlib, psutil, time
mark = pathlib.Path({mark!r})
first = not mark.exists()
mark.touch()
if first:
    psutil.Process().parent().parent().kill()
    time.sleep(600)
"""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")


@contextlib.contextmanager
def cluster_of(workers: int, folder: Path) -> Iterator[str]:
    """The address of a Dask cluster whose workers are processes of their own."""
    pytest.importorskip("distributed")
    script = [sys.executable, str(Path(__file__).with_name("cluster.py")), str(workers)]
    with subprocess.Popen(
        script, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=folder, env=environment()
    ) as process:
        yield process.stdout.readline().strip()
        process.stdin.close()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory) -> Iterator[list[str]]:
    """The flags for a Dask cluster of two workers."""
    with cluster_of(2, tmp_path_factory.mktemp("cluster")) as address:
        yield ["--scheduler", address]


@pytest.fixture(params=["processes", "cluster"])
def where(request) -> list[str]:
    """The flags of either executor."""
    return ["--workers", "2"] if request.param == "processes" else request.getfixturevalue("cluster")


def sweep_of(folder: Path, cells: dict[str, str], more: str = "") -> Path:
    for name, cell in cells.items():
        make_notebook(folder / f"{name}.ipynb", cell)
    tables = [f'[[rerun]]\nnotebook = "{name}.ipynb"\n{more if name == "hangs" else ""}' for name in cells]
    return make_sweep(folder, "\n".join(tables))


def records(sweep: Path):
    return {run.notebook.stem: read_record(sweep.parent / "out" / run.name) for run in read_sweep(sweep)}


def command(sweep: Path, where: list[str]) -> list[str]:
    return ["batch", str(sweep), "-o", str(sweep.parent / "out"), *where]


def require_nothing_left(folder: Path) -> None:
    """Nothing runs there any more, or a moment later: a kernel looks once a second whether its starter is there."""
    _, left = psutil.wait_procs(processes_of(folder), timeout=120)
    assert not left


def test_a_failure_is_told_while_the_others_go_on(where, tmp_path, capsys):
    sweep = sweep_of(tmp_path, {name: cell for name, (cell, _) in ENDINGS.items()}, more="limit = 3")
    assert main(command(sweep, where)) == 1
    require_nothing_left(tmp_path)
    found = records(sweep)
    for name, (_, error) in ENDINGS.items():
        assert error in found[name].error
        assert bool(found[name].error) == bool(error)
    assert found["fine"].losses == ("loss 1",)
    assert "raise ValueError('enough')" in found["raises"].traceback
    assert "DeadKernelError" in found["kernel"].traceback
    printed = capsys.readouterr()
    assert printed.err.count("error: ") == 4
    assert "error: raises.ipynb, as it is: the notebook stopped: ValueError: enough\n" in printed.err
    assert printed.out.endswith("out: 1 of 5 runs are finished\n")


def test_a_run_whose_dask_worker_is_killed_is_given_to_another(cluster, tmp_path):
    loses = LOSES_ITS_WORKER_ONCE.format(mark=str(tmp_path / "mark"))
    sweep = sweep_of(tmp_path, {"loses": loses, "fine": "print()"})
    assert main(command(sweep, cluster)) == 0
    assert {record.error for record in records(sweep).values()} == {""}
    require_nothing_left(tmp_path)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_what_is_finished_stays_so_when_the_batch_is_ended(number, where, tmp_path, capsys):
    mark = tmp_path / "mark"
    sweep = sweep_of(tmp_path, {"fine": "print()", "waits": WAITS_ONCE.format(mark=str(mark))})
    process = subprocess.Popen(
        in_a_process(*command(sweep, where)),
        env=environment(),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    while not (mark.exists() and records(sweep)["fine"]):
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.2)
    process.send_signal(number)
    told, _ = process.communicate()
    out = tmp_path / "out"
    if number == signal.SIGINT:
        assert process.returncode == 130
        assert told == "stopped: 1 of 2 runs are finished, and the same command goes on\n"
    if number == signal.SIGINT or where[0] == "--workers":
        require_nothing_left(tmp_path)  # what is left on a cluster ends when the folder is taken over
    assert records(sweep)["waits"] is None
    (kept,) = out.glob("fine/*/log.txt")
    before = kept.stat()
    assert main(command(sweep, where)) == 0
    assert kept.stat() == before
    assert {record.error for record in records(sweep).values()} == {""}
    require_nothing_left(tmp_path)


def test_a_scheduler_that_does_not_answer_is_one_sentence(tmp_path, capsys, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("nst_helpers.batch.executors._LONGEST_GREETING", 1)
    sweep = sweep_of(tmp_path, {"fine": "print()"})
    assert main(command(sweep, ["--scheduler", "tcp://127.0.0.1:9"])) == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("error: no Dask scheduler answers at tcp://127.0.0.1:9")


def test_a_cluster_without_workers_is_told_of(tmp_path):
    told = []
    with cluster_of(0, tmp_path) as address, open_cluster(address, told.append):
        pass
    assert told == [f"the cluster at {address} has no workers: the runs wait until it has, as by dask worker {address}"]


def test_without_dask_the_sentence_says_what_to_install(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    sweep = sweep_of(tmp_path, {"fine": "print()"})
    assert main(command(sweep, ["--scheduler", "tcp://127.0.0.1:9"])) == 1
    assert 'pip install "nst-helpers[classroom]"' in capsys.readouterr().err
