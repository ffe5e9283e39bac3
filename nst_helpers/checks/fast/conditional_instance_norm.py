"""``conditional_instance_norm(x, gammas, betas, shares)``: scaled and shifted by the picture's mix of styles.

Dumoulin et al. (2017), eq. 5, with convex combinations of gammas and betas for mixtures of styles.
"""

from torch.nn import functional as F

from nst_helpers.checks.layer import Layer
from nst_helpers.checks.trials import uniform


def _conditional_instance_norm(
    x,
    gammas,
    betas,
    shares,
    *,
    dims=(2, 3),
    normal=lambda x, mean, deviation: (x - mean) / deviation,
    weights=lambda shares: shares,
    scale=lambda shares, gammas: shares @ gammas,
    shift=lambda shares, betas: shares @ betas,
):
    mean = x.mean(dim=dims, keepdim=True)
    deviation = (x.var(dim=dims, correction=0, keepdim=True) + 1e-5).sqrt()
    gamma, beta = (mixed(weights(shares), rows) for mixed, rows in ((scale, gammas), (shift, betas)))
    return gamma[..., None, None] * normal(x, mean, deviation) + beta[..., None, None]


def _trial(batch, channels, styles, height, width, *, whole=False):
    """With random shares, or with one style for each picture."""
    x = uniform(batch, channels, height, width) * 3 - 1
    gammas, betas = 0.3 + 2 * uniform(styles, channels, seed=1), 3 * uniform(styles, channels, seed=2) - 1
    shares = uniform(batch, styles, seed=3) ** 2
    if whole:
        shares = F.one_hot(shares.argmax(dim=1), styles).float()
    return x, gammas, betas, shares / shares.sum(dim=1, keepdim=True)


def _trials():
    return [
        _trial(2, 4, 3, 3, 5),
        _trial(4, 2, 3, 4, 3, whole=True),
        _trial(3, 5, 2, 2, 6),
        _trial(1, 6, 4, 5, 3),
        _trial(2, 3, 1, 4, 5),
    ]


check_conditional_instance_norm = Layer(
    name="conditional_instance_norm",
    right=_conditional_instance_norm,
    trials=_trials,
    mistakes={
        "every picture gets the first style; `shares` says how much of each it gets: `shares @ gammas`.": {
            "weights": lambda shares: F.one_hot(shares.argmax(dim=1) * 0, shares.shape[1]).to(shares)
        },
        "every picture gets its strongest style alone; mix the rows, `shares @ gammas`.": {
            "weights": lambda shares: F.one_hot(shares.argmax(dim=1), shares.shape[1]).to(shares)
        },
        "all styles are averaged whatever the shares; mix the rows by them, `shares @ gammas`.": {
            "weights": lambda shares: shares * 0 + 1 / shares.shape[1]
        },
        "all pictures get the first one's mix; each has a row of `shares`, `shares @ gammas` is (batch, channels).": {
            "weights": lambda shares: shares[:1]
        },
        "a softmax flattens the shares; they sum to 1 already, so use them as they are.": {
            "weights": lambda shares: shares.softmax(dim=1)
        },
        "gamma is mixed, but beta is the first style's; mix it too, `shares @ betas`.": {
            "shift": lambda shares, betas: betas[0]
        },
        "beta is mixed, but gamma is the first style's; mix it too, `shares @ gammas`.": {
            "scale": lambda shares, gammas: gammas[0]
        },
        "mean and variance go over the batch too; every picture has its own: `dim=(2, 3)`.": {"dims": (0, 2, 3)},
        "x isn't normalised; gamma and beta belong to (x - mean) / sqrt(variance + 1e-5).": {
            "normal": lambda x, mean, deviation: x
        },
    },
    verified="each picture by its own mix of styles, with gradients to x, gammas and betas",
)
