"""What the documents say is so: their examples run, their links lead somewhere, their lists are complete."""

import ast
import doctest
import importlib
import re
import shlex
import tomllib
from pathlib import Path

import nbformat
import pytest

from nst_helpers.cli.main import make_parser

REPOSITORY = Path(__file__).resolve().parent.parent
README = REPOSITORY / "README.md"
GUIDE = REPOSITORY / "notebooks/README.md"  # for instructors
NOTEBOOKS = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))
MANIFEST = tomllib.loads((REPOSITORY / "data/manifest.toml").read_text(encoding="utf-8"))
ASSETS = [(kind, entry) for kind, entries in MANIFEST.items() for entry in entries.values()]


@pytest.fixture(scope="module")
def readme() -> str:
    return README.read_text(encoding="utf-8")


def blocks(text: str, *languages: str) -> list[tuple[int, str]]:
    """(line on which it begins, source) of each fenced block in one of the languages."""
    fenced = re.finditer(rf"^```(?:{'|'.join(languages)})\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    return [(text.count("\n", 0, block.start(1)), block[1]) for block in fenced]


def test_the_python_in_the_readme_runs(readme, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "__main__"}
    assert blocks(readme, "python")
    for line, source in blocks(readme, "python"):
        exec(compile("\n" * line + source, README, "exec"), namespace)


def test_the_command_lines_in_the_readme_are_understood(readme):
    for _, source in blocks(readme, "sh", "bash", "console", "shell"):
        for command in re.findall(r"python3? -m nst_helpers (.+)", source.replace("\\\n", " ")):
            make_parser().parse_args(shlex.split(command, comments=True))


@pytest.mark.parametrize("document", [README, GUIDE], ids=["readme", "guide"])
def test_links_and_pictures_lead_somewhere(document):
    prose = re.sub(r"^```.*?^```$|`[^`\n]+`", "`", document.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    links = re.findall(r"\]\(<?([^)>\s]+)", prose) + re.findall(r"(?:src|href)=[\"']([^\"']+)", prose)
    links += re.findall(r"^\[[^\]]+\]: +<?([^\s>]+)", prose, flags=re.MULTILINE)
    local = [link.partition("#")[0] for link in links if not re.match(r"\w+:|#|//", link)]
    assert links
    assert not [link for link in local if not (document.parent / link).exists()]
    assert not [link for link in local if link.startswith(("build/", "work/", "/"))]


def test_every_picture_in_the_readme_has_alternative_text(readme):
    assert "![](" not in readme
    assert not [tag for tag in re.findall(r"<img [^>]*>", readme) if not re.search(r"alt=[\"'][^\"']+", tag)]


def test_each_target_of_the_makefile_is_named_and_no_other(readme):
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    targets = set(re.search(r"^\.PHONY: (.+)", makefile, flags=re.MULTILINE)[1].split())
    assert targets - {"help"} <= makes(readme)
    assert makes(readme) | makes(GUIDE.read_text(encoding="utf-8")) <= targets


def makes(text: str) -> set[str]:
    """The targets that a document's code asks make for."""
    code = "\n".join([*re.findall(r"`([^`\n]+)`", text), *(source for _, source in blocks(text, r"\w*"))])
    return set(re.findall(r"\bmake (\w+)", code))


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_guide_counts_exercises_points_and_minutes(notebook):
    cells = nbformat.read(notebook, as_version=4).cells
    points = [cell.metadata.nbgrader.points for cell in cells if cell.metadata.get("nbgrader", {}).get("grade")]
    exercises = [cell.source for cell in cells if cell.source.startswith("### Exercise ")]
    minutes = sum(int(re.search(r"^★+ · (\d+) minutes$", text, flags=re.MULTILINE)[1]) for text in exercises)
    facts = [len(exercises), sum(points), minutes] if exercises else ["", "", ""]
    (row,) = [line for line in GUIDE.read_text("utf-8").splitlines() if line.startswith(f"| [{notebook.stem}]")]
    assert [fact.strip() for fact in row.split("|")[4:7]] == list(map(str, facts))


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_table_of_lessons_has_each_notebook(readme, notebook):
    rows = [line for line in readme.splitlines() if line.startswith("|")]
    assert [row for row in rows if f"notebooks/{notebook.name}" in row]


def docstrings() -> dict[str, tuple[str, str, Path, int]]:
    """(module, text, file, line) of each docstring with an example that isn't skipped, by qualified name.

    Read from the source: `doctest` would pass over every function that jaxtyping has wrapped for the tests.
    """
    found = {}
    for path in sorted((REPOSITORY / "nst_helpers").rglob("*.py")):
        module = ".".join(path.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__init__")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                text, line = ast.get_docstring(node) or "", getattr(node, "lineno", 1)
                if any(doctest.SKIP not in example.options for example in doctest.DocTestParser().get_examples(text)):
                    found[f"{module}.{getattr(node, 'name', '__doc__')}:{line}"] = (module, text, path, line)
    return found


DOCSTRINGS = docstrings()


def test_examples_are_found():
    assert any(name.startswith("nst_helpers.losses.formulas.gram_matrix") for name in DOCSTRINGS)


@pytest.mark.parametrize("name", DOCSTRINGS)
def test_the_examples_in_a_docstring_are_right(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    module, text, path, line = DOCSTRINGS[name]
    names = dict(vars(importlib.import_module(module)))
    test = doctest.DocTestParser().get_doctest(text, names, name, str(path), line)
    reports = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS, verbose=False).run(test, out=reports.append)
    assert not reports, "".join(reports)


def row(kind: str, entry: dict[str, str]) -> str:
    """An asset's row in NOTICE.md."""
    facts = [f"{kind}/{Path(entry['file']).name}", *(entry[fact] for fact in ("title", "author", "year", "licence"))]
    return f"| {' | '.join([*facts, entry['source'], entry['changes']])} |"


@pytest.mark.parametrize(("kind", "entry"), ASSETS, ids=[entry["file"] for _, entry in ASSETS])
def test_the_notice_has_each_entry_of_the_manifest(kind, entry):
    lines = (REPOSITORY / "NOTICE.md").read_text(encoding="utf-8").splitlines()
    assert row(kind, entry) in lines, f"paste this into NOTICE.md's table:\n{row(kind, entry)}"


def test_the_notice_has_no_row_that_the_manifest_lacks():
    lines = (REPOSITORY / "NOTICE.md").read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if re.match(r"\| \w+/", line)]
    assert rows == [row(kind, entry) for kind, entry in ASSETS]


def test_the_notice_names_the_weights_authors_and_the_packager():
    text = (REPOSITORY / "NOTICE.md").read_text(encoding="utf-8")
    for words in (
        "Simonyan",
        "Zisserman",
        "creativecommons.org/licenses/by/4.0",
        "Copyright (c) 2019 Daniel Steinberg",
    ):
        assert words in text
