"""Options as one frozen dataclass that a function's signature and help, a widget and the command line all read."""

import difflib
import functools
import inspect
import math
import re
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from numbers import Integral, Real
from typing import Annotated


@dataclass(frozen=True)
class Number:
    """What a number may be, beside its type in ``Annotated[int, Number(least=1, unit="px")]``.

    Attributes:
        least, most: bounds that belong to the range.
        above, below: bounds that don't.
        unit: for labels.
    """

    least: float | int = -math.inf
    most: float | int = math.inf
    above: float | int = -math.inf
    below: float | int = math.inf
    unit: str = ""

    def holds(self, value: float | int) -> bool:
        """Whether the value lies within all bounds."""
        return self.least <= value <= self.most and self.above < value < self.below

    def __str__(self) -> str:
        words = {"of at least": self.least, "of at most": self.most, "above": self.above, "below": self.below}
        return " and ".join(f"{word} {bound:.12g}" for word, bound in words.items() if math.isfinite(bound))


Count = Annotated[int, Number(least=1)]
Pixels = Annotated[int, Number(least=1, unit="px")]
Weight = Annotated[float, Number(least=0)]
Rate = Annotated[float, Number(above=0)]
Seed = Annotated[int, Number(least=0, most=2**32 - 1)]


def require_choice(what: str, given: object, allowed: Iterable[str]) -> None:
    """Raise a ValueError that names the nearest of the allowed words when ``given`` is not one of them."""
    allowed = list(allowed)
    if given in allowed:
        return
    near = difflib.get_close_matches(str(given), allowed, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"choose from {', '.join(allowed)}."
    raise ValueError(f"{what} {given!r} is unknown: {hint}")


def check_options(settings: object) -> None:
    """Raise a ValueError for the first field whose value isn't what its annotation says: type, word or range."""
    for name, kind in option_types(type(settings)).items():
        value = getattr(settings, name)
        if _fits(value, kind):
            continue
        words = _words(kind)
        if words and isinstance(value, str):
            require_choice(name, value, words)
        given = " ".join(repr(value).split())
        given = given if len(given) <= 60 else f"{given[:57]}..."
        raise ValueError(f"{name} is {given}: give {_wanted(kind)}.")


def option_types(settings: type) -> dict[str, object]:
    """The fields' annotations by name, with what is `Annotated` beside the types."""
    hints = typing.get_type_hints(settings, include_extras=True)
    return {field.name: hints[field.name] for field in fields(settings)}


def takes(settings: type) -> Callable[[Callable], Callable]:
    """Let a function whose last parameter is ``settings`` be called with the dataclass's fields as keywords.

    The fields appear in the function's signature with their defaults and in its docstring with their meanings, so that
    ``help``, completion and whoever builds controls from it see them, and they are stated once. A keyword that is no
    field raises a TypeError with the near ones.

    Example:
        >>> @takes(GatysSettings)  # doctest: +SKIP
        ... def stylize(content, style, *, settings): ...
        >>> stylize(photo, painting, steps=50)  # doctest: +SKIP
    """
    kinds, own_fields = typing.get_type_hints(settings), inspect.get_annotations(settings)
    options = [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=field.default if field.default_factory is MISSING else field.default_factory(),
            annotation=kinds[field.name],
        )
        for field in sorted(fields(settings), key=lambda field: field.name not in own_fields)  # what it inherits, last
    ]

    def decorate(function: Callable) -> Callable:
        own = [
            parameter for parameter in inspect.signature(function).parameters.values() if parameter.name != "settings"
        ]
        own_names = {parameter.name for parameter in own}

        @functools.wraps(function)
        def called(*args, **keywords):
            chosen = {name: value for name, value in keywords.items() if name not in own_names}
            passed = {name: value for name, value in keywords.items() if name in own_names}
            for name in chosen:
                try:
                    require_choice("option", name, [option.name for option in options])
                except ValueError as error:
                    raise TypeError(f"{function.__name__}: {error}") from None
            return function(*args, **passed, settings=settings(**chosen))

        called.__signature__ = inspect.Signature(own + options)
        called.settings = settings
        texts = "".join(
            f"    {option.name}: {text} Default: {option.default!r}.\n"
            for option in options
            if (text := describe(called).get(option.name))
        )
        called.__doc__ = f"{inspect.getdoc(function) or ''}\n\nOptions:\n{texts}"
        return called

    return decorate


def describe(function: Callable) -> dict[str, str]:
    """What each option of a function made by `takes` means, from its dataclass's docstring and those it inherits."""
    described = {}
    for settings in reversed(function.settings.__mro__[:-1]):
        _, _, attributes = (inspect.cleandoc(settings.__doc__ or "")).partition("Attributes:\n")
        entries = re.findall(r"^    (\w[\w, ]*): ((?:.+\n?)(?:^     +.+\n?)*)", attributes, flags=re.MULTILINE)
        described |= {name: " ".join(text.split()) for names, text in entries for name in names.split(", ")}
    return described


def _fits(value: object, kind: object) -> bool:
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin is Annotated:
        bounds = [part for part in parts[1:] if isinstance(part, Number)]
        return _fits(value, parts[0]) and (value is None or all(bound.holds(value) for bound in bounds))
    if origin in (typing.Union, types.UnionType):
        return any(_fits(value, part) for part in parts)
    if origin is typing.Literal:
        return isinstance(value, str) and value in parts
    if kind in (int, float):
        number = isinstance(value, Integral if kind is int else Real) and not isinstance(value, bool)
        return number and math.isfinite(value)
    if origin is not None and issubclass(origin, Mapping):
        return isinstance(value, Mapping) and all(
            _fits(key, parts[0]) and _fits(part, parts[1]) for key, part in value.items()
        )
    if origin is not None and issubclass(origin, Sequence):
        return isinstance(value, list | tuple) and all(_fits(part, parts[0]) for part in value)
    return value is None if kind is type(None) else isinstance(value, origin or kind)


def _wanted(kind: object) -> str:
    """What fits, in words."""
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin is Annotated:
        bounds = " ".join(str(part) for part in parts[1:] if isinstance(part, Number))
        return f"{_wanted(parts[0])} {bounds}".strip()
    if origin in (typing.Union, types.UnionType):
        return " or ".join(dict.fromkeys(_wanted(part) for part in parts))
    if origin is typing.Literal:
        return " or ".join(map(repr, parts))
    if origin is not None and issubclass(origin, Mapping):
        return f"a dictionary that has {_wanted(parts[1])} for each name"
    if origin is not None and issubclass(origin, Sequence):
        return f"a list, each item {_wanted(parts[0])}"
    words = {int: "a whole number", float: "a finite number", bool: "True or False", str: "a name", type(None): "None"}
    return words.get(kind, f"a {getattr(kind, '__name__', kind)}")


def _words(kind: object) -> tuple[str, ...]:
    """The words of a Literal, where nothing but words (or None) fits."""
    if typing.get_origin(kind) is typing.Literal:
        return typing.get_args(kind)
    return ()
