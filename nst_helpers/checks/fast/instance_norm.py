"""``instance_norm(x, gamma, beta, eps)``: each channel of each picture normalised, then scaled and shifted."""

import torch

from nst_helpers.checks.layer import Layer
from nst_helpers.checks.trials import uniform


def _instance_norm(
    x,
    gamma,
    beta,
    eps=1e-5,
    *,
    dims=(2, 3),
    correction=0,
    centered=lambda x, mean: x - mean,
    divisor=lambda variance, eps: (variance + eps).sqrt(),
    affine=lambda x, gamma, beta: gamma * x + beta,
):
    mean = x.mean(dim=dims, keepdim=True)
    variance = x.var(dim=dims, correction=correction, keepdim=True)
    normal = centered(x, mean) / divisor(variance, eps)
    return affine(normal, gamma.view(-1, 1, 1), beta.view(-1, 1, 1))


def _parameters(channels):
    return 0.5 + 2 * uniform(channels, seed=1), 3 * uniform(channels, seed=2) - 1


def _trials():
    uneven = 0.5 + uniform(3, 2, 5, 4)
    uneven[0] = (uneven[0] - 1) * 0.01  # faint: the variance is about epsilon
    uneven[1, 0] = 0.25  # and flat
    channels_last = uniform(2, 5, 4, 3).contiguous(memory_format=torch.channels_last)
    return [
        (uniform(3, 4, 2, 5), *_parameters(4)),
        (uneven, *_parameters(2)),
        (channels_last, *_parameters(5), 0.3),
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
        "the mean isn't subtracted before the division.": {"centered": lambda x, mean: x},
        "it is divided by the variance; divide by its root, the deviation.": {
            "divisor": lambda variance, eps: variance + eps
        },
        "epsilon is added to the deviation; add it to the variance, under the root, whose slope is infinite at 0.": {
            "divisor": lambda variance, eps: variance.sqrt() + eps
        },
        "epsilon is missing under the root, and a channel of one value divides 0 by 0.": {
            "divisor": lambda variance, eps: variance.sqrt()
        },
        "1e-5 stands fixed in your code; add `eps`, the argument, to the variance.": {
            "divisor": lambda variance, eps: (variance + 1e-5).sqrt()
        },
        "gamma and beta are left out; multiply by the one and add the other, a number for each channel.": {
            "affine": lambda x, gamma, beta: x
        },
    },
    verified="each channel of each picture by its own mean and variance, with gradients to x, gamma and beta",
)
