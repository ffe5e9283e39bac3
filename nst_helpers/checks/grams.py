"""The exercises of lesson 02 that take features: what a Gram matrix keeps, and what other statistics keep."""

from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from nst_helpers import losses
from nst_helpers.checks import grams_mistakes
from nst_helpers.checks.call import NotYet, call, passed
from nst_helpers.checks.comparing import check_function
from nst_helpers.checks.trials import uniform


def check_shuffle_positions(function: Callable[..., Any]) -> None:
    """``shuffle_positions(features, order)``: position p gets what stood at ``order[p]``, in all channels alike."""
    trials = [(features, uniform(features[0, 0].numel()).argsort()) for features in _batches()]
    for features, order in trials:
        _require_one_order(function, features, order)
    check_function("shuffle_positions", function, grams_mistakes.shuffled, trials, grams_mistakes.SHUFFLE)
    passed("shuffle_positions", "every channel in the order given, and not a Gram matrix has changed")


def check_covariance(function: Callable[..., Any]) -> None:
    """``covariance(features)``: for each picture, F F^T / (H*W) of the features less each channel's mean."""

    def right(features):
        return losses.covariance_matrix(features) * features.shape[1]

    trials = [(features,) for features in _batches()]
    check_function("covariance", function, right, trials, grams_mistakes.COVARIANCE)
    passed("covariance", "one per picture, each channel less its own mean, divided by H*W, with its gradient")


def check_moments(function: Callable[..., Any]) -> None:
    """``moments(features)``: mean and standard deviation of each channel, (B, 2, C)."""

    def right(features):
        return torch.stack(losses.channel_moments(features), dim=1)

    trials = [(features,) for features in _batches()]
    check_function("moments", function, right, trials, grams_mistakes.MOMENTS)
    passed("moments", "means, then deviations, with a gradient that is finite where a channel is constant")


def _batches() -> list[Float[Tensor, "_b _c _h _w"]]:
    """Features of several pictures, of one with a constant channel, and stored channels last; no two sizes alike."""
    constant = uniform(1, 3, 4, 2)
    constant[:, 1] = 0.5
    return [uniform(3, 4, 2, 5), constant, uniform(2, 5, 4, 3).contiguous(memory_format=torch.channels_last)]


def _require_one_order(function, features: Float[Tensor, "b c h w"], order: Int64[Tensor, " positions"]) -> None:
    """NotYet if the order is the function's own, or if channels keep their values but not where they meet."""
    first, second = (call("shuffle_positions", function, features, order) for _ in range(2))
    if not isinstance(first, Tensor) or first.shape != features.shape or first.dtype != features.dtype:
        return  # `check_function` says so
    if not torch.equal(first, second):
        raise NotYet("shuffle_positions gives another order each time: use `order`, the argument, for all channels.")
    if not torch.equal(first.flatten(2).sort().values, features.flatten(2).sort().values):
        return
    before, after = (losses.gram_matrix(values)[0, 0, 1].item() for values in (features, first))
    if abs(before - after) > 1e-5:
        raise NotYet(
            "shuffle_positions moves each channel in an order of its own: what fired together no longer does, and the "
            f"Gram matrix's entry for the first two channels goes from {before:.4g} to {after:.4g}. Move all of them "
            "in one order, `order`."
        )
