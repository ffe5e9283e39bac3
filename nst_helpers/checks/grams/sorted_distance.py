"""``sorted_distance(a, b)``: the mean squared difference of two sets of numbers, each sorted."""

import torch

from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.trials import uniform


def _places(numbers):
    return numbers.argsort().to(numbers)


def _sorted_distance(a, b, *, first=torch.msort, second=torch.msort, penalty=torch.square, reduce=torch.mean):
    return reduce(penalty(first(a) - second(b)))


def _trials():
    same = uniform(6)
    twins = torch.cat([uniform(4, seed=2), uniform(4, seed=2)])
    return [
        (uniform(5), uniform(5, seed=1) * 2),
        (uniform(8) - 0.5, uniform(8, seed=1) + 1),
        (same, same.roll(2)),
        (uniform(8, seed=3) * 2 - 1, twins),  # not in a, where the gradients of equals could change places
        (uniform(90) * 6 - 3, uniform(90, seed=1) * 4 - 2),
    ]


check_sorted_distance = Exercise(
    name="sorted_distance",
    right=_sorted_distance,
    trials=_trials,
    mistakes={
        "they are compared as they stand; sort both first.": {"first": torch.clone, "second": torch.clone},
        "only a is sorted; sort b too.": {"second": torch.clone},
        "only b is sorted; sort a too.": {"first": torch.clone},
        "one is sorted up and the other down; sort both one way.": {"second": lambda b: b.sort(descending=True).values},
        "the places are compared, `sort().indices` or `argsort`; compare the numbers, `sort().values`.": {
            "first": _places,
            "second": _places,
        },
        "the squares are summed; take their mean.": {"reduce": torch.sum},
        "these are absolute differences (the 1-Wasserstein); square them.": {"penalty": torch.abs},
        "leave the root out: its gradient is NaN for equal sets.": {"reduce": lambda squares: squares.mean().sqrt()},
        "each of a goes to its nearest in b, and several to one; every b is met once, in the order of size.": (
            lambda a, b: (a.unsqueeze(1) - b).square().amin(dim=1).mean()
        ),
    },
    verified="the smallest meets the smallest, 0 for one set in two orders, with its gradient",
)
