"""Whether a gradient flows back through a student's function, and the right one."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Sequence
from typing import Any

import torch
from jaxtyping import Num
from torch import Tensor

from nst_helpers.checks.call import NotYet, call, explained

Gradients = dict[str, Num[Tensor, "..."] | None]
"""By key of the first argument, if it is a dictionary; under "" if it is a tensor. None where nothing arrives."""


def gradients(name: str, function: Callable[..., Any], trial: Sequence[Any]) -> Gradients:
    """The gradient in the first argument, a tensor or a dictionary of tensors, of a weighted sum of the result.

    Raises:
        NotYet: the result has none, or the way back stops with an error.
    """
    first = trial[0]
    leaves = first if isinstance(first, dict) else {"": first}
    for leaf in leaves.values():
        leaf.requires_grad_()
    result = call(name, function, *trial)
    if not result.requires_grad:
        raise NotYet(f"{name} has the right value, but no gradient: {culprits(function)}")
    weights = torch.arange(1.0, result.numel() + 1, device=result.device).cos().view(result.shape)  # not symmetric
    try:
        found = torch.autograd.grad((result * weights).sum(), list(leaves.values()), allow_unused=True)
    except Exception as error:
        raise NotYet(explained(f"{name} has the right value, but its gradient", function, error)) from error
    return dict(zip(leaves, found, strict=True))


def culprits(function: Callable[..., Any]) -> str:
    """Where to look for what cuts the gradient."""
    where = " and ".join(cuts(function))
    look = f"look at {where} in your code" if where else "look for `.detach()`, `.data` or `torch.no_grad()`"
    return f"{look}; the result has to lead back to the input unbroken."


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
