"""Standard output and error that can't fail: not closed, not broken, whatever a name is made of."""

import io
import os
import sys


class Harmless(io.TextIOWrapper):
    """A text stream that escapes what its encoding lacks and, once nobody reads it, sends everything to nowhere."""

    def write(self, text: str) -> int:
        """Write, or forget."""
        try:
            return super().write(text)
        except OSError:
            self._to_nowhere()
            return len(text)

    def flush(self) -> None:
        """Flush, or forget."""
        try:
            super().flush()
        except OSError:
            self._to_nowhere()

    def _to_nowhere(self) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)


def make_harmless() -> None:
    """Put harmless streams in the place of the process's own, and something in the place of closed ones."""
    # A file opened next would get a closed stream's number, and with it whatever a library prints.
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)
    for name, closed in (("stdout", 1), ("stderr", 2)):
        stream = getattr(sys, name)
        buffer = io.BufferedWriter(io.FileIO(closed, "w", closefd=False)) if stream is None else stream.buffer
        encoding = "utf-8" if stream is None else stream.encoding
        setattr(sys, name, Harmless(buffer, encoding=encoding, errors="backslashreplace", line_buffering=True))
