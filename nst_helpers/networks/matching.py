"""Features in, features out: a photo's, with what each method keeps of a painting's."""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from nst_helpers.losses import Gaussian, channel_covariance, channel_moments, fit_gaussian, resampled
from nst_helpers.runtime import require_choice, symmetric_power, transport

_PATCH = 3  # positions, of style swap
_ABSOLUTE, _RELATIVE = 1e-8, 1e-5  # a direction in which features vary less is not whitened: it would be noise


class Matching(NamedTuple):
    """A method: what is kept of the style's features, and how the content's are given it."""

    measure: Callable[[Tensor], Any]
    apply: Callable[[Tensor, Any], Tensor]


def match_features(
    content_features: Float[Tensor, "batch channels height width"],
    style_features: Float[Tensor, "#batch channels style_height style_width"],
    method: str = "adain",
) -> Float[Tensor, "batch channels height width"]:
    """The content's features with what ``method``, a name in `METHODS`, takes from the style's, of any size.

    What each promises holds for these features, before they are decoded, and for covariances where there are more
    positions than channels; else in the directions in which the features vary at all.

    Raises:
        ValueError: an unknown method.
    """
    require_choice("method", method, METHODS)
    measure, apply = METHODS[method]
    return apply(content_features, measure(style_features))


def adain(
    content_features: Float[Tensor, "batch channels height width"],
    style_features: Float[Tensor, "#batch channels style_height style_width"],
) -> Float[Tensor, "batch channels height width"]:
    """``sigma(y) (x - mu(x)) / sigma(x) + mu(y)`` for each channel (Huang & Belongie 2017, eq. 8).

    Example:
        >>> x, y = torch.randn(1, 4, 8, 8), torch.randn(1, 4, 5, 7)
        >>> torch.allclose(adain(x, y).mean((2, 3)), y.mean((2, 3)), atol=1e-6)
        True
    """
    return _with_moments(content_features, channel_moments(style_features))


def exchange_moments(
    features: Float[Tensor, "batch channels height width"],
    own: tuple[Float[Tensor, "#batch channels"], Float[Tensor, "#batch channels"]],
    wanted: tuple[Float[Tensor, "#batch channels"], Float[Tensor, "#batch channels"]],
) -> Float[Tensor, "batch channels height width"]:
    """Each channel moved and stretched from its own mean and deviation to others, see `losses.channel_moments`."""
    mean, deviation, wanted_mean, wanted_deviation = (moment[..., None, None] for moment in (*own, *wanted))
    return wanted_deviation * (features - mean) / deviation + wanted_mean


def _with_moments(content: Tensor, moments: tuple[Tensor, Tensor]) -> Tensor:
    return exchange_moments(content, channel_moments(content), moments)


def _whitened_and_colored(content: Tensor, style: Gaussian) -> Tensor:
    """Li et al. 2017, "Universal style transfer via feature transforms", eqs. 2 and 3."""
    whitening = symmetric_power(channel_covariance(content), -0.5, _ABSOLUTE, _RELATIVE)
    return _moved(content, style.root @ whitening, style.mean)


def _linearly_moved(content: Tensor, style: Gaussian) -> Tensor:
    """The linear map that moves the features least (`runtime.transport`)."""
    return _moved(content, transport(channel_covariance(content), style.root), style.mean)


def _moved(content: Tensor, linear: Tensor, mean: Tensor) -> Tensor:
    centered = content.flatten(2) - content.mean(dim=(2, 3))[..., None]
    return (linear @ centered + mean[..., None]).view_as(content)


def _sorted(style: Tensor) -> Tensor:
    return style.flatten(2).sort(dim=-1).values


def _with_histograms(content: Tensor, values: Tensor) -> Tensor:
    """Each channel's n-th smallest value becomes the style's.

    Equal ones, of which a ReLU leaves many, are ordered by the mean of their neighbourhood (exact histogram
    specification, Coltuc et al. 2006), then by their position.
    """
    around = F.avg_pool2d(content, 3, stride=1, padding=1, count_include_pad=False)
    by_mean = around.flatten(2).argsort(dim=-1, stable=True)
    by_value = content.flatten(2).gather(-1, by_mean).argsort(dim=-1, stable=True)
    order = by_mean.gather(-1, by_value)
    wanted = resampled(values, order.shape[-1]).expand_as(order)
    return torch.zeros_like(content.flatten(2)).scatter(-1, order, wanted).view_as(content)


def _swapped(content: Tensor, style: Tensor) -> Tensor:
    """Each patch becomes the style's most similar one, overlaps averaged (Chen & Schmidt 2016, section 3)."""
    styles = style.expand(len(content), -1, -1, -1)
    return torch.cat([_swapped_one(c, s) for c, s in zip(content.split(1), styles.split(1), strict=True)])


def _swapped_one(content: Tensor, style: Tensor) -> Tensor:
    size = min(_PATCH, *content.shape[-2:], *style.shape[-2:])
    patches = F.unfold(style, size)  # (1, channels * size^2, patches)
    kernels = F.normalize(patches, dim=1)[0].T.reshape(-1, style.shape[1], size, size)
    nearest = F.conv2d(content, kernels).flatten(2).argmax(dim=1)[0]
    chosen = patches[..., nearest]
    area = content.shape[-2:]
    return F.fold(chosen, area, size) / F.fold(torch.ones_like(chosen), area, size)


METHODS: dict[str, Matching] = {
    "adain": Matching(channel_moments, _with_moments),
    "wct": Matching(fit_gaussian, _whitened_and_colored),
    "linear": Matching(fit_gaussian, _linearly_moved),
    "histogram": Matching(_sorted, _with_histograms),
    "style_swap": Matching(lambda style: style, _swapped),
}
"""What may be taken from a painting's features: the moments of each channel, the covariance (by whitening and
colouring, or by the shortest way), whole marginals, or patches."""
