"""The exercises of lesson 03 that are plain functions: losses, targets, colours."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from nst_helpers import losses
from nst_helpers.checks import gatys_mistakes
from nst_helpers.checks.calling import NotYet, call, passed
from nst_helpers.checks.compare import check_function, require_tensor
from nst_helpers.checks.trials import uniform
from nst_helpers.images import luminance


def check_content_loss(function: Callable[..., Any]) -> None:
    """``content_loss(features, target)``: the mean squared difference of two feature maps."""
    f, g, h = uniform(2, 3, 4, 5), uniform(1, 2, 3, 3), uniform(1, 4, 2, 6)
    trials = [(f, uniform(2, 3, 4, 5, seed=1)), (g, uniform(1, 2, 3, 3, seed=1)), (h, h.clone()), (g + 2, g)]
    check_function("content_loss", function, losses.content_loss, trials, gatys_mistakes.CONTENT)
    passed("content_loss", "the mean squared difference, zero for equal features, with its gradient")


def check_gram_matrix(function: Callable[..., Any]) -> None:
    """``gram_matrix(features)``: for each picture of the batch, F F^T / (C*H*W)."""
    dead = uniform(1, 4, 3, 2)
    dead[:, 0] = 0  # a channel that never fires
    channels_last = uniform(3, 2, 4, 3).contiguous(memory_format=torch.channels_last)
    trials = [(uniform(2, 3, 4, 5),), (dead,), (channels_last,)]
    check_function("gram_matrix", function, losses.gram_matrix, trials, gatys_mistakes.GRAM)
    passed("gram_matrix", "one per picture, channels by channels, divided by C*H*W, with its gradient")


def check_style_loss(function: Callable[..., Any]) -> None:
    """``style_loss(features, targets, weights)``: over the targets' layers, the weighted sum of mean (G - A)^2."""

    def right(features, targets, weights):
        grams = {layer: losses.gram_matrix(features[layer]) for layer in targets}
        return losses.style_loss(grams, targets, weights)

    trials = [_style_trial(channels) for channels in (3, 2, 4)]
    check_function("style_loss", function, right, trials, gatys_mistakes.STYLE)
    passed("style_loss", "each layer's mean squared difference of Gram matrices, found by name, times its weight")


def check_total_variation(function: Callable[..., Any]) -> None:
    """``total_variation(image)``: mean squared difference to the neighbour below plus that to the right."""
    board = (torch.arange(4, device="cpu").view(-1, 1) + torch.arange(6, device="cpu")).remainder(2)
    trials = [
        (uniform(2, 3, 4, 5),),
        (uniform(1, 3, 6, 3),),
        (board.float().expand(1, 3, 4, 6).clone(),),
        (torch.full((1, 3, 4, 4), 0.5, device="cpu"),),
    ]
    check_function("total_variation", function, losses.total_variation_loss, trials, gatys_mistakes.TOTAL_VARIATION)
    passed("total_variation", "0 for a flat picture, 2 for a checkerboard, both directions, with its gradient")


def check_keep_colors(function: Callable[..., Any]) -> None:
    """``keep_colors(content, result)``: the luminance of the result with the colours of the content, in [0, 1]."""

    def right(content, result):
        return content + (luminance(result) - luminance(content))

    pale = [(uniform(*size) * 0.2 + 0.4, uniform(*size, seed=1) * 0.4 + 0.3) for size in ((1, 3, 4, 5), (2, 3, 3, 3))]
    check_function("keep_colors", function, right, pale, gatys_mistakes.KEEP_COLORS, gradient=False)
    vivid = call("keep_colors", function, uniform(1, 3, 6, 6), uniform(1, 3, 6, 6, seed=1))
    if vivid.min() < 0 or vivid.max() > 1:
        raise NotYet(
            f"keep_colors gives values from {vivid.min():.2f} to {vivid.max():.2f} for vivid pictures: bring them back "
            "into [0, 1] at the end, with `.clamp(0, 1)`."
        )
    passed("keep_colors", "the result's luminance, the content's colours, nothing outside [0, 1]")


def check_make_targets(function: Callable[..., Any]) -> None:
    """``make_targets(extractor, image, layers)``: the Gram matrix of each layer asked for, by name, in one pass."""
    extractor, image, layers = _Extractor(), uniform(1, 3, 6, 6).requires_grad_(), ["relu4_2", "relu1_1"]
    targets = call("make_targets", function, extractor, image, layers)
    if not isinstance(targets, Mapping):
        raise NotYet(
            f"make_targets gives a {type(targets).__name__}: return a dictionary, with a Gram matrix for each name."
        )
    if set(targets) != set(layers):
        raise NotYet(
            f"make_targets gives {', '.join(map(str, targets)) or 'no layer'} when asked for {', '.join(layers)}: loop "
            "over `layers`, and use each name as the key."
        )
    if len(extractor.asked) != 1:
        raise NotYet(
            f"make_targets runs the network {len(extractor.asked)} times: one pass gives the features of all layers, "
            "so keep its dictionary outside the loop."
        )
    if extractor.asked[0].shape != image.shape or not torch.equal(extractor.asked[0], image.detach()):
        raise NotYet("make_targets hands the network another picture than `image`: it normalises by itself, in [0, 1].")
    features = extractor(image.detach())
    for layer, target in targets.items():
        _require_gram_of(layer, target, features)
        if target.requires_grad:
            raise NotYet(
                f'targets["{layer}"] carries a gradient: every backward pass would go through the painting again. '
                "Compute the targets inside `with torch.no_grad():`."
            )
    passed("make_targets", "each layer's own Gram matrix, from one pass of the network, without gradient")


def _require_gram_of(layer: str, target: object, features: Mapping[str, Tensor]) -> None:
    """NotYet says what the target is instead."""
    given = require_tensor(f'make_targets, in "{layer}",', target)
    is_like = {
        name: given.shape == value.shape and torch.allclose(given, value, atol=1e-5)
        for origin, feature in features.items()
        for name, value in ((origin, losses.gram_matrix(feature)), (f"{origin} itself", feature))
    }
    if is_like[layer]:
        return
    found = next((name for name, alike in is_like.items() if alike), None)
    if found and found.endswith("itself"):
        raise NotYet(f'targets["{layer}"] is the feature map of {found}: style is compared by its Gram matrix.')
    if found:
        raise NotYet(
            f'targets["{layer}"] is the Gram matrix of the wrong layer, {found}: look the features up by name, '
            "`features[layer]`; they come in the network's order, not in that of `layers`."
        )
    raise NotYet(
        f'targets["{layer}"], of shape {tuple(given.shape)}, is no layer\'s Gram matrix: take '
        "`losses.gram_matrix(features[layer])` as it is, (1, C, C)."
    )


class _Extractor:
    """A network of six layers and no weights to load, which writes down the pictures that it was asked for."""

    layers = ("conv1_1", "relu1_1", "conv4_1", "relu4_1", "conv4_2", "relu4_2")

    def __init__(self):
        self.asked: list[Tensor] = []

    def __call__(self, image: Float[Tensor, "batch 3 height width"]) -> dict[str, Float[Tensor, "..."]]:
        self.asked.append(image.detach().clone())
        features, x = {}, image
        for number, name in enumerate(self.layers):
            mixing = uniform(4, x.shape[1], seed=10 + number).to(x) - 0.5
            x = x.relu() if name.startswith("relu") else torch.einsum("dc,bchw->bdhw", mixing, x)
            features[name] = x
        return features


def _style_trial(channels: int) -> tuple[dict[str, Tensor], dict[str, Tensor], dict[str, float]]:
    """Features of four layers, targets for three of them in another order, weights in a third."""
    sizes = {"relu1_1": 6, "relu2_1": 4, "relu3_1": 3, "relu4_2": 2}
    features = {layer: uniform(1, channels, size, size + 1, seed=size) for layer, size in sizes.items()}
    targets = {
        layer: losses.gram_matrix(uniform(1, channels, 5, 5, seed=seed) * 2)
        for seed, layer in enumerate(("relu3_1", "relu1_1", "relu2_1"))
    }
    return features, targets, {"relu2_1": 2.0, "relu3_1": 0.5, "relu1_1": 3.0}
