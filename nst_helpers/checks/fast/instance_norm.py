"""``instance_norm(x, gamma, beta, eps)``: each channel of each picture normalised, then scaled and shifted."""

from nst_helpers.checks.layer import Layer
from nst_helpers.checks.normalized import MISTAKES, maps_of_other_layout, normalized, uneven_maps
from nst_helpers.checks.trials import uniform


def _instance_norm(x, gamma, beta, eps=1e-5, *, dims=(2, 3), affine=lambda x, gamma, beta: gamma * x + beta, **knobs):
    return affine(normalized(x, dims, eps, **knobs), gamma.view(-1, 1, 1), beta.view(-1, 1, 1))


def _parameters(channels):
    return 0.5 + 2 * uniform(channels, seed=1), 3 * uniform(channels, seed=2) - 1


def _trials():
    return [
        (uniform(3, 4, 2, 5), *_parameters(4)),
        (uneven_maps(), *_parameters(2)),
        (maps_of_other_layout(), *_parameters(5), 0.3),
        (uniform(1, 16, 9, 12) * 4 - 3, *_parameters(16)),
    ]


check_instance_norm = Layer(
    name="instance_norm",
    right=_instance_norm,
    trials=_trials,
    mistakes={
        "mean and variance go over the batch too, which is batch normalisation; every picture has its own: "
        "`dim=(2, 3)`.": {"dims": (0, 2, 3)},
        "mean and variance go over the channels too, which is layer normalisation; every channel has its own: "
        "`dim=(2, 3)`.": {"dims": (1, 2, 3)},
        "the variance is divided by H*W - 1, torch's default; `correction=0` divides by H*W.": {"correction": 1},
        **MISTAKES,
        "gamma and beta are left out; multiply by the one and add the other, a number for each channel.": {
            "affine": lambda x, gamma, beta: x
        },
    },
    verified="each channel of each picture by its own mean and variance, with gradients to x, gamma and beta",
)
