"""``gram_matrix(features)``: for each picture of the batch, F F^T / (C*H*W)."""

import torch

from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.trials import uniform


def _gram_matrix(
    features,
    *,
    rows=lambda f: f.flatten(2),
    product=lambda rows: rows @ rows.mT,
    size=lambda b, c, h, w: c * h * w,
):
    return product(rows(features)) / size(*features.shape)


def _trials():
    dead = uniform(1, 4, 3, 2)
    dead[:, 0] = 0  # a channel that never fires
    channels_last = uniform(3, 2, 4, 3).contiguous(memory_format=torch.channels_last)
    return [(uniform(2, 3, 4, 5),), (dead,), (channels_last,), (uniform(4, 16, 9, 12) * 2 - 0.5,)]


check_gram_matrix = Exercise(
    name="gram_matrix",
    right=_gram_matrix,
    trials=_trials,
    mistakes={
        "F F^T is not divided; divide it by C*H*W, or it grows with the picture.": {"size": lambda b, c, h, w: 1},
        "it is divided by H*W alone; divide by C*H*W.": {"size": lambda b, c, h, w: h * w},
        "it is divided by B*C*H*W; divide by C*H*W, or a picture's style depends on its neighbours in the batch.": {
            "size": lambda b, c, h, w: b * c * h * w
        },
        "the batch is folded into the channels, and pictures are multiplied with one another; keep the batch a "
        "dimension of its own: `features.flatten(2)` is (B, C, H*W).": {
            "rows": lambda f: f.flatten(2).flatten(0, 1),
            "size": lambda b, c, h, w: b * c * h * w,
        },
        "the pictures of the batch are added up or lost; give a matrix for each, (B, C, C).": {
            "product": lambda rows: (rows @ rows.mT).sum(dim=0)
        },
        "it is transposed, positions by positions: you have F^T F. With F of shape (C, H*W) take F F^T.": {
            "product": lambda rows: rows.mT @ rows
        },
        "`reshape(b, h * w, c)` mixes channels with positions, it doesn't transpose; use `flatten(2)` and `.mT`.": {
            "rows": lambda f: f.reshape(len(f), -1, f.shape[1]).mT
        },
        "each channel's mean was subtracted, which makes it a covariance; a Gram matrix keeps the mean.": {
            "rows": lambda f: f.flatten(2) - f.flatten(2).mean(dim=2, keepdim=True)
        },
    },
    verified="one per picture, channels by channels, divided by C*H*W, with its gradient",
)
