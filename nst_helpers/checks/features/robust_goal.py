"""``robust_goal(image, goal, shifts)``: the mean of the goal over shifted copies of each picture."""

import torch

from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.trials import uniform


def _shifted(image, shift):
    return image.roll(shift, dims=(2, 3))


def _robust_goal(image, goal, shifts, *, shifted=_shifted, reduce=lambda values: values.mean(dim=0)):
    return reduce(torch.stack([goal(shifted(image, shift)) for shift in shifts]))


def _walking(image, goal, shifts):
    """Each shift starts where the one before ended."""
    values = []
    for shift in shifts:
        image = _shifted(image, shift)
        values.append(goal(image))
    return torch.stack(values).mean(dim=0)


def _blurred(image, goal, shifts):
    return goal(torch.stack([_shifted(image, shift) for shift in shifts]).mean(dim=0))


def _trial(shape, shifts):
    """A goal that knows where every pixel should be, and isn't linear."""
    weights = uniform(*shape[1:], seed=10) - 0.5
    return uniform(*shape), lambda image: (image * weights.to(image)).sum(dim=(1, 2, 3)).square(), shifts


def _trials():
    return [
        _trial((2, 3, 5, 7), [(1, 2), (0, 0), (-2, 3), (2, -1)]),
        _trial((3, 3, 6, 4), [(2, -1), (0, 3)]),
        _trial((1, 3, 4, 4), [(1, 3)]),
        _trial((2, 3, 12, 9), [(-1, 0), (4, -4), (-1, 0), (2, 7), (3, 3)]),  # one of them twice
    ]


check_robust_goal = Exercise(
    name="robust_goal",
    right=_robust_goal,
    trials=_trials,
    mistakes={
        "the values are summed; divide by the number of shifts.": {"reduce": lambda values: values.sum(dim=0)},
        "only the last shift counts; collect the values of all of them.": {"reduce": lambda values: values[-1]},
        "only the first shift counts; does `return` stand inside the loop?": {"reduce": lambda values: values[0]},
        "the pictures of the batch are averaged too; give one number for each, (B,).": {
            "reduce": lambda values: values.mean()
        },
        "these are the values of each shift; take their mean, `.mean(dim=0)`.": {"reduce": lambda values: values},
        "each shift starts where the one before ended, so that the picture walks away; always shift `image` itself.": (
            _walking
        ),
        "down and right are swapped: rows are dimension 2, columns dimension 3, and a shift is (down, right).": {
            "shifted": lambda image, shift: _shifted(image, shift[::-1])
        },
        "it moves up and to the left; a positive shift goes down and to the right, as in `torch.roll`.": {
            "shifted": lambda image, shift: _shifted(image, [-step for step in shift])
        },
        "the shifted pictures are averaged into a blurred one, and the goal is asked once; ask it of each, and average "
        "its values.": _blurred,
    },
    verified="the mean over all shifts, each of the picture itself, for each picture, with its gradient",
)
