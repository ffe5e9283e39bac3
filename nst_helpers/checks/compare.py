"""Comparing a student's function with the right one, and with the wrong ones that people write."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.overrides import TorchFunctionMode

from nst_helpers.checks.calling import NotYet, call, cuts

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
    _check_values(name, function, right, trials, mistakes)
    if gradient:
        for trial in trials:
            _check_gradient(name, function, right, trial)
    _check_precision_and_device(name, function, trials[0])


def require_tensor(name: str, given: object) -> Float[Tensor, "..."]:
    """The result, if it is a finite tensor of floats; NotYet otherwise."""
    if given is None:
        raise NotYet(f"{name} gives nothing: does it end with `return`?")
    if isinstance(given, bool | int | float):
        raise NotYet(
            f"{name} gives the Python number {given:.3g}, which has no gradient: return the tensor itself, without "
            "`.item()` or `float()`."
        )
    if not isinstance(given, Tensor):
        raise NotYet(f"{name} gives a {type(given).__name__}: return a torch tensor.")
    if not given.is_floating_point():
        raise NotYet(f"{name} gives {given.dtype}: return floating-point numbers like those of the input.")
    if not given.isfinite().all():
        raise NotYet(
            f"{name} gives NaN or infinity on some input: look for a division by zero (equal pictures, a channel that "
            "is zero everywhere), and for a root or a logarithm of it."
        )
    return given


def _check_values(name, function, right, trials, mistakes) -> None:
    expected = [right(*trial) for trial in trials]
    given: list[Tensor] = []
    for trial in trials:
        try:
            given.append(require_tensor(name, call(name, function, *trial)))
        except NotYet:
            if _alike(given, expected[: len(given)]):
                raise
            break  # what is wrong with the inputs before says more
    expected = expected[: len(given)]
    if not _alike(given, expected):
        wrong = {sentence: [formula(*trial) for trial in trials[: len(given)]] for formula, sentence in mistakes}
        raise NotYet(f"{name} gives {_difference(given, expected)}: {_diagnosis(given, expected, wrong)}")


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
    return "compare your lines with the formula, term by term, on a tensor of two channels."


def _difference(given: list[Tensor], expected: list[Tensor]) -> str:
    """The first trial that differs, as "x where y is right"."""
    for one, other in zip(given, expected, strict=True):
        if one.shape != other.shape:
            shape = f"the shape {tuple(one.shape)}" if one.ndim else "a single number"
            return f"{shape} where {tuple(other.shape) if other.ndim else 'a single number'} is right"
        if not _alike([one], [other]):
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
    ones, others = (torch.cat([value.detach().flatten().double().cpu() for value in side]) for side in (given, other))
    factor = (ones @ others / (others @ others).clamp(min=1e-12)).item()
    return factor if factor and others.count_nonzero() > 1 and _alike([ones], [factor * others]) else None


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
    first, *others = (_doubled(argument) for argument in trial)
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
        return f"look at {' and '.join(found)} in your code; the loss has to lead back to the pixels unbroken."
    return "look for `.detach()`, `.data` or `torch.no_grad()`; the loss has to lead back to the pixels unbroken."


def _check_precision_and_device(name, function, trial: Trial) -> None:
    with _Places() as places:
        result = call(name, function, *(_doubled(argument) for argument in trial))
    if result.dtype != torch.float64:
        raise NotYet(
            f"{name} gives {result.dtype} for a torch.float64 input: look for `.float()`, or for new tensors made "
            "without `dtype=`; `new_zeros` and `zeros_like` take it from the input."
        )
    if places.fixed:
        raise NotYet(
            f"{name} fixes a device with `{places.fixed[0]}`, and fails where the picture is on another: leave that to "
            "the input, with `device=features.device`, `new_zeros` or `zeros_like`."
        )


class _Places(TorchFunctionMode):
    """Notes which of torch's calls put a tensor on a device of their own choice."""

    _makers = ("zeros", "ones", "empty", "full", "eye", "rand", "randn", "tensor", "from_numpy")

    def __init__(self):
        super().__init__()
        self.fixed: list[str] = []

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        result = function(*args, **kwargs)
        name = getattr(function, "__name__", "")
        if name in self._makers and isinstance(result, Tensor) and result.ndim:  # a number goes with every device
            if not isinstance(kwargs.get("device"), torch.device):
                self.fixed.append(f"torch.{name}(...)")
        elif name in ("cpu", "cuda") or (name == "to" and any(isinstance(argument, str) for argument in args)):
            self.fixed.append(f".{name}(...)")
        return result


def _doubled(argument: Any) -> Any:
    return _each(argument, lambda tensor: tensor.detach().to(torch.float64, copy=True))


def _each(argument: Any, change: Callable[[Tensor], Tensor]) -> Any:
    if isinstance(argument, Tensor):
        return change(argument)
    if isinstance(argument, Mapping):
        return {key: _each(value, change) for key, value in argument.items()}
    return argument
