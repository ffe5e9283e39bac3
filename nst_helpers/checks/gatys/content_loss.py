"""``content_loss(features, target)``: the mean squared difference of two feature maps."""

import torch

from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.trials import uniform


def _content_loss(features, target, *, penalty=torch.square, reduce=torch.mean):
    return reduce(penalty(features - target))


def _trials():
    small, one = uniform(1, 2, 3, 3), uniform(1, 4, 2, 6)
    return [
        (uniform(2, 3, 4, 5), uniform(2, 3, 4, 5, seed=1)),
        (small * 4 - 1, uniform(1, 2, 3, 3, seed=1)),
        (one, one.clone()),
        (small + 2, small),
        (uniform(3, 16, 9, 12), uniform(3, 16, 9, 12, seed=1)),
    ]


check_content_loss = Exercise(
    name="content_loss",
    right=_content_loss,
    trials=_trials,
    mistakes={
        "the squares are summed; take their mean, or a larger picture weighs more.": {"reduce": torch.sum},
        "this is half the sum of the squares (eq. 1); take their mean.": {"reduce": lambda squares: squares.sum() / 2},
        "these are absolute differences; square them.": {"penalty": torch.abs},
        "the square is missing, so that differences cancel.": {"penalty": lambda d: d},
        "leave the root out: its gradient is NaN where the two are equal.": {"reduce": lambda s: s.mean().sqrt()},
        "a loss is one number; take the mean of the squares.": {"reduce": lambda squares: squares},
        "this is a number for each picture; average over them too.": {"reduce": lambda s: s.mean(dim=(1, 2, 3))},
        "the pictures of the batch are summed; average over them.": {"reduce": lambda s: s.mean(dim=(1, 2, 3)).sum()},
    },
    verified="the mean squared difference, zero for equal features, with its gradient",
)
