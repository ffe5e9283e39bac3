"""Neural style transfer from the shell; the options are those of the functions' settings."""

import argparse
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import NoReturn

from nst_helpers.cli.signals import Signals
from nst_helpers.cli.streams import make_harmless

# torch takes seconds to import: until then this file can already be interrupted and say so, hence imports in functions.

_STATUSES = (
    "exit status: 0; 1 where something can't be done; 2 where the command line isn't understood; 130 after Ctrl-C and "
    "143 after SIGTERM, which save the best picture so far, or all that is needed to go on. Pressed twice, Ctrl-C ends "
    "at once."
)


def run() -> int:
    """The command of a process of its own: its streams can't fail, its signals end it in good order."""
    signals = Signals()
    signals.install()
    try:
        make_harmless()
        return main(signals=signals)
    except KeyboardInterrupt:  # the second, while the first was being obeyed
        return signals.status
    finally:
        signals.ignore()


def main(arguments: Sequence[str] | None = None, signals: Signals | None = None) -> int:
    """Obey a command line and return the exit status; an expected failure is one sentence on stderr.

    Args:
        arguments: the process's if left out.
        signals: where the process's signals arrive; without them, Ctrl-C is Python's own.
    """
    signals = signals or Signals()
    try:
        options = make_parser().parse_args(arguments)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # the progress bar shows these notes
            return options.command(options, signals)
    except KeyboardInterrupt:
        return _fail("ended at once" if signals.twice else "stopped: there is no picture to save yet", signals.status)
    except ModuleNotFoundError as error:
        return _fail(f"error: {error}: install the package with all that it requires, pip install -e .", 1)
    except MemoryError as error:
        return _fail(f"error: {error or 'memory ran out: take a smaller --size'}", 1)
    except (ValueError, OSError, ImportError) as error:
        return _fail(f"error: {error}", 1)


def make_parser() -> argparse.ArgumentParser:
    """The parser of all commands; each says what it does in ``options.command(options, signals)``, an exit status."""
    from nst_helpers.cli.batch import add_batch
    from nst_helpers.cli.paint import add_paint
    from nst_helpers.cli.stylize import add_stylize
    from nst_helpers.cli.train import add_train
    from nst_helpers.cli.video import add_video

    parser = _Parser(prog="python -m nst_helpers", description=__doc__, epilog=_STATUSES)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (add_stylize, add_paint, add_train, add_video, add_batch):
        add(commands)
    return parser


class _Parser(argparse.ArgumentParser):
    """A parser that may get its arguments when it is first asked, so that a command's imports wait for the command.

    Attributes:
        later: adds the arguments to the parser it is given.
    """

    later: Callable[[argparse.ArgumentParser], None] | None = None

    def parse_known_args(
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Argparse's own, with all arguments there."""
        if self.later is not None:
            later, self.later = self.later, None
            later(self)
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """One sentence in place of a page of options."""
        sys.exit(_fail(f"error: {message}: see {self.prog} --help", 2))


def _fail(sentence: str, status: int) -> int:
    print(" ".join(sentence.split()), file=sys.stderr)
    return status
