"""What a notebook's cell of parameters takes: papermill itself only logs a name that isn't there."""

import ast
import functools
import logging
from collections.abc import Mapping
from pathlib import Path

from nst_helpers.runtime import printable, require_choice

_KINDS = {"str": str, "int": int, "float": (int, float), "bool": bool, "list": list, "dict": dict}


def check_parameters(notebook: Path, parameters: Mapping[str, object]) -> None:
    """Raise a ValueError, in a sentence, unless the notebook has parameters of these names and types.

    The type is the annotation's, else that of the value which the cell gives. Raises OSError if the notebook can't be
    read.
    """
    kinds = _parameters_of(notebook)
    for name, value in parameters.items():
        require_choice(f"{printable(notebook.name)}: the parameter", name, kinds)
        wanted = [kind.partition("[")[0].strip() for kind in kinds[name].split("|")]
        if not isinstance(value, str | int | float | list | dict):
            raise ValueError(f"{printable(notebook.name)}: {name} is {value!r}: a notebook can't be given a date.")
        if all(kind in _KINDS for kind in wanted) and not any(_is_a(value, kind) for kind in wanted):
            raise ValueError(f"{printable(notebook.name)}: {name} is {value!r}: give {' or '.join(map(_a, wanted))}.")


@functools.cache
def _parameters_of(notebook: Path) -> dict[str, str]:
    """The parameters' types, in words, by name; "" where neither an annotation nor the value tells it."""
    logging.getLogger("papermill").setLevel(logging.ERROR)  # that there is no such cell is said below
    try:
        from papermill import inspect_notebook
    except ModuleNotFoundError:
        raise ImportError('running notebooks again needs papermill: pip install "nst-helpers[lab]"') from None
    if not notebook.is_file():
        raise FileNotFoundError(f"{printable(notebook)} is no file: name a notebook, from the sweep's folder.")
    try:
        found = inspect_notebook(notebook)
    except Exception as error:  # of nbformat, json, jsonschema or papermill
        reason = str(error).partition("\n")[0]
        raise ValueError(f"{printable(notebook)} can't be read as a notebook ({reason}): open it in Jupyter.") from None
    if not found:
        raise ValueError(f"{printable(notebook)} takes no parameters: give one of its cells the tag 'parameters'.")
    return {name: _kind(fact["inferred_type_name"], fact["default"]) for name, fact in found.items()}


def _kind(annotation: str, default: str) -> str:
    if annotation != "None":
        return annotation
    try:
        kind = type(ast.literal_eval(default)).__name__
    except (ValueError, SyntaxError):
        return ""
    return "" if kind == "NoneType" else kind


def _is_a(value: object, kind: str) -> bool:
    return isinstance(value, _KINDS[kind]) and isinstance(value, bool) == (kind == "bool")


def _a(kind: str) -> str:
    words = {"str": "a text", "int": "a whole number", "float": "a number", "bool": "true or false", "list": "a list"}
    return words.get(kind, "a table")
