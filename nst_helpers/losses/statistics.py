"""Notions of style: what is kept of a painting's features, and how another picture's are compared with it."""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from nst_helpers.losses.formulas import gram_loss, gram_matrix
from nst_helpers.runtime import symmetric_eigenvalues, symmetric_power


def channel_moments(
    features: Float[Tensor, "batch channels height width"], *, eps: float = 1e-5
) -> tuple[Float[Tensor, "batch channels"], Float[Tensor, "batch channels"]]:
    """Mean and standard deviation of every channel over positions (Huang & Belongie 2017, section 3.1).

    The deviation is biased, ``sqrt(variance + eps)``: its gradient stays finite on a constant channel.
    """
    variance, mean = torch.var_mean(features, dim=(2, 3), correction=0)
    return mean, (variance + eps).sqrt()


def moments_loss(
    features: Float[Tensor, "batch channels height width"],
    target: tuple[Float[Tensor, "#batch channels"], Float[Tensor, "#batch channels"]],
) -> Float[Tensor, ""]:
    """Mean squared difference of the channels' means plus that of their deviations.

    Huang & Belongie (2017, eqs. 12 and 13) have norms, their released code these squares.
    """
    pairs = zip(channel_moments(features), target, strict=True)
    return sum(F.mse_loss(found, wanted.expand_as(found)) for found, wanted in pairs)


def covariance_matrix(
    features: Float[Tensor, "batch channels height width"],
) -> Float[Tensor, "batch channels channels"]:
    """Which channels rise and fall together: the Gram matrix of the features less each channel's mean."""
    return gram_matrix(features - features.mean(dim=(2, 3), keepdim=True))


def channel_covariance(
    features: Float[Tensor, "batch channels height width"],
) -> Float[Tensor, "batch channels channels"]:
    """`covariance_matrix` divided by positions alone."""
    return covariance_matrix(features) * features.shape[1]


class Gaussian(NamedTuple):
    """The normal distribution fitted to the features of all positions, its covariance by a symmetric root."""

    mean: Float[Tensor, "batch channels"]
    root: Float[Tensor, "batch channels channels"]


def fit_gaussian(features: Float[Tensor, "batch channels height width"]) -> Gaussian:
    """Mean and root of the covariance (divided by positions) of each picture's features."""
    return Gaussian(features.mean(dim=(2, 3)), symmetric_power(channel_covariance(features), 0.5))


def wasserstein_loss(
    features: Float[Tensor, "batch channels height width"], target: Gaussian, *, eps: float = 1e-8
) -> Float[Tensor, ""]:
    """Squared 2-Wasserstein distance between the Gaussians of the features, divided by channels.

    ``|m - n|^2 + tr(A + B - 2 (B^1/2 A B^1/2)^1/2)`` for means m, n and covariances A, B (Olkin & Pukelsheim 1982).
    ``eps`` under the last root, relative to the largest eigenvalue, keeps the gradient finite where positions are
    fewer than channels.
    """
    covariance = channel_covariance(features)
    means = (features.mean(dim=(2, 3)) - target.mean).square().sum(-1)
    shared = symmetric_eigenvalues(target.root @ covariance @ target.root).clamp(min=0)
    roots = (shared + eps * shared.amax(-1, keepdim=True) + 1e-20).sqrt().sum(-1)
    traces = _trace(covariance) + target.root.square().sum(dim=(-2, -1))
    return (means + traces - 2 * roots).mean() / features.shape[1]


def sorted_projections(
    features: Float[Tensor, "batch channels height width"], *, seed: int = 0
) -> Float[Tensor, "batch channels positions"]:
    """The features along as many random orthogonal directions as there are channels, sorted along each.

    The directions depend on ``seed`` and the number of channels alone, so those of two pictures can be compared.
    """
    channels = features.shape[1]
    generator = torch.Generator().manual_seed(seed)
    directions = torch.linalg.qr(torch.randn(channels, channels, generator=generator)).Q.to(features)
    return (directions @ features.flatten(2)).sort(dim=-1).values


def sliced_wasserstein_loss(
    features: Float[Tensor, "batch channels height width"], target: Float[Tensor, "#batch channels target_positions"]
) -> Float[Tensor, ""]:
    """Mean squared difference of sorted projections (Heitz et al. 2021, eq. 5); ``target`` has them of any size.

    The paper draws new directions for every evaluation; these stay, since L-BFGS needs a function that does.
    """
    found = sorted_projections(features)
    target = resampled(target, found.shape[-1])
    return F.mse_loss(found, target.expand_as(found))


def resampled(values: Float[Tensor, "batch channels count"], count: int) -> Float[Tensor, "batch channels new_count"]:
    """Sorted values of another number, interpolated, the first and the last kept."""
    return values if values.shape[-1] == count else F.interpolate(values, count, mode="linear", align_corners=True)


def mmd_loss(
    features: Float[Tensor, "batch channels height width"],
    target: tuple[Float[Tensor, "#batch channels"], Float[Tensor, "#batch channels channels"]],
) -> Float[Tensor, ""]:
    """Squared maximum mean discrepancy of the kernel ``(x.y / channels + 1)^2``, biased estimator (Li et al. 2017).

    Multiplied out, the kernel's square gives the Gram loss's sum of squares and its product the means' difference:
    ``|G - A|^2 + 2/channels |m - n|^2`` with `gram_matrix` and means, so the positions^2 values of the kernel are never
    formed. The kernel ``(x.y)^2`` alone would be the Gram loss.
    """
    means, grams = ((found - wanted).square() for found, wanted in zip(mean_and_gram(features), target, strict=True))
    return (grams.sum(dim=(1, 2)) + 2 / features.shape[1] * means.sum(dim=1)).mean()


def mean_and_gram(
    features: Float[Tensor, "batch channels height width"],
) -> tuple[Float[Tensor, "batch channels"], Float[Tensor, "batch channels channels"]]:
    """All that `mmd_loss` keeps of a picture's features."""
    return features.mean(dim=(2, 3)), gram_matrix(features)


class Statistic(NamedTuple):
    """A notion of style: what is kept of a painting's features, and how another picture's are compared with it."""

    measure: Callable[[Tensor], Any]
    loss: Callable[[Tensor, Any], Tensor]


STATISTICS: dict[str, Statistic] = {
    "gram": Statistic(gram_matrix, lambda features, target: gram_loss(gram_matrix(features), target)),
    "moments": Statistic(channel_moments, moments_loss),
    "covariance": Statistic(covariance_matrix, lambda features, target: gram_loss(covariance_matrix(features), target)),
    "wasserstein": Statistic(fit_gaussian, wasserstein_loss),
    "sliced_wasserstein": Statistic(sorted_projections, sliced_wasserstein_loss),
    "mmd": Statistic(mean_and_gram, mmd_loss),
}
"""Notions of style by name, for `losses.style_terms` and `gatys.stylize`."""


def _trace(matrices: Tensor) -> Tensor:
    return matrices.diagonal(dim1=-2, dim2=-1).sum(-1)
