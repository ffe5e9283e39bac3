"""What exercises about normalisation share: the formula with its knobs, maps that tell answers apart, mistakes."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from nst_helpers.checks.trials import uniform


def normalized(
    x: Float[Tensor, "batch channels height width"],
    axes: tuple[int, ...],
    eps: float = 1e-5,
    *,
    correction: int = 0,
    centered: Callable[[Tensor, Tensor], Tensor] = lambda x, mean: x - mean,
    divisor: Callable[[Tensor, float], Tensor] = lambda variance, eps: (variance + eps).sqrt(),
) -> Float[Tensor, "batch channels height width"]:
    """(x - mean) / sqrt(variance + eps), mean and variance over the axes."""
    mean = x.mean(dim=axes, keepdim=True)
    variance = x.var(dim=axes, correction=correction, keepdim=True)
    return centered(x, mean) / divisor(variance, eps)


def uneven_maps() -> Float[Tensor, "3 2 5 4"]:
    """Three pictures of two channels, the first faint, its variance about epsilon, and one channel flat."""
    uneven = 0.5 + uniform(3, 2, 5, 4)
    uneven[0] = (uneven[0] - 1) * 0.01
    uneven[1, 0] = 0.25
    return uneven


def maps_of_other_layout() -> Float[Tensor, "2 5 4 3"]:
    """Two pictures of five channels, channels_last."""
    return uniform(2, 5, 4, 3).contiguous(memory_format=torch.channels_last)


MISTAKES = {
    "the mean isn't subtracted before the division.": {"centered": lambda x, mean: x},
    "it is divided by the variance; divide by its root, the deviation.": {
        "divisor": lambda variance, eps: variance + eps
    },
    "epsilon is added to the deviation; add it to the variance, under the root, whose slope is infinite at 0.": {
        "divisor": lambda variance, eps: variance.sqrt() + eps
    },
    "epsilon is missing under the root, and a channel of one value divides 0 by 0.": {
        "divisor": lambda variance, eps: variance.sqrt()
    },
    "1e-5 stands fixed in your code; add `eps`, the argument, to the variance.": {
        "divisor": lambda variance, eps: (variance + 1e-5).sqrt()
    },
}
"""Those of `normalized`, whatever the axes."""
