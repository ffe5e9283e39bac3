"""``total_variation(image)``: mean squared difference to the neighbour below plus that to the right."""

import torch

from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.trials import uniform


def _total_variation(
    image, *, dims=(2, 3), differences=lambda image, dim: image.diff(dim=dim), penalty=torch.square, reduce=torch.mean
):
    return sum(reduce(penalty(differences(image, dim))) for dim in dims)


def _trials():
    board = (torch.arange(4, device="cpu").view(-1, 1) + torch.arange(6, device="cpu")).remainder(2)
    return [
        (uniform(2, 3, 4, 5),),
        (uniform(1, 3, 6, 3),),
        (board.float().expand(1, 3, 4, 6).clone(),),
        (torch.full((1, 3, 4, 4), 0.5, device="cpu"),),
        (uniform(1, 3, 24, 40, seed=1),),
    ]


check_total_variation = Exercise(
    name="total_variation",
    right=_total_variation,
    trials=_trials,
    mistakes={
        "it looks downwards alone; add the neighbours on the right.": {"dims": (2,)},
        "it looks to the right alone; add the neighbours below.": {"dims": (3,)},
        "colours are compared with one another too; rows are dimension 2 and columns dimension 3.": {"dims": (1, 2, 3)},
        "it wraps around: `roll` makes the last row the first one's neighbour; use slices or `diff`.": {
            "differences": lambda image, dim: image - image.roll(1, dim)
        },
        "these are absolute differences; square them.": {"penalty": torch.abs},
        "the square is missing: rises and falls cancel.": {"penalty": lambda d: d},
        "the squares are summed; take the mean of each direction, or a larger picture weighs more.": {
            "reduce": torch.sum
        },
        "leave the root out: its gradient is NaN on a flat picture.": {"reduce": lambda squares: squares.mean().sqrt()},
    },
    verified="0 for a flat picture, 2 for a checkerboard, both directions, with its gradient",
)
