"""Run the notebooks and store what they give: ``python -m tests.regression.regenerate``.

Two runs on one machine store the same bytes. A cell tagged `measures` keeps its stored outputs as long
as neither it nor the `parameters` cell was edited and it still says the same in other numbers; clear its
outputs to have it measured again.
"""

import argparse
import hashlib
import os
import sys
from copy import deepcopy
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from . import Rules
from .compare import differences, tidy
from .kernel import ReplayingKernel, UnfinishedCellError
from .text import scrub

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}
STARTUP_TIMEOUT, CELL_TIMEOUT = 300, 3600  # seconds


class CellFailedError(Exception):
    """A cell of a notebook ended in an error; the message is a sentence."""


def main(arguments: list[str] | None = None) -> int:
    """Regenerate the notebooks that are named, or all; the exit status."""
    parser = argparse.ArgumentParser(description="Run notebooks in place and store their outputs.")
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: notebooks/*.ipynb")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file would change")
    options = parser.parse_args(arguments)
    notebooks = options.notebooks or sorted(Path("notebooks").glob("*.ipynb"))
    if not notebooks:
        print("No notebook in notebooks/: run this in the repository's root, or name one.", file=sys.stderr)
        return 1
    return max([_regenerate_one(path, options.check) for path in notebooks])


def _regenerate_one(path: Path, check: bool) -> int:
    try:
        fresh = regenerated(path)
    except CellFailedError as error:
        print(f"{path}: {error} The file is unchanged.", file=sys.stderr)
        return 1
    if fresh == path.read_text(encoding="utf-8"):
        print(f"{path}: unchanged")
        return 0
    if not check:
        write_atomically(path, fresh)
    print(f"{path}: {'would change' if check else 'written'}")
    return int(check)


def regenerated(path: Path) -> str:
    """The text of the notebook file as it is after a run; `CellFailedError` if a cell fails."""
    stored = nbformat.read(path, as_version=4)
    nb = deepcopy(stored)
    execute(nb, path.resolve().parent)
    normalise(nb, stored)
    return nbformat.writes(nb, version=4).rstrip("\n") + "\n"


def execute(nb: NotebookNode, folder: Path) -> None:
    """Run all cells of `nb` in `folder` and put their outputs in place.

    By the kernel that the comparison runs: nbclient's own loop waits for ever on a reply that it missed.
    """
    kernel = ReplayingKernel(KERNEL["name"], nb, folder, STARTUP_TIMEOUT)
    try:
        for index, cell in enumerate(nb.cells):
            if cell.cell_type == "code" and cell.source.strip():
                cell.outputs = _run(kernel, index, cell)
                cell.execution_count = kernel.replay.nb.cells[index].execution_count
    finally:
        kernel.stop()


def _run(kernel: ReplayingKernel, index: int, cell: NotebookNode) -> list[NotebookNode]:
    try:
        outputs = kernel.run(index, CELL_TIMEOUT)
        errors = [output for output in outputs if output.output_type == "error"]
        may_fail = "raises-exception" in cell.metadata.get("tags", [])
        reason = _reason(errors[0]) if errors and not may_fail else ""
    except UnfinishedCellError as error:
        outputs, reason = [], str(error)
    if reason:
        line = cell.source.strip().splitlines()[0]
        raise CellFailedError(f'the cell that starts with "{line}" failed: {reason}')
    return outputs


def normalise(nb: NotebookNode, stored: NotebookNode) -> None:
    """Take out of an executed notebook what differs from run to run; `stored` is the one before it."""
    nb.metadata.pop("widgets", None)
    nb.metadata["kernelspec"] = dict(KERNEL)
    nb.metadata["language_info"] = dict(LANGUAGE)
    before = {cell.get("id"): cell for cell in stored.cells}
    parameters = "".join(cell.source for cell in nb.cells if "parameters" in cell.metadata.get("tags", []))
    for cell in nb.cells:
        cell.metadata.pop("execution", None)
        cell.metadata.pop("nst", None)
        if cell.cell_type != "code":
            continue
        cell.outputs = tidy(cell.outputs)
        if "measures" in cell.metadata.get("tags", []):
            digest = hashlib.sha256(f"{parameters}\0{cell.source}".encode()).hexdigest()[:16]
            cell.metadata["nst"] = {"source_sha256": digest}
            _keep_measured(cell, before[cell.get("id")])


def _keep_measured(cell: NotebookNode, stored: NotebookNode) -> None:
    """Put the stored outputs of a cell that measures back, if they are of this source and say the same."""
    if stored.metadata.get("nst") != cell.metadata["nst"]:
        return
    if differences(stored.outputs, cell.outputs, Rules(measures=True)):
        return
    cell.outputs = tidy(stored.outputs)
    for output in cell.outputs:
        if output.output_type == "execute_result":
            output.execution_count = cell.execution_count


def write_atomically(path: Path, text: str) -> None:
    """Write `text` to `path` so that a reader sees the old file or the new one, never a part."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8", newline="\n")
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _reason(error: NotebookNode) -> str:
    text = scrub(f"{error.ename}: {error.evalue}".strip())
    return text if text.endswith((".", "!", "?")) else text + "."


if __name__ == "__main__":
    sys.exit(main())
