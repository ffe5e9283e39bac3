"""``batch sweep.toml``: notebooks run again with other parameters, several at once."""

import argparse
import os
import sys
from pathlib import Path

from tqdm.auto import tqdm

from nst_helpers.batch.executors import open_cluster, open_processes
from nst_helpers.batch.page import write_page
from nst_helpers.batch.record import Record
from nst_helpers.batch.rerun import rerun, unfinished
from nst_helpers.batch.results import read_results
from nst_helpers.batch.sweep import Run, read_sweep
from nst_helpers.batch.table import write_table
from nst_helpers.cli.options import read_count
from nst_helpers.cli.outputs import make_folder
from nst_helpers.cli.signals import Signals
from nst_helpers.runtime import printable


def add_batch(commands: "argparse._SubParsersAction") -> None:
    """Add the command to the parser's."""
    command = commands.add_parser("batch", help="notebooks run again with other parameters, several at once")
    command.add_argument("sweep", metavar="SWEEP", type=Path, help="a TOML file, such as notebooks/sweep.toml")
    command.add_argument(
        "-o", "--output", metavar="DIR", help="the folder of the results (default: build/ and the sweep's name)"
    )
    where = command.add_mutually_exclusive_group()
    where.add_argument(
        "--workers", type=read_count, metavar="N", help="runs at once, of one thread each (default: one for each core)"
    )
    where.add_argument("--scheduler", metavar="ADDRESS", help="a Dask cluster's, such as tcp://127.0.0.1:8786")
    command.set_defaults(command=run_batch)


def run_batch(options: argparse.Namespace, signals: Signals) -> int:
    """Execute what isn't finished, and show all of it; interrupted, keep what is."""
    runs = read_sweep(options.sweep)
    out = Path(os.path.expanduser(options.output or os.path.join("build", options.sweep.stem)))
    for folder in (out.parent, out):
        make_folder(folder)
    left = unfinished(runs, out)
    signals.importing = False
    stopped = False
    try:
        if left:
            _execute(left, len(runs), out, options)
    except KeyboardInterrupt:
        if signals.twice:
            raise
        stopped = True
    _show(runs, out, options.sweep.stem)
    finished = len(runs) - len(unfinished(runs, out))
    counted = f"{finished} of {len(runs)} runs are finished"
    print(f"stopped: {counted}, and the same command goes on" if stopped else f"{printable(out)}: {counted}")
    return signals.status if stopped else int(finished < len(runs))


def _execute(left: list[Run], total: int, out: Path, options: argparse.Namespace) -> None:
    """Execute the runs that are left of a total, with a bar, and a sentence for each that fails."""
    workers = min(options.workers or os.cpu_count() or 1, len(left))
    with tqdm(total=total, initial=total - len(left), desc="running", unit="notebook") as bar:

        def tell(sentence: str) -> None:
            bar.write(sentence, file=sys.stderr)

        def report(run: Run, record: Record) -> None:
            if record.error:
                tell(f"error: {run.notebook.name}, {run.label}: {record.error}")
            bar.update()

        with open_cluster(options.scheduler, tell) if options.scheduler else open_processes(workers) as executor:
            rerun(left, out, executor, report)


def _show(runs: list[Run], out: Path, title: str) -> None:
    """The sheet, the page and the table of all runs."""
    from nst_helpers.batch.sheet import write_sheet  # which draws: no other command waits for matplotlib

    results = read_results(runs, out)
    write_table(results, out / "table.csv")
    write_sheet(results, out / "sheet.png")
    write_page(results, out / "index.html", title)
