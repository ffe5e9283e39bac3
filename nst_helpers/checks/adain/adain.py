"""``adain(content, style)``: each channel of the content with the style's mean and deviation.

Huang & Belongie (2017), eq. 8, with both deviations as `losses.channel_moments` has them.
"""

from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.normalized import maps_of_other_layout, normalized, uneven_maps
from nst_helpers.checks.trials import uniform

_EPS = 1e-5


def _adain(
    content,
    style,
    *,
    axes=(2, 3),
    correction=0,
    eps=_EPS,
    style_eps=_EPS,
    root=lambda variance: variance.sqrt(),
    apply=lambda normal, deviation, mean: deviation * normal + mean,
    **knobs,
):
    normal = normalized(
        content, axes, eps, correction=correction, divisor=lambda variance, eps: root(variance + eps), **knobs
    )
    variance = style.var(dim=axes, correction=correction, keepdim=True)
    return apply(normal, root(variance + style_eps), style.mean(dim=axes, keepdim=True))


def _trials():
    faint = 3 * uniform(1, 4, 2, 3, seed=2) - 1
    faint[:, 1] = 0.004 * uniform(2, 3, seed=3)  # its variance is below epsilon
    return [
        (uniform(3, 4, 2, 5), 2 + 3 * uniform(3, 4, 4, 3, seed=1)),
        (uneven_maps(), 2 * uniform(3, 2, 3, 4, seed=1) - 3),
        (4 * uniform(2, 4, 3, 4) - 1, faint),  # one painting for two photos
        (maps_of_other_layout(), uniform(1, 5, 2, 7, seed=1)),
        (uniform(1, 3, 4, 5), 5 * uniform(1, 3, 4, 5, seed=1)),
    ]


check_adain = Exercise(
    name="adain",
    right=_adain,
    trials=_trials,
    mistakes={
        "the roles are swapped: this is the painting with the photo's moments; normalise the content.": (
            lambda content, style: _adain(style, content)
        ),
        "mean and deviation go over the batch too; every picture has its own: `dim=(2, 3)`.": {"axes": (0, 2, 3)},
        "the variances are divided by H*W - 1, torch's default; `correction=0` divides by H*W.": {"correction": 1},
        "variances stand where deviations are wanted; take their roots.": {"root": lambda variance: variance},
        "epsilon is missing under the roots, and a channel of one value divides 0 by 0.": {
            "eps": 0.0,
            "style_eps": 0.0,
        },
        "epsilon stands under the content's root alone; add it under the style's too, so that `adain(x, x)` is x.": {
            "style_eps": 0.0
        },
        "mean and deviation of the style are swapped; the deviation multiplies, and the mean is added.": {
            "apply": lambda normal, deviation, mean: mean * normal + deviation
        },
        "the content's mean isn't subtracted before the division.": {"centered": lambda x, mean: x},
    },
    verified="each channel of each picture with the painting's mean and deviation, with its gradient",
)
