"""All runs of a sweep, several at once; what has ended is on the disk, whatever happens to the rest."""

import contextlib
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, as_completed
from pathlib import Path

from nst_helpers.batch.outputs import read_outputs
from nst_helpers.batch.record import NAME, Record, digest, read_record, write_record
from nst_helpers.batch.supervise import Ending, Task, executed, supervise
from nst_helpers.batch.sweep import Run
from nst_helpers.runtime import write_whole

SESSION = "session"


def unfinished(runs: Sequence[Run], out: Path) -> list[Run]:
    """The runs without a record, with another notebook's, or with that of a failure."""

    def is_finished(run: Run) -> bool:
        record = read_record(out / run.name)
        return record is not None and not record.error and record.digest == digest(run)

    return [run for run in runs if not is_finished(run)]


def rerun(runs: Sequence[Run], out: Path, executor: Executor, report: Callable[[Run, Record], object]) -> None:
    """Execute the runs below the folder ``out``, and report each as it ends.

    A run that fails is recorded with its traceback while the others go on. An interrupt ends those under way, whose
    folders keep their logs but get no record.
    """
    digests = {run.name: digest(run) for run in runs}
    for run in runs:
        (out / run.name / NAME).unlink(missing_ok=True)
    with _session(out) as (session, token):
        futures = {}
        for run in runs:
            folder = str((out / run.name).resolve())
            task = Task(str(run.notebook), folder, run.parameters, run.until, run.limit, str(session), token)
            futures[executor.submit(supervise, task)] = run
        for future in as_completed(futures):
            run = futures[future]
            try:
                ending = future.result()
            except Exception as error:  # of the executor, a full disk's, anything: it is this run's alone
                ending = Ending(0.0, f"its worker failed: {type(error).__name__}: {error}")
            if ending.error is not None:
                report(run, _record(digests[run.name], out / run.name, ending))


def _record(digest: str, folder: Path, ending: Ending) -> Record:
    """The record of a run that has ended, left in its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    losses, verdicts, pictures = read_outputs(executed(folder), folder)
    record = Record(digest, round(ending.seconds, 1), ending.error, ending.traceback, losses, verdicts, pictures)
    write_record(folder, record)
    return record


@contextlib.contextmanager
def _session(out: Path) -> Iterator[tuple[Path, str]]:
    """A file that the runs look at, on whatever machine: once it is gone or another's, they end.

    So a batch that is started in the folder of one that was killed takes over from it.
    """
    file, token = out.resolve() / SESSION, uuid.uuid4().hex
    write_whole(file, token.encode())
    try:
        yield file, token
    finally:
        file.unlink(missing_ok=True)
