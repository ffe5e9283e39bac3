"""The exercises of lesson 01: feature maps, receptive fields, goals, frequencies."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from nst_helpers.checks import features_formulas, features_mistakes, field_mistakes, spectrum_mistakes
from nst_helpers.checks.call import passed
from nst_helpers.checks.comparing import check_function
from nst_helpers.checks.integers import check_integers
from nst_helpers.checks.trials import uniform
from nst_helpers.feature_vis import goals as feature_goals


def check_as_picture(function: Callable[..., Any]) -> None:
    """``as_picture(feature_map)``: from 0 at its lowest to 1 at its highest; a constant map is zero everywhere."""
    maps = [
        8 * uniform(4, 6) - 3,
        uniform(5, 3) + 2,
        0.3 + 0.02 * uniform(3, 4),  # faint
        torch.full((5, 2), 2.5, device="cpu"),
        torch.zeros(3, 4, device="cpu"),
    ]
    right, mistakes = features_formulas.as_picture, features_mistakes.AS_PICTURE
    check_function("as_picture", function, right, [(each,) for each in maps], mistakes, gradient=False)
    passed("as_picture", "0 at the lowest value, 1 at the highest, and a constant map is dark without a NaN")


def check_receptive_field(function: Callable[..., Any]) -> None:
    """``receptive_field(kernels)``: (size, stride) after layers of (kernel, stride)."""
    block = [(3, 1), (3, 1), (2, 2)]
    stacks = [
        [(3, 1), (3, 1)],
        [(3, 1), (2, 2), (3, 1)],
        [(11, 4), (3, 2), (5, 1)],  # AlexNet's begin
        [(1, 1), (5, 3)],
        [*block, *block, *[(3, 1)] * 4, (2, 2), (3, 1)],  # VGG-19 up to conv4_1
        [],
    ]
    trials, mistakes = [(stack,) for stack in stacks], field_mistakes.RECEPTIVE_FIELD
    right = features_formulas.receptive_field
    check_integers("receptive_field", ("size", "stride"), function, right, trials, mistakes)
    passed("receptive_field", "strides multiply, a kernel of k adds k - 1 of them; conv4_1 of VGG-19 sees 68 px")


def check_strongest_position(function: Callable[..., Any]) -> None:
    """``strongest_position(features, channel)``: (row, column) of the channel's highest activation."""
    asleep = -0.1 - uniform(1, 4, 3, 5, seed=2)  # what a convolution gives where nothing is found
    trials = [(4 * uniform(1, 4, 5, 7) - 3, 2), (uniform(1, 3, 6, 4, seed=1), 1), (asleep, 3)]
    right, mistakes = features_formulas.strongest_position, field_mistakes.STRONGEST_POSITION
    check_integers("strongest_position", ("row", "column"), function, right, trials, mistakes)
    passed("strongest_position", "row and column of the channel's highest value, whatever its sign")


def check_channel_goal(function: Callable[..., Any]) -> None:
    """``channel_goal(features, channel)``: the channel's mean over the positions, for each picture."""

    def right(features, channel):
        return feature_goals.channel("conv1_1", channel)({"conv1_1": features})

    sizes = [((2, 3, 4, 5), 1), ((3, 4, 2, 6), 2), ((1, 2, 3, 3), 1)]
    trials = [(2 * uniform(*size) - 0.8, channel) for size, channel in sizes]
    check_function("channel_goal", function, right, trials, features_mistakes.CHANNEL_GOAL)
    passed("channel_goal", "one mean for each picture of the batch, with its gradient")


def check_high_frequency_share(function: Callable[..., Any]) -> None:
    """``high_frequency_share(image)``: of each picture's energy without the mean, at 1/4 cycle per px and above."""
    # Lengths that are a power of two or no multiple of 4: 1/4 is hit exactly, however frequencies are computed.
    colored = uniform(2, 3, 8, 10) * torch.tensor([1.0, 0.3, 0.6], device="cpu").view(3, 1, 1)
    colored[1] = colored[1].cumsum(dim=2) / 5  # smooth
    flat = torch.full((1, 3, 8, 8), 0.5, device="cpu")
    trials = [(colored,), (uniform(1, 3, 16, 6, seed=1),), (uniform(3, 3, 7, 9, seed=2),), (flat,)]
    right, mistakes = features_formulas.high_frequency_share, spectrum_mistakes.HIGH_FREQUENCY
    check_function("high_frequency_share", function, right, trials, mistakes, gradient=False)
    passed("high_frequency_share", "energy at 1/4 cycle per px and above, of all but the mean, for each picture")


def check_from_spectrum(function: Callable[..., Any]) -> None:
    """``from_spectrum(spectrum, size)``: coefficients divided by their frequency, as pixels."""

    def trial(batch: int, height: int, width: int) -> tuple[Tensor, tuple[int, int]]:
        parts = uniform(batch, 3, height, width // 2 + 1, 2, seed=height) - 0.5
        return torch.view_as_complex(parts), (height, width)

    trials = [trial(2, 6, 7), trial(1, 8, 4), trial(1, 5, 6)]
    right, mistakes = features_formulas.from_spectrum, spectrum_mistakes.FROM_SPECTRUM
    check_function("from_spectrum", function, right, trials, mistakes)
    passed("from_spectrum", "divided by cycles per px, real pixels of odd and even sizes, with their gradient")


def check_robust_goal(function: Callable[..., Any]) -> None:
    """``robust_goal(image, goal, shifts)``: the mean of the goal over shifted copies of each picture."""

    def trial(shape: tuple[int, int, int, int], shifts: list[tuple[int, int]]) -> tuple[Any, ...]:
        weights = uniform(*shape[1:], seed=10) - 0.5
        return uniform(*shape), lambda image: (image * weights.to(image)).sum(dim=(1, 2, 3)).square(), shifts

    trials = [trial((2, 3, 5, 7), [(0, 0), (1, 2), (-2, 3)]), trial((3, 3, 6, 4), [(2, -1), (0, 3)])]
    right, mistakes = features_formulas.robust_goal, features_mistakes.ROBUST_GOAL
    check_function("robust_goal", function, right, trials, mistakes)
    passed("robust_goal", "the mean over all shifts, each of the picture itself, for each picture, with its gradient")
