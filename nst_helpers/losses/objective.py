"""Named, weighted terms summed into one loss; their targets are computed once, before."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from nst_helpers.losses.conventions import find_convention
from nst_helpers.losses.formulas import content_loss, gram_loss, gram_matrix, total_variation_loss
from nst_helpers.losses.statistics import STATISTICS
from nst_helpers.runtime import Weight, require_choice
from nst_helpers.vgg import Features, VGGFeatures

Layers = Mapping[str, Weight] | Sequence[str]
"""Layers with a weight each, or names alone."""


@dataclass(frozen=True)
class Term:
    """One summand: ``weight * loss(image, features)``, the loss a scalar that reads the layers named."""

    name: str
    weight: float
    loss: Callable[[Tensor, Features], Tensor]
    layers: Sequence[str] = ()


class Value(NamedTuple):
    """An objective's value: the weighted sum, and each term by name before its weight."""

    total: Float[Tensor, ""]
    losses: dict[str, Float[Tensor, ""]]


class Objective:
    """The weighted sum of terms as a function of the picture.

    Args:
        extractor: gives the features; it has to offer every layer that a term reads.
        terms: at least one, with different names.

    Raises:
        ValueError: no term, two of one name, a negative or non-finite weight, or a layer not extracted.

    Example:
        >>> value = Objective(extractor, terms)(image)  # doctest: +SKIP
        >>> value.total.backward()  # doctest: +SKIP
    """

    def __init__(self, extractor: VGGFeatures, terms: Sequence[Term]):
        names = [term.name for term in terms]
        if not names or len(set(names)) < len(names):
            raise ValueError(f"the terms are named {names}: an objective needs at least one, each with its own name.")
        for term in terms:
            if not 0 <= term.weight < float("inf"):
                raise ValueError(f"the weight of {term.name} is {term.weight}: give a finite number, 0 or more.")
            _require_layers(term.name, term.layers, extractor)
        self.extractor, self.terms = extractor, tuple(terms)

    def __call__(self, image: Float[Tensor, "batch 3 height width"]) -> Value:
        features = self.extractor(image)
        losses = {term.name: term.loss(image, features) for term in self.terms}
        total = sum(term.weight * losses[term.name] for term in self.terms)
        return Value(total, losses)


def layer_weights(layers: Layers | str) -> dict[str, float]:
    """Weights by layer, as given; names alone share a weight of 1."""
    if isinstance(layers, Mapping):
        return dict(layers)
    names = [layers] if isinstance(layers, str) else list(layers)
    return dict.fromkeys(names, 1 / max(len(names), 1))


def content_terms(
    extractor: VGGFeatures,
    image: Float[Tensor, "1 3 height width"],
    weights: Mapping[str, float],
    *,
    convention: str = "mean",
) -> list[Term]:
    """One term for each layer that compares features with those of ``image``, position by position.

    Args:
        weights: by layer; a layer of weight 0 is left out.
        convention: whose formula the weights belong to, a name in `losses.CONVENTIONS`.
    """
    formula = find_convention(convention)
    _require_layers("content", weights, extractor)
    with torch.no_grad():
        targets = extractor(image)

    def make(layer: str, weight: float) -> Term:
        target = targets[layer]
        factor = formula.content(target.shape[1], target.shape[2] * target.shape[3])
        return Term(
            f"content {layer}",
            weight,
            lambda _, features: factor * content_loss(features[layer], target),
            (layer,),
        )

    return [make(layer, weight) for layer, weight in weights.items() if weight]


def style_terms(
    extractor: VGGFeatures,
    image: Float[Tensor, "1 3 height width"],
    weights: Mapping[str, float],
    *,
    statistic: str = "gram",
    convention: str = "mean",
    name: str = "style",
    mask: Float[Tensor, "1 1 mask_height mask_width"] | None = None,
) -> list[Term]:
    """One term for each layer that compares what is kept of the features with that of ``image``, of any size.

    Args:
        weights: by layer; a layer of weight 0 is left out.
        statistic: what is kept: Gram matrices, or another name in `losses.STATISTICS`.
        convention: whose formula of Gram matrices the weights belong to, a name in `losses.CONVENTIONS`; the
            other statistics have one formula each.
        name: put before the layer's, so that several styles can be told apart.
        mask: in [0, 1], where in the optimised picture the style is wanted (guided Gram matrices, Gatys et al. 2017);
            it is shrunk to each layer's size.

    Raises:
        ValueError: an unknown statistic or convention, a layer not extracted, a mask for another statistic than Gram's.
    """
    formula = find_convention(convention)
    require_choice("statistic", statistic, STATISTICS)
    if mask is not None and statistic != "gram":
        raise ValueError(f"a mask was given with the statistic {statistic}: masks guide Gram matrices alone.")
    _require_layers(name, weights, extractor)
    measure, compare = STATISTICS[statistic]
    with torch.no_grad():
        targets = {
            layer: (measure(features), features.shape[1], features.shape[2] * features.shape[3])
            for layer, features in extractor(image).items()
            if layer in weights
        }

    def make(layer: str, weight: float) -> Term:
        target, channels, positions = targets[layer]
        if statistic != "gram":
            return Term(f"{name} {layer}", weight, lambda _, features: compare(features[layer], target), (layer,))
        factor = formula.style(channels, positions)

        def loss(_: Tensor, features: Features) -> Tensor:
            guide = None if mask is None else F.adaptive_avg_pool2d(mask, features[layer].shape[-2:])
            return factor * gram_loss(gram_matrix(features[layer], guide), target)

        return Term(f"{name} {layer}", weight, loss, (layer,))

    return [make(layer, weight) for layer, weight in weights.items() if weight]


def total_variation_term(weight: float, *, power: int = 2) -> Term:
    """Differences between neighbouring pixels, see `losses.total_variation_loss`."""
    return Term("total variation", weight, lambda image, _: total_variation_loss(image, power=power))


def _require_layers(name: str, layers: Iterable[str], extractor: VGGFeatures) -> None:
    if missing := set(layers) - set(extractor.layers):
        raise ValueError(f"{name} reads {', '.join(sorted(missing))}: ask the extractor for it as well.")
