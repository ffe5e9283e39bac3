"""``python -m nst_helpers stylize PHOTO PAINTING -o OUT``: the options are those of the functions' signatures."""

import argparse
import inspect
import sys
import typing
import warnings
from collections.abc import Sequence

from nst_helpers import assets
from nst_helpers.gatys import stylize
from nst_helpers.images import require_savable, save_image
from nst_helpers.progress import ProgressBar
from nst_helpers.settings import describe

# What the command line asks for as positional arguments or in its own way.
_NOT_OPTIONS = ("content", "style", "callback")


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


def _add_options(command: argparse.ArgumentParser, function) -> None:
    """An option for each keyword of the function, with its type and default."""
    texts = describe(function)
    for name, parameter in inspect.signature(function).parameters.items():
        if name in _NOT_OPTIONS:
            continue
        flag = f"--{name.replace('_', '-')}"
        help_text = texts.get(name, name)
        if isinstance(parameter.default, bool):
            command.add_argument(flag, action=argparse.BooleanOptionalAction, default=parameter.default, help=help_text)
        elif isinstance(parameter.default, dict):
            command.add_argument(
                flag, type=_layers, default=parameter.default, metavar="LAYER=WEIGHT,...", help=help_text
            )
        elif name in ("style_weights", "masks"):
            kind = float if name == "style_weights" else str
            command.add_argument(flag, type=kind, nargs="+", default=parameter.default, help=help_text)
        else:
            choices = typing.get_args(parameter.annotation) if _is_literal(parameter.annotation) else None
            kind = _scalar(parameter)
            command.add_argument(flag, type=kind, choices=choices, default=parameter.default, help=help_text)


def _is_literal(annotation: object) -> bool:
    return typing.get_origin(annotation) is typing.Literal


def _scalar(parameter: inspect.Parameter) -> type:
    """int, float or str, from the default, or from the annotation where the default is None."""
    if parameter.default is not None:
        return type(parameter.default)
    named = [kind for kind in typing.get_args(parameter.annotation) if kind in (int, float, str)]
    return named[0] if named else str


def _layers(text: str) -> dict[str, float] | list[str]:
    """``relu1_1=0.5,relu2_1=0.5`` with weights, ``relu1_1,relu2_1`` without."""
    parts = [part.strip().split("=") for part in text.split(",")]
    if all(len(part) == 1 for part in parts):
        return [part[0] for part in parts]
    try:
        return {layer: float(weight) for layer, weight in parts}
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no list of layers: write relu1_1=0.5,relu2_1=0.5") from None


def _stylize(options: argparse.Namespace) -> None:
    keywords = {name: value for name, value in vars(options).items() if name not in ("command", "output")}
    content, style = keywords.pop("content"), keywords.pop("style")
    require_savable(options.output)  # before the minutes of work, not after
    bar = ProgressBar("stylising")
    try:
        result = stylize(content, style, callback=bar, **keywords)
    finally:
        bar.close()
    save_image(result.image, options.output)
    print(f"{options.output}: {len(result.history)} steps in {result.history[-1].seconds:.0f} s")
