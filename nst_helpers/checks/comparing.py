"""Comparing a student's function with the right one, and with the wrong ones that people write."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from nst_helpers.checks.call import NotYet, call
from nst_helpers.checks.gradient import cuts
from nst_helpers.checks.places import check_precision_and_device, doubled

Formula = Callable[..., Tensor]
Mistake = tuple[Formula, str]
"""A wrong formula, and the sentence that tells a student that theirs is this one."""
Trial = tuple[Any, ...]
"""The arguments of one call."""


def check_function(
    name: str,
    function: Callable[..., Any],
    right: Formula,
    trials: Sequence[Trial],
    mistakes: Sequence[Mistake],
    *,
    gradient: bool = True,
) -> None:
    """Values on every trial, the gradient in the first argument, and the precision and device of the result.

    Args:
        right: the formula wanted.
        trials: arguments of different sizes, so that no mistake looks like another.
        mistakes: wrong formulas that people write; the first that agrees with the student's is named.
        gradient: whether one is wanted.

    Raises:
        NotYet: something differs.
    """
    check_values(name, function, right, trials, mistakes)
    if gradient:
        for trial in trials:
            _check_gradient(name, function, right, trial)
    check_precision_and_device(name, function, trials[0])


def require_tensor(name: str, given: object) -> Float[Tensor, "..."]:
    """The result, if it is a finite tensor of floats; NotYet otherwise."""
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
    if not given.isfinite().all():
        raise NotYet(
            f"{name} gives NaN or infinity on some input: look for a division by zero (equal pictures, one of a "
            "single colour, a channel that is zero everywhere, frequency 0), and for a root or a logarithm of it."
        )
    return given


def check_values(
    name: str,
    function: Callable[..., Any],
    right: Formula,
    trials: Sequence[Trial],
    mistakes: Sequence[Mistake],
    *,
    read: Callable[[str, object], Tensor] = require_tensor,
) -> None:
    """The values alone, on every trial; see `check_function`.

    Args:
        read: makes the function's name and what it gave into a tensor, or raises NotYet.
    """
    expected = [right(*trial) for trial in trials]
    given: list[Tensor] = []
    for trial in trials:
        try:
            given.append(read(name, call(name, function, *trial)))
        except NotYet:
            if _alike(given, expected[: len(given)]):
                raise
            break  # what is wrong with the inputs before says more
    expected = expected[: len(given)]
    if not _alike(given, expected):
        wrong = {sentence: [formula(*trial) for trial in trials[: len(given)]] for formula, sentence in mistakes}
        raise NotYet(f"{name} gives {_difference(given, expected, trials)}: {_diagnosis(given, expected, wrong)}")


def _diagnosis(given: list[Tensor], expected: list[Tensor], wrong: dict[str, list[Tensor]]) -> str:
    """The sentence of the wrong formula that the student's is, or is up to a factor, or looks like."""
    for sentence, values in wrong.items():
        if _alike(given, values):
            return sentence
    if len(given) > 1 and all(torch.equal(given[0], other) for other in given[1:]):
        return "it is the same for every input, so your function reads a variable of the notebook, not its argument."
    if factor := _factor(given, expected):
        return f"yours is {factor:.4g} times the right one on every input; look for a factor or a sum too many."
    for sentence, values in wrong.items():
        if factor := _factor(given, values):
            return f"{sentence} (There is a factor of {factor:.4g} besides.)"
    if not _same_shapes(given, expected):
        for sentence, values in wrong.items():
            if _same_shapes(given, values):
                return sentence
        return "print the shape after each line and see where it leaves the one in the docstring."
    return "compare your lines with the formula, term by term, on an input so small that you can work it out by hand."


def _difference(given: list[Tensor], expected: list[Tensor], trials: Sequence[Trial]) -> str:
    """The first trial that differs, as "x where y is right"."""
    for one, other, trial in zip(given, expected, trials[: len(given)], strict=True):
        if one.shape != other.shape:
            shape = f"the shape {tuple(one.shape)}" if one.ndim else "a single number"
            return f"{shape} where {tuple(other.shape) if other.ndim else 'a single number'} is right"
        if not _alike([one], [other]):
            if not other.is_floating_point():  # integers
                arguments = f" for {trial[0]}" if isinstance(trial[0], list) else ""
                return f"{tuple(one.tolist())} where {tuple(other.tolist())} is right{arguments}"
            worst = (one - other).abs().flatten().argmax()
            return f"{one.flatten()[worst].item():.4g} where {other.flatten()[worst].item():.4g} is right"
    raise AssertionError("nothing differs")


def _same_shapes(ones: list[Tensor], others: list[Tensor]) -> bool:
    return all(one.shape == other.shape for one, other in zip(ones, others, strict=True))


def _alike(ones: list[Tensor], others: list[Tensor]) -> bool:
    pairs = list(zip(ones, others, strict=True))
    return _same_shapes(ones, others) and all(
        torch.allclose(one.to(other), other, rtol=1e-3, atol=1e-5) for one, other in pairs
    )


def _factor(given: list[Tensor], other: list[Tensor]) -> float | None:
    """k with ``given = k * other`` on every trial, if there is one; one number alone proves none."""
    if not _same_shapes(given, other):
        return None
    ones, others = (torch.cat([_numbers(value) for value in side]) for side in (given, other))
    factor = (ones @ others / (others @ others).clamp(min=1e-12)).item()
    return factor if factor and others.count_nonzero() > 1 and _alike([ones], [factor * others]) else None


def _numbers(value: Tensor) -> Tensor:
    """All of them in one row; of complex ones the real and imaginary parts."""
    value = value.detach().cpu()
    return (torch.view_as_real(value.resolve_conj()) if value.is_complex() else value).flatten().double()


def _check_gradient(name, function, right, trial: Trial) -> None:
    given = _gradients(name, function, trial)
    expected = _gradients(name, right, trial)
    for label, wanted in expected.items():
        if wanted is None:
            continue
        got = given[label]
        where = f' with respect to "{label}"' if label else ""
        if got is None:
            raise NotYet(f"{name} has no gradient{where}: {_culprits(function)}")
        if not got.isfinite().all():
            raise NotYet(f"the gradient of {name}{where} is NaN on some input: look for a root or a division at zero.")
        if not _alike([got], [wanted]):
            factor = _factor([got], [wanted])
            size = f"{factor:.3g} times the right one" if factor else "not the right one"
            raise NotYet(f"{name} has the right value, but its gradient{where} is {size}: {_culprits(function)}")


def _gradients(name, function, trial: Trial) -> dict[str, Tensor | None]:
    """The gradient in the first argument (a tensor or a dictionary of them) of a weighted sum of the result."""
    first, *others = (doubled(argument) for argument in trial)
    leaves = first if isinstance(first, dict) else {"": first}
    for leaf in leaves.values():
        leaf.requires_grad_()
    result = require_tensor(name, call(name, function, first, *others))
    if not result.requires_grad:
        raise NotYet(f"{name} has the right value, but no gradient: {_culprits(function)}")
    weights = torch.arange(1.0, result.numel() + 1, device=result.device).cos().view_as(result)  # not symmetric
    gradients = torch.autograd.grad((result * weights).sum(), list(leaves.values()), allow_unused=True)
    return dict(zip(leaves, gradients, strict=True))


def _culprits(function: Callable[..., Any]) -> str:
    if found := cuts(function):
        return f"look at {' and '.join(found)} in your code; the result has to lead back to the input unbroken."
    return "look for `.detach()`, `.data` or `torch.no_grad()`; the result has to lead back to the input unbroken."
