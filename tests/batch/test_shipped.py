"""The sweep that ships has each lesson on six photos and paintings that are not its own."""

import json
from pathlib import Path

import pytest

from nst_helpers.assets import paintings, photos
from nst_helpers.batch.sweep import Run, read_sweep

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
LESSONS = sorted(NOTEBOOKS.glob("*.ipynb"))


@pytest.fixture(scope="module")
def runs() -> list[Run]:
    return read_sweep(NOTEBOOKS / "sweep.toml")


def defaults(lesson: Path) -> dict[str, object]:
    """The lesson's own parameters."""
    cells = json.loads(lesson.read_text(encoding="utf-8"))["cells"]
    (cell,) = [cell for cell in cells if "parameters" in cell["metadata"].get("tags", [])]
    values = {}
    exec("".join(cell["source"]), values)
    return values


def test_it_has_each_lesson_and_no_other_notebook(runs):
    assert {run.notebook for run in runs} == set(LESSONS)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_is_run_on_six_pairs_that_are_not_its_own(runs, lesson):
    own = defaults(lesson)
    pairs = set()
    for run in runs:
        if run.notebook == lesson:
            chosen = {name: value for name, value in run.parameters.items() if value in photos() + paintings()}
            assert not [name for name, value in chosen.items() if own[name] == value]
            pairs.add(tuple(sorted(chosen.values())))
            assert {value in photos() for value in chosen.values()} == {True, False}  # of either kind
    assert len(pairs) == 6
