"""Limited-memory BFGS: a direction from the curvature met on the last steps."""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor

# The least cosine of the angle between a step and the change of the gradient along it: below, the loss is not convex
# there, or what is left is rounding.
_LEAST_CURVATURE = 1e-6


class Pair(NamedTuple):
    """A step, the change of the gradient along it, and their product."""

    step: Float[Tensor, " variables"]
    change: Float[Tensor, " variables"]
    product: Float[Tensor, ""]


class LBFGS:
    """Directions to go in (Nocedal & Wright 2006, "Numerical optimization", section 7.2); the caller takes the steps.

    It learns from where the variables stand when it is asked, so a step may be shortened or clamped before.

    Args:
        history: steps remembered.

    Example:
        >>> import torch
        >>> lbfgs, x = LBFGS(20), torch.tensor([1.0, -2.0])
        >>> for _ in range(9):  # of the minimum of x^2
        ...     x = x + 0.5 * lbfgs.direction(x, 2 * x)
    """

    def __init__(self, history: int):
        self.pairs: deque[Pair] = deque(maxlen=history)
        self._last: tuple[Tensor, Tensor] | None = None

    def direction(
        self, variables: Float[Tensor, " variables"], gradient: Float[Tensor, " variables"]
    ) -> Float[Tensor, " variables"]:
        """The step to the minimum as far as the curvature is known, minus the gradient at first."""
        if self._last is not None:
            step, change = variables - self._last[0], gradient - self._last[1]
            pair = Pair(step, change, step.dot(change))
            if pair.product > _LEAST_CURVATURE * step.norm() * change.norm():
                self.pairs.append(pair)
        self._last = variables.clone(), gradient.clone()
        return -times_inverse_hessian(gradient, self.pairs)


def times_inverse_hessian(vector: Float[Tensor, " variables"], pairs: Sequence[Pair]) -> Float[Tensor, " variables"]:
    """The two-loop recursion (algorithm 7.4), from the oldest pair to the newest; without pairs, the vector."""
    shares = []
    for step, change, product in reversed(pairs):
        shares.append(step.dot(vector) / product)
        vector = vector - shares[-1] * change
    if pairs:
        vector = vector * (pairs[-1].product / pairs[-1].change.square().sum())  # equation 7.20
    for (step, change, product), share in zip(pairs, reversed(shares), strict=True):
        vector = vector + (share - change.dot(vector) / product) * step
    return vector
