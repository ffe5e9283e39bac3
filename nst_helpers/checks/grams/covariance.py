"""``covariance(features)``: for each picture, F F^T / (H*W) of the features less each channel's mean."""

import torch

from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.trials import uniform


def _covariance(
    features,
    *,
    mean=lambda f: f.mean(dim=(2, 3), keepdim=True),
    rows=lambda f: f.flatten(2),
    product=lambda rows: rows @ rows.mT,
    size=lambda b, c, h, w: h * w,
):
    return product(rows(features - mean(features))) / size(*features.shape)


def _trials():
    uneven = uniform(2, 3, 4, 2)
    uneven[0] = 0.5  # a flat picture, beside a faint one
    uneven[1] *= 0.1
    uneven[1, 1] = 0  # in which a channel never fires
    channels_last = uniform(2, 5, 2, 2).contiguous(memory_format=torch.channels_last)
    return [(uniform(3, 4, 2, 5),), (uneven,), (channels_last,), (uniform(1, 16, 9, 12) * 2 - 0.5,)]


check_covariance = Exercise(
    name="covariance",
    right=_covariance,
    trials=_trials,
    mistakes={
        "the means are still in it, as in a Gram matrix; subtract each channel's mean over positions first.": {
            "mean": lambda f: 0
        },
        "one mean of all channels is subtracted; each has its own: `features.mean(dim=(2, 3), keepdim=True)`.": {
            "mean": lambda f: f.mean(dim=(1, 2, 3), keepdim=True)
        },
        "a channel's mean is taken over the batch as well; every picture has its own: leave dimension 0 out.": {
            "mean": lambda f: f.mean(dim=(0, 2, 3), keepdim=True)
        },
        "it is divided by H*W - 1, as `torch.cov` does unless it has `correction=0`; divide by H*W.": {
            "size": lambda b, c, h, w: h * w - 1
        },
        "it is divided by C*H*W, like this package's Gram matrix; divide by H*W.": {
            "size": lambda b, c, h, w: c * h * w
        },
        "it is divided by the deviations as well, which makes it a correlation; how much a channel varies is kept.": (
            lambda features: torch.stack([torch.corrcoef(picture.flatten(1)) for picture in features])
        ),
        "the batch is folded into the channels, and pictures are multiplied with one another; `features.flatten(2)` "
        "keeps them apart.": {"rows": lambda f: f.flatten(2).flatten(0, 1)},
        "it is transposed, positions by positions: you have F^T F. With F of shape (C, H*W) take F F^T.": {
            "product": lambda rows: rows.mT @ rows
        },
    },
    verified="one per picture, each channel less its own mean, divided by H*W, with its gradient",
)
