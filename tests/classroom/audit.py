"""Grades every lesson's right, untouched and wrong answers: `python -m tests.classroom.audit`, part of `make audit`.

The worked solutions have to get full points, the untouched notebook none. The k-th wrong answer of every exercise goes
into one submission, as a student might hand it in: none of them may get a point, and the exercises that have fewer
wrong answers than that, and are solved in it, get theirs.
"""

import argparse
import itertools
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from classroom import exercises
from classroom.copies import NOTEBOOKS
from classroom.course import Course
from classroom.exercises import Exercise
from tests import wrong_answers

REPOSITORY = NOTEBOOKS.parent


def submissions(found: list[Exercise]) -> Iterator[tuple[str, dict[str, str], set[str]]]:
    """A name, the answers by exercise's name, and the exercises whose answer is right, of each submission."""
    solved = {exercise.name: exercise.solution.source for exercise in found}
    yield "solved", solved, set(solved)
    yield "untouched", {}, set()
    wrong = [[(exercise.name, imported(answer)) for answer in answers_to(exercise)] for exercise in found]
    for number, answers in enumerate(itertools.zip_longest(*wrong), 1):
        given = dict(filter(None, answers))
        yield f"wrong {number}", solved | given, set(solved) - set(given)


def answers_to(exercise: Exercise) -> list[wrong_answers.Answer]:
    """The wrong ones that stand in the tests."""
    return [answer for answer in wrong_answers.load() if answer.says and answer.exercise == exercise.function]


def imported(answer: wrong_answers.Answer) -> str:
    """A solution cell that gives this answer."""
    function = answer.function
    return f"from {function.__module__} import {function.__name__} as {answer.exercise}"


def let_kernels_import() -> None:
    """Have the kernels of this process import the tests, and the package, from this very copy."""
    os.environ["PYTHONPATH"] = os.pathsep.join([str(REPOSITORY), os.environ.get("PYTHONPATH", "")])


def audit(lesson: Path, course: Course) -> Iterator[tuple[str, str]]:
    """A line for each submission, and a sentence on what is wrong with its points, if anything is."""
    found = exercises.find(lesson)
    course.release(lesson)
    for student, answers, right in submissions(found):
        scores = course.autograde(student, found, answers)
        told = {score.exercise for score in scores if score.points != score.possible * (score.exercise in right)}
        points = f"{sum(score.points for score in scores):2g} of {sum(score.possible for score in scores):2g}"
        problem = f"{lesson.stem}, {student}: the points of {', '.join(sorted(told))} are wrong" if told else ""
        yield f"{lesson.stem:30} {student:10} {len(found) - len(right):2} wrong answers: {points} points", problem


def main(arguments: list[str] | None = None) -> int:
    """Audit the lessons named, or all; the exit status is 1 if any point is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.classroom.audit", description=__doc__)
    parser.add_argument("lessons", nargs="*", help="beginnings of their names, such as 02 (default: all)")
    named = tuple(parser.parse_args(arguments).lessons) or ""
    let_kernels_import()
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        for lesson in sorted(NOTEBOOKS.glob("*.ipynb")):
            if not lesson.name.startswith(named) or not exercises.find(lesson):
                continue
            for line, problem in audit(lesson, Course(Path(folder))):
                print(line, flush=True)
                problems += filter(None, [problem])
    print("\n".join(problems) or "every point is where it belongs")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
