"""nbgrader's folder of a course: solved lessons go in, the students' versions and graded submissions come out."""

import os
import re
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.converters.base import BaseConverter
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import Execute
from nbgrader.utils import capture_log, setenv
from traitlets.config import Config

from classroom.execute import ExecuteExercises
from classroom.exercises import Exercise, lock_setup, untick
from nst_helpers.runtime import write_whole

DEFAULT_LIMIT = 120  # seconds for one cell; the longest check takes a few


@dataclass(frozen=True)
class Score:
    """What a student has got for an exercise."""

    student: str
    lesson: str
    exercise: str
    points: float
    possible: float


@dataclass(frozen=True)
class Course:
    """A folder with nbgrader's own names in it (source, release, submitted, autograded, gradebook.db), a lesson each.

    Args:
        folder: made where there is none.
        limit: seconds that a cell may take, in whole numbers.
    """

    folder: Path
    limit: int = DEFAULT_LIMIT

    def release(self, lesson: Path) -> Path:
        """Make the version for students of a solved lesson: stubs, points, locked checks, no exercise's output.

        Raises ValueError, in a sentence, where nbgrader refuses, as it does after a lesson that it has graded got
        exercises more or less.
        """
        notebook = nbformat.read(lesson, as_version=4)
        for cell in notebook.cells:
            untick(cell)
            lock_setup(cell)
        self._write("source", "", lesson.stem, notebook)
        self._run(GenerateAssignment, lesson.stem, what=f"{lesson.name} can't be made into a version for students")
        return self.notebook("release", "", lesson.stem)

    def autograde(self, student: str, exercises: list[Exercise], answers: dict[str, str]) -> list[Score]:
        """Grade a student's answers, sources by exercise's name, to the exercises of one released lesson.

        What is graded is the released lesson with the answers in it; it is left, with what the checks have said, as
        ``notebook("autograded", student, lesson)``. Raises ValueError, in a sentence, if it can't be graded.
        """
        lesson = exercises[0].notebook.stem
        notebook = nbformat.read(self.notebook("release", "", lesson), as_version=4)
        for cell in notebook.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            cell.source = answers.get(name, cell.source)
        self._write("submitted", student, lesson, notebook)
        self._run(Autograde, lesson, student, what=f"{lesson} of {student} wasn't graded")
        return [score for score in self.scores(exercises) if score.student == student]

    def scores(self, exercises: list[Exercise]) -> list[Score]:
        """What nbgrader's gradebook holds of a lesson, by student, in the order of the exercises."""
        lesson, found = exercises[0].notebook.stem, []
        with Gradebook(self._directory.db_url) as gradebook:
            for submission in gradebook.assignment_submissions(lesson):
                if not self.notebook("autograded", submission.student.id, lesson).exists():
                    continue  # nbgrader notes a submission before it fails to grade it
                grades = {grade.name: grade for notebook in submission.notebooks for grade in notebook.grades}
                for exercise in exercises:
                    grade = grades[exercise.check.metadata.nbgrader.grade_id]
                    points = float(grade.score), float(grade.max_score)
                    found.append(Score(submission.student.id, lesson, exercise.name, *points))
        return sorted(found, key=lambda score: score.student)

    def notebook(self, step: str, student: str, lesson: str) -> Path:
        """Where nbgrader has a student's notebook at a step; the lesson's own, before it is handed in, without one."""
        return self.folder.resolve() / step / student / lesson / f"{lesson}.ipynb"

    @property
    def _directory(self) -> CourseDirectory:
        return CourseDirectory(root=str(self.folder.resolve()))

    def _write(self, step: str, student: str, lesson: str, notebook: nbformat.NotebookNode) -> None:
        path = self.notebook(step, student, lesson)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, nbformat.writes(notebook).encode())

    def _run(self, converter: type[BaseConverter], lesson: str, student: str = ".", *, what: str) -> None:
        """One of nbgrader's steps on one lesson; ValueError if it fails, with its last word."""
        config = Config()
        config.ClearSolutions.begin_solution_delimeter = (
            "### BEGIN SOLUTION"  # the text speaks of it without the hashes
        )
        config.ClearSolutions.end_solution_delimeter = "### END SOLUTION"
        config.ClearOutput.enabled = False  # the lesson's pictures stay
        config.ExecuteExercises.timeout = self.limit
        config.ExecuteExercises.extra_arguments = ["--IPKernelApp.log_level=ERROR"]
        directory = self._directory
        directory.assignment_id, directory.student_id = lesson, student
        step = converter(coursedir=directory, config=config)
        step.force = True
        if converter is Autograde:
            step.create_student = True
            swap = {Execute: ExecuteExercises}
            step.autograde_preprocessors = [swap.get(one, one) for one in step.autograde_preprocessors]
        # nbgrader warns of libraries that have moved on, and calls alembic, which lies beside Python, by its name.
        programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        with warnings.catch_warnings(action="ignore"), setenv(PATH=programs):
            done = capture_log(step)
        if done.get("error", "").rstrip().endswith("KeyboardInterrupt"):
            raise KeyboardInterrupt  # which nbgrader has caught, too
        if not done["success"]:
            causes = re.findall(r"^ *[\w.]+: (.*)", f"{done['error']}\n{done.get('log', '')}", flags=re.MULTILINE)
            raise ValueError(f"{what}: {causes[-1]}")
