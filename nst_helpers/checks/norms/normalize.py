"""``normalize(x, axes, eps)``: (x - mean) / sqrt(variance + eps) over the axes that are given."""

import torch

from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.trials import uniform


def _normalize(
    x,
    axes,
    eps=1e-5,
    *,
    over=lambda axes: axes,
    correction=0,
    centered=lambda x, mean: x - mean,
    divisor=lambda variance, eps: (variance + eps).sqrt(),
):
    mean = x.mean(dim=over(axes), keepdim=True)
    variance = x.var(dim=over(axes), correction=correction, keepdim=True)
    return centered(x, mean) / divisor(variance, eps)


def _trials():
    uneven = 0.5 + uniform(3, 2, 5, 4)
    uneven[0] = (uneven[0] - 1) * 0.01  # faint: the variance is about epsilon
    uneven[1, 0] = 0.25  # and flat
    channels_last = uniform(2, 5, 4, 3).contiguous(memory_format=torch.channels_last)
    return [
        (uniform(3, 4, 2, 5), (0, 2, 3)),
        (uneven, (2, 3)),
        (channels_last, (1, 2, 3), 0.3),
        (uniform(2, 3, 4, 6) * 4 - 3, (3,)),
    ]


check_normalize = Exercise(
    name="normalize",
    right=_normalize,
    trials=_trials,
    mistakes={
        "`axes` is ignored and (2, 3) stands fixed, which is always instance norm; take `dim=axes`.": {
            "over": lambda axes: (2, 3)
        },
        "`axes` is ignored and the batch is always among them, (0, 2, 3), which is batch norm; take `dim=axes`.": {
            "over": lambda axes: (0, 2, 3)
        },
        "the channels are among the axes whatever `axes` says, (1, 2, 3), which is layer norm; take `dim=axes`.": {
            "over": lambda axes: (1, 2, 3)
        },
        "there is one mean and one variance for all of x; take `dim=axes`.": {"over": lambda axes: (0, 1, 2, 3)},
        "mean and variance go over the axes that are *not* in `axes`; those in it are the ones averaged over.": {
            "over": lambda axes: tuple(axis for axis in range(4) if axis not in axes)
        },
        "the variance is divided by n - 1, torch's default; `correction=0` divides by n.": {"correction": 1},
        "epsilon is missing under the root, and a channel of one value divides 0 by 0.": {
            "divisor": lambda variance, eps: variance.sqrt()
        },
        "epsilon is added to the deviation; add it to the variance, under the root, whose slope is infinite at 0.": {
            "divisor": lambda variance, eps: variance.sqrt() + eps
        },
        "1e-5 stands fixed in your code; add `eps`, the argument, to the variance.": {
            "divisor": lambda variance, eps: (variance + 1e-5).sqrt()
        },
        "it is divided by the variance; divide by its root, the deviation.": {
            "divisor": lambda variance, eps: variance + eps
        },
        "the mean isn't subtracted before the division.": {"centered": lambda x, mean: x},
    },
    verified="one formula for batch, instance and layer norm, by the axes alone, with its gradient",
)
