"""Submissions get the points that their answers deserve, whatever else is in them or goes wrong."""

import csv
import json
import os
from pathlib import Path

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

pytest.importorskip("nbgrader")

from nbgrader.api import Gradebook

from classroom import exercises, grade, student
from classroom.copies import NOTEBOOKS, without_solutions
from classroom.course import Course
from tests.classroom import audit

LESSON = NOTEBOOKS / "05_instance_norm_ablation.ipynb"
TOY = "09_toy"
PLACES = ("first", "second", "third")


@pytest.fixture(scope="module", autouse=True)
def _kernels_import_this_copy():
    before = os.environ.get("PYTHONPATH")
    audit.let_kernels_import()
    yield
    os.environ.pop("PYTHONPATH")
    if before is not None:
        os.environ["PYTHONPATH"] = before


def exercise_cells(name: str, double: str) -> list:
    form = {"schema_version": 3, "task": False}
    solved = form | {"grade": False, "grade_id": name, "locked": False, "solution": True}
    graded = form | {"grade": True, "grade_id": f"{name}_check", "locked": True, "solution": False, "points": 2}
    solution = f"def {name}(x):\n    ### BEGIN SOLUTION\n    return {double}\n    ### END SOLUTION"
    check = f"assert {name}(3) == 6, 'twice, please'\nprint('✓ {name}')"
    return [
        new_markdown_cell(f"### {name}"),
        new_code_cell(solution, metadata={"nbgrader": solved, "jupyter": {"source_hidden": True}}),
        new_code_cell(check, metadata={"nbgrader": graded}, outputs=[nbformat.v4.new_output("stream", text="✓ said")]),
    ]


def write(path: Path, cells: list) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=cells), path)
    return path


@pytest.fixture(scope="module")
def toy(tmp_path_factory) -> Path:
    """A folder of lessons: one of three exercises, which takes no time to grade, and one of none."""
    lesson = new_code_cell("mark.touch()", outputs=[nbformat.v4.new_output("stream", text="what the lesson says")])
    folder = tmp_path_factory.mktemp("notebooks")
    mark = folder / "the lesson itself was run"
    setup = new_code_cell(
        f"import pathlib\nmark = pathlib.Path({str(mark)!r})", metadata={"tags": ["setup"]}, id="setup"
    )
    cells = [new_markdown_cell("# Toy"), setup, lesson]
    for place in PLACES:
        cells += exercise_cells(place, "2 * x")
    write(folder / f"{TOY}.ipynb", cells)
    write(folder / "00_words.ipynb", [new_markdown_cell("# No exercise")])
    return folder


def answered(toy: Path, *answers: str) -> list:
    """The toy's cells as a student hands them in, with these sources of solutions; the others untouched."""
    cells = nbformat.reads(without_solutions((toy / f"{TOY}.ipynb").read_text()), as_version=4).cells
    solutions = [cell for cell in cells if exercises.role(cell) == "solution"]
    for cell, answer in zip(solutions, answers, strict=False):
        cell.source = answer
    return cells


def right(place: str) -> str:
    return f"def {place}(x):\n    return x + x"


ALL_RIGHT = tuple(map(right, PLACES))


def graded(toy: Path, submitted: Path, *flags: str) -> tuple[int, dict[str, list[float]]]:
    """The exit status, and everybody's points, exercise by exercise, as the table has them."""
    course = submitted.parent / "course"
    status = grade.main([str(submitted), "--course", str(course), *flags], notebooks=toy)
    points = {}
    if (course / grade.TABLE).exists():
        for row in csv.DictReader((course / grade.TABLE).read_text().splitlines()):
            points.setdefault(row["student"], []).append(float(row["points"]))
    return status, points


def cells_by_name(notebook: Path) -> dict:
    cells = nbformat.read(notebook, as_version=4).cells
    return {cell.metadata.nbgrader.grade_id: cell for cell in cells if "nbgrader" in cell.metadata}


def said(cell) -> str:
    return "".join(output.get("text", "") or "".join(output.get("traceback", ())) for output in cell.outputs)


# The students' version


@pytest.fixture(scope="module")
def edition(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("edition")
    assert student.main([str(folder / "student"), "--course", str(folder / "course")]) == 0
    return folder / "student"


@pytest.mark.parametrize("lesson", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_the_edition_for_students_has_stubs_points_and_locked_checks(lesson, edition):
    whole, text = nbformat.read(lesson, as_version=4), (edition / lesson.name).read_text(encoding="utf-8")
    assert "### BEGIN SOLUTION" not in text
    for before, after in zip(whole.cells, nbformat.reads(text, as_version=4).cells, strict=True):
        if exercises.role(before) == "solution":
            assert (after.source, after.outputs) == (exercises.stub(before.source), [])
            assert not after.metadata.get("jupyter")
        elif exercises.role(before) == "check":
            assert (after.source, after.outputs) == (before.source, [])
            assert after.metadata.nbgrader.points == before.metadata.nbgrader.points > 0
            assert after.metadata.editable is after.metadata.deletable is False
        else:
            assert (after.source, after.get("outputs")) == (before.source, before.get("outputs"))
            assert after.metadata.get("editable", True) == ("setup" not in before.metadata.get("tags", ()))


# One lesson as it is; the audit does all


def test_a_lesson_gives_full_points_none_and_none_for_wrong_answers(tmp_path):
    found = exercises.find(LESSON)
    course = Course(tmp_path)
    course.release(LESSON)
    names = []
    for name, answers, right in list(audit.submissions(found))[:3]:
        scores = course.autograde(name, found, answers)
        assert {score.exercise: score.points for score in scores} == {
            exercise.name: exercise.check.metadata.nbgrader.points * (exercise.name in right) for exercise in found
        }
        names.append(name)
    assert names == ["solved", "untouched", "wrong 1"]
    told = cells_by_name(course.notebook("autograded", "wrong 1", LESSON.stem))
    for exercise in found:
        phrase = audit.answers_to(exercise)[0].says
        check = said(told[exercise.check.metadata.nbgrader.grade_id])
        assert check.startswith("✗ ")
        assert " ".join(phrase.split()) in " ".join(check.split())
        assert said(
            cells_by_name(course.notebook("autograded", "solved", LESSON.stem))[
                exercise.check.metadata.nbgrader.grade_id
            ]
        ).startswith("✓ ")


# Whatever students hand in


def test_each_student_gets_the_points_of_the_answers(toy, tmp_path, capsys):
    submitted = tmp_path / "submitted"
    write(submitted / "anna" / f"{TOY}.ipynb", answered(toy, *ALL_RIGHT))
    write(submitted / "Bo van B." / TOY / f"{TOY}.ipynb", answered(toy, right("first"), "def second(x):\n    return x"))
    write(submitted / "anna" / ".ipynb_checkpoints" / f"{TOY}.ipynb", answered(toy))
    write(submitted / "anna" / "00_words.ipynb", [])
    before = {path: path.read_bytes() for path in submitted.rglob("*.ipynb")}
    assert graded(toy, submitted) == (0, {"Bo van B.": [2, 0, 0], "anna": [2, 2, 2]})
    assert {path: path.read_bytes() for path in submitted.rglob("*.ipynb")} == before
    printed = capsys.readouterr()
    assert f"anna, {TOY}: 6 of 6 points\n" in printed.out
    assert f"Bo van B., {TOY}: 2 of 6 points\n" in printed.out
    assert not printed.err
    told = Course(tmp_path / "course").notebook("autograded", "Bo van B.", TOY)
    assert "twice, please" in said(cells_by_name(told)["second_check"])
    assert "what the lesson says" in told.read_text()
    assert not list(toy.glob("*run"))


def test_a_single_notebook_adds_to_the_table_and_points_given_by_hand_stay(toy, tmp_path):
    one = write(tmp_path / "anna" / f"{TOY}.ipynb", answered(toy, *ALL_RIGHT))
    two = write(tmp_path / "bo" / f"{TOY}.ipynb", answered(toy))
    assert graded(toy, one.parent) == (0, {"anna": [2, 2, 2]})
    with Gradebook(f"sqlite:///{tmp_path / 'course' / 'gradebook.db'}") as gradebook:
        gradebook.find_grade("second_check", TOY, TOY, "anna").manual_score = 1.5
        gradebook.db.commit()
    assert graded(toy, two.parent) == (0, {"anna": [2, 1.5, 2], "bo": [0, 0, 0]})
    write(one, answered(toy, right("first")))
    status = grade.main([str(one), "--course", str(tmp_path / "course")], notebooks=toy)
    assert status == 0
    assert graded(toy, two.parent)[1] == {"anna": [2, 1.5, 0], "bo": [0, 0, 0]}


def test_what_hangs_or_ends_python_costs_its_own_exercise_alone(toy, tmp_path):
    deaf = "def second(x):\n    while True:\n        try:\n            while x: pass\n        except BaseException: x"
    ends = "def first(x):\n    import os; os._exit(0)"
    loud = "import warnings\ndef third(x):\n    warnings.warn('never mind')\n    return 2 * x"
    before = set(psutil.Process().children(recursive=True))
    for name, answers in (("hangs", ("while True: pass", deaf, loud)), ("ends", (ends, right("second"), loud))):
        write(tmp_path / "submitted" / name / f"{TOY}.ipynb", answered(toy, *answers))
    assert graded(toy, tmp_path / "submitted", "--limit", "20") == (0, {"ends": [0, 2, 2], "hangs": [0, 0, 2]})
    course = Course(tmp_path / "course")
    hangs, ends = (cells_by_name(course.notebook("autograded", name, TOY)) for name in ("hangs", "ends"))
    for cell in (hangs["first"], hangs["second_check"]):
        assert said(cell) == "✗ this cell took longer than its limit of 20 s: look for a loop that never ends."
    assert "this cell ended Python itself" in said(ends["first_check"])
    assert "never mind" in said(ends["third_check"])
    _, left = psutil.wait_procs(set(psutil.Process().children(recursive=True)) - before, timeout=120)
    assert not left


def test_ctrl_c_ends_it_and_leaves_no_kernel(toy, tmp_path, monkeypatch, capsys):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    before = set(psutil.Process().children(recursive=True))
    monkeypatch.setattr("classroom.execute.ExecuteExercises.execute_cell", interrupted)
    write(tmp_path / "anna" / f"{TOY}.ipynb", answered(toy))
    assert graded(toy, tmp_path / "anna") == (130, {})
    assert capsys.readouterr().err.startswith("stopped: ")
    _, left = psutil.wait_procs(set(psutil.Process().children(recursive=True)) - before, timeout=120)
    assert not left


def test_checks_that_were_edited_or_deleted_are_the_lesson_s_own_again(toy, tmp_path, capsys):
    cells = answered(toy, "def first(x):\n    return 0", right("second"))
    by_name = {cell.metadata.nbgrader.grade_id: cell for cell in cells if "nbgrader" in cell.metadata}
    by_name["first_check"].source = "print('✓ first')"
    kept = [cell for cell in cells if cell is not by_name["second_check"] and cell is not by_name["third"]]
    write(tmp_path / "anna" / f"{TOY}.ipynb", kept)
    assert graded(toy, tmp_path / "anna") == (0, {"anna": [0, 2, 0]})
    assert capsys.readouterr().err.splitlines() == [
        f"note: anna, {TOY}: the check of first was edited: the lesson's own was run.",
        f"note: anna, {TOY}: the check of second was deleted: the lesson's own was run.",
        f"note: anna, {TOY}: third gets no points: its cell was deleted.",
    ]


def test_what_cannot_be_graded_is_told_while_the_others_are(toy, tmp_path, capsys):
    submitted = tmp_path / "submitted"
    write(submitted / "anna" / f"{TOY}.ipynb", answered(toy, *ALL_RIGHT))
    write(submitted / "ben" / f"{TOY}.ipynb", answered(toy, *ALL_RIGHT))
    write(submitted / "ben" / "again" / f"{TOY}.ipynb", answered(toy))
    write(submitted / "bo" / "homework.ipynb", answered(toy))
    write(submitted / "cy[1]" / f"{TOY}.ipynb", answered(toy))
    write(submitted / "di" / f"{TOY}.ipynb", [new_markdown_cell("nothing")])
    for name, text in (("ed", "no JSON"), ("flo", "[]"), ("gus", json.dumps({"cells": [{"source": 3}]}))):
        (submitted / name).mkdir()
        (submitted / name / f"{TOY}.ipynb").write_text(text)
    (submitted / "hal").mkdir()
    (submitted / "hal" / f"{TOY}.ipynb").write_bytes(b"\xff")
    assert graded(toy, submitted) == (1, {"anna": [2, 2, 2]})
    errors = capsys.readouterr().err.splitlines()
    assert all(line.startswith("error: ") for line in errors)
    assert len(errors) == 8
    for words in (
        f"ben has handed in {TOY} more than once",
        "homework.ipynb is called as no lesson is",
        "'cy[1]' can't be a student's name",
        "di/09_toy.ipynb has none of the lesson's exercises",
        "ed/09_toy.ipynb can't be read as a notebook",
        "flo/09_toy.ipynb can't be read as a notebook",
        "gus/09_toy.ipynb can't be read as a notebook",
        "hal/09_toy.ipynb can't be read as a notebook",
    ):
        assert sum(words in line for line in errors) == 1, words


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("", "nothing is named that is to be graded: make grade SUBMITTED=folder"),
        ("nowhere", "nowhere doesn't exist: name a folder of submissions, or a notebook."),
        ("empty", "empty has no notebook in it: put each student's into a folder called after the student."),
        ("00_words.ipynb", "00_words.ipynb has nothing to grade: no lesson in it has exercises."),
        ("photo.jpg", "photo.jpg is no notebook: name a folder of submissions, or a file that ends in .ipynb."),
    ],
)
def test_what_is_no_submission_is_told(given, says, toy, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    Path("photo.jpg").touch()
    Path("00_words.ipynb").touch()
    assert grade.main([given], notebooks=toy) == 1
    assert capsys.readouterr().err == f"error: {says}\n"
    assert not Path("build").exists()


def test_a_limit_of_nothing_is_refused(toy, tmp_path, capsys):
    assert grade.main([str(tmp_path), "--limit", "0"], notebooks=toy) == 1
    assert capsys.readouterr().err.startswith("error: --limit is 0: ")


def test_a_set_up_that_fails_is_told_instead_of_points(tmp_path, capsys):
    broken = new_code_cell("import no_such_package", metadata={"tags": ["setup"]}, id="setup")
    write(tmp_path / "notebooks" / f"{TOY}.ipynb", [broken, *exercise_cells("first", "2 * x")])
    write(tmp_path / "anna" / f"{TOY}.ipynb", answered(tmp_path / "notebooks", right("first")))
    assert graded(tmp_path / "notebooks", tmp_path / "anna") == (1, {})
    error = capsys.readouterr().err
    assert error.startswith(f"error: {TOY} of anna wasn't graded: the lesson's set-up stopped with ModuleNotFoundError")
    assert error.count("\n") == 1
