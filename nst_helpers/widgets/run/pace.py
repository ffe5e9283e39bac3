"""How often to draw, and how long the rest will take."""

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from nst_helpers.runtime import Progress


class Throttle:
    """Lets drawing happen at most every ``interval`` seconds, and for no more than a ``share`` of the time.

    Example:
        >>> throttle = Throttle()
        >>> if throttle.due:
        ...     with throttle.drawing():
        ...         pass
        >>> throttle.due
        False
    """

    def __init__(self, interval: float = 0.25, share: float = 0.1):
        self._interval, self._share, self._next = interval, share, 0.0

    @property
    def due(self) -> bool:
        """Whether it is time to draw again."""
        return time.monotonic() >= self._next

    @contextmanager
    def drawing(self) -> Iterator[None]:
        """Around the drawing, to see how long it takes."""
        began = time.monotonic()
        yield
        ended = time.monotonic()
        self._next = max(began + self._interval, ended + (ended - began) * (1 / self._share - 1))

    def reset(self) -> None:
        """Let the next drawing happen at once."""
        self._next = 0.0


class Pace:
    """Seconds per step, measured over the last few steps, so that a change of scale shows soon."""

    def __init__(self, steps: int = 10):
        self._marks: deque[tuple[int, float]] = deque([(0, 0.0)], maxlen=steps + 1)

    def add(self, progress: Progress, seconds_paused: float = 0.0) -> None:
        """Note a report; pauses don't count."""
        self._marks.append((progress.iteration, progress.seconds - seconds_paused))

    def seconds_left(self, progress: Progress) -> float:
        """The time that the remaining steps will take."""
        (first, began), (last, ended) = self._marks[0], self._marks[-1]
        return max(0.0, ended - began) / max(1, last - first) * (progress.total - progress.iteration)


def duration(seconds: float) -> str:
    """In words: "8 s", "2 min 05 s", "1 h 20 min"."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


def milliseconds(seconds: float) -> str:
    """In words, of what takes a moment: "80 ms", "2.5 s"."""
    return f"{1000 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
