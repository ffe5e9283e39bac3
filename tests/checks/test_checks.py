"""Checks accept right answers, name what is wrong with the others, and fit the notebooks' exercises."""

import ast
import functools
import threading
from pathlib import Path

import jaxtyping
import nbformat
import pytest
import torch
from IPython.core.inputtransformer2 import TransformerManager
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from classroom import exercises
from nst_helpers import checks, losses
from nst_helpers.checks import NotYet
from nst_helpers.checks.call import call
from tests import wrong_answers

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))
EXERCISES = [exercise for notebook in NOTEBOOKS for exercise in exercises.find(notebook)]
ANSWERS = wrong_answers.load()
RIGHT = [answer for answer in ANSWERS if not answer.says]
WRONG = [answer for answer in ANSWERS if answer.says]
NAMES = [name.removeprefix("check_") for name in checks.__all__ if name.startswith("check_")]


def check(answer):
    getattr(checks, f"check_{answer.exercise}")(answer.function)


def message_of(name, function):
    with pytest.raises(NotYet) as caught:
        getattr(checks, f"check_{name}")(function)
    return str(caught.value)


# Answers


@pytest.mark.parametrize("answer", RIGHT, ids=str)
def test_right_answers_pass_with_one_line(answer, capsys):
    check(answer)
    assert capsys.readouterr().out.startswith(f"✓ {answer.exercise}: ")


@pytest.mark.parametrize("answer", WRONG, ids=str)
def test_wrong_answers_are_told_what_is_wrong(answer, capsys):
    with pytest.raises(NotYet) as caught:
        check(answer)
    sentences = str(caught.value)
    assert answer.says in sentences
    assert sentences.startswith((answer.exercise, f"the gradient of {answer.exercise}"))
    assert sentences.endswith((".", "?", ")"))
    assert "\n" not in sentences
    assert len(sentences) < 450
    assert not capsys.readouterr().out
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("name", NAMES)
def test_every_check_has_two_right_answers_and_five_wrong_ones(name):
    assert sum(answer.exercise == name for answer in RIGHT) >= 2
    assert len({answer.says for answer in WRONG if answer.exercise == name}) >= 5


@pytest.mark.parametrize("name", NAMES)
def test_a_check_leaves_the_seed_alone(name):
    state = torch.random.get_rng_state()
    check(next(answer for answer in RIGHT if answer.exercise == name))
    assert torch.equal(torch.random.get_rng_state(), state)


# What every check says


@pytest.mark.parametrize("name", NAMES)
def test_an_untouched_stub_is_called_one(name):
    def stub(*arguments):
        raise NotImplementedError()

    assert message_of(name, stub).startswith(f"{name} is still the empty stub: ")


@pytest.mark.parametrize("name", NAMES)
def test_a_function_that_was_called_already_is_refused(name, monkeypatch):
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)  # users see the sentence, tests the annotation
    message = message_of(name, torch.zeros(2))
    assert message == f"the check of {name} was given a Tensor: give it the function itself, without calling it."


@pytest.mark.parametrize("name", NAMES)
def test_a_function_that_gives_nothing_is_refused(name):
    assert name in message_of(name, lambda *arguments: None)


def test_the_line_that_stopped_is_quoted():
    namespace = {}
    exercises.run("def answer(x):\n    y = x + 1\n    return y.undefined", namespace, "<a cell>")
    with pytest.raises(NotYet) as caught:
        call("answer", namespace["answer"], torch.zeros(1))
    assert "stopped at `return y.undefined` with AttributeError" in str(caught.value)
    assert isinstance(caught.value.__cause__, AttributeError)


def test_a_notebook_shows_the_sentences_alone():
    shown = NotYet("one, two; " * 30)._render_traceback_()
    assert shown[0].startswith("✗ one, two; one, two; ")
    assert max(map(len, shown)) <= 110
    assert not any("Traceback" in line for line in shown)


def test_ipython_shows_the_sentences_alone(capsys):
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    shell.run_cell("from nst_helpers import checks\nchecks.check_gram_matrix(lambda features: features.detach())")
    shown = "".join(capsys.readouterr())
    assert "✗ gram_matrix gives the shape (2, 3, 4, 5) where (2, 3, 3) is right" in shown
    assert "Traceback" not in shown
    assert "calling.py" not in shown


def test_optimisers_of_other_threads_go_unseen(capsys):
    by_adam = next(answer.function for answer in RIGHT if answer.function.__name__ == "by_adam")

    def beside_a_widget(image, loss_fn, steps):
        optimizers = [torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0) for _ in range(2)]
        for optimizer in optimizers:
            thread = threading.Thread(target=optimizer.step)
            thread.start()
            thread.join()
        return by_adam(image, loss_fn, steps)

    checks.check_optimize(beside_a_widget)
    assert capsys.readouterr().out.startswith("✓ optimize: ")


def test_a_mixture_of_devices_is_explained():
    def mixed(features):
        raise RuntimeError("Expected all tensors to be on the same device, but found at least two devices")

    assert "Make new tensors where the given ones are" in message_of("gram_matrix", mixed)


def test_functions_without_source_or_signature_are_checked_too():
    assert "print the shape after each line" in message_of("gram_matrix", torch.sum)
    assert "look for `.detach()`, `.data` or" in message_of(
        "gram_matrix", functools.partial(lambda f: losses.gram_matrix(f).detach())
    )


# Exercises in notebooks


@pytest.fixture(scope="module")
def prepared():
    """Each notebook's set-up, run once."""
    namespaces = {}

    def get(notebook):
        if notebook not in namespaces:
            namespaces[notebook] = exercises.prepare(notebook)
        return namespaces[notebook]

    return get


@pytest.mark.parametrize("exercise", EXERCISES, ids=str)
def test_worked_solutions_pass_their_checks(exercise, prepared):
    exercises.attempt(exercise, exercise.solution.source, prepared(exercise.notebook))


@pytest.mark.parametrize("exercise", EXERCISES, ids=str)
def test_untouched_stubs_fail_their_checks_with_a_sentence(exercise, prepared):
    with pytest.raises(NotYet, match=r"is still the empty stub: .*\.$"):
        exercises.attempt(exercise, exercise.stub, prepared(exercise.notebook))


SOLUTION = """\
def content_loss(features, target):
    \"\"\"The mean squared difference.\"\"\"
    ### BEGIN SOLUTION
    return F.mse_loss(features, target)
    ### END SOLUTION"""


def toy_cells(solution=SOLUTION):
    form = {"schema_version": 3, "task": False}
    solved = form | {"grade": False, "grade_id": "content-loss", "locked": False, "solution": True}
    graded = form | {"grade": True, "grade_id": "content-loss-check", "locked": True, "solution": False, "points": 1}
    return [
        new_markdown_cell("# A lesson"),
        new_code_cell("%config Some.option = 1\nfrom nst_helpers import checks", metadata={"tags": ["setup"]}),
        new_code_cell("raise RuntimeError('the lesson itself is not run')"),
        new_code_cell("from torch.nn import functional as F", metadata={"tags": ["parameters"]}),
        new_code_cell(solution, metadata={"nbgrader": solved, "jupyter": {"source_hidden": True}}),
        new_code_cell("checks.check_content_loss(content_loss)", metadata={"nbgrader": graded}),
    ]


def write(folder, cells):
    path = folder / "09_toy.ipynb"
    nbformat.write(new_notebook(cells=cells), path)
    return path


def test_a_toy_lesson_is_solved_and_its_stub_is_not(tmp_path, capsys):
    notebook = write(tmp_path, toy_cells())
    (exercise,) = exercises.find(notebook)
    namespace = exercises.prepare(notebook)
    assert str(exercise) == "09_toy-content-loss"
    exercises.attempt(exercise, exercise.solution.source, namespace)
    assert capsys.readouterr().out.startswith("✓ content_loss: ")
    assert "content_loss" not in namespace
    assert exercise.stub.splitlines()[2:] == ["    # YOUR CODE HERE", "    raise NotImplementedError()"]
    with pytest.raises(NotYet, match=r"^content_loss is still the empty stub: .*\.$"):
        exercises.attempt(exercise, exercise.stub, namespace)


def test_a_toy_lesson_with_a_wrong_solution_fails(tmp_path):
    notebook = write(tmp_path, toy_cells(SOLUTION.replace("mse_loss", "l1_loss")))
    (exercise,) = exercises.find(notebook)
    with pytest.raises(NotYet, match="absolute differences"):
        exercises.attempt(exercise, exercise.solution.source, exercises.prepare(notebook))


def test_an_exercise_that_leans_on_the_lesson_fails(tmp_path):
    cells = toy_cells(SOLUTION.replace("F.mse_loss", "by_hand"))
    cells[2].source = "by_hand = F.mse_loss"
    notebook = write(tmp_path, cells)
    (exercise,) = exercises.find(notebook)
    with pytest.raises(NotYet, match=r"NameError.*Run the set-up cell first"):
        exercises.attempt(exercise, exercise.solution.source, exercises.prepare(notebook))


def test_a_lesson_without_exercises_has_none(tmp_path):
    assert exercises.find(write(tmp_path, toy_cells()[:4])) == []


def uncollapsed(cells):
    del cells[4].metadata["jupyter"]


def unmarked(cells):
    cells[4].source = cells[4].source.replace("### END SOLUTION", "")


def old_schema(cells):
    cells[4].metadata.nbgrader["schema_version"] = 2


def no_points(cells):
    del cells[5].metadata.nbgrader["points"]


def apart(cells):
    cells.insert(5, new_markdown_cell("A remark between the two."))


def check_left_out(cells):
    del cells[5]


def one_name(cells):
    cells[5].metadata.nbgrader["grade_id"] = "content-loss"


def check_alone(cells):
    del cells[4]


def blank_in_name(cells):
    cells[4].metadata.nbgrader["grade_id"] = "content loss"


BREACHES = {
    uncollapsed: "isn't collapsed",
    unmarked: "one body between ### BEGIN SOLUTION",
    old_schema: "the solution's metadata should be",
    no_points: "and points",
    apart: "no check cell follows",
    check_left_out: "no check cell follows",
    one_name: "two cells have one grade_id",
    check_alone: "a check doesn't follow its solution",
    blank_in_name: "made of letters, digits",
}


@pytest.mark.parametrize(("spoil", "sentence"), BREACHES.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_exercises_out_of_form_are_named(tmp_path, spoil, sentence):
    cells = toy_cells()
    spoil(cells)
    with pytest.raises(AssertionError, match=sentence):
        exercises.find(write(tmp_path, cells))


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_an_exercise_takes_no_name_that_the_lesson_gives(notebook):
    """Else a student's answer would change what the lesson's cells do when they are run again."""
    theirs, ours = set(), set()
    for cell in nbformat.read(notebook, as_version=4).cells:
        if cell.cell_type == "code":
            names = set(_given(cell.source))
            (theirs if "nbgrader" in cell.metadata else ours).update(names)
    assert not theirs & ours


def _given(source):
    """The names that a cell binds, at its top level."""
    for node in ast.parse(TransformerManager().transform_cell(source)).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
            continue
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                yield inner.id
            elif isinstance(inner, ast.alias):
                yield inner.asname or inner.name
