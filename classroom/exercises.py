"""The exercises in a notebook: found, run as a student would, and turned back into stubs.

An exercise is one solution cell (its signature stands outside, its body between BEGIN and END SOLUTION), followed by
its check cell, both with nbgrader's metadata (schema 3). It depends on the set-up and on its own cell only: the lesson
around it is there to be read, and nothing that grades runs it.
"""

import linecache
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

SETUP_TAGS = {"setup", "parameters"}

_BODY = re.compile(r"^([ \t]*)### BEGIN SOLUTION\n.*?^[ \t]*### END SOLUTION[ \t]*$", re.DOTALL | re.MULTILINE)
_SIGNATURE = re.compile(r"def (\w+)\(.*\):\n")
_LINE_MAGIC = re.compile(r"^([%!])", re.MULTILINE)


@dataclass(frozen=True)
class Exercise:
    """A solution cell and the check cell that follows it, as notebook cells."""

    notebook: Path
    solution: Any
    check: Any

    def __str__(self) -> str:
        return f"{self.notebook.stem}-{self.name}"

    @property
    def name(self) -> str:
        """What the exercise is called in lists and tables."""
        return self.solution.metadata.nbgrader.grade_id

    @property
    def function(self) -> str:
        """The name of the function that is asked for."""
        return _SIGNATURE.match(self.solution.source)[1]

    @property
    def stub(self) -> str:
        """The solution cell's source as the student gets it."""
        return stub(self.solution.source)


def role(cell: Any) -> str:
    """What a cell is in its notebook: a "solution", a "check", "read-only" (nbgrader's), or "" (the lesson itself)."""
    form = cell.metadata.get("nbgrader")
    if not form:
        return ""
    return "solution" if form["solution"] else "check" if form["grade"] else "read-only"


def is_setup(cell: Any) -> bool:
    """Whether exercises need the cell to be run before them: it is tagged so, or nbgrader's read-only one."""
    tagged = SETUP_TAGS & set(cell.metadata.get("tags", ()))
    return cell.cell_type == "code" and (bool(tagged) or role(cell) == "read-only")


def untick(cell: Any) -> None:
    """Unfold an exercise's cell, and take away what it, or its check, has said; any other cell stays as it is."""
    if role(cell) in ("solution", "check"):
        cell.metadata.pop("jupyter", None)
        cell.outputs, cell.execution_count = [], None


def lock_setup(cell: Any) -> None:
    """Make a cell of imports read-only in nbgrader's eyes, which restores it before it grades.

    The parameters stay the student's to change.
    """
    if "setup" in cell.metadata.get("tags", ()):
        form = {"schema_version": 3, "grade": False, "locked": True, "solution": False, "task": False}
        cell.metadata["nbgrader"] = form | {"grade_id": cell.id}


def stub(source: str) -> str:
    """A solution cell's source without its solution, in nbgrader's words."""
    return _BODY.sub(r"\1# YOUR CODE HERE\n\1raise NotImplementedError()", source)


def find(notebook: Path) -> list[Exercise]:
    """The exercises of a notebook, in order; AssertionError if one is out of form."""
    cells = nbformat.read(notebook, as_version=4).cells
    found = []
    for cell, following in zip(cells, [*cells[1:], None], strict=True):
        if role(cell) == "solution":
            found.append(Exercise(notebook, cell, following))
    for exercise in found:
        breaches = list(_breaches(exercise))
        assert not breaches, f"{exercise}: {'; '.join(breaches)}"
    names = [cell.metadata.nbgrader.grade_id for cell in cells if "nbgrader" in cell.metadata]
    assert len(set(names)) == len(names), f"{notebook.name}: two cells have one grade_id: {sorted(names)}"
    checks = [cell.metadata.nbgrader.grade_id for cell in cells if role(cell) == "check"]
    followed = [exercise.check.metadata.nbgrader.grade_id for exercise in found]
    assert checks == followed, f"{notebook.name}: a check doesn't follow its solution: {checks} and {followed}"
    return found


def prepare(notebook: Path) -> dict[str, Any]:
    """The namespace that the notebook's set-up leaves: cells tagged so, and nbgrader's read-only ones."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for number, cell in enumerate(nbformat.read(notebook, as_version=4).cells):
        if is_setup(cell):
            run(cell.source, namespace, f"<{notebook.name}, cell {number}>")
    return namespace


def run(source: str, namespace: dict[str, Any], name: str) -> None:
    """Executes a cell's source, without its magics; its lines can be quoted in tracebacks, as in a notebook."""
    source = _LINE_MAGIC.sub(r"# \1", source)
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    exec(compile(source, name, "exec"), namespace)


def attempt(exercise: Exercise, answer: str, namespace: dict[str, Any]) -> None:
    """Runs an answer and then the check, starting from the set-up alone."""
    alone = dict(namespace)
    run(answer, alone, f"<{exercise}>")
    run(exercise.check.source, alone, f"<check of {exercise}>")


def _breaches(exercise: Exercise) -> Iterator[str]:
    """What isn't in form, in sentences."""
    solution, check = exercise.solution, exercise.check
    expected = {"schema_version": 3, "grade": False, "locked": False, "solution": True, "task": False}
    if {key: value for key, value in solution.metadata.nbgrader.items() if key != "grade_id"} != expected:
        yield f"the solution's metadata should be {expected} and a grade_id"
    if not solution.metadata.get("jupyter", {}).get("source_hidden"):
        yield "the solution isn't collapsed"
    if len(_BODY.findall(solution.source)) != 1:
        yield "the solution needs one body between ### BEGIN SOLUTION and ### END SOLUTION"
    if not _SIGNATURE.match(solution.source):
        yield "the solution cell should begin with the function's signature"
    if check is None or role(check) != "check":
        yield "no check cell follows the solution"
        return
    expected = {"schema_version": 3, "grade": True, "locked": True, "solution": False, "task": False}
    given = {key: value for key, value in check.metadata.nbgrader.items() if key not in ("grade_id", "points")}
    if given != expected or not check.metadata.nbgrader.get("points"):
        yield f"the check's metadata should be {expected}, a grade_id and points"
    for cell in (solution, check):
        if not re.fullmatch(r"[\w-]+", cell.metadata.nbgrader.get("grade_id", "")):
            yield "a grade_id is made of letters, digits, - and _"
