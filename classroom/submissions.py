"""What students hand in: notebooks found in a folder, and the answers in them, whatever else was changed."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from classroom.exercises import Exercise
from nst_helpers.runtime import printable

_STUDENT = re.compile(r"\w(?:[\w .,'@-]*[\w.])?")  # nbgrader looks for folders by pattern: no * or [


@dataclass(frozen=True)
class Submission:
    """A notebook, whose name is a lesson's, and the student whose it is."""

    student: str
    notebook: Path


@dataclass(frozen=True)
class Answers:
    """The sources of the solution cells by exercise's name, and sentences on what had to be put right."""

    sources: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def find(given: Path, lessons: Mapping[str, list[Exercise]]) -> tuple[list[Submission], list[str]]:
    """The submissions in a folder, or the one that is given itself, and sentences on those that can't be graded.

    A folder in it is a student's, at whatever depth the notebooks are below; a notebook that lies in no such folder is
    of the student whom the folder given is called after. Copies that Jupyter keeps, and lessons without exercises, are
    passed over.

    Raises ValueError, in a sentence, where there is nothing to look at.
    """
    shown = printable(given)
    if not given.exists():
        raise ValueError(f"{shown} doesn't exist: name a folder of submissions, or a notebook.")
    if given.is_file() and given.suffix != ".ipynb":
        raise ValueError(f"{shown} is no notebook: name a folder of submissions, or a file that ends in .ipynb.")
    folder = given.parent if given.is_file() else given
    found = [given] if given.is_file() else sorted(folder.rglob("*.ipynb"))
    found = [path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts)]
    if not found:
        raise ValueError(f"{shown} has no notebook in it: put each student's into a folder called after the student.")
    submissions, problems = {}, []
    for path in found:
        inside = path.relative_to(folder).parts[:-1]
        student = inside[0] if inside else folder.resolve().name
        if problem := _problem(student, path, lessons):
            problems.append(problem)
        elif lessons[path.stem]:
            submissions.setdefault((student, path.stem), []).append(Submission(student, path))
    if not (submissions or problems):
        raise ValueError(f"{shown} has nothing to grade: no lesson in it has exercises.")
    for (student, lesson), several in submissions.items():
        if len(several) > 1:
            places = " and ".join(printable(one.notebook) for one in several)
            problems.append(f"{student} has handed in {lesson} more than once ({places}): keep the one that counts.")
    return [several[0] for several in submissions.values() if len(several) == 1], problems


def read(submission: Submission, exercises: list[Exercise]) -> Answers:
    """The answers to the exercises of the submission's lesson.

    Nothing else of a notebook counts: checks and set-up are graded as the lesson has them. An exercise whose cell is
    missing has no answer.

    Raises ValueError, in a sentence, if the file is no notebook, or has none of the exercises.
    """
    shown = printable(submission.notebook)
    try:
        cells = list(_cells(submission.notebook))
    except (OSError, ValueError, TypeError, LookupError, AttributeError):
        raise ValueError(f"{shown} can't be read as a notebook: ask for it again, as Jupyter saves it.") from None
    marked = {name: source for name, source in cells if name}
    answers = Answers()
    for exercise in exercises:
        check = exercise.check.metadata.nbgrader.grade_id
        if exercise.name in marked:
            answers.sources[exercise.name] = marked[exercise.name]
        else:
            answers.remarks.append(f"{exercise.name} gets no points: its cell was deleted.")
        if check not in marked:
            answers.remarks.append(f"the check of {exercise.name} was deleted: the lesson's own was run.")
        elif marked[check].strip() != exercise.check.source.strip():
            answers.remarks.append(f"the check of {exercise.name} was edited: the lesson's own was run.")
    if not answers.sources:
        raise ValueError(f"{shown} has none of the lesson's exercises: ask for the notebook that was handed out.")
    return answers


def _cells(notebook: Path) -> Iterator[tuple[str, str]]:
    """nbgrader's name ("" without one) and the source of each cell; any error at all if it is no notebook."""
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        yield cell["metadata"].get("nbgrader", {}).get("grade_id", ""), "".join(cell["source"])


def _problem(student: str, notebook: Path, lessons: Mapping[str, list[Exercise]]) -> str:
    """Why it can't be graded, in a sentence."""
    shown = printable(notebook)
    if notebook.stem not in lessons:
        return f"{shown} is called as no lesson is: name it as it was handed out ({min(lessons)}.ipynb)."
    if not _STUDENT.fullmatch(student):
        return f"{shown}: {printable(student)!r} can't be a student's name: use letters, digits, spaces, . , - _ ' @."
    return ""
