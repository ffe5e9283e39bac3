"""What feature visualisation makes large: a neuron, a channel, a direction, a layer, or a sum of such goals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from nst_helpers.vgg import Features


@dataclass(frozen=True)
class Goal:
    """A number for each picture, from its features; goals can be added and multiplied by numbers.

    Attributes:
        layers: of VGG-19 that it reads.
        value: of the features by layer.

    Example:
        >>> goal = channel("relu4_1", 3) + 0.5 * channel("relu4_1", 7) + 10 * diversity("relu4_1")
        >>> goal.layers
        ('relu4_1', 'conv4_1')
    """

    layers: tuple[str, ...]
    value: Callable[[Features], Tensor]

    def __call__(self, features: Features) -> Float[Tensor, " batch"]:
        """Its value for each picture."""
        return self.value(features)

    def __add__(self, other: Goal) -> Goal:
        layers = tuple(dict.fromkeys(self.layers + other.layers))
        return Goal(layers, lambda features: self(features) + other(features))

    def __mul__(self, weight: float | int) -> Goal:
        return Goal(self.layers, lambda features: weight * self(features))

    __rmul__ = __mul__

    def __neg__(self) -> Goal:
        return -1.0 * self

    def __sub__(self, other: Goal) -> Goal:
        return self + -other


def channel(layer: str, number: int) -> Goal:
    """The mean of a channel over all positions."""
    return _goal(layer, lambda x: _pick(x, layer, number).mean(dim=(2, 3))[:, 0])


def neuron(layer: str, number: int, row: int | None = None, column: int | None = None) -> Goal:
    """A channel at one position; at the middle of the feature map if left out."""

    def select(x: Tensor) -> Tensor:
        height, width = x.shape[-2:]
        y, x_ = (middle // 2 if at is None else at for at, middle in ((row, height), (column, width)))
        if not (-height <= y < height and -width <= x_ < width):
            raise ValueError(f"position ({y}, {x_}) of {layer}: its map has {height}x{width} here; give a smaller one.")
        return x[..., y, None, x_, None].reshape(len(x), -1, 1, 1)

    return _goal(layer, lambda x: _pick(x, layer, number)[:, 0, 0, 0], select)


def direction(layer: str, vector: Float[Tensor, " channels"]) -> Goal:
    """The mean product of features and a direction among the channels."""

    def value(x: Tensor) -> Tensor:
        if vector.shape != x.shape[1:2]:
            raise ValueError(f"the direction has shape {tuple(vector.shape)}: {layer} has {x.shape[1]} channels.")
        return torch.einsum("bchw,c->b", x, vector.to(x)) / (x.shape[2] * x.shape[3])

    return _goal(layer, value)


def whole_layer(layer: str) -> Goal:
    """The mean square of a layer: more of whatever is there already (DeepDream, Mordvintsev et al. 2015)."""
    return _goal(layer, lambda x: x.square().mean(dim=(1, 2, 3)))


def diversity(layer: str) -> Goal:
    """How little the pictures of a batch resemble one another: minus the mean cosine of their Gram matrices.

    Added to another goal it shows several things that excite it (Olah et al. 2017, "Diversity").
    """

    def value(x: Tensor) -> Tensor:
        rows = x.flatten(2)
        grams = torch.nn.functional.normalize((rows @ rows.mT).flatten(1), dim=1)
        alike = grams @ grams.T
        return -(alike.sum(dim=1) - alike.diagonal()) / max(len(x) - 1, 1)

    return _goal(layer, value)


def _goal(layer: str, value: Callable[[Tensor], Tensor], select: Callable[[Tensor], Tensor] = lambda x: x) -> Goal:
    """A goal that reads the selected positions of a layer.

    Where a channel's ReLU fires at none of them its gradient is zero, and a picture that begins there would stay grey:
    the convolution's output takes its place, which leads to where it fires.
    """
    if not layer.startswith("relu"):
        return Goal((layer,), lambda features: value(select(features[layer])))
    before = layer.replace("relu", "conv")

    def awake(features: Features) -> Tensor:
        x = select(features[layer])
        fires = x.amax(dim=(2, 3), keepdim=True) > 0
        return value(torch.where(fires, x, select(features[before])))

    return Goal((layer, before), awake)


def _pick(x: Tensor, layer: str, number: int) -> Tensor:
    if not 0 <= number < x.shape[1]:
        raise ValueError(f"channel {number} of {layer}: it has channels 0 to {x.shape[1] - 1}.")
    return x[:, number : number + 1]
