"""A script: executes one notebook in a process of its own, which ends, with its kernel, when whoever started it does.

Its one argument is JSON: ``notebook``, ``folder`` (of the executed notebook, where it also runs) and ``parameters``.
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
    try:
        papermill.execute_notebook(
            job["notebook"],
            folder / EXECUTED,
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


def end_with_the_starter() -> None:
    """Wait for the end of standard input, which whoever started this holds open, then leave nothing behind."""
    while os.read(0, 1):
        pass
    for process in psutil.Process().children(recursive=True):
        process.kill()
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
