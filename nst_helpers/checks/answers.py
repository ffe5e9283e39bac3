"""What kind of answer an exercise wants: readers, which make what a function gave into a dictionary of tensors.

Each takes the exercise's name, what was given and the trial's arguments, and raises NotYet for another kind.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from nst_helpers.checks.call import NotYet
from nst_helpers.checks.compare import Answer

_MOST = 2**62  # that fits into a tensor

Reader = Callable[[str, Any, Sequence[Any]], Answer]


def tensor(name: str, given: object, trial: Sequence[Any] = ()) -> Answer:
    """A tensor of real floating-point numbers, of any precision and on any device."""
    if isinstance(given, bool | int | float):
        raise NotYet(
            f"{name} gives the Python number {given:.3g}, which has no gradient: return the tensor itself, without "
            "`.item()` or `float()`."
        )
    if not isinstance(given, Tensor):
        raise NotYet(f"{name} gives a {type(given).__name__}: return a torch tensor.")
    if given.is_complex():
        raise NotYet(f"{name} gives complex numbers: real ones are wanted, such as `.abs()` or `irfft2` give.")
    if not given.is_floating_point():
        raise NotYet(f"{name} gives {given.dtype}: return floating-point numbers like those of the input.")
    return {"": given}


def tensors(name: str, given: object, trial: Sequence[Any] = ()) -> Answer:
    """A dictionary of such tensors."""
    if not isinstance(given, Mapping):
        raise NotYet(f"{name} gives a {type(given).__name__}: return a dictionary, with a tensor for each name.")
    return {key: tensor(f'{name}, in "{key}",', value)[""] for key, value in given.items()}


def integers(*parts: str) -> Reader:
    """A reader of a tuple (or a list) of Python integers, one for each of the parts."""
    wanted = f"return Python integers, ({', '.join(parts)})"

    def read(name: str, given: object, trial: Sequence[Any] = ()) -> Answer:
        if not isinstance(given, tuple | list):
            what = f"the number {given} alone" if isinstance(given, int | float) else f"a {type(given).__name__}"
            raise NotYet(f"{name} gives {what}: {wanted}.")
        if len(given) != len(parts):
            raise NotYet(f"{name} gives {len(given)} values: {wanted}.")
        for part, value in zip(parts, given, strict=True):
            if isinstance(value, Tensor):
                raise NotYet(f"{name} gives the {part} as a tensor: {wanted}; `.item()` makes a number of a tensor.")
            if isinstance(value, float):
                what = f"the float {value:.4g}"
                raise NotYet(f"{name} gives the {part} as {what}: {wanted}; divide them with `//`, not `/`.")
            if not isinstance(value, int):
                raise NotYet(f"{name} gives the {part} as a {type(value).__name__}: {wanted}.")
        return {"": torch.tensor([max(-_MOST, min(_MOST, value)) for value in given], device="cpu")}

    return read
