"""Show me the code: the call that makes the same picture."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from numbers import Integral, Real

from nst_helpers.runtime import printable
from nst_helpers.widgets.controls.text import file_name, quoted

_WIDEST = 88  # characters in a line


def write_call(
    function: Callable,
    pictures: Sequence[str],
    settings: object,
    *,
    remarks: Iterable[str] = (),
    imports: Iterable[str] = (),
    result: str = "result",
) -> str:
    """A program of two lines: the import of a function made by `settings.takes`, and its call.

    Args:
        pictures: the positional arguments, as a program writes them.
        settings: of which only what differs from the defaults is written.
        remarks: comments before the call.
        imports: other lines that the positional arguments need.
    """
    options, remarks = [], list(remarks)
    for name, text in changed_options(function, settings).items():
        if text is None:
            remarks.append(f"{name} is what was given to the widget")
        options.append(f"{name}={text or name}")
    call = write_assignment(result, function.__name__, pictures, options)
    return write_program([*imports, f"from {_room(function)} import {function.__name__}"], remarks, [call])


def changed_options(function: Callable, settings: object) -> dict[str, str | None]:
    """What differs from the defaults, by name as a program writes it; None for what can't be written down."""
    defaults = function.settings()
    values = {field.name: getattr(settings, field.name) for field in fields(settings)}
    return {name: literal(one) for name, one in values.items() if value_differs(one, getattr(defaults, name))}


def write_assignment(result: str, function: str, positional: Sequence[str], options: Sequence[str]) -> str:
    """The line ``result = function(positional, options)``, or several where it would be too wide."""
    call = f"{result} = {function}({', '.join([*positional, *options])})"
    if len(call) <= _WIDEST:
        return call
    lines = "".join(f"    {option},\n" for option in [", ".join(positional), *options])
    return f"{result} = {function}(\n{lines})"


def write_program(imports: Iterable[str], remarks: Iterable[str], lines: Iterable[str]) -> str:
    """A program's text: its imports, then comments, of which empty ones are left out, and what it does."""
    comments = [f"# {printable(remark)}." for remark in remarks if remark]
    return "".join(f"{line}\n" for line in [*imports, "", *comments, *lines])


def value_differs(value: object, default: object) -> bool:
    """Whether an option is not the default; pictures are never compared by their pixels."""
    if value is default:
        return False
    plain = str | os.PathLike | Real | Mapping | list | tuple | None
    return not (isinstance(value, plain) and isinstance(default, plain) and value == default)


def literal(value: object) -> str | None:
    """As a program writes it, or None for what can't be written down, such as a tensor."""
    if isinstance(value, str | os.PathLike):
        return quoted(value if isinstance(value, str) else file_name(value))
    if value is None or isinstance(value, bool):
        return repr(value)
    if isinstance(value, Real):
        return repr(int(value) if isinstance(value, Integral) else float(value))  # NumPy's are written as Python's
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{literal(key)}: {literal(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        parts = [literal(part) for part in value]
        return None if None in parts else f"[{', '.join(parts)}]"
    return None


def _room(function: Callable) -> str:
    """The room that hands the function on: ``nst_helpers.gatys`` for a function of one of its files."""
    return ".".join(function.__module__.split(".")[:2])
