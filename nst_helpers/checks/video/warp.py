"""``warp(image, flow)``: ``x(p + f(p))``, bilinear between pixels, the border's pixels beyond the frame.

By ``grid_sample``, whose options are what is mistaken; `video.warp` is written out for the last digits.
"""

import torch
from torch.nn import functional as F

from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.trials import uniform
from nst_helpers.video import end_points


def _warp(image, flow, *, ends=end_points, intervals=lambda sides: sides - 1, pad="border", mode="bilinear", **options):
    sides = torch.tensor(image.shape[:1:-1], dtype=flow.dtype, device=flow.device).view(2, 1, 1)
    grid = 2 * ends(flow) / intervals(sides) - 1
    options = {"align_corners": True} | options
    return F.grid_sample(image, grid.permute(0, 2, 3, 1), mode=mode, padding_mode=pad, **options)


def _trial(batch, channels, height, width, reach):
    """A flow of up to so many pixels, of another range in x than in y; near the border it leads out of the frame."""
    flow = (2 * uniform(batch, 2, height, width, seed=1) - 1) * torch.tensor([reach, 0.6 * reach], device="cpu").view(
        2, 1, 1
    )
    return uniform(batch, channels, height, width), flow


def _trials():
    still = uniform(2, 2, 4, 6, seed=2), torch.zeros(2, 2, 4, 6, device="cpu")
    shifted = uniform(1, 3, 6, 5, seed=3), torch.tensor([2.0, -1.0], device="cpu").view(1, 2, 1, 1).expand(1, 2, 6, 5)
    # At first of equal sides, where no size tells x from y.
    return [_trial(2, 3, 7, 7, 2.5), _trial(1, 4, 5, 8, 1.5), _trial(3, 1, 8, 4, 12.0), shifted, still]


check_warp = Exercise(
    name="warp",
    right=_warp,
    trials=_trials,
    mistakes={
        "x and y of the flow are swapped; channel 0 is x, along the columns.": {
            "ends": lambda flow: end_points(flow.flip(1))
        },
        "rows and columns are swapped, so that the picture lies on its side; `grid_sample` wants x first, then y.": {
            "ends": lambda flow: end_points(flow).flip(1)
        },
        "the flow is followed backwards, x(p - f(p)); each pixel p looks where its flow points to, x(p + f(p)).": {
            "ends": lambda flow: end_points(-flow)
        },
        "the flow alone is taken for the position; it counts from the pixel itself: add the pixel's own x and y.": {
            "ends": lambda flow: flow
        },
        "everything lies half a pixel off: positions are counted from the pixels' edges here, and their centres are "
        "whole numbers; take `align_corners=True` and divide by width - 1 and height - 1.": {
            "intervals": lambda sides: sides,
            "align_corners": False,
        },
        "`align_corners=False`, the default, puts -1 and 1 at the edges of the outermost pixels; divided by width - 1 "
        "and height - 1 they stand for these pixels' centres: `align_corners=True`.": {"align_corners": False},
        "positions are divided by width and height; from the first pixel's centre to the last one's, -1 to 1, it is "
        "width - 1 and height - 1.": {"intervals": lambda sides: sides},
        "the nearest pixel is taken whole; between pixels mix the four around, bilinear.": {"mode": "nearest"},
        'beyond the frame it is black; take the nearest pixel of the border: clamp, or `padding_mode="border"`.': {
            "pad": "zeros"
        },
    },
    verified="x first, bilinear, the border repeated, zero flow the identity, with its gradient",
)
