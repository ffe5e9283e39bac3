"""A sweep's file: every run it asks for, or one sentence before anything starts."""

import pytest

from nst_helpers.batch.sweep import read_sweep
from nst_helpers.cli.main import main
from tests.batch.notebooks import make_notebook, make_sweep

A = '[[rerun]]\nnotebook = "a.ipynb"\n'


def runs_of(folder, text):
    for name in "ab":
        make_notebook(folder / f"{name}.ipynb", "print(WORD)", "## The end")
    return read_sweep(make_sweep(folder, text))


def test_each_and_grid_make_every_combination(tmp_path):
    text = """
    [[rerun]]
    notebook = ["a.ipynb", "b.ipynb"]
    parameters = { FLAG = true, NUMBER = 9 }
    each = [{ WORD = "x", NUMBER = 1 }, { WORD = "y" }]
    grid = { SHARE = [0.1, 1] }
    limit = 7
    picture = 2
    until = "## The end"
    """
    runs = runs_of(tmp_path, text)
    assert len(runs) == len({run.name for run in runs}) == 8
    assert [run.notebook.stem for run in runs] == ["a"] * 4 + ["b"] * 4
    assert runs[0].parameters == {"FLAG": True, "NUMBER": 1, "WORD": "x", "SHARE": 0.1}
    assert runs[3].parameters == {"FLAG": True, "NUMBER": 9, "WORD": "y", "SHARE": 1}
    assert {(run.limit, run.picture, run.until) for run in runs} == {(7.0, 2, "## The end")}
    assert runs[0].label == "WORD x, NUMBER 1, SHARE 0.1"


def test_a_run_asked_for_twice_is_run_once(tmp_path):
    assert len(runs_of(tmp_path, '[[rerun]]\nnotebook = "a.ipynb"\ngrid = { WORD = ["x", "y", "x"] }')) == 2


def test_a_file_beside_the_sweep_is_found_from_a_run_s_own_folder(tmp_path):
    (tmp_path / "photo.jpg").write_bytes(b"")
    (run,) = runs_of(tmp_path, f'{A}each = [{{ WORD = "photo.jpg", MANY = ["photo.jpg", "x"] }}]')
    assert run.parameters == {"WORD": str(tmp_path / "photo.jpg"), "MANY": [str(tmp_path / "photo.jpg"), "x"]}
    assert run.label == "WORD photo.jpg, MANY photo.jpg+x"


MISTAKES = {
    "parameters = { WROD = 'x' }": "a.ipynb: the parameter 'WROD' is unknown: did you mean WORD?",
    "parameters = { NUMBER = 'x' }": "a.ipynb: NUMBER is 'x': give a whole number.",
    "parameters = { NUMBER = 1.5 }": "a.ipynb: NUMBER is 1.5: give a whole number.",
    "parameters = { NUMBER = true }": "a.ipynb: NUMBER is True: give a whole number.",
    "parameters = { SHARE = '1' }": "a.ipynb: SHARE is '1': give a number.",
    "parameters = { FLAG = 1 }": "a.ipynb: FLAG is 1: give true or false.",
    "parameters = { FREE = 'x' }": "a.ipynb: FREE is 'x': give a whole number.",
    "grid = { MANY = ['x'] }": "a.ipynb: MANY is 'x': give a list.",
    "grid = { WORD = 'x' }": "sweep.toml, [[rerun]] 1: grid.WORD is 'x': give the list of its values.",
    "each = [1]": "sweep.toml, [[rerun]] 1: each is no list of tables: write each = [{NAME = VALUE}, ...].",
    "limit = 0": "sweep.toml, [[rerun]] 1: limit is 0: give the seconds that a run may take, above 0.",
    "picture = 0": "sweep.toml, [[rerun]] 1: picture is 0: count from 1, or from -1 at the end.",
    "limit = 'x'": "sweep.toml, [[rerun]] 1: limit is 'x': give a number of seconds.",
    "until = '## End'": "sweep.toml, [[rerun]] 1: a.ipynb has no heading '## End': copy the whole line, or leave out",
    "until = 2": "sweep.toml, [[rerun]] 1: until is 2: give a text.",
    "grids = {}": "sweep.toml, [[rerun]] 1: the key 'grids' is unknown: did you mean grid?",
    "[reruns]": "sweep.toml: the key 'reruns' is unknown: did you mean rerun?",
    "[[rerun]]": "sweep.toml, [[rerun]] 2 names no notebook: write notebook = 'FILE.ipynb'.",
    "[[rerun]]\nnotebook = 'c.ipynb'": "c.ipynb is no file: name a notebook, from the sweep's folder.",
    "[[rerun]]\nnotebook = 'broken.ipynb'": "broken.ipynb can't be read as a notebook",
    "[[rerun]]\nnotebook = 'bare.ipynb'": "bare.ipynb takes no parameters: give one of its cells the tag 'parameters'.",
    "parameters = { WORD = 1979-05-27 }": "a.ipynb: WORD is datetime.date(1979, 5, 27): a notebook can't",
    "grid =": "sweep.toml is no TOML file",
}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_one_sentence_before_anything_starts(text, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make_notebook(tmp_path / "a.ipynb", "print(WORD)")
    make_notebook(tmp_path / "bare.ipynb", "print()", parameters="")
    (tmp_path / "broken.ipynb").write_text("{")
    before = sorted(tmp_path.iterdir())
    path = make_sweep(tmp_path, A + text)
    assert main(["batch", str(path)]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert MISTAKES[text] in error
    assert sorted(tmp_path.iterdir()) == sorted([*before, path])


@pytest.mark.parametrize("text", ["", "rerun = 1"])
def test_a_sweep_of_nothing_is_refused(text, tmp_path):
    with pytest.raises(ValueError, match="asks for no run"):
        runs_of(tmp_path, text)
