"""``whiten(features)``: mean zero, and the identity as covariance, in the directions in which the features vary.

Li et al. (2017), "Universal style transfer via feature transforms", eq. 2: ``E D^-1/2 E^T (f - mean)``.
"""

import torch

from nst_helpers.checks import answers
from nst_helpers.checks.call import NotYet
from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.trials import uniform

_RELATIVE = 1e-5  # what is below this share of the largest eigenvalue isn't whitened
_TURNED, _ROUNDING = 0.1, 1e-3  # of white features


def _centered(features):
    return features - features.mean(dim=2, keepdim=True)


def _whiten(
    features,
    *,
    measured=_centered,
    moved=_centered,
    positions=lambda rows: rows.shape[2],
    power=-0.5,
    eps=0,
):
    """Computed in float64, the directions without variation left out."""
    rows = features.flatten(2).double()
    covariance = measured(rows) @ measured(rows).mT / positions(rows)
    values, vectors = torch.linalg.eigh(covariance)
    kept = values > _RELATIVE * values[..., -1:]
    scales = torch.where(kept, values + eps, 1).pow(power) * kept
    return (vectors * scales[..., None, :] @ vectors.mT @ moved(rows)).view(features.shape).to(features)


def _normalized(features):
    """Each channel by itself, which leaves the correlations."""
    rows = _centered(features.flatten(2))
    deviation = rows.square().mean(dim=2, keepdim=True).sqrt()
    return (rows / torch.where(deviation > 0, deviation, 1)).view(features.shape)


def _mixed(batch, channels, height, width):
    """Channels that rise and fall together, each also by itself, about means of their own."""
    alone = uniform(batch, channels, height, width)
    together = uniform(batch, 1, height, width, seed=1)
    strengths = torch.linspace(-0.8, 1, channels).view(-1, 1, 1)
    return alone + strengths * together + torch.arange(channels).view(-1, 1, 1) / channels


def _trials():
    uneven = _mixed(4, 3, 3, 4)
    uneven[1] *= 0.01  # faint
    uneven[2, 1] = 0  # a channel that never fires
    uneven[3] = 0.25  # flat
    twins = _mixed(1, 4, 4, 3)
    twins[:, 3] = twins[:, 0]
    channels_last = _mixed(2, 5, 4, 3).contiguous(memory_format=torch.channels_last)
    return [(_mixed(3, 4, 3, 5),), (uneven,), (twins,), (channels_last,), (4 * _mixed(1, 6, 6, 7) - 3,)]


def _read(name, given, trial):
    """Features; white ones that are turned, as by D^-1/2 E^T, have signs that no formula states."""
    answer, right = answers.tensor(name, given), _whiten(*trial)
    if given.shape == right.shape and _is_white(given) and (given.to(right) - right).abs().max() > _TURNED:
        raise NotYet(
            f"{name} gives features with the identity as covariance, but turned: channel c is no longer channel c. "
            "Turn them back into the channels, E D^-1/2 E^T."
        )
    return answer


def _is_white(features):
    """Whether means are 0 and covariances 1 in all directions."""
    rows = features.detach().flatten(2).double()
    covariance = rows @ rows.mT / rows.shape[2]
    identity = torch.eye(rows.shape[1]).to(rows).expand_as(covariance)
    return bool(rows.mean(dim=2).abs().max() < _ROUNDING and (covariance - identity).abs().max() < _ROUNDING)


check_whiten = Exercise(
    name="whiten",
    right=_whiten,
    trials=_trials,
    mistakes={
        "the means are never subtracted; the covariance is about them, and they have to become 0.": {
            "measured": lambda rows: rows,
            "moved": lambda rows: rows,
        },
        "the covariance is right, but it whitens features that still have their means; subtract these first.": {
            "moved": lambda rows: rows
        },
        "the eigenvalues stand under +1/2, which doubles what varies already; the power is -1/2.": {"power": 0.5},
        "the eigenvalues stand under -1; they are variances, and their roots divide: the power is -1/2.": {"power": -1},
        "each channel is divided by its own deviation, and they still rise and fall together; use the covariance.": (
            _normalized
        ),
        "the covariance is divided by H*W - 1; divide by H*W.": {"positions": lambda rows: rows.shape[2] - 1},
        "1e-5 is added to the eigenvalues, and a faint picture is whitened by half; leave out directions that don't "
        "vary, and divide by the others' own roots.": {"eps": 1e-5},
    },
    verified="mean 0, covariance 1 where the features vary and 0 where they don't, each channel still in its place",
    gradient=False,
    read=_read,
)
