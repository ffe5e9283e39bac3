"""``mix_under_masks(matched, masks)``: several styles' features, each where its mask is white.

Masks are averaged over the area that a feature stands for, and divided by their sum, so that they fill gaps, too.
"""

import torch
from torch.nn import functional as F

from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.trials import uniform


def _area(masks, grid):
    return F.adaptive_avg_pool2d(masks, grid)


def _resized(mode):
    return lambda masks, grid: F.interpolate(masks, grid, mode=mode)


def _shares(masks):
    return masks / masks.sum(dim=0, keepdim=True)


def _mix_under_masks(
    matched,
    masks,
    *,
    before=lambda masks: masks,
    shrunk=_area,
    shares=_shares,
    grown=lambda matched, masks: matched,
):
    features = grown(matched, masks)
    weights = shares(shrunk(before(masks), features.shape[-2:]))
    return (weights * features).sum(dim=0, keepdim=True)


def _strongest(masks):
    return (masks == masks.amax(dim=0, keepdim=True)).to(masks)


def _divided_where_it_can(masks):
    total = masks.sum(dim=0, keepdim=True)
    return masks / torch.where(total > 0, total, 1)


def _trial(styles, channels, height, width, step, least=0.0):
    """Masks that overlap and leave gaps, of pixels that are black, grey or white; none of the cells is all black."""
    matched = 5 * uniform(styles, channels, height, width) - 2
    masks = (3 * uniform(styles, 1, height * step, width * step, seed=styles) - 1).clamp(0, 1)
    masks[:, :, step - 1 :: step, ::step] += 0.1  # in every cell
    return matched, masks.clamp(least, 1)


def _trials():
    halves = torch.zeros(2, 1, 8, 24, device="cpu")
    halves[0, :, :, :11], halves[1, :, :, 11:] = 1, 1  # a border inside a cell
    return [
        _trial(2, 3, 2, 3, 4),
        _trial(3, 2, 4, 3, 8),
        (4 * uniform(2, 4, 1, 3) - 1, halves),
        _trial(4, 3, 3, 2, 2),
        _trial(3, 2, 3, 4, 1, least=0.05),  # the masks have the features' size already
    ]


check_mix_under_masks = Exercise(
    name="mix_under_masks",
    right=_mix_under_masks,
    trials=_trials,
    mistakes={
        "one pixel of each cell decides for all of it; take the mean over the cell's area.": {
            "shrunk": _resized("nearest"),
            "shares": _divided_where_it_can,
        },
        '`mode="bilinear"` looks at the four pixels in the middle of a cell alone; take the mean over its area.': {
            "shrunk": _resized("bilinear"),
            "shares": _divided_where_it_can,
        },
        "the brightest pixel of each cell decides for all of it; take the mean over the cell's area.": {
            "shrunk": lambda masks, grid: F.adaptive_max_pool2d(masks, grid)
        },
        "the shares don't sum to 1: features grow where masks overlap, and fade in gaps; divide by the masks' sum.": {
            "shares": lambda masks: masks
        },
        "the masks are divided by their sum before they are shrunk; shrink them first, and divide then.": {
            "before": _divided_where_it_can
        },
        "the style of the brightest mask takes all; a convex combination gives each its share.": {"shares": _strongest},
        "`softmax` gives every style a share where its mask is black; divide by the sum.": {
            "shares": lambda masks: masks.softmax(dim=0)
        },
        "the features were enlarged to the masks' size, and the picture would be as many times too large; shrink the "
        "masks.": {"grown": lambda matched, masks: F.interpolate(matched, masks.shape[-2:], mode="nearest")},
    },
    verified="at each place a convex combination, by the masks' means over its area",
    gradient=False,
)
