"""Copies of the lessons to work in: `python -m classroom.copies work`, which `make lab` runs."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import nbformat

from classroom.exercises import role, stub, untick
from nst_helpers.runtime import write_whole

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"


def main(arguments: list[str] | None = None) -> None:
    """Hand out copies into the folder named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m classroom.copies", description=__doc__)
    parser.add_argument("folder", type=Path, help="for the copies; those that it has stay as they are")
    parser.add_argument("--solved", action="store_true", help="leave the solutions and their ticks in")
    options = parser.parse_args(arguments)
    for copy in hand_out(NOTEBOOKS, options.folder, solved=options.solved):
        print(f"copied {copy}")


def hand_out(notebooks: Path, folder: Path, *, solved: bool) -> Iterator[Path]:
    """Write a copy of each notebook that has none in the folder yet; its path, one after the other.

    Args:
        notebooks: folder of the lessons.
        folder: made where there is none.
        solved: whether the copies keep solutions and ticks.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for lesson in sorted(notebooks.glob("*.ipynb")):
        copy = folder / lesson.name
        if copy.exists():
            continue
        data = lesson.read_bytes()
        yield write_whole(copy, data if solved else without_solutions(data.decode()).encode())


def without_solutions(lesson: str) -> str:
    """A notebook's text with stubs, unfolded, in place of its solutions, and without what its checks have said."""
    notebook = nbformat.reads(lesson, as_version=4)
    for cell in notebook.cells:
        if role(cell) == "solution":
            cell.source = stub(cell.source)
        untick(cell)
    return nbformat.writes(notebook) + "\n"


if __name__ == "__main__":
    main()
