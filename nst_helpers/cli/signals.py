"""Ctrl-C and its kin, as the command line understands them: once ends the work in good order, twice ends it at once."""

import contextlib
import os
import signal
import sys
from collections.abc import Iterator

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")  # Ctrl-C, kill, a closed terminal; Windows knows the first two


class Signals:
    """What was asked of the process.

    The first signal raises KeyboardInterrupt, or waits where it is held back; a second one raises it anywhere; further
    ones are ignored. While libraries are being imported, which would swallow an exception or turn it into another, the
    first ends the process on the spot.

    Attributes:
        importing: whether libraries are being imported; there is nothing to tidy up then.
        first: the number of the first signal; None before.
        twice: whether there was a second.
    """

    def __init__(self):
        self.importing = False
        self.first: int | None = None
        self.twice = False
        self._held = False

    @property
    def status(self) -> int:
        """The exit status: 128 and the signal's number, as shells have it, so 130 for Ctrl-C."""
        return 128 + (self.first or signal.SIGINT)

    def install(self) -> None:
        """Listen to the process's signals from now on, but to none that whoever started it has switched off."""
        self.importing = True
        for number in _numbers():
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._receive)
        sys.unraisablehook = _hide_interrupts

    def ignore(self) -> None:
        """Hear nothing any more: what remains is done in a moment."""
        for number in _numbers():
            signal.signal(number, signal.SIG_IGN)

    def hold(self) -> None:
        """Let a first signal wait from now on: what is under way is worth finishing."""
        self._held = True

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Let a first signal wait until the block's end."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
            if self.first is not None:
                raise KeyboardInterrupt

    def _receive(self, number: int, _frame: object) -> None:
        if self.importing:
            with contextlib.suppress(OSError):
                os.write(2, b"stopped before the first step: there is no picture to save\n")
            os._exit(128 + number)
        if self.first is not None:
            self.twice = True
            self.ignore()
            raise KeyboardInterrupt
        self.first = number
        if not self._held:
            raise KeyboardInterrupt


def _numbers() -> list[int]:
    return [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]


def _hide_interrupts(unraisable: object) -> None:
    """An interrupt that hit a destructor, where Python drops it, is no fault to show; the next step obeys it."""
    if not issubclass(unraisable.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(unraisable)
