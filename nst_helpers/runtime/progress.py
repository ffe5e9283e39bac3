"""How every method tells the outside world what it is doing: one dataclass, one callback."""

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from torch import Tensor
from tqdm.auto import tqdm


@dataclass(frozen=True)
class Progress:
    """One report of a running method.

    Attributes:
        iteration: evaluations of loss and gradient done so far, counted from 1.
        total: evaluations planned in all.
        loss: the weighted sum that is minimised; NaN where nothing is.
        losses: each named term of it, before its weight.
        seconds: wall time since the method started.
        image: the picture just evaluated, ``(batch, 3, height, width)`` in [0, 1]; None in a history.
        note: a sentence where something out of the ordinary happened (a restart, say), else "".
    """

    iteration: int
    total: int
    loss: float
    losses: Mapping[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    image: Tensor | None = None
    note: str = ""


Callback = Callable[[Progress], object]


class Stop(Exception):  # noqa: N818 - a request, not an error
    """Raised by a callback to end a method early; the method returns its best result so far."""


class ProgressBar:
    """A callback that draws a progress bar, in a notebook or a terminal.

    Args:
        description: stands before the bar.
        losses: whether each named loss is shown beside their weighted sum.
        unit: what is counted.

    Example:
        >>> stylize("astronaut", "starry_night", callback=ProgressBar())  # doctest: +SKIP
    """

    def __init__(self, description: str = "", *, losses: bool = False, unit: str = "step"):
        self._description, self._losses, self._unit = description, losses, unit
        self._bar: tqdm | None = None

    def __call__(self, progress: Progress) -> None:
        if self._bar is not None and progress.iteration <= self._bar.n:
            self.close()  # the run before was interrupted
        if self._bar is None:
            # tqdm itself obeys this variable in a terminal, but not in a notebook.
            quiet = bool(os.environ.get("TQDM_DISABLE"))
            first = progress.iteration - 1  # more than 0 where an earlier run goes on
            looks = {"desc": self._description, "unit": self._unit, "disable": quiet}
            self._bar = tqdm(total=progress.total, initial=first, **looks)
        shown = ({} if math.isnan(progress.loss) else {"loss": progress.loss}) | (
            progress.losses if self._losses else {}
        )
        self._bar.set_postfix({name: f"{loss:.3g}" for name, loss in shown.items()}, refresh=False)
        self._bar.update(progress.iteration - self._bar.n)
        if progress.note:
            self._bar.write(progress.note)
        if progress.iteration >= progress.total:
            self.close()

    def close(self) -> None:
        """End the bar where it is; the next report starts a new one."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
