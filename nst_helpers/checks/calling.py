"""Calling a student's function: whatever goes wrong on the way becomes a sentence, and no argument may change."""

import ast
import inspect
import textwrap
import traceback
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor


class NotYet(AssertionError):  # noqa: N818 -- what a student reads
    """An answer isn't right yet; the message says what it gave, what is needed and where to look."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback: the sentences alone."""
        return textwrap.wrap(f"✗ {self}", 110, break_long_words=False, break_on_hyphens=False)


def passed(name: str, verified: str) -> None:
    """Print the one line of a right answer."""
    print(f"✓ {name}: {verified}.")


def call(name: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """What ``function`` returns, called with gradients on.

    Raises:
        NotYet: it isn't a function, is still the stub, stops with an error, gives nothing, changes an argument or
            leaves gradients switched off.
    """
    if not callable(function):
        what = type(function).__name__
        raise NotYet(f"the check of {name} was given a {what}: give it the function itself, without calling it.")
    before = [(label, tensor, tensor.detach().clone(), tensor.requires_grad) for label, tensor in _tensors(*arguments)]
    lists = [(number, items, list(items)) for number, items in enumerate(arguments) if isinstance(items, list)]
    try:
        with torch.enable_grad():
            result = function(*arguments)
            switched_off = not torch.is_grad_enabled()
    except NotYet:
        raise
    except Exception as error:
        raise NotYet(_explained(name, function, error)) from error
    if switched_off:
        raise NotYet(f"{name} leaves gradients switched off for the whole notebook: write `with torch.no_grad():`.")
    for number, items, copy in lists:
        if list(map(id, items)) != list(map(id, copy)):
            what = _label(function, number, None)
            raise NotYet(f"{name} changes {what}, the caller's list: leave it as it is, or work on `list({what})`.")
    after = dict(_tensors(*arguments))
    for label, tensor, copy, required in before:
        what = _label(function, *label)
        if after.get(label) is not tensor:
            raise NotYet(f"{name} puts something else into {what}, the caller's dictionary: fill one of your own.")
        if not torch.equal(tensor.detach(), copy):
            raise NotYet(
                f"{name} changes {what} in place, and so the caller's tensor: look for `-=`, `/=`, `[...] =` or a "
                "method that ends in `_`, and compute a new tensor (to optimise a picture: `image.detach().clone()`)."
            )
        if tensor.requires_grad != required:
            raise NotYet(
                f"{name} switches `requires_grad` on in the caller's {what}: work on `{what}.detach().clone()`."
            )
    if result is None:
        raise NotYet(f"{name} gives nothing: does it end with `return`?")
    return result


def cuts(function: Callable[..., Any]) -> list[str]:
    """What in a function's source may cut the gradient, as it is written there."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function))))
    except (OSError, SyntaxError, TypeError):
        return []
    names = {getattr(node, "attr", getattr(node, "id", "")) for node in ast.walk(tree)}
    return [written for name, written in _CUTS.items() if name in names]


_CUTS = {
    "detach": "`.detach()`",
    "data": "`.data`",
    "item": "`.item()`",
    "no_grad": "`torch.no_grad()`",
    "inference_mode": "`torch.inference_mode()`",
    "set_grad_enabled": "`torch.set_grad_enabled()`",
    "numpy": "`.numpy()`",
    "tolist": "`.tolist()`",
    "tensor": "`torch.tensor()`",
}

_HINTS = {
    "does not require grad": "No gradient arrives there: between the picture and the loss stands a `.detach()`, "
    "`.data`, `.item()` or `torch.no_grad()`.",
    "can't call numpy()": "NumPy has no gradient: stay in torch.",
    "view size is not compatible": "VGG's features are stored channels last: use `reshape` or `flatten`, which copy "
    "where `view` can't.",
    "leaf variable that requires grad": "Change the picture under `torch.no_grad()`.",
    "non-leaf tensor": "An optimiser moves leaves only: `image.detach().clone().requires_grad_()`.",
    "through the graph a second time": "Compute the loss anew in each step, and targets once, under `torch.no_grad()`.",
    "must match the size": "Print the shapes of what goes into that line; a mean or a sum over a dimension keeps "
    "it, as 1, with `keepdim=True`.",
    "same dtype": "Make new tensors of the given ones' type, with `dtype=` or `new_zeros`.",
    "return_types": "`sort`, and `min` along a dimension, give values and indices together: take `.values`.",
    "on the same device": "Make new tensors where the given ones are, with `device=` or `new_zeros`.",
    "keyerror": "Not every dictionary has this layer: loop over the layers that are wanted.",
    "out of bounds for dimension 0": "The pictures of the batch are dimension 0, the channels dimension 1.",
    "list index out of range": "The list may be empty, too.",
    "unboundlocalerror": "Give it a value before the loop, which may have nothing to go through.",
    "nameerror": "Run the set-up cell first, and use nothing but what it and the arguments give.",
    "positional argument": "Keep the signature as the exercise gives it.",
}


def _explained(name: str, function: Callable[..., Any], error: Exception) -> str:
    if isinstance(error, NotImplementedError) and not str(error):
        return f"{name} is still the empty stub: write its body, run its cell, then run this one again."
    code = getattr(inspect.unwrap(function), "__code__", None)
    lines = [frame.line for frame in traceback.extract_tb(error.__traceback__) if code and _is_in(frame, code)]
    where = f" at `{lines[-1]}`" if lines and lines[-1] else ""
    what = f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"[:200]
    otherwise = "Print the shapes of what goes into that line."
    hint = next((hint for phrase, hint in _HINTS.items() if phrase in what.lower()), otherwise)
    return f"{name} stopped{where} with {what.rstrip('. ')}. {hint}"


def _is_in(frame: traceback.FrameSummary, code: Any) -> bool:
    return frame.filename == code.co_filename and frame.lineno >= code.co_firstlineno


def _tensors(*arguments: Any) -> Iterator[tuple[tuple[int, str | None], Tensor]]:
    """Each tensor among the arguments and in their dictionaries, under (number of the argument, key)."""
    for number, argument in enumerate(arguments):
        if isinstance(argument, Tensor):
            yield (number, None), argument
        elif isinstance(argument, Mapping):
            yield from (((number, key), value) for key, value in argument.items() if isinstance(value, Tensor))


def _label(function: Callable[..., Any], number: int, key: str | None) -> str:
    """An argument by the name that the student knows it by."""
    try:
        names = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):  # a function of torch, written in C++
        names = []
    name = names[number] if number < len(names) else f"argument {number + 1}"
    return name if key is None else f'{name}["{key}"]'
