"""A function run off the kernel's main thread, so that the notebook stays awake and a stop is heard."""

import atexit
import threading
import time
import warnings
from collections.abc import Callable
from typing import ClassVar, Literal

from nst_helpers.runtime import Callback, Progress, Stop
from nst_helpers.widgets.controls.text import sentence

State = Literal["idle", "running", "paused", "stopped", "done", "failed"]

_THREAD_NAME = "nst-job"


class BackgroundJob:
    """Runs one function at a time in a daemon thread; the function reports through a callback.

    Pause blocks in the callback and stop raises `runtime.Stop` there, so both take effect within one step. In a
    process only one job computes: a job that starts stops the one before. Warnings raised in the thread are dropped; a
    method says what happened in `Progress.note`.

    Args:
        on_change: called whenever ``state`` has changed, from either thread.
        on_progress: called in the job's thread with each report.

    Attributes:
        state: "idle" before the first run, then "running", "paused", "stopped", "done" or "failed".
        progress: the last report, or None.
        result: what the function returned, or None.
        error: why it failed, in a sentence.
        seconds_paused: in this run.
    """

    _current: ClassVar["BackgroundJob | None"] = None
    _taking_over: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, on_change: Callable[[], object], on_progress: Callback):
        self._on_change, self._on_progress = on_change, on_progress
        self._lock = threading.RLock()  # held while listeners are told, so that they hear of changes in order
        self._awake = threading.Event()
        self._thread: threading.Thread | None = None
        self.state: State = "idle"
        self._reset()

    @property
    def active(self) -> bool:
        """Whether it is running or paused."""
        return self.state in ("running", "paused")

    @property
    def stopping(self) -> bool:
        """Whether it was asked to stop and has not yet stopped."""
        return self.active and self._stop

    def start(self, function: Callable[[Callback], object]) -> None:
        """Run the function with a callback that takes a `Progress`; RuntimeError if one is running already."""
        with self._lock:
            if self.active:
                raise RuntimeError("it is running already: stop it first.")
            self.wait()  # the thread before may still be saying that it has ended
            self._reset()
            _silence_warnings_of_jobs()
            _close_the_current_at_exit()
            self._thread = threading.Thread(target=self._work, args=(function,), name=_THREAD_NAME, daemon=True)
            self._change("running")
            self._thread.start()
        with BackgroundJob._taking_over:
            other, BackgroundJob._current = BackgroundJob._current, self
        if other is not None and other is not self:
            other.stop()  # without a lock held: that job may be starting, and stopping this one

    def pause(self) -> None:
        """Wait at the end of the step under way."""
        with self._lock:
            if self.state == "running" and not self._stop:
                self._awake.clear()
                self._change("paused")

    def resume(self) -> None:
        """Go on after a pause."""
        with self._lock:
            if self.state == "paused" and not self._stop:
                self._change("running")
                self._awake.set()

    def stop(self) -> None:
        """Ask it to end at the end of the step under way; returns at once."""
        with self._lock:
            if self.active and not self._stop:
                self._stop = True
                self._awake.set()
                self._on_change()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until the thread has ended, or for so long; whether it has ended."""
        thread, deadline = self._thread, None if seconds is None else time.monotonic() + seconds
        if thread is threading.current_thread():
            return False
        while thread is not None and thread.is_alive() and (deadline is None or time.monotonic() < deadline):
            thread.join(0.1)  # in slices, so that Ctrl-C gets through on every system
        return thread is None or not thread.is_alive()

    def close(self) -> None:
        """Stop, and wait for the end."""
        self.stop()
        self.wait()

    def _reset(self) -> None:
        self._stop = self._heard = False
        self._awake.set()
        self.progress: Progress | None = None
        self.result: object = None
        self.error, self.seconds_paused = "", 0.0

    def _change(self, state: State) -> None:
        self.state = state
        self._on_change()

    def _work(self, function: Callable[[Callback], object]) -> None:
        end: State = "failed"
        try:
            self.result = function(self._report)
            end = "stopped" if self._heard else "done"
        except Stop:
            end = "stopped"
        except BaseException as error:  # the thread's last stop: whatever it is, the widget says it and lives on
            self.error = sentence(error)
        finally:
            with self._lock:
                self._change(end)

    def _report(self, progress: Progress) -> None:
        self.progress = progress
        if not self._stop:
            self._on_progress(progress)
            self._sit_out_a_pause()
        if self._stop:
            self._heard = True
            raise Stop

    def _sit_out_a_pause(self) -> None:
        began = time.monotonic()
        with self._lock:
            if self.state == "paused" and not self._stop:
                self._on_change()  # again, as listeners may have heard of the step after the pause
        self._awake.wait()
        self.seconds_paused += time.monotonic() - began


def _close_the_current_at_exit() -> None:
    """A thread within torch when the interpreter goes down would crash it."""
    atexit.unregister(_close_current)
    atexit.register(_close_current)


def _close_current() -> None:
    if BackgroundJob._current is not None:
        BackgroundJob._current.close()


def _silence_warnings_of_jobs() -> None:
    """Drop what jobs' threads warn of. `warnings.catch_warnings` can't be used in threads: it changes all of them."""
    show = warnings.showwarning
    if getattr(show, "silences_jobs", False):
        return

    def show_unless_from_job(*args: object, **keywords: object) -> None:
        if threading.current_thread().name != _THREAD_NAME:
            show(*args, **keywords)

    show_unless_from_job.silences_jobs = True
    warnings.showwarning = show_unless_from_job
