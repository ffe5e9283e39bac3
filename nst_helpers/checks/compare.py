"""Comparing what a student's function gave with what the right formula gives, and the wrong ones that people write.

An answer is a dictionary of tensors; that of an exercise which asks for one tensor has one entry, under "".
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from jaxtyping import Num, Shaped
from torch import Tensor

Answer = Mapping[str, Shaped[Tensor, "..."]]
Answers = Sequence[Answer]
"""One for each trial."""


def alike(given: Answers, wanted: Answers) -> bool:
    """Whether keys, shapes and values agree, up to rounding; types and devices may differ."""
    return all(_same(one, other) for one, other in zip(given, wanted, strict=True))


def finite(answer: Answer) -> bool:
    """Whether it holds neither NaN nor infinity."""
    return all(value.isfinite().all() for value in answer.values())


def difference(name: str, given: Answers, wanted: Answers, trials: Sequence[Sequence[Any]]) -> str:
    """The first answer that differs, as "gram_matrix gives x where y is right"."""
    for one, other, trial in zip(given, wanted, trials, strict=True):
        if one.keys() != other.keys():
            return f"{name} gives {_names(one)} where {_names(other)} is wanted"
        for key, value in other.items():
            if not _close(one[key], value):
                within = f', in "{key}",' if key else ""
                return f"{name}{within} gives {_two(one[key], value)}{_of(trial, value)}"
    raise AssertionError("nothing differs")


def diagnosis(given: Answers, wanted: Answers, mistakes: Mapping[str, Answers]) -> str:
    """The sentence of the wrong formula that the student's is, or is up to a factor, or looks like."""
    for sentence, values in mistakes.items():
        if alike(given, values):
            return sentence
    if not all(map(finite, given)):
        return (
            "look for a division by zero (equal pictures, one of a single colour, a channel that is zero everywhere, "
            "frequency 0), and for a root or a logarithm of it."
        )
    if len(given) > 1 and all(_equal(given[0], other) for other in given[1:]):
        return "it is the same for every input, so your function reads a variable of the notebook, not its argument."
    if factor := _factor(given, wanted):
        return f"yours is {factor:.4g} times the right one on every input; look for a factor or a sum too many."
    first = next(n for n, pair in enumerate(zip(given, wanted, strict=True)) if not _same(*pair))
    for sentence, values in mistakes.items():
        if alike(given[: first + 1], values[: first + 1]):
            return sentence
    if first:
        return (
            "yours is right on another input: is a size, a name or a number of pictures fixed in your code, or a "
            "range of values left out?"
        )
    for sentence, values in mistakes.items():
        if factor := _factor(given, values):
            return f"{sentence} (There is a factor of {factor:.4g} besides.)"
    if factors := _factors(given, wanted):
        return f"yours is {factors}; what do you divide by, and what should you?"
    if _shapes(given) != _shapes(wanted):
        looks = (sentence for sentence, values in mistakes.items() if _shapes(given) == _shapes(values))
        return next(looks, "print the shape after each line and see where it leaves the one in the docstring.")
    return "compare your lines with the formula, term by term, on an input so small that you can work it out by hand."


def _same(one: Answer, other: Answer) -> bool:
    return one.keys() == other.keys() and all(_close(one[key], other[key]) for key in other)


def _close(one: Shaped[Tensor, "..."], other: Shaped[Tensor, "..."]) -> bool:
    return one.shape == other.shape and torch.allclose(
        _numbers(one), _numbers(other), rtol=1e-3, atol=1e-5, equal_nan=True
    )


def _equal(one: Answer, other: Answer) -> bool:
    return one.keys() == other.keys() and all(
        one[key].shape == other[key].shape and torch.equal(_numbers(one[key]), _numbers(other[key])) for key in other
    )


def _shapes(answers: Answers) -> list[dict[str, torch.Size]]:
    return [{key: value.shape for key, value in answer.items()} for answer in answers]


def _factor(given: Answers, other: Answers) -> float | None:
    """k with ``given = k * other`` on every trial, if there is one; one number alone proves none."""
    if _shapes(given) != _shapes(other):
        return None
    ones, others = (
        torch.cat([_numbers(answer[key]) for answer, like in zip(side, other, strict=True) for key in like])
        for side in (given, other)
    )
    factor = (ones @ others / (others @ others).clamp(min=1e-12)).item()
    return factor if factor and others.count_nonzero() > 1 and _close(ones, factor * others) else None


def _factors(given: Answers, wanted: Answers) -> str | None:
    """How often larger it is on two inputs, in words, if each has its own factor."""
    factors = [_factor([one], [other]) for one, other in zip(given, wanted, strict=True)]
    if len(factors) < 2 or not all(factors):
        return None
    return f"{factors[0]:.4g} times the right one on one input and {factors[1]:.4g} times on another"


def _numbers(value: Shaped[Tensor, "..."]) -> Num[Tensor, " numbers"]:
    """All of them in one row; of complex ones the real and imaginary parts."""
    value = value.detach().cpu()
    return (torch.view_as_real(value.resolve_conj()) if value.is_complex() else value).flatten().double()


def _two(one: Shaped[Tensor, "..."], other: Shaped[Tensor, "..."]) -> str:
    """What differs, as "x where y is right"."""
    if one.shape != other.shape:
        return f"{_shape(one)} where {_shape(other).removeprefix('the shape ')} is right"
    if not other.is_floating_point():  # integers
        return f"{tuple(one.tolist())} where {tuple(other.tolist())} is right"
    apart = (_numbers(one) - _numbers(other)).abs().nan_to_num(torch.inf, torch.inf)
    worst = apart.argmax()
    value = _numbers(one)[worst].item()
    shown = f"{value:.4g}" if apart[worst].isfinite() else "NaN or infinity on some input,"
    return f"{shown} where {_numbers(other)[worst].item():.4g} is right"


def _shape(value: Shaped[Tensor, "..."]) -> str:
    return f"the shape {tuple(value.shape)}" if value.ndim else "a single number"


def _of(trial: Sequence[Any], wanted: Shaped[Tensor, "..."]) -> str:
    """The argument, where it is short enough to be worked out by hand: a list of numbers."""
    return f" for {trial[0]}" if isinstance(trial[0], list) and not wanted.is_floating_point() else ""


def _names(answer: Iterable[str]) -> str:
    return ", ".join(map(str, answer)) or "nothing"
