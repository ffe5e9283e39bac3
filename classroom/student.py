"""The edition for students: `python -m classroom.student build/student`, which `make student` runs."""

import argparse
import sys
from pathlib import Path

from classroom.copies import NOTEBOOKS
from classroom.course import Course
from nst_helpers.runtime import write_whole

COURSE = Path("build/course")


def main(arguments: list[str] | None = None) -> int:
    """Write every lesson's version for students into a folder; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m classroom.student", description=__doc__)
    parser.add_argument("folder", type=Path, help="for the notebooks; replaces those that it has")
    parser.add_argument("--course", type=Path, default=COURSE, help="nbgrader's folder (default: %(default)s)")
    options = parser.parse_args(arguments)
    course = Course(options.course)
    try:
        options.folder.mkdir(parents=True, exist_ok=True)
        for lesson in sorted(NOTEBOOKS.glob("*.ipynb")):
            released = course.release(lesson)
            print(f"wrote {write_whole(options.folder / lesson.name, released.read_bytes())}")
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
