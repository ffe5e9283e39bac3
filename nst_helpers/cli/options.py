"""A command's flags, from the annotations of a method's settings."""

import argparse
import types
import typing
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Annotated

from nst_helpers.runtime import Number, describe, devices, option_types


def what_is_here(**bundled: Iterable[str]) -> str:
    """The bundled names of each kind, and the devices of this machine, for the end of a command's help."""
    named = [f"{kind}: {', '.join(names)}" for kind, names in bundled.items()]
    return f"bundled {'; '.join(named)}; devices here: {', '.join(devices())}."


def add_options(
    command: "argparse.ArgumentParser | argparse._ArgumentGroup", function: Callable, but: Collection[str] = ()
) -> None:
    """A flag for each field of the settings of a function made by `takes`, with its type, default and meaning.

    Fields named in ``but`` get none: the command has a flag of that name already.
    What can't be read as the type stays text, so that `check_options` refuses it in its own words.
    """
    defaults, texts = function.settings(), describe(function)
    for name, kind in option_types(function.settings).items():
        if name in but:
            continue
        flag, default = f"--{name.replace('_', '-')}", getattr(defaults, name)
        given = {"default": default, "help": _help(texts.get(name, name), kind, default)}
        if kind is bool:
            command.add_argument(flag, action=argparse.BooleanOptionalAction, **given)
        elif (part := _item(kind)) is not None:
            command.add_argument(flag, nargs="+", type=_reader(part), metavar=_metavar(part), **given)
        else:
            command.add_argument(flag, type=_reader(kind), metavar=_metavar(kind), **given)


def _kinds(kind: object) -> tuple[object, ...]:
    """The plain types that an annotation allows."""
    if typing.get_origin(kind) is Annotated:
        return _kinds(typing.get_args(kind)[0])
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return tuple(plain for part in typing.get_args(kind) for plain in _kinds(part))
    return (kind,)


def _is_a(kind: object, origin: type) -> bool:
    """Whether a type is a generic like ``Mapping[str, float]``."""
    return isinstance(typing.get_origin(kind), type) and issubclass(typing.get_origin(kind), origin)


def _item(kind: object) -> object | None:
    """What each item of a list is; None where no list fits, or a dictionary as well."""
    kinds = _kinds(kind)
    if any(_is_a(plain, Mapping) for plain in kinds):
        return None
    return next((typing.get_args(plain)[0] for plain in kinds if _is_a(plain, Sequence)), None)


def _reader(kind: object) -> Callable[[str], object]:
    kinds = _kinds(kind)
    if any(_is_a(plain, Mapping) for plain in kinds):
        return _layers
    return lambda text: _read(text, kinds)


def _read(text: str, kinds: tuple[object, ...]) -> object:
    """A text as the first number type that it fits, else itself."""
    for number in (int, float):
        if number in kinds:
            try:
                return number(text)
            except ValueError:
                continue
    return text


def _layers(text: str) -> dict[str, float] | list[str]:
    """``relu1_1=0.5,relu2_1=0.5`` with weights, ``relu1_1,relu2_1`` without."""
    try:
        return _weighed(text)
    except ValueError:
        wanted = "write relu1_1=0.5,relu2_1=0.5, or relu1_1,relu2_1, each layer once"
        raise argparse.ArgumentTypeError(f"{text!r} is no list of layers: {wanted}") from None


def read_mix(text: str) -> str | dict[str, float]:
    """``starry_night``, or ``starry_night=0.7,whalers=0.3``."""
    try:
        mix = _weighed(text)
        return mix if isinstance(mix, dict) else _only(mix)
    except ValueError:
        wanted = "write starry_night, or starry_night=0.7,whalers=0.3, each style once"
        raise argparse.ArgumentTypeError(f"{text!r} is no mix of styles: {wanted}") from None


def read_count(text: str) -> int:
    """A whole number of at least 1."""
    if not (text.isascii() and text.isdigit() and int(text) >= 1):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of at least 1")
    return int(text)


def _weighed(text: str) -> dict[str, float] | list[str]:
    """Names once each, all with a weight or all without; ValueError else."""
    parts = [part.strip().split("=") for part in text.split(",")]
    names = [part[0] for part in parts]
    if len(set(names)) < len(names):
        raise ValueError
    return names if all(len(part) == 1 for part in parts) else {name: float(weight) for name, weight in parts}


def _only(names: list[str]) -> str:
    """The one name there is; ValueError else."""
    (name,) = names
    return name


def _metavar(kind: object) -> str:
    kinds = _kinds(kind)
    for plain in kinds:
        if typing.get_origin(plain) is typing.Literal:
            return f"{{{','.join(typing.get_args(plain))}}}"
        if _is_a(plain, Mapping):
            return "LAYER=WEIGHT,..."
    return "N" if int in kinds else "X" if float in kinds else "PICTURE" if len(kinds) > 2 else "NAME"


def _help(text: str, kind: object, default: object) -> str:
    """The meaning, the bounds and the default, as they are written on a command line."""
    facts = [str(bound).replace("of at", "at") for bound in _bounds(kind) if str(bound)]
    if isinstance(default, Mapping):
        default = ",".join(f"{name}={weight:g}" for name, weight in default.items())
    if default is not None:
        facts.append(f"default: {('off', 'on')[default] if kind is bool else default}")
    return (f"{text} ({'; '.join(facts)})" if facts else text).replace("%", "%%")


def _bounds(kind: object) -> list[Number]:
    """The ranges that an annotation names, of a list's items too."""
    own = [part for part in getattr(kind, "__metadata__", ()) if isinstance(part, Number)]
    parts = () if typing.get_origin(kind) is typing.Literal else typing.get_args(kind)
    return own or [number for part in parts for number in _bounds(part)]
