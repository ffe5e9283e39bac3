"""Calling a student's function: whatever goes wrong on the way becomes a sentence, and no argument may change."""

import inspect
import textwrap
import traceback
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor


class NotYet(AssertionError):  # noqa: N818 -- what a student reads
    """An answer isn't right yet; the message says what it gave, what is needed and where to look."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback: the sentences alone."""
        return textwrap.wrap(f"✗ {self}", 110, break_long_words=False, break_on_hyphens=False)


def call(name: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """What ``function`` returns, called with gradients on.

    Raises:
        NotYet: it isn't a function, is still the stub, stops with an error, gives nothing, changes an argument or
            leaves gradients switched off.
    """
    if not callable(function):
        what = type(function).__name__
        raise NotYet(f"the check of {name} was given a {what}: give it the function itself, without calling it.")
    before = [_copy(argument) for argument in arguments]
    try:
        with torch.enable_grad():
            result = function(*arguments)
            switched_off = not torch.is_grad_enabled()
    except NotYet:
        raise
    except Exception as error:
        raise NotYet(explained(name, function, error)) from error
    if switched_off:
        raise NotYet(f"{name} leaves gradients switched off for the whole notebook: write `with torch.no_grad():`.")
    for number, (argument, copy) in enumerate(zip(arguments, before, strict=True)):
        _require_untouched(name, function, number, argument, copy)
    if result is None:
        raise NotYet(f"{name} gives nothing: does it end with `return`?")
    return result


def explained(name: str, function: Callable[..., Any], error: Exception) -> str:
    """What stopped, at which of the student's lines, and what to do about it."""
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


def _copy(argument: Any) -> Any:
    """What tells later whether an argument was changed."""
    if isinstance(argument, Tensor):
        return argument.detach().clone(), argument.requires_grad
    if isinstance(argument, Mapping):
        return {key: (value, _copy(value)) for key, value in argument.items()}
    return list(argument) if isinstance(argument, list) else None


def _require_untouched(name: str, function: Callable[..., Any], number: int, argument: Any, copy: Any) -> None:
    label = _label(function, number)
    if isinstance(argument, Tensor):
        _require_same_tensor(name, label, argument, copy)
    elif isinstance(argument, Mapping):
        for key in [*copy, *(key for key in argument if key not in copy)]:
            value, inner = copy.get(key, (None, None))
            what = f'{label}["{key}"]'
            if key not in argument or argument[key] is not value:
                raise NotYet(f"{name} puts something else into {what}, the caller's dictionary: fill one of your own.")
            if isinstance(value, Tensor):
                _require_same_tensor(name, what, value, inner)
    elif isinstance(argument, list) and list(map(id, argument)) != list(map(id, copy)):
        raise NotYet(f"{name} changes {label}, the caller's list: leave it as it is, or work on `list({label})`.")


def _require_same_tensor(name: str, what: str, tensor: Tensor, copy: tuple[Tensor, bool]) -> None:
    before, required = copy
    if not torch.equal(tensor.detach(), before):
        raise NotYet(
            f"{name} changes {what} in place, and so the caller's tensor: look for `-=`, `/=`, `[...] =` or a "
            "method that ends in `_`, and compute a new tensor (to optimise a picture: `image.detach().clone()`)."
        )
    if tensor.requires_grad != required:
        raise NotYet(f"{name} switches `requires_grad` on in the caller's {what}: work on `{what}.detach().clone()`.")


def _label(function: Callable[..., Any], number: int) -> str:
    """An argument by the name that the student knows it by."""
    try:
        names = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):  # a function of torch, written in C++
        names = []
    return names[number] if number < len(names) else f"argument {number + 1}"


_HINTS = {
    "does not require grad": "No gradient arrives there: between the picture and the loss stands a `.detach()`, "
    "`.data`, `.item()` or `torch.no_grad()`.",
    "can't call numpy()": "NumPy has no gradient: stay in torch.",
    "view size is not compatible": "VGG's features are stored channels last: use `reshape` or `flatten`, which copy "
    "where `view` can't.",
    "leaf variable that requires grad": "Change the picture under `torch.no_grad()`.",
    "non-leaf tensor": "An optimiser moves leaves only: `image.detach().clone().requires_grad_()`.",
    "through the graph a second time": "Compute the loss anew in each step, and targets once, under `torch.no_grad()`.",
    "inference tensors": "What was made under `torch.inference_mode()` can take no part in a loss: use "
    "`torch.no_grad()`.",
    "modified by an inplace operation": "A tensor that the gradient needs was overwritten: compute a new one instead "
    "of `-=`, `[...] =` or a method that ends in `_`.",
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
