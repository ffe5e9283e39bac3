"""A command's options, from a function's signature and its settings' annotations."""

import argparse
import inspect
import typing

from nst_helpers.runtime import describe

# What the command line asks for as positional arguments or in its own way.
_NOT_OPTIONS = ("content", "style", "callback")


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
