"""``python -m nst_helpers stylize PHOTO PAINTING -o OUT``: the options are those of the functions' signatures."""

import argparse
import sys
import warnings
from collections.abc import Sequence

from nst_helpers import assets
from nst_helpers.cli.options import _add_options
from nst_helpers.cli.stylize import _stylize
from nst_helpers.gatys import stylize


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; an expected failure is one sentence on stderr and the exit status 1."""
    options = _parser().parse_args(arguments)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # notes are printed with the result
            options.command(options)
    except (ValueError, OSError, MemoryError, ImportError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m nst_helpers", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser(
        "stylize",
        help="optimise a photo's pixels (Gatys et al. 2016)",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        epilog=f"bundled photos: {', '.join(assets.photos())}; paintings: {', '.join(assets.paintings())}.",
    )
    command.add_argument("content", metavar="PHOTO", help="a bundled name or a file")
    command.add_argument("style", metavar="PAINTING", nargs="+", help="one or several, bundled names or files")
    command.add_argument("-o", "--output", metavar="OUT", default="stylized.png", help="the picture to write")
    _add_options(command, stylize)
    command.set_defaults(command=_stylize)
    return parser
