"""How every loop reports: counted, timed, kept, told to the callback, and ended early without loss."""

import math
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal, NamedTuple

from jaxtyping import Float
from torch import Tensor

from nst_helpers.runtime.progress import Callback, Progress, Stop


class _Standing(NamedTuple):
    """What is true after a report; replaced as a whole, so that Ctrl-C finds the old one or the new one."""

    reports: int = 0
    loss: float = math.inf
    image: Tensor | None = None
    compare: bool = False  # whether the next picture has to be better than the one kept


class Recorder:
    """The reports of a loop, or of several that follow one another (from coarse to fine, say).

    In a ``with`` block, Ctrl-C at any moment and `Stop` raised by the callback end the block and are kept as
    ``interrupted``; each evaluation is by then in the history and among the pictures to keep, or in neither. Blocks may
    be nested: the inner one ends, and whoever goes on after it asks ``interrupted``.

    Args:
        total: reports planned in all, over all loops.
        callback: told of each with a copy of its picture, so that it may write into it.
        keep: "best", the picture of the lowest finite loss, or "last".
        done: reports of an earlier run that this one continues; the numbers go on from there.

    Attributes:
        interrupted: whether it ended early, by Ctrl-C or by the callback.

    Example:
        >>> recorder = Recorder(3)
        >>> with recorder:
        ...     for loss in (2.0, 1.0, 3.0):
        ...         _ = recorder.report(loss)
        >>> recorder.loss, len(recorder.history), recorder.interrupted
        (1.0, 3, False)
    """

    def __init__(
        self, total: int, callback: Callback | None = None, *, keep: Literal["best", "last"] = "best", done: int = 0
    ):
        self.total, self.interrupted, self._done = total, False, done
        self._callback, self._keep = callback, keep
        self._reports: list[Progress] = []
        self._standing = _Standing()
        self._began = time.perf_counter()

    @property
    def history(self) -> list[Progress]:
        """The reports so far, without their pictures."""
        return self._reports[: self._standing.reports]

    @property
    def image(self) -> Tensor | None:
        """The picture kept; None before the first report."""
        return self._standing.image

    @property
    def loss(self) -> float:
        """That of the picture kept; infinite before the first report."""
        return self._standing.loss

    def begin(self) -> None:
        """A loop begins: its first picture replaces the one kept, whose loss may be that of another size.

        Seconds count from the first loop's beginning.
        """
        self._standing = self._standing._replace(compare=False)
        if not self._standing.reports:
            self._began = time.perf_counter()

    def report(
        self,
        loss: float,
        *,
        losses: Mapping[str, float] | None = None,
        image: Float[Tensor, "batch 3 height width"] | None = None,
        note: str = "",
    ) -> Progress:
        """Take in one evaluation and tell the callback, which may raise `Stop`.

        Args:
            losses: each named term, before its weight.
            image: the picture evaluated, which the loop won't write into any more.
            note: what happened out of the ordinary, in a sentence.
        """
        before = self._standing
        progress = Progress(
            iteration=self._done + before.reports + 1,
            total=self.total,
            loss=loss,
            losses=dict(losses or {}),
            seconds=time.perf_counter() - self._began,
            note=note,
        )
        image = None if image is None else image.detach()
        better = math.isfinite(loss) and (not before.compare or loss < before.loss)
        kept = (loss, image, True) if better or self._keep == "last" else before[1:]
        self._reports[before.reports :] = [progress]  # a report that Ctrl-C cut off may lie there
        self._standing = _Standing(before.reports + 1, *kept)
        if self._callback is not None:
            shown = None if image is None else image.clone()
            self._callback(replace(progress, losses=dict(progress.losses), image=shown))
        return progress

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        ended_early = kind is not None and issubclass(kind, KeyboardInterrupt | Stop)
        self.interrupted = self.interrupted or ended_early
        return ended_early
