"""What nbgrader runs of a notebook when it grades: the set-up and the exercises, whatever students wrote."""

from typing import Any

import nbformat
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbclient.util import run_sync
from nbgrader.preprocessors import Execute

from classroom.exercises import is_setup, role

_TOO_LONG, _DIED = "TookTooLong", "KernelDied"


class ExecuteExercises(Execute):
    """Executes the set-up, the exercises and their checks; a lesson's other cells keep the outputs that they have.

    A cell is executed if `classroom.exercises` calls it set-up, a solution or a check, since that is all that an
    exercise depends on; so grading takes no longer than the checks do. A cell that takes longer than its limit, or
    that ends the kernel, gets that as its error; the next one starts in a new kernel, after the set-up.
    """

    def preprocess(self, nb: Any, resources: Any = None, km: Any = None) -> tuple[Any, Any]:
        """Execute what is to be executed; RuntimeError if the set-up, which is the lesson's own, fails."""
        self.timeout_func = lambda cell: None if is_setup(cell) else self.timeout
        self.startup_timeout = 600
        self.error_on_timeout = {"ename": _TOO_LONG, "evalue": "", "traceback": []}
        self.lost = False
        return super().preprocess(nb, resources, km)

    def preprocess_cell(self, cell: Any, resources: Any, index: int) -> tuple[Any, Any]:
        """Execute one cell, if it is one of those."""
        if not is_setup(cell) and role(cell) not in ("solution", "check"):
            return cell, resources
        if self.lost:
            self._start_again()
        try:
            self.execute_cell(cell, index)
            lost = _TOO_LONG if _errors(cell) & {_TOO_LONG} else ""
        except CellTimeoutError:  # it couldn't be interrupted
            lost = _TOO_LONG
        except DeadKernelError:
            lost = _DIED
        if lost:
            cell.outputs = [_error(lost, self.timeout)]
            self.lost = True
        if is_setup(cell):
            _require_no_error(cell)
        for output in cell.outputs:
            if output.get("name") == "stderr":  # nbgrader takes any of it for an error, but a warning is none
                output.name = "stdout"
        return cell, resources

    def _start_again(self) -> None:
        """A new kernel, with the set-up done."""
        run_sync(self.km.restart_kernel)(now=True)
        run_sync(self.kc.wait_for_ready)(timeout=self.startup_timeout)
        self.lost = False
        for index, cell in enumerate(self.nb.cells):
            if is_setup(cell):
                self.execute_cell(cell, index)
                _require_no_error(cell)


def _errors(cell: Any) -> set[str]:
    return {output.ename for output in cell.outputs if output.output_type == "error"}


def _error(name: str, limit: float) -> Any:
    """The output that stands in a graded notebook for what couldn't end."""
    sentences = {
        _TOO_LONG: f"this cell took longer than its limit of {limit:g} s: look for a loop that never ends.",
        _DIED: "this cell ended Python itself: look for exit() or os._exit(), or for more memory than there is.",
    }
    return nbformat.v4.new_output("error", ename=name, evalue=sentences[name], traceback=[f"✗ {sentences[name]}"])


def _require_no_error(cell: Any) -> None:
    for output in cell.outputs:
        if output.output_type == "error":
            raise RuntimeError(f"the lesson's set-up stopped with {output.ename} ({output.evalue}): see that it runs")
