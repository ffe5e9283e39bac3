"""``as_picture(feature_map)``: from 0 at its lowest to 1 at its highest; a constant map is zero everywhere."""

import torch

from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.trials import uniform


def _as_picture(
    feature_map, *, low=torch.min, divisor=lambda m: m.max() - m.min(), constant=torch.zeros_like, end=lambda m: m
):
    span = divisor(feature_map)
    return end(torch.where(span == 0, constant(feature_map), (feature_map - low(feature_map)) / span))


def _trials():
    maps = [
        8 * uniform(4, 6) - 3,
        uniform(5, 3) + 2,
        -1 - uniform(2, 9),
        400 * uniform(30, 40) - 100,
        torch.linspace(0.3, 0.30995, 12, device="cpu").view(3, 4),  # faint: less than a hundredth
        torch.full((5, 2), 2.5, device="cpu"),
        torch.zeros(3, 4, device="cpu"),
    ]
    return [(each,) for each in maps]


check_as_picture = Exercise(
    name="as_picture",
    right=_as_picture,
    trials=_trials,
    mistakes={
        "the minimum isn't subtracted; without it the lowest value isn't 0.": {
            "low": torch.zeros_like,
            "divisor": torch.max,
        },
        "it is divided by max - min, but the minimum isn't subtracted first.": {"low": torch.zeros_like},
        "only the minimum is subtracted; divide by max - min, so that the highest value is 1.": {
            "divisor": torch.ones_like
        },
        "it is divided by the old maximum; once the minimum is subtracted, the highest value is max - min.": {
            "divisor": torch.max
        },
        "values are cut off at 0 and 1, which loses what lies outside; scale them instead.": {
            "low": torch.zeros_like,
            "divisor": torch.ones_like,
            "end": lambda m: m.clamp(0, 1),
        },
        "it is standardised by mean and deviation; take the minimum and the maximum.": {
            "low": torch.mean,
            "divisor": torch.std,
        },
        "each row is scaled by itself; take one minimum and one maximum for the map.": {
            "low": lambda m: m.amin(1, True),
            "divisor": lambda m: m.amax(1, True) - m.amin(1, True),
        },
        "a constant map gives ones; it shows nothing, so give zeros.": {"constant": torch.ones_like},
        "a constant map comes back as it is; it shows nothing, so give zeros.": {"constant": lambda m: m},
    },
    verified="0 at the lowest value, 1 at the highest, and a constant map is dark without a NaN",
    gradient=False,
)
