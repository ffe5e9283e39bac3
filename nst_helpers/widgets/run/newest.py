"""Work that follows the hand: of all that is asked for, only the newest is done."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from nst_helpers.runtime import Callback, Stop
from nst_helpers.widgets.run.job import BackgroundJob


class Newest:
    """A `BackgroundJob` that does what was asked for last, and forgets whatever waited before it.

    Asking returns at once. What is under way is finished; the job ends when nothing waits. A stop forgets what waits.

    Args:
        work: does what was asked for, in the job's thread; it catches its own errors.
        on_change: called whenever the job's state has changed, from either thread.

    Attributes:
        job: the `BackgroundJob`.

    Example:
        >>> done = []
        >>> newest = Newest(done.append, lambda: None)
        >>> newest.ask(1)
        >>> newest.job.wait(), done
        (True, [1])
    """

    def __init__(self, work: Callable[[object], object], on_change: Callable[[], object]):
        self.job = BackgroundJob(on_change, lambda progress: None)
        self._work = work
        self._lock = threading.Lock()  # held for a moment only, and never while the job is called
        self._waiting: object = None
        self._busy = False

    def ask(self, request: object) -> None:
        """Do this next, in place of what waits; None is no request."""
        with self._lock:
            self._waiting, was_busy, self._busy = request, self._busy, True
        if not was_busy:
            with self._free_if_it_fails():
                self.job.wait()  # its thread may still be saying that it has ended
                self.job.start(self._work_off)

    @property
    def superseded(self) -> bool:
        """Whether what is under way may be left unfinished: something newer waits, or the job was asked to stop."""
        with self._lock:
            return self._waiting is not None or self.job.stopping

    def _work_off(self, callback: Callback) -> None:
        with self._free_if_it_fails():
            while (request := self._next()) is not None:
                self._work(request)
        if self.job.stopping:
            raise Stop

    def _next(self) -> object:
        """What to do now; None, from which moment on the next request starts the job again."""
        with self._lock:
            request = None if self.job.stopping else self._waiting
            self._waiting, self._busy = None, request is not None
            return request

    @contextmanager
    def _free_if_it_fails(self) -> Iterator[None]:
        """Let the next request start the job anew after an error or Ctrl-C: else none would be heard again."""
        try:
            yield
        except BaseException:
            with self._lock:
                self._waiting, self._busy = None, False
            raise
