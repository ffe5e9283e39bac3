"""A pytest plugin that lets nbval compare as a reader would: ``-p tests.regression.plugin --nbval``.

nbval compares strings, skips pictures, and reads the kernel's messages one by one. Here a cell's
messages go through nbclient, as they do when outputs are stored (so that `clear_output`, updates of a
display and Output widgets end alike), and the results are compared by `compare.differences`.
A display that is updated by a *later* cell is compared before that update: update it in its own cell.
"""

import shutil
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbval.kernel import CURRENT_ENV_KERNEL_NAME
from nbval.plugin import IPyNbCell, IPyNbFile

from . import ACCEPT, Rules
from .compare import Difference, differences
from .kernel import ReplayingKernel, UnfinishedCellError
from .pictures import as_png, difference_png
from .structure import check_notebook
from .text import scrub

TRACEBACK_LINES = 12


class NotebookFailureError(Exception):
    """What is wrong with a cell or a notebook, in sentences."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("nbval").addoption(
        "--nbval-differences", type=Path, help="where differences are left (default: build/regression)"
    )


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(parent: pytest.Collector) -> Iterator:
    """Put our collector in the place of nbval's."""
    collected = yield
    return [_ours(node) if type(node) is IPyNbFile else node for node in collected]


def _ours(node: IPyNbFile) -> "NotebookFile":
    return NotebookFile.from_parent(node.parent, path=node.path)


class NotebookFile(IPyNbFile):
    """A notebook: its structure, and its cells in one kernel, which starts with the first of them."""

    broken: str | None = None  # the cell after which nothing can run

    def collect(self) -> Iterator[pytest.Item]:
        self.differences = self.config.option.nbval_differences or self.config.rootpath / "build/regression"
        cells = [item for item in super().collect() if item.cell.source.strip()]
        yield StructureItem.from_parent(self, name="structure")
        for number, item in enumerate(cells, start=1):
            yield CellItem.from_parent(
                self, name=f"Cell {number}", cell_num=number, cell=item.cell, options=item.options
            )

    def setup(self) -> None:
        shutil.rmtree(self.differences / self.path.stem, ignore_errors=True)

    def teardown(self) -> None:
        if self.kernel is not None:
            self.kernel.stop()

    def run(self, cell: NotebookNode) -> list[NotebookNode]:
        """Run a cell, in a new kernel if it is the first; its outputs as they would be stored."""
        option = self.config.option
        if self.kernel is None:
            stored = self.nb.metadata.get("kernelspec", {}).get("name", "python3")
            name = CURRENT_ENV_KERNEL_NAME if option.nbval_current_env else option.nbval_kernel_name or stored
            patience = option.nbval_kernel_startup_timeout
            self.kernel = ReplayingKernel(name, self.nb, self.path.parent, patience)
        index = next(i for i, other in enumerate(self.nb.cells) if other is cell)
        return self.kernel.run(index, option.nbval_cell_timeout)


class ReportedItem:
    """Shows a `NotebookFailureError` as its sentences and anything else as pytest does."""

    def repr_failure(self, excinfo: pytest.ExceptionInfo) -> str:
        if isinstance(excinfo.value, NotebookFailureError):
            return str(excinfo.value)
        return pytest.Item.repr_failure(self, excinfo)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, f"{self.path.name}, {self.name}"


class StructureItem(ReportedItem, pytest.Item):
    """The rules of the house for the notebook's file."""

    def runtest(self) -> None:
        if wrong := check_notebook(self.path):
            raise NotebookFailureError("\n".join(wrong))


class CellItem(ReportedItem, IPyNbCell):
    """A code cell: it runs, and gives what is stored."""

    def setup(self) -> None:
        """nbval would mark cells after a timeout as expected to fail; here they are skipped."""

    def runtest(self) -> None:
        tags = self.cell.metadata.get("tags", [])
        if self.options["skip"] or "skip-execution" in tags:
            pytest.skip("the cell is tagged to be skipped")
        if self.parent.broken:
            pytest.skip(f"an earlier cell failed ({self.parent.broken}), so this one was not run")
        rules = Rules.from_tags(tags)
        outputs = self.run()
        if self.options["check"] and (found := differences(self.cell.outputs, outputs, rules)):
            raise NotebookFailureError(self.explain(found))

    def run(self) -> list[NotebookNode]:
        """The cell's outputs; after an error the rest of the notebook counts as broken."""
        self.parent.broken = self.name
        try:
            outputs = self.parent.run(self.cell)
        except UnfinishedCellError as error:
            raise NotebookFailureError(str(error)) from None
        errors = [output for output in outputs if output.output_type == "error"]
        if errors and not self.options["check_exception"]:
            error = errors[0]
            lines = scrub("\n".join(error.traceback)).splitlines()[-TRACEBACK_LINES:]
            raise NotebookFailureError("\n  ".join([f"{error.ename}: {error.evalue}", *lines]))
        self.parent.broken = None
        return outputs

    def explain(self, found: list[Difference]) -> str:
        """The sentences on what differs, the files left to look at, and how to accept the new outputs."""
        folder, root = self.parent.differences / self.path.stem, self.config.rootpath
        files = [file for i, one in enumerate(found, 1) for file in leave(one, folder, f"{self.name}-{i}")]
        lines = [f"{one.where}: {one.sentence}" for one in found]
        lines += [f"  see {file.relative_to(root) if file.is_relative_to(root) else file}" for file in files]
        return "\n".join([*lines, f"If the new outputs are right, accept them with: {ACCEPT}"])


def leave(one: Difference, folder: Path, stem: str) -> list[Path]:
    """Write both sides of a difference, and the difference itself, to `folder`; the files."""
    contents: dict[str, str | bytes | None] = {"expected": one.old, "actual": one.new}
    if one.is_picture:
        contents = {side: picture and as_png(picture) for side, picture in contents.items()}
        contents["difference"] = difference_png(one.old, one.new) if one.old and one.new else None
    else:
        sides = [(text or "").splitlines(keepends=True) for text in (one.old, one.new)]
        contents["difference"] = "".join(unified_diff(*sides, "expected", "actual"))
    folder.mkdir(parents=True, exist_ok=True)
    stem, suffix = stem.lower().replace(" ", "-"), "png" if one.is_picture else "txt"
    files = {folder / f"{stem}-{side}.{suffix}": content for side, content in contents.items() if content}
    for file, content in files.items():
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(files)
