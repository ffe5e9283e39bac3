"""A kernel whose messages end as the outputs that nbclient would store."""

import subprocess
import time
from copy import deepcopy
from pathlib import Path
from queue import Empty

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionComplete
from nbformat import NotebookNode
from nbval.kernel import RunningKernel, start_new_kernel

from . import kernel_environment


class UnfinishedCellError(Exception):
    """A cell took too long, or its kernel died; the message is a sentence."""


class ReplayingKernel(RunningKernel):
    """nbval's kernel in our environment, with a copy of the notebook that takes in its messages.

    It keeps no history, and no file open.
    """

    def __init__(self, name: str, nb: NotebookNode, folder: Path, startup_timeout: float):
        self.km, self.kc = start_new_kernel(
            startup_timeout,
            name,
            cwd=str(folder),
            env=kernel_environment(),
            stderr=subprocess.DEVNULL,
            extra_arguments=["--HistoryManager.hist_file=:memory:"],
        )
        self._ensure_iopub_up()
        self.replay = NotebookClient(deepcopy(nb), record_timing=False)
        self.replay.kc = self.kc  # Output widgets answer the kernel through it

    def run(self, index: int, limit: float) -> list[NotebookNode]:
        """Run the cell at `index` for at most `limit` seconds; the outputs it leaves, errors included."""
        cell = self.replay.nb.cells[index]
        cell.outputs, self.replay.clear_before_next_output = [], False
        message_id = self.kc.execute(cell.source, allow_stdin=False, stop_on_error=False)
        end = time.monotonic() + limit
        while time.monotonic() < end:
            try:
                message = self.get_message("iopub", timeout=min(1, limit))
            except Empty:
                if not self.is_alive():
                    raise UnfinishedCellError("the kernel died.") from None
                continue
            if message["parent_header"].get("msg_id") == message_id:
                try:
                    self.replay.process_message(message, cell, index)
                except CellExecutionComplete:
                    return cell.outputs
        raise UnfinishedCellError(f"it took longer than {limit:g} seconds.")

    def stop(self) -> None:
        """End the kernel, however busy or dead it is."""
        self.kc.stop_channels()
        self.km.shutdown_kernel(now=True)
