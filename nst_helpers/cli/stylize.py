"""``stylize PHOTO PAINTING -o OUT``."""

import argparse
import os

from nst_helpers import assets
from nst_helpers.cli.options import add_options, what_is_here
from nst_helpers.cli.outputs import require_new
from nst_helpers.cli.signals import Signals
from nst_helpers.gatys import stylize
from nst_helpers.images import require_savable, save_image
from nst_helpers.optimize import Optimization
from nst_helpers.runtime import Progress, ProgressBar, Stop, import_torchvision, option_types, printable


def add_stylize(commands: "argparse._SubParsersAction") -> None:
    """Add the command to the parser's."""
    command = commands.add_parser(
        "stylize",
        help="optimise a photo's pixels (Gatys et al. 2016)",
        epilog=what_is_here(photos=assets.photos(), paintings=assets.paintings()),
    )
    command.add_argument("content", metavar="PHOTO", help="a bundled name or a file")
    command.add_argument("style", metavar="PAINTING", nargs="+", help="one or several, bundled names or files")
    command.add_argument(
        "-o", "--output", metavar="OUT", default="stylized.png", help="the picture to write (default: stylized.png)"
    )
    add_options(command, stylize)
    command.set_defaults(command=run_stylize)


def run_stylize(options: argparse.Namespace, signals: Signals) -> int:
    """Stylise, save and say so; interrupted, save the best picture so far if there is one."""
    import_torchvision()  # which the network needs
    signals.importing = False
    out = require_savable(options.output)  # before the minutes of work, not after
    require_new([out], [options.content, *options.style])
    keywords = {name: getattr(options, name) for name in option_types(stylize.settings)}
    bar = ProgressBar("stylising")

    def report(progress: Progress) -> None:
        bar(progress)
        if progress.iteration >= progress.total:
            signals.hold()
        elif signals.first is not None:  # its interrupt hit a destructor, and was dropped
            raise Stop

    try:
        result = stylize(options.content, options.style, callback=report, **keywords)
    finally:
        bar.close()
    signals.hold()
    print(_save(result, out))
    return signals.status if result.interrupted or signals.first is not None else 0


def _save(result: Optimization, out: os.PathLike) -> str:
    """Save what there is, and a sentence that says what was done."""
    steps = len(result.history)
    if not result.interrupted:
        save_image(result.image, out)
        return f"{printable(out)}: {steps} steps in {result.history[-1].seconds:.0f} s"
    if not steps:
        return "stopped before the first step: there is no picture to save"
    stopped = f"stopped at step {steps} of {result.history[-1].total}"
    if not any(progress.loss < result.history[0].loss for progress in result.history):
        return f"{stopped}: no picture was better than the start yet, so none was saved"
    save_image(result.image, out)
    return f"{stopped}: saved the best picture so far in {printable(out)}"
