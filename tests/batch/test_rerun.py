"""Runs are executed once, each in its own folder, with what its notebook said."""

import json

import pytest

from nst_helpers.batch.record import read_record
from nst_helpers.batch.supervise import Ending
from nst_helpers.batch.sweep import read_sweep
from nst_helpers.cli.main import main
from tests.batch.notebooks import make_notebook, make_sweep

SAYS = """
import os, pathlib
print("Two take longer: one 1 < two 2.1. It doesn't hold here.")
print(f"after {NUMBER} steps: loss 0.25", os.environ["OMP_NUM_THREADS"])
pathlib.Path("mine.txt").write_text(WORD)
"""
SHOWS = """
import PIL.Image
PIL.Image.new("RGB", (6, 4), "red")
"""


@pytest.fixture
def sweep(tmp_path):
    make_notebook(tmp_path / "a.ipynb", SAYS, SHOWS)
    return make_sweep(tmp_path, '[[rerun]]\nnotebook = "a.ipynb"\ngrid = { WORD = ["x", "y"] }')


def batch(sweep, *arguments):
    return main(["batch", str(sweep), "-o", str(sweep.parent / "out"), *arguments])


def test_runs_leave_their_notebook_log_pictures_and_record(sweep, capsys):
    assert batch(sweep) == 0
    printed = capsys.readouterr()
    assert printed.out.endswith("out: 2 of 2 runs are finished\n")
    assert "2/2" in printed.err
    out = sweep.parent / "out"
    for run in read_sweep(sweep):
        folder = out / run.name
        record = read_record(folder)
        assert record.error == record.traceback == ""
        assert record.verdicts == (("Two take longer: one 1 < two 2.1", "doesn't hold here"),)
        assert record.losses == ("after 1 steps: loss 0.25 1",)  # and one thread
        assert record.pictures == ("picture_01.png",)
        assert (folder / "mine.txt").read_text() == run.parameters["WORD"]
        assert (folder / "picture_01.png").read_bytes().startswith(b"\x89PNG")
        assert "loss 0.25" in (folder / "log.txt").read_text()
        assert json.loads((folder / "notebook.ipynb").read_text())["metadata"]["papermill"]["exception"] is None
    assert {path.name for path in out.iterdir()} == {"a", "table.csv", "sheet.png", "index.html"}


def test_a_run_ends_before_a_heading_and_keeps_no_output_of_an_earlier_one(tmp_path):
    notebook = make_notebook(tmp_path / "a.ipynb", "print(WORD)", "## The end", "stop")
    _give_outputs(notebook)
    assert batch(make_sweep(tmp_path, '[[rerun]]\nnotebook = "a.ipynb"\nuntil = "## The end"')) == 0
    (folder,) = (tmp_path / "out" / "a").iterdir()
    cells = json.loads((folder / "notebook.ipynb").read_text())["cells"]
    assert [output["text"] for cell in cells for output in cell.get("outputs", [])] == [["none\n"]]
    assert batch(make_sweep(tmp_path, '[[rerun]]\nnotebook = "a.ipynb"')) == 1  # another run, with an error


def test_what_is_finished_is_skipped_until_it_changes(sweep, capsys, monkeypatch):
    ended = []
    monkeypatch.setattr("nst_helpers.batch.rerun.supervise", lambda task: _end_at_once(task, ended))
    assert batch(sweep, "--workers", "1") == 0
    assert ended == ["x", "y"]
    assert batch(sweep, "--workers", "1") == 0
    assert ended == ["x", "y"]
    make_sweep(sweep.parent, '[[rerun]]\nnotebook = "a.ipynb"\ngrid = { WORD = ["y", "z"] }')
    assert batch(sweep, "--workers", "1") == 0
    assert ended == ["x", "y", "z"]
    _give_outputs(sweep.parent / "a.ipynb")
    assert batch(sweep, "--workers", "1") == 0
    assert ended == ["x", "y", "z"]
    make_notebook(sweep.parent / "a.ipynb", "print()")
    assert batch(sweep, "--workers", "1") == 0
    assert ended == ["x", "y", "z", "y", "z"]
    damaged = next((sweep.parent / "out").glob("a/z-*/run.json"))
    damaged.write_text("{")
    assert batch(sweep, "--workers", "1") == 0
    assert ended == ["x", "y", "z", "y", "z", "z"]


def _end_at_once(task, ended):
    assert task.is_wanted()
    ended.append(task.parameters["WORD"])
    return Ending(0.0, "")


def _give_outputs(path):
    notebook = json.loads(path.read_text())
    notebook["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "new"}]
    path.write_text(json.dumps(notebook))
