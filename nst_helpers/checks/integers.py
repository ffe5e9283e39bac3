"""Exercises whose answer is a tuple of Python integers: a position, a size and a stride."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import torch
from jaxtyping import Int
from torch import Tensor

from nst_helpers.checks.call import NotYet
from nst_helpers.checks.comparing import Trial, check_values

Formula = Callable[..., tuple[int, ...]]


def check_integers(
    name: str,
    parts: tuple[str, ...],
    function: Callable[..., Any],
    right: Formula,
    trials: Sequence[Trial],
    mistakes: Sequence[tuple[Formula, str]],
) -> None:
    """The integers on every trial; see `compare.check_function`.

    Args:
        parts: what each of them is called.

    Raises:
        NotYet: something differs.
    """
    wrong = [(_as_tensor(formula), sentence) for formula, sentence in mistakes]
    read = functools.partial(_require_integers, parts=parts)
    check_values(name, function, _as_tensor(right), trials, wrong, read=read)


def _as_tensor(formula: Formula) -> Callable[..., Tensor]:
    return lambda *trial: torch.tensor(formula(*trial), device="cpu")


def _require_integers(name: str, given: object, *, parts: tuple[str, ...]) -> Int[Tensor, " parts"]:
    """The result, if it is a tuple (or a list) of so many integers; NotYet otherwise."""
    wanted = f"return Python integers, ({', '.join(parts)})"
    if not isinstance(given, tuple | list):
        what = f"the number {given} alone" if isinstance(given, int | float) else f"a {type(given).__name__}"
        raise NotYet(f"{name} gives {what}: {wanted}.")
    if len(given) != len(parts):
        raise NotYet(f"{name} gives {len(given)} values: {wanted}.")
    for part, value in zip(parts, given, strict=True):
        if isinstance(value, Tensor):
            raise NotYet(f"{name} gives the {part} as a tensor: {wanted}; `.item()` makes a number of a tensor.")
        if isinstance(value, float):
            raise NotYet(f"{name} gives the {part} as the float {value:.4g}: {wanted}; divide them with `//`, not `/`.")
        if not isinstance(value, int):
            raise NotYet(f"{name} gives the {part} as a {type(value).__name__}: {wanted}.")
    return torch.tensor(given, device="cpu")
