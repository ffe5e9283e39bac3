"""The rules of the house for a notebook file, checked without running it."""

import ast
import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from . import Rules

LINES, MEDIAN_LINES = 25, 8
MEGABYTES = 3
_PATH = re.compile(
    r"(?<![\w.~/:-])/(?:home|root|tmp|Users|usr|opt|mnt|private|var)/[\w.-]+"
    r"|\bC:\\+\w|\b[A-Z]:\\+(?:Users|Windows|Program|Temp)|[/\\](?:site|dist)-packages[/\\]"
)
_DATE = re.compile(r"\b20\d\d-[01]\d-[0-3]\d\b|\b[0-2]\d:[0-5]\d:[0-5]\d\b")


def check_notebook(path: Path) -> list[str]:
    """Sentences on what is wrong with the notebook file at `path`; an empty list if nothing is."""
    raw = path.read_text(encoding="utf-8")
    nb = json.loads(raw)
    rules = (_file(raw, nb), _counts(nb), _sizes(nb), _tags(nb), _parameters(nb), _traces(nb, path))
    return [sentence for rule in rules for sentence in rule]


def _code(nb: dict) -> list[dict]:
    return [cell for cell in nb["cells"] if cell["cell_type"] == "code" and _source(cell).strip()]


def _source(cell: dict) -> str:
    return "".join(cell["source"])


def _title(cell: dict) -> str:
    """How a sentence refers to a cell: by its first line."""
    lines = _source(cell).strip().splitlines() or ["(empty)"]
    return f'the cell "{lines[0][:60]}"'


def _cell_tags(cell: dict) -> list[str]:
    return cell["metadata"].get("tags", [])


def _file(raw: str, nb: dict) -> Iterator[str]:
    size = len(raw.encode()) / 1e6
    if size >= MEGABYTES:
        yield f"the file has {size:.1f} MB, {MEGABYTES} are allowed: store fewer or smaller pictures"
    if (version := (nb["nbformat"], nb["nbformat_minor"])) != (4, 5):
        yield "the format is {}.{}, it should be 4.5".format(*version)
    ids = [cell.get("id") for cell in nb["cells"]]
    if None in ids or len(set(ids)) < len(ids):
        yield "each cell needs an id of its own"
    if (kernel := nb["metadata"].get("kernelspec", {}).get("name")) != "python3":
        yield f"the kernel is {kernel!r}, it should be 'python3'"
    if "widgets" in nb["metadata"]:
        yield "metadata.widgets holds the state of widgets, which GitHub can't show"


def _counts(nb: dict) -> Iterator[str]:
    run = [cell for cell in _code(nb) if "skip-execution" not in _cell_tags(cell)]
    for number, cell in enumerate(run, start=1):
        if cell["execution_count"] != number:
            yield f"{_title(cell)} has the number {cell['execution_count']}, it should be {number}"
            break
    for cell in run:
        if "raises-exception" not in _cell_tags(cell):
            names = [output["ename"] for output in cell["outputs"] if output["output_type"] == "error"]
            yield from (f"{_title(cell)} ends in a {name}" for name in names)


def _sizes(nb: dict) -> Iterator[str]:
    lengths = [len(_source(cell).strip().splitlines()) for cell in _code(nb)]
    for cell, length in zip(_code(nb), lengths, strict=True):
        if length > LINES:
            yield f"{_title(cell)} has {length} lines, {LINES} are allowed"
    if lengths and median(lengths) > MEDIAN_LINES:
        yield f"the median code cell has {median(lengths):g} lines, {MEDIAN_LINES} are allowed"


def _tags(nb: dict) -> Iterator[str]:
    for cell in nb["cells"]:
        try:
            Rules.from_tags(_cell_tags(cell))
        except ValueError as error:
            yield f"{_title(cell)}: {error}"


def _parameters(nb: dict) -> Iterator[str]:
    cells = [cell for cell in nb["cells"] if "parameters" in _cell_tags(cell)]
    if len(cells) != 1:
        yield f"{len(cells)} cells are tagged `parameters`, it should be 1"
    for cell in cells:
        try:
            lines = ast.parse(_source(cell)).body
        except SyntaxError:
            lines = [None]
        if cell["cell_type"] != "code" or not lines or not all(map(_is_parameter, lines)):
            yield f"{_title(cell)} is tagged `parameters`: it may only assign values to UPPERCASE names"


def _is_parameter(line: ast.stmt | None) -> bool:
    targets = getattr(line, "targets", None) or [getattr(line, "target", None)]
    assigns = isinstance(line, ast.Assign | ast.AnnAssign)
    return assigns and all(isinstance(target, ast.Name) and target.id.isupper() for target in targets)


def _traces(nb: dict, path: Path) -> Iterator[str]:
    """What tells on which machine and when the notebook was run."""
    written = "\n".join(map(_source, nb["cells"]))
    own = re.escape(str(path.resolve().parent.parent)) if len(path.resolve().parts) > 3 else _PATH.pattern
    anywhere = re.compile(f"{_PATH.pattern}|{own}")
    host = socket.gethostname()
    is_telling = len(host) >= 4 and host != "localhost" and host not in written
    for cell in nb["cells"]:
        shown = "\n".join(_shown(cell))
        if found := anywhere.search(_source(cell) + "\n" + shown):
            yield f"{_title(cell)} or its output holds an absolute path: {found[0]}"
        if found := _DATE.search(shown):
            yield f"{_title(cell)} shows a date or a time of day: {found[0]}"
        if is_telling and re.search(rf"\b{re.escape(host)}\b", shown):
            yield f"{_title(cell)} shows the name of this machine"


def _shown(cell: dict) -> Iterator[str]:
    """The texts in a cell's stored outputs; pictures are left out."""
    for output in cell.get("outputs", []):
        yield "".join(output.get("text", []))
        yield "\n".join([output.get("evalue", ""), *output.get("traceback", [])])
        for mime, value in output.get("data", {}).items():
            if mime.startswith("text/"):
                yield re.sub(r"base64,[A-Za-z0-9+/=\s]+", "", "".join(value))
