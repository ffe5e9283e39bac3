"""``normalize(x, axes, eps)``: (x - mean) / sqrt(variance + eps) over the axes that are given."""

from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.normalized import MISTAKES, maps_of_other_layout, normalized, uneven_maps
from nst_helpers.checks.trials import uniform


def _normalize(x, axes, eps=1e-5, *, over=lambda axes: axes, **knobs):
    return normalized(x, over(axes), eps, **knobs)


def _trials():
    return [
        (uniform(3, 4, 2, 5), (0, 2, 3)),
        (uneven_maps(), (2, 3)),
        (maps_of_other_layout(), (1, 2, 3), 0.3),
        (uniform(2, 3, 4, 6) * 4 - 3, (3,)),
    ]


check_normalize = Exercise(
    name="normalize",
    right=_normalize,
    trials=_trials,
    mistakes={
        "`axes` is ignored and (2, 3) stands fixed, which is always instance norm; take `dim=axes`.": {
            "over": lambda axes: (2, 3)
        },
        "`axes` is ignored and the batch is always among them, (0, 2, 3), which is batch norm; take `dim=axes`.": {
            "over": lambda axes: (0, 2, 3)
        },
        "the channels are among the axes whatever `axes` says, (1, 2, 3), which is layer norm; take `dim=axes`.": {
            "over": lambda axes: (1, 2, 3)
        },
        "there is one mean and one variance for all of x; take `dim=axes`.": {"over": lambda axes: (0, 1, 2, 3)},
        "mean and variance go over the axes that are *not* in `axes`; those in it are the ones averaged over.": {
            "over": lambda axes: tuple(axis for axis in range(4) if axis not in axes)
        },
        "the variance is divided by n - 1, torch's default; `correction=0` divides by n.": {"correction": 1},
        **MISTAKES,
    },
    verified="one formula for batch, instance and layer norm, by the axes alone, with its gradient",
)
