"""A script: executes one notebook in a process of its own, which ends, with its kernel, when whoever started it does.

Its one argument is JSON: ``notebook``, ``folder`` (of the executed notebook, where it also runs), ``parameters`` and
``until`` (the heading that it ends before, or "").
What it prints is the run's log; the exit status is 1, and the traceback is in a file, if the notebook didn't come to
its end. It is started by its path and imports nothing of the package, which would take seconds.
"""

import json
import logging
import os
import re
import sys
import threading
import traceback
from pathlib import Path

import psutil

EXECUTED, TRACEBACK = "notebook.ipynb", "traceback.txt"

_LONG = 24 * 3600  # seconds: the run's own limit ends what hangs
_COLORS = re.compile(r"\x1b\[[0-9;]*m")


def main(job: dict[str, object]) -> int:
    """Execute the notebook and return the exit status."""
    import papermill  # here, since `supervise` reads the names above
    from papermill.exceptions import PapermillExecutionError

    threading.Thread(target=end_with_the_starter, daemon=True).start()
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(message)s", force=True)
    folder = Path(job["folder"])
    executed = folder / EXECUTED
    try:
        content = read_until(Path(job["notebook"]), job["until"])
        executed.write_text(json.dumps(content), encoding="utf-8")
        papermill.execute_notebook(
            executed,
            executed,
            job["parameters"],
            cwd=folder,
            progress_bar=False,
            log_output=True,
            start_timeout=_LONG,
        )
    except PapermillExecutionError as error:  # its text is the cell's traceback
        told = str(error)
    except Exception:
        told = traceback.format_exc()
    else:
        return 0
    (folder / TRACEBACK).write_text(_COLORS.sub("", told).strip() + "\n", encoding="utf-8", errors="backslashreplace")
    return 1


def read_until(notebook: Path, until: str) -> dict[str, object]:
    """What a notebook's file holds but outputs, as far as the heading; all of it if the heading is "".

    Raises ValueError, in a sentence, if no cell of text begins with that heading.
    """
    content = json.loads(notebook.read_text(encoding="utf-8"))
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = []
    if not until:
        return content
    for number, cell in enumerate(content["cells"]):
        if cell["cell_type"] == "markdown" and "".join(cell["source"]).splitlines()[:1] == [until]:
            return content | {"cells": content["cells"][:number]}
    raise ValueError(f"{notebook.name} has no heading {until!r}: copy the whole line, or leave out until.")


def end_with_the_starter() -> None:
    """Wait for the end of standard input, which whoever started this holds open, then leave nothing behind."""
    while os.read(0, 1):
        pass
    for process in psutil.Process().children(recursive=True):
        process.kill()
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
