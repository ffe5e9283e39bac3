"""``match_histogram(content, style)``: each channel's n-th smallest value becomes the style's n-th smallest.

Where the two have different numbers of positions, the style's sorted values are interpolated. The trials' contents have
no two equal values in a channel, whose order would be anyone's choice.
"""

import torch
from torch.nn import functional as F

from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.trials import uniform
from nst_helpers.losses import resampled
from nst_helpers.networks import adain


def _put_back(values, order):
    return torch.zeros_like(values).scatter(-1, order, values)


def _match_histogram(content, style, *, rows=lambda x: x.flatten(2), fit=resampled, put=_put_back):
    places = rows(content).argsort(dim=-1)
    values = fit(rows(style).sort(dim=-1).values, places.shape[-1])
    return put(values.expand(*places.shape), places).view(content.shape)


def _all_channels(x):
    return x.flatten(1)[:, None]


def _nearest(values, count):
    return F.interpolate(values, count, mode="nearest-exact")


def _ends_lost(values, count):
    return F.interpolate(values, count, mode="linear", align_corners=False)


def _smallest_alone(values, count):
    """The first of the sorted values, and the last one again where there are too few."""
    return values[..., torch.arange(count, device=values.device).clamp(max=values.shape[-1] - 1)]


def _trials():
    ties = (uniform(2, 3, 4, 5, seed=1) - 0.5).relu()
    channels_last = uniform(2, 4, 3, 5).contiguous(memory_format=torch.channels_last)
    return [
        (uniform(2, 3, 3, 4), 3 * uniform(2, 3, 4, 3, seed=1) ** 2 - 1),
        (5 * uniform(2, 3, 3, 5) - 2, ties),  # more positions, of which half are 0
        (uniform(3, 2, 4, 4), uniform(1, 2, 2, 3, seed=1) ** 2 + torch.tensor([0.0, 7.0]).view(2, 1, 1)),  # fewer
        (channels_last, 4 * uniform(1, 4, 2, 9, seed=1) ** 3),
    ]


check_match_histogram = Exercise(
    name="match_histogram",
    right=_match_histogram,
    trials=_trials,
    mistakes={
        "the values come out sorted from the first position to the last; put each where the content had that rank.": {
            "put": lambda values, order: values
        },
        "`argsort` gives the position of each rank, and was used as the rank of each position; `scatter` by it, or "
        "take `argsort` of it once more.": {"put": lambda values, order: values.gather(-1, order)},
        "all channels are sorted together; each has a histogram of its own: sort `flatten(2)` along its last "
        "dimension.": {"rows": _all_channels},
        "each value is one of the style's, the nearest in rank; interpolate between the two neighbours.": {
            "fit": _nearest
        },
        "the smallest and the largest value aren't kept; interpolate with `align_corners=True`.": {"fit": _ends_lost},
        "the style's sorted values are cut off or filled up at the end; spread all of them over the ranks.": {
            "fit": _smallest_alone
        },
        "mean and deviation are the style's, but the histogram has the content's shape: this is AdaIN.": adain,
        "the roles are swapped: these are the photo's values where the painting has them.": (
            lambda content, style: _match_histogram(style.expand(len(content), -1, -1, -1), content)
        ),
    },
    verified="each channel has the painting's values, in the order of the photo's",
    gradient=False,
)
