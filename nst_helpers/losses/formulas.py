"""The losses, as pure functions of features and pictures; each docstring gives the formula and its source."""

from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F


def content_loss(
    features: Float[Tensor, "batch channels height width"],
    target: Float[Tensor, "#batch channels height width"],
) -> Float[Tensor, ""]:
    """Mean squared difference of two feature maps of the same size.

    Gatys et al. (2016, eq. 1) sum the squares and halve: ``channels * height * width / 2`` times this value.

    Raises:
        ValueError: the two differ in channels, height or width.
    """
    if features.shape[1:] != target.shape[1:]:
        raise ValueError(
            f"features are {tuple(features.shape[1:])} and their target is {tuple(target.shape[1:])}: "
            "content is compared position by position, so take both from pictures of one size."
        )
    return F.mse_loss(features, target.expand_as(features))


def gram_matrix(
    features: Float[Tensor, "batch channels height width"],
    mask: Float[Tensor, "#batch 1 height width"] | None = None,
) -> Float[Tensor, "batch channels channels"]:
    """Which channels fire together: ``F F^T / (channels * positions)``, for each picture of the batch.

    ``F`` is ``(channels, positions)`` and positions are ``height * width``. Gatys et al. (2016, eq. 3) leave it
    undivided; divided, it doesn't grow with the picture. With a ``mask`` in [0, 1] it is the guided Gram matrix of
    Gatys et al. (2017, eq. 4): features are multiplied by the mask, and its squares take the place of positions.

    Example:
        >>> gram_matrix(torch.ones(1, 2, 3, 3))
        tensor([[[0.5000, 0.5000],
                 [0.5000, 0.5000]]])
    """
    b, c, h, w = features.shape
    positions: Tensor | int = h * w
    if mask is not None:
        features = features * mask
        positions = mask.square().sum(dim=(1, 2, 3)).clamp(min=1e-6).view(-1, 1, 1)
    rows = features.permute(0, 2, 3, 1).reshape(b, h * w, c)  # no copy where features are channels_last
    return _SelfProduct.apply(rows) / (c * positions)


def gram_loss(
    gram: Float[Tensor, "batch channels channels"], target: Float[Tensor, "#batch channels channels"]
) -> Float[Tensor, ""]:
    """Mean squared difference of two Gram matrices, per picture, then averaged.

    Gatys et al. (2016, eq. 4) have ``channels**2 / 4`` times this value.
    """
    return F.mse_loss(gram, target.expand_as(gram))


def style_loss(
    grams: Mapping[str, Float[Tensor, "_batch _channels _channels"]],
    targets: Mapping[str, Float[Tensor, "_batch _channels _channels"]],
    weights: Mapping[str, float] | None = None,
) -> Float[Tensor, ""]:
    """``sum_l w_l * mean (G_l - A_l)^2`` over layers (Gatys et al. 2016, eq. 5, up to each layer's factor).

    Args:
        grams: Gram matrices ``(batch, channels, channels)`` by layer.
        targets: the style's Gram matrices; its layers are the ones compared.
        weights: w_l by layer; equal and summing to 1 if left out.

    Raises:
        ValueError: there is no target, or a layer of the targets has no Gram matrix or no weight.
    """
    if not targets:
        raise ValueError("no target was given: give the style's Gram matrix of one layer or more.")
    weights = dict.fromkeys(targets, 1 / len(targets)) if weights is None else weights
    for name, given in (("Gram matrix", grams), ("weight", weights)):
        if missing := targets.keys() - given.keys():
            raise ValueError(f"no {name} was given for {', '.join(sorted(missing))}: give one for each target layer.")
    return sum(weights[layer] * gram_loss(grams[layer], target) for layer, target in targets.items())


def total_variation_loss(image: Float[Tensor, "batch channels height width"], *, power: int = 2) -> Float[Tensor, ""]:
    """Mean difference to the neighbour below plus that to the neighbour on the right, absolute to a power.

    ``power=2`` is neural-style's formula (which sums), ``power=1`` the anisotropic total variation of
    Rudin et al. (1992), which keeps edges. A checkerboard of 0 and 1 gives 2, a flat picture 0.
    """
    down = (image[..., 1:, :] - image[..., :-1, :]).abs().pow(power)
    right = (image[..., :, 1:] - image[..., :, :-1]).abs().pow(power)
    means = [difference.mean() for difference in (down, right) if difference.numel()]
    return sum(means, start=image.new_zeros(()))  # a picture of one pixel has no neighbours


class _SelfProduct(torch.autograd.Function):
    """``rows^T rows`` with one product less in the backward pass than autograd takes for two equal factors."""

    @staticmethod
    def forward(ctx, rows: Tensor) -> Tensor:
        ctx.save_for_backward(rows)
        return rows.mT @ rows

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:
        (rows,) = ctx.saved_tensors
        return rows @ (gradient + gradient.mT)
