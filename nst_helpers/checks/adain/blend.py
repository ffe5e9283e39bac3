"""``blend(features, matched, alpha)``: a strength of the style for each picture (Huang & Belongie 2017, eq. 14)."""

import torch

from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.trials import uniform


def _of_each_picture(alpha, features):
    return alpha.view(-1, 1, 1, 1)


def _along(axis):
    """What alpha becomes if it runs along another axis, repeated or cut where torch would stop at the shapes."""

    def spread(alpha, features):
        shape = [1] * 4
        shape[axis] = features.shape[axis]
        return alpha[torch.arange(features.shape[axis], device=alpha.device) % len(alpha)].view(shape)

    return spread


def _blend(
    features,
    matched,
    alpha,
    *,
    spread=_of_each_picture,
    mix=lambda features, matched, alpha: alpha * matched + (1 - alpha) * features,
):
    return mix(features, matched, spread(alpha, features))


def _trial(batch, channels, height, width):
    """Features after a ReLU, matched ones of both signs, strengths that don't sum to 1."""
    features = (3 * uniform(batch, channels, height, width) - 1).relu()
    matched = 5 * uniform(batch, channels, height, width, seed=1) - 3
    return features, matched, 0.2 + 0.7 * uniform(batch, seed=2)


def _trials():
    features, matched, _ = _trial(2, 5, 3, 4)
    ends = torch.tensor([1.0, 0.0], device="cpu")
    # At first of equal sizes, where no shape tells a batch from channels or columns.
    return [_trial(3, 3, 3, 3), _trial(4, 2, 3, 5), _trial(1, 4, 2, 3), (features, matched, ends)]


check_blend = Exercise(
    name="blend",
    right=_blend,
    trials=_trials,
    mistakes={
        "alpha is the wrong way round; 1 gives the matched features, and 0 the photo's own.": {
            "mix": lambda features, matched, alpha: alpha * features + (1 - alpha) * matched
        },
        "the photo's features stay whole; multiply them by 1 - alpha, so that the shares sum to 1.": {
            "mix": lambda features, matched, alpha: alpha * matched + features
        },
        "alpha is ignored, and the style is always at full strength.": {
            "mix": lambda features, matched, alpha: matched.expand_as(features)
        },
        "all pictures get the first one's strength; each has its own: `alpha.view(-1, 1, 1, 1)`.": {
            "spread": lambda alpha, features: alpha[0]
        },
        "all pictures get the mean of the strengths; each has its own: `alpha.view(-1, 1, 1, 1)`.": {
            "spread": lambda alpha, features: alpha.mean()
        },
        "alpha runs along the columns, torch's last dimension; `alpha.view(-1, 1, 1, 1)` puts it along the pictures.": {
            "spread": _along(3)
        },
        "alpha runs along the channels; `alpha.view(-1, 1, 1, 1)` puts it along the pictures.": {"spread": _along(1)},
        "negative values are cut to 0; features may be negative once they are matched, so leave them.": {
            "mix": lambda features, matched, alpha: (alpha * matched + (1 - alpha) * features).relu()
        },
    },
    verified="each picture at its own strength, from the photo's features at 0 to the matched ones at 1",
    gradient=False,
)
