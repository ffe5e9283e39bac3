"""Notebooks of a few cells, made for a test, and sweeps over them."""

import os
from pathlib import Path

import nbformat
import psutil

PARAMETERS = """
WORD: str = "none"
NUMBER: int = 1  # of something
SHARE: float = 0.5
FLAG: bool = False
MANY: list = []
FREE = 3
"""


def make_notebook(path: Path, *cells: str, parameters: str = PARAMETERS) -> Path:
    """A notebook with a cell of parameters before the cells given, of code, or headings such as ``## The end``."""
    first = nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})
    kinds = {True: nbformat.v4.new_markdown_cell, False: nbformat.v4.new_code_cell}
    notebook = nbformat.v4.new_notebook(cells=[first, *(kinds[cell.startswith("## ")](cell) for cell in cells)])
    notebook.metadata.kernelspec = {"name": "python3", "language": "python", "display_name": "Python 3"}
    nbformat.write(notebook, path)
    return path


def make_sweep(folder: Path, text: str) -> Path:
    """A sweep's file of that text."""
    path = folder / "sweep.toml"
    path.write_text(text, encoding="utf-8")
    return path


def processes_of(folder: Path) -> list[psutil.Process]:
    """The processes, but this one, that run below a folder: hosts name it in their command line, kernels live there."""
    found = []
    for process in psutil.process_iter():
        try:
            words = [process.cwd(), *process.cmdline()]
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
        if process.pid != os.getpid() and any(str(folder) in word for word in words):
            found.append(process)
    return found
