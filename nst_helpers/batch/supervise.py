"""One run, from its start to its end, whatever that is: what an executor's worker does."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from nst_helpers.batch.host import EXECUTED, TRACEBACK

LOG = "log.txt"
HOST = Path(__file__).with_name("host.py")

_GLANCE = 0.2  # seconds between two looks at a running notebook
_ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
_ONE_THREAD += ("VECLIB_MAXIMUM_THREADS",)


@dataclass(frozen=True)
class Task:
    """What a worker has to know of a run.

    Attributes:
        notebook, folder: whole paths, the same on every machine.
        parameters: by name.
        until: the heading that it ends before, "" for none.
        limit: seconds.
        session, token: the run goes on as long as the file ``session`` holds the text ``token``.
    """

    notebook: str
    folder: str
    parameters: Mapping[str, object]
    until: str
    limit: float
    session: str
    token: str

    def is_wanted(self) -> bool:
        """Whether the batch that asked for it still waits for it."""
        try:
            return Path(self.session).read_text(encoding="utf-8") == self.token
        except OSError:
            return False


@dataclass(frozen=True)
class Ending:
    """How it ended.

    Attributes:
        seconds: from its start.
        error: in a sentence, "" where it came to its end; None where it was stopped since nobody waited for it.
        traceback: of the error, if it has one.
    """

    seconds: float
    error: str | None
    traceback: str = ""


def supervise(task: Task) -> Ending:
    """Execute a notebook in a process of its own, and end that, with all that it has started, in any event."""
    folder = Path(task.folder)
    if not task.is_wanted():
        return Ending(0.0, None)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    job = {"notebook": task.notebook, "folder": task.folder, "parameters": dict(task.parameters), "until": task.until}
    environment = os.environ | dict.fromkeys(_ONE_THREAD, "1") | {"TQDM_DISABLE": "1"}
    began = time.monotonic()
    with open(folder / LOG, "wb") as log:
        host = psutil.Popen(
            [sys.executable, "-P", str(HOST), json.dumps(job)],
            stdin=subprocess.PIPE,  # closed when this process ends, however it does
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,  # a terminal's Ctrl-C is for the batch alone
        )
    try:
        error = _wait(host, task, began)
    finally:
        _end(host)
    trace = folder / TRACEBACK
    told = trace.read_text(encoding="utf-8") if error and trace.exists() else ""
    return Ending(time.monotonic() - began, f"{error}{_last_line(told)}" if error else error, told)


def _wait(host: psutil.Popen, task: Task, began: float) -> str | None:
    """The error, if any, once the process has ended, or has to."""
    while True:
        try:
            status = host.wait(timeout=_GLANCE)
        except psutil.TimeoutExpired:
            if not task.is_wanted():
                return None
            if time.monotonic() - began > task.limit:
                return f"it took longer than its limit of {task.limit:g} s"
            continue
        if status == 0:
            return ""
        return "the notebook stopped" if status == 1 else f"the process of its run was ended (status {status})"


def _end(host: psutil.Popen) -> None:
    """End the process and all below it; the one that could start more of them stands still meanwhile."""
    try:
        host.suspend()
        family = [*host.children(recursive=True), host]
    except psutil.NoSuchProcess:
        family = []
    for process in family:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    host.wait()
    host.stdin.close()


def _last_line(text: str) -> str:
    """What a traceback ends with, for a sentence."""
    return f": {text.strip().splitlines()[-1]}" if text.strip() else ""


def executed(folder: Path) -> Path:
    """The executed notebook in a run's folder."""
    return folder / EXECUTED
