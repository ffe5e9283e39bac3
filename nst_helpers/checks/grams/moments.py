"""``moments(features)``: mean and standard deviation of each channel, (B, 2, C)."""

import torch

from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.trials import uniform


def _moments(
    features,
    *,
    dims=(2, 3),
    spread=lambda f, dims: f.var(dim=dims, correction=0),
    eps=1e-5,
    root=torch.sqrt,
    put=lambda mean, deviation: torch.stack([mean, deviation], dim=1),
):
    return put(features.mean(dim=dims), root(spread(features, dims) + eps))


def _trials():
    uneven = uniform(3, 2, 4, 4)
    uneven[0] = (uneven[0] - 0.5) * 0.01  # faint: the variance is about epsilon
    uneven[1] = 0.25  # and flat
    channels_last = uniform(2, 5, 4, 3).contiguous(memory_format=torch.channels_last)
    return [(uniform(3, 4, 2, 5),), (uneven,), (channels_last,), (uniform(1, 16, 9, 12) * 4 - 3,)]


check_moments = Exercise(
    name="moments",
    right=_moments,
    trials=_trials,
    mistakes={
        "they are stacked in front of the batch; `torch.stack((mean, deviation), dim=1)` keeps the pictures first.": {
            "put": lambda mean, deviation: torch.stack([mean, deviation])
        },
        "they are put end to end; `torch.stack` in place of `torch.cat` makes the dimension of 2.": {
            "put": lambda mean, deviation: torch.cat([mean, deviation], dim=1)
        },
        "the two are swapped; the mean comes first.": {
            "put": lambda mean, deviation: torch.stack([deviation, mean], dim=1)
        },
        "the batch is averaged away; every picture has moments of its own, `dim=(2, 3)`.": {"dims": (0, 2, 3)},
        "the variance is divided by H*W - 1, torch's default; `correction=0` divides by H*W.": {
            "spread": lambda f, dims: f.var(dim=dims)
        },
        "this is the variance; the deviation is `sqrt(variance + 1e-5)`.": {"root": lambda variance: variance},
        "on a constant channel you give next to 0: add the 1e-5 to the variance, under the root, whose slope is "
        "infinite at 0.": {"eps": 0},
        "1e-08 stands under the root; it is 1e-5.": {"eps": 1e-8},
        "the squares are averaged without subtracting the mean first; the variance is about the mean.": {
            "spread": lambda f, dims: f.square().mean(dim=dims)
        },
    },
    verified="means, then deviations, with a gradient that is finite where a channel is constant",
)
