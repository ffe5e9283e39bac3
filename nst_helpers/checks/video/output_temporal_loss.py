"""``output_temporal_loss(this, warped, frame, warped_frame, visible)``: change beyond that of the film's light.

ReCoNet's loss on pictures (Gao et al. 2018), as a mean; `video.output_temporal_loss` warps by itself.
"""

import operator

from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.trials import uniform
from nst_helpers.images import luminance


def _weighed(*weights):
    """The sum of the channels by other weights, red first."""
    return lambda change: (change * change.new_tensor(weights).view(3, 1, 1)).sum(dim=1, keepdim=True)


def _output_temporal_loss(
    this,
    warped,
    frame,
    warped_frame,
    visible,
    *,
    light=luminance,
    beyond=operator.sub,
    seen=lambda visible: visible,
    size=lambda beyond: beyond.square(),
    mean=lambda numbers, weights: numbers.mean(),
):
    weights = seen(visible.to(this.dtype))
    numbers = weights * size(beyond(this - warped, light(frame - warped_frame)))
    return mean(numbers, weights)


def _trial(batch, height, width, light, weighted=False):
    """Results that get brighter, and frames in which coloured light comes on, so strong."""
    this, warped, before, on = (uniform(batch, 3, height, width, seed=seed) for seed in range(4))
    visible = uniform(batch, 1, height, width, seed=4)
    return this, 0.6 * warped, 0.3 * before + light * on, 0.3 * before, visible if weighted else visible < 0.4


def _trials():
    this, warped, frame, warped_frame, visible = _trial(2, 4, 3, 0.7, weighted=True)
    off = this, warped, warped_frame, frame, visible
    return [_trial(2, 5, 6, 0.7), off, _trial(1, 7, 4, 0.2), _trial(3, 3, 6, 0.5, weighted=True)]


check_output_temporal_loss = Exercise(
    name="output_temporal_loss",
    right=_output_temporal_loss,
    trials=_trials,
    mistakes={
        "the light's change is left out, so that every change of brightness is punished; subtract its luminance.": {
            "light": lambda change: 0
        },
        "each channel's own change of the frames is subtracted; the light is one number a pixel, its luminance.": {
            "light": lambda change: change
        },
        "the light's change is added; subtract it, as what follows the light is no flicker.": {"beyond": operator.add},
        "the luminance is the channels' mean; BT.709 weighs red by 0.2126, green by 0.7152 and blue by 0.0722.": {
            "light": _weighed(1 / 3, 1 / 3, 1 / 3)
        },
        "these are BT.601's weights, 0.299, 0.587 and 0.114; BT.709's are 0.2126, 0.7152 and 0.0722.": {
            "light": _weighed(0.299, 0.587, 0.114)
        },
        "the weights stand in the order blue, green, red; these pictures have red first.": {
            "light": _weighed(0.0722, 0.7152, 0.2126)
        },
        "the weights of red and green are swapped; green's is the largest, 0.7152.": {
            "light": _weighed(0.7152, 0.2126, 0.0722)
        },
        "red's weight is mistyped, 0.2162 for 0.2126; the three sum to 1.": {"light": _weighed(0.2162, 0.7152, 0.0722)},
        "green's weight is mistyped, 0.7512 for 0.7152; the three sum to 1.": {
            "light": _weighed(0.2126, 0.7512, 0.0722)
        },
        "blue's weight is mistyped, 0.0772 for 0.0722; the three sum to 1.": {
            "light": _weighed(0.2126, 0.7152, 0.0772)
        },
        "the results' change is made grey, too; keep its channels, only the frames' becomes luminance.": {
            "beyond": lambda change, light: luminance(change) - light
        },
        "the mask is inverted: hidden pixels count here, which the previous frame can't know.": {
            "seen": lambda visible: 1 - visible
        },
        "it is divided by the visible pixels alone; take the mean of all numbers, hidden ones too.": {
            "mean": lambda numbers, weights: numbers.sum() / (numbers.shape[1] * weights.sum())
        },
        "the channels are summed, as in the paper; take the mean over them, too.": {
            "mean": lambda numbers, weights: numbers.sum(dim=1).mean()
        },
        "these are absolute differences; square them.": {"size": lambda beyond: beyond.abs()},
    },
    verified="changes beyond the luminance's, by BT.709, where visible, with its gradient",
)
