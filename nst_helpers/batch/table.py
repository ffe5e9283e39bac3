"""The results as a table for a spreadsheet or pandas."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from nst_helpers.batch.results import Result
from nst_helpers.runtime import write_whole


def write_table(results: Sequence[Result], path: Path) -> Path:
    """A row for each run, as CSV: its parameters by name, seconds, error, verdicts and lines with losses."""
    names = list(dict.fromkeys(name for result in results for name in result.run.parameters))
    head = ["notebook", *names, "seconds", "error", "verdicts", "hold", "doubts", "losses", "folder"]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(head)
    for result in results:
        given = [result.run.parameters.get(name, "") for name in names]
        writer.writerow([result.run.notebook.name, *given, *_facts(result), result.run.name])
    return write_whole(path, text.getvalue().encode("utf-8", "backslashreplace"))


def _facts(result: Result) -> list[object]:
    """Seconds, error, verdicts, how many of them hold, those that don't, losses."""
    record = result.record
    if record is None:
        return ["", result.told, "", "", "", ""]
    total, doubts = len(record.verdicts), result.doubts
    return [record.seconds, record.error, total, total - len(doubts), "\n".join(doubts), "\n".join(record.losses)]
