"""The exercises of lesson 03 that are plain functions: losses, targets, colours."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from nst_helpers import losses
from nst_helpers.checks.calling import NotYet, call, passed
from nst_helpers.checks.compare import check_function, require_tensor
from nst_helpers.color import luminance


def check_content_loss(function: Callable[..., Any]) -> None:
    """``content_loss(features, target)``: the mean squared difference of two feature maps."""
    f, g, h = _random(2, 3, 4, 5), _random(1, 2, 3, 3), _random(1, 4, 2, 6)
    trials = [(f, _random(2, 3, 4, 5)), (g, _random(1, 2, 3, 3) + 1), (h, h.clone()), (g + 2, g)]
    mistakes = {
        "this is the sum of the squares; take their mean, or a larger picture weighs more.": lambda f, t: (
            (f - t).square().sum()
        ),
        "this is half the sum of the squares, the paper's eq. 1; here the mean is asked for.": lambda f, t: (
            (f - t).square().sum() / 2
        ),
        "this is the mean of the absolute differences; square them.": lambda f, t: (f - t).abs().mean(),
        "this is the mean of the differences without the square, so that they cancel.": lambda f, t: (f - t).mean(),
        "this is the root of the mean; leave the root out, its gradient is NaN where the two are equal.": lambda f, t: (
            (f - t).square().mean().sqrt()
        ),
        "this compares the means of the two alone; square each difference, then take the mean.": lambda f, t: (
            (f.mean() - t.mean()).square()
        ),
        "these are the squares themselves; a loss is one number, their mean.": lambda f, t: (f - t).square(),
        "this is one number for each picture; take the mean over the batch too.": lambda f, t: (
            (f - t).square().mean(dim=(1, 2, 3))
        ),
        "this compares Gram matrices, which is style; content is compared position by position.": lambda f, t: (
            losses.gram_loss(losses.gram_matrix(f), losses.gram_matrix(t))
        ),
    }
    check_function("content_loss", function, losses.content_loss, trials, mistakes)
    passed("content_loss", "the mean squared difference, zero for equal features, with its gradient")


def check_gram_matrix(function: Callable[..., Any]) -> None:
    """``gram_matrix(features)``: for each picture of the batch, F F^T / (C*H*W)."""
    dead = _random(1, 4, 3, 2)
    dead[:, 0] = 0  # a channel that never fires
    channels_last = _random(3, 2, 4, 3).contiguous(memory_format=torch.channels_last)
    mistakes = {
        "this is F F^T undivided; divide it by C*H*W, or it grows with the picture.": lambda f: _products(f),
        "this is divided by H*W alone; divide by C*H*W.": lambda f: _products(f) / f[0, 0].numel(),
        "this is divided by C alone; divide by C*H*W.": lambda f: _products(f) / f.shape[1],
        "this is divided by B*C*H*W; divide by C*H*W, or a picture's style depends on how many are in the batch.": (
            lambda f: _products(f) / f.numel()
        ),
        "the batch is folded into the channels, so that pictures are multiplied with one another; keep it as a "
        "dimension of its own, with `features.reshape(b, c, h * w)` or `features.flatten(2)`.": lambda f: (
            f.flatten(2).flatten(0, 1) @ f.flatten(2).flatten(0, 1).T / f.numel()
        ),
        "the pictures of the batch are added up or lost; give one matrix for each, (B, C, C).": lambda f: (
            _products(f).sum(dim=0) / f[0].numel()
        ),
        "this is transposed, positions by positions; it has to be F F^T with F of shape (C, H*W), not F^T F.": (
            lambda f: f.flatten(2).mT @ f.flatten(2) / f[0].numel()
        ),
        "`reshape(b, h * w, c)` doesn't transpose, it mixes channels with positions; flatten to (B, C, H*W) and use "
        "`.mT`.": lambda f: _products(f.contiguous().view(len(f), -1, f.shape[1]).mT) / f[0].numel(),
        "this multiplies element by element; multiply matrices, with `@` or `torch.bmm`.": lambda f: (
            f.square() / f[0].numel()
        ),
        "the mean of each channel was subtracted, which makes it a covariance; a Gram matrix keeps the mean.": (
            lambda f: _products(f - f.mean(dim=(2, 3), keepdim=True)) / f[0].numel()
        ),
        "each channel was scaled to length 1, which makes it a matrix of cosines; how strongly a channel fires is "
        "part of the style.": lambda f: _products(torch.nn.functional.normalize(f.flatten(2), dim=2)),
    }
    trials = [(_random(2, 3, 4, 5),), (dead,), (channels_last,)]
    check_function("gram_matrix", function, losses.gram_matrix, trials, mistakes)
    passed("gram_matrix", "one per picture, channels by channels, divided by C*H*W, with its gradient")


def check_style_loss(function: Callable[..., Any]) -> None:
    """``style_loss(features, targets, weights)``: the weighted sum over the targets' layers of mean (G - A)^2."""
    mistakes = {
        "the weights are ignored; multiply each layer's loss by `weights[layer]`.": lambda f, a, w: sum(
            _layer_losses(f, a)
        ),
        "this is divided by the number of layers; the weights alone decide, so add the terms up.": lambda f, a, w: (
            losses.style_loss(_grams(f), a, w) / len(a)
        ),
        "this is divided by the sum of the weights; add the terms up as they are.": lambda f, a, w: (
            losses.style_loss(_grams(f), a, w) / sum(w[layer] for layer in a)
        ),
        "this adds up each matrix's squares; take their mean for each layer.": lambda f, a, w: _weighted(
            f, a, w, lambda d: d.square().sum()
        ),
        "this takes absolute differences; square them.": lambda f, a, w: _weighted(f, a, w, lambda d: d.abs().mean()),
        "the square is missing, so that differences cancel.": lambda f, a, w: _weighted(f, a, w, torch.mean),
        "this takes the root of each layer's loss; leave it out.": lambda f, a, w: _weighted(
            f, a, w, lambda d: d.square().mean().sqrt()
        ),
        "the weights are squared too; multiply after the square.": lambda f, a, w: losses.style_loss(
            _grams(f), a, {layer: weight**2 for layer, weight in w.items()}
        ),
        "only the last layer counts; add to the total (`total = total + ...`) in every round of the loop.": (
            lambda f, a, w: _layer_losses(f, a)[-1] * w[list(a)[-1]]
        ),
        "only the first layer counts; `return` stands inside the loop.": lambda f, a, w: (
            _layer_losses(f, a)[0] * w[next(iter(a))]
        ),
        "layers are paired in the order in which they stand, wrong layer with wrong layer; the dictionaries have "
        "different orders, so look them up by name.": lambda f, a, w: sum(
            weight * losses.gram_loss(gram, target)
            for weight, gram, target in zip(w.values(), _grams(f).values(), a.values(), strict=False)
        ),
        "the Gram matrices of the features are undivided while the targets' are divided by C*H*W; use "
        "`losses.gram_matrix`.": lambda f, a, w: losses.style_loss(
            {layer: _products(feature) for layer, feature in f.items()}, a, w
        ),
    }
    trials = [_style_trial(channels) for channels in (3, 2, 4)]
    check_function("style_loss", function, lambda f, a, w: losses.style_loss(_grams(f), a, w), trials, mistakes)
    passed("style_loss", "each layer's mean squared difference of Gram matrices, by name, times its weight")


def check_total_variation(function: Callable[..., Any]) -> None:
    """``total_variation(image)``: mean squared difference to the neighbour below plus that to the right."""
    down, right, both = _steps(-2), _steps(-1), "downwards alone", "to the right alone"
    mistakes = {
        **{
            f"this looks {where}; add the other direction.": (lambda x, step=step: step(x).square().mean())
            for where, step in zip(both, (down, right), strict=False)
        },
    }
    return mistakes
