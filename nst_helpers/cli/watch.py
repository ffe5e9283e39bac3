"""A training run, as the command line sees it."""

import torch

from nst_helpers.cli.signals import Signals
from nst_helpers.runtime import Progress, ProgressBar, Stop, ran_out_of_memory


class Watch:
    """A run's callback: its progress bar, the stop that a signal asks for, and what became of it, in a sentence.

    Attributes:
        last: the latest report; None before the first.
        interrupted: whether the run ended early.
    """

    def __init__(self, description: str, signals: Signals):
        self.last: Progress | None = None
        self.interrupted = False
        self._bar, self._signals = ProgressBar(description, losses=True), signals

    def __call__(self, progress: Progress) -> None:
        """Show it; from the first step on a signal waits for the end of a step, on all processes for the same one."""
        from accelerate import PartialState
        from accelerate.utils import reduce

        state = PartialState()
        if state.is_main_process:
            self._bar(progress)
        self.last = progress
        self._signals.hold()
        asked = self._signals.first is not None
        if state.num_processes > 1:
            asked = reduce(torch.tensor(float(asked), device=state.device)).item() > 0
        if asked and progress.iteration < progress.total:
            raise Stop

    def __enter__(self) -> "Watch":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> bool:
        """End the bar; say in a sentence what is known to go wrong; keep a first Ctrl-C as ``interrupted``."""
        self._bar.close()
        if isinstance(error, KeyboardInterrupt) and not self._signals.twice:
            self.interrupted = True
            return True
        if error is not None and ran_out_of_memory(error):
            raise MemoryError("memory ran out: take a smaller --batch, --size or --width.") from None
        if isinstance(error, RuntimeError) and "DataLoader worker" in str(error):
            raise OSError(
                "a process that read photos was ended: run the same command again with --workers 0."
            ) from None
        return False

    @property
    def status(self) -> int:
        """The command's exit status."""
        return self._signals.status if self.interrupted or self._signals.first is not None else 0

    def told(self, where: str, next_step: str) -> str:
        """What was done, in a sentence."""
        last = self.last
        if self.interrupted:
            at = "before the first step" if last is None else f"at step {last.iteration} of {last.total}"
            return f"stopped {at}: {where}; {next_step}" if last else f"stopped {at}: nothing is lost"
        if last is None:
            return f"all steps were taken before: {where}; give more --steps to go on"
        return f"{last.total} steps, loss {last.loss:.3g}: {where}"
