"""Grades what students hand in: `python -m classroom.grade SUBMITTED`, which `make grade` runs.

SUBMITTED is a notebook, or a folder with a folder for each student. Only answers are taken from a submission, only the
set-up and the exercises are run, and the submissions stay as they are. What nbgrader makes of them stands in its
folder: graded notebooks, with what the checks say, in autograded/STUDENT/LESSON/, and everybody's points in points.csv.
"""

import argparse
import csv
import io
import os
import sys
from pathlib import Path

from classroom import submissions
from classroom.copies import NOTEBOOKS
from classroom.course import DEFAULT_LIMIT, Course, Score
from classroom.exercises import Exercise, find
from classroom.student import COURSE
from nst_helpers.runtime import printable, write_whole

TABLE = "points.csv"


def main(arguments: list[str] | None = None, notebooks: Path = NOTEBOOKS) -> int:
    """Grade, print the points, and return the exit status: 1 if anything couldn't be graded, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m classroom.grade", description=__doc__)
    parser.add_argument("submitted", help="a notebook, or a folder with a folder for each student")
    parser.add_argument("--course", type=Path, default=COURSE, help="nbgrader's folder (default: %(default)s)")
    parser.add_argument(
        "--limit", type=int, default=DEFAULT_LIMIT, help="seconds that a cell may take (default: %(default)s)"
    )
    options = parser.parse_args(arguments)
    lessons = {path.stem: find(path) for path in sorted(notebooks.glob("*.ipynb"))}
    try:
        if not options.submitted:
            raise ValueError("nothing is named that is to be graded: make grade SUBMITTED=folder")
        if options.limit < 1:
            raise ValueError(f"--limit is {options.limit}: give the seconds that a cell may take, 1 or more.")
        found, problems = submissions.find(Path(os.path.expanduser(options.submitted)), lessons)
        return grade(found, problems, lessons, Course(options.course, options.limit))
    except (OSError, ValueError) as error:
        return _tell(error)
    except KeyboardInterrupt:
        print("stopped: what is graded stays so; the same command grades all again", file=sys.stderr)
        return 130


def grade(
    found: list[submissions.Submission], problems: list[str], lessons: dict[str, list[Exercise]], course: Course
) -> int:
    """Grade each submission by itself, tell what came of it, and write everybody's table; the exit status."""
    status = max([0, *map(_tell, problems)])
    for lesson, exercises in lessons.items():
        handed_in = [submission for submission in found if submission.notebook.stem == lesson]
        try:
            if handed_in:
                course.release(exercises[0].notebook)
        except ValueError as error:
            status, handed_in = _tell(error), []
        for submission in handed_in:
            try:
                _grade(submission, exercises, course)
            except ValueError as error:
                status = _tell(error)
    known = [lesson for lesson in lessons if lessons[lesson] and course.notebook("release", "", lesson).exists()]
    if scores := [score for lesson in known for score in course.scores(lessons[lesson])]:
        table = write_table(scores, course.folder / TABLE)
        print(f"everybody's points: {printable(table)}; graded notebooks: {printable(course.folder / 'autograded')}")
    return status


def write_table(scores: list[Score], path: Path) -> Path:
    """A row for each student, lesson and exercise, as CSV."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["student", "lesson", "exercise", "points", "of"])
    for score in sorted(scores, key=lambda score: (score.student, score.lesson)):
        writer.writerow([score.student, score.lesson, score.exercise, f"{score.points:g}", f"{score.possible:g}"])
    return write_whole(path, text.getvalue().encode())


def _grade(submission: submissions.Submission, exercises: list[Exercise], course: Course) -> None:
    """Grade one, and print its points."""
    answers = submissions.read(submission, exercises)
    scores = course.autograde(submission.student, exercises, answers.sources)
    who = f"{submission.student}, {submission.notebook.stem}"
    print(f"{who}: {sum(score.points for score in scores):g} of {sum(score.possible for score in scores):g} points")
    for score in scores:
        print(f"    {score.exercise:28} {score.points:g} of {score.possible:g}")
    for remark in answers.remarks:
        print(f"note: {who}: {remark}", file=sys.stderr)


def _tell(problem: object) -> int:
    """A sentence on what can't be done, and the exit status that it means."""
    print(f"error: {problem}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
