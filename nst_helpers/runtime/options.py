"""Options as one frozen dataclass that a function's signature, a widget and the command line all read."""

import difflib
import functools
import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import MISSING, fields


def require_choice(what: str, given: object, allowed: Iterable[str]) -> None:
    """Raise a ValueError that names the nearest of the allowed words when ``given`` is not one of them."""
    allowed = list(allowed)
    if given in allowed:
        return
    near = difflib.get_close_matches(str(given), allowed, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"choose from {', '.join(allowed)}."
    raise ValueError(f"{what} {given!r} is unknown: {hint}")


def takes(settings: type) -> Callable[[Callable], Callable]:
    """Let a function whose last parameter is ``settings`` be called with the dataclass's fields as keywords.

    The fields appear in the function's signature with their defaults, so that ``help``, completion and whoever builds
    controls from it see them, and their defaults stand in one place. A keyword that is no field raises a TypeError with
    the near ones.

    Example:
        >>> @takes(GatysSettings)  # doctest: +SKIP
        ... def stylize(content, style, *, settings): ...
        >>> stylize(photo, painting, steps=50)  # doctest: +SKIP
    """
    options = [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=field.default if field.default_factory is MISSING else field.default_factory(),
            annotation=field.type,
        )
        for field in fields(settings)
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
        return called

    return decorate


def describe(function: Callable) -> dict[str, str]:
    """What each option of a function made by `takes` means, from its dataclass's docstring."""
    _, _, attributes = inspect.getdoc(function.settings).partition("Attributes:\n")
    entries = re.findall(r"^    (\w[\w, ]*): ((?:.+\n?)(?:^     +.+\n?)*)", attributes, flags=re.MULTILINE)
    return {name: " ".join(text.split()) for names, text in entries for name in names.split(", ")}
