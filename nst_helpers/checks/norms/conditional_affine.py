"""``conditional_affine(normal, gammas, betas, index)``: each picture scaled and shifted by its own style's row.

Dumoulin et al. (2017), eq. 5, for one style a picture.
"""

import torch
from torch.nn import functional as F

from nst_helpers.checks.fast.layer import Layer
from nst_helpers.checks.trials import uniform


def _rows(table, index):
    return table[index]


def _columns(table, index):
    """What ``table[:, index]`` looks up, cut or repeated to (batch, channels) where torch would stop at the shapes."""
    batch, channels = len(index), table.shape[1]
    looked_up = table[:, index % channels]
    return looked_up.repeat(batch, channels)[:batch, :channels]


def _conditional_affine(
    normal,
    gammas,
    betas,
    index,
    *,
    scale=_rows,
    shift=_rows,
    apply=lambda normal, gamma, beta: gamma * normal + beta,
):
    gamma, beta = scale(gammas, index), shift(betas, index)
    return apply(normal, gamma[..., None, None], beta[..., None, None])


def _trial(batch, channels, styles, height, width, index):
    """Features that aren't normal after all, so that whoever normalises them again is found out."""
    normal = 4 * uniform(batch, channels, height, width) - 1
    gammas, betas = 0.3 + 2 * uniform(styles, channels, seed=1), 3 * uniform(styles, channels, seed=2) - 1
    return normal, gammas, betas, torch.tensor(index, device="cpu")


def _trials():
    return [
        _trial(3, 3, 3, 2, 4, [2, 0, 2]),  # of equal sizes, where no shape tells rows from columns
        _trial(2, 4, 3, 3, 5, [1, 2]),
        _trial(4, 2, 3, 4, 3, [1, 1, 0, 2]),
        _trial(1, 6, 2, 5, 3, [1]),
        _trial(2, 3, 1, 4, 5, [0, 0]),
    ]


def _same_in_all(row):
    return {"scale": row, "shift": row}


check_conditional_affine = Layer(
    name="conditional_affine",
    right=_conditional_affine,
    trials=_trials,
    mistakes={
        "every picture gets the first style; `index` says which row each gets: `gammas[index]`.": _same_in_all(
            lambda table, index: table[:1]
        ),
        "all pictures get the first one's row; each has a number of its own in `index`: `gammas[index]`.": _same_in_all(
            lambda table, index: table[index[:1]]
        ),
        "picture n gets row n; `index` says which row each gets: `gammas[index]`.": _same_in_all(
            lambda table, index: table[torch.arange(len(index), device=table.device) % len(table)]
        ),
        "`index` picks channels, not styles; the styles are the rows: `gammas[index]` is (batch, channels).": (
            _same_in_all(_columns)
        ),
        "the styles are averaged whatever `index` says; take the picture's own row, `gammas[index]`.": _same_in_all(
            lambda table, index: table.mean(dim=0, keepdim=True)
        ),
        "gamma and beta are swapped; gamma multiplies, and beta is added.": {
            "apply": lambda normal, gamma, beta: beta * normal + gamma
        },
        "gamma follows `index`, but beta is the first style's; take `betas[index]` too.": {
            "shift": lambda table, index: table[:1]
        },
        "beta follows `index`, but gamma is the first style's; take `gammas[index]` too.": {
            "scale": lambda table, index: table[:1]
        },
        "beta is multiplied by gamma too; scale first, and shift afterwards: gamma * normal + beta.": {
            "apply": lambda normal, gamma, beta: gamma * (normal + beta)
        },
        "`normal` is normalised a second time; scale and shift it as it comes.": {
            "apply": lambda normal, gamma, beta: gamma * F.instance_norm(normal) + beta
        },
        "beta is left out; add it after the multiplication.": {"apply": lambda normal, gamma, beta: gamma * normal},
    },
    verified="each picture by its own style's row, with gradients to normal, gammas and betas",
)
