"""The exercises of lesson 02 that compare: two sets of features, sets of numbers, and paintings by their distances."""

from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from nst_helpers.checks import distances_mistakes
from nst_helpers.checks.call import NotYet, call, passed
from nst_helpers.checks.comparing import check_function, check_values, require_tensor
from nst_helpers.checks.places import check_precision_and_device
from nst_helpers.checks.trials import uniform


def check_mmd(function: Callable[..., Any]) -> None:
    """``mmd(x, y)``: the squared maximum mean discrepancy of the columns of x and y, with kernel (x.y)^2."""

    def right(x, y):
        return distances_mistakes.between_grams(x, y).square().sum()

    same = uniform(3, 6)
    trials = [
        (uniform(3, 5) * 2 - 0.5, uniform(3, 4, seed=1)),
        (uniform(2, 4), uniform(2, 4, seed=1) * 2),
        (same, same.clone()),
        (uniform(4, 2), uniform(4, 6, seed=1) - 0.5),
    ]
    check_function("mmd", function, right, trials, distances_mistakes.MMD)
    passed("mmd", "the squared distance of X X^T / M and Y Y^T / N, 0 for equal sets, with its gradient")


def check_sorted_distance(function: Callable[..., Any]) -> None:
    """``sorted_distance(a, b)``: the mean squared difference of two sets of numbers, each sorted."""

    def right(a, b):
        return (a.sort().values - b.sort().values).square().mean()

    same = uniform(6)
    trials = [
        (uniform(5), uniform(5, seed=1) * 2),
        (uniform(8) - 0.5, uniform(8, seed=1) + 1),
        (same, same.roll(2)),
    ]
    check_function("sorted_distance", function, right, trials, distances_mistakes.SORTED)
    passed("sorted_distance", "the smallest meets the smallest, 0 for one set in two orders, with its gradient")


def check_nearest_neighbors(function: Callable[..., Any]) -> None:
    """``nearest_neighbors(distances)``: for each, which other one is the nearest."""
    two_pairs = torch.tensor([0.0, 100, 3, 205, 7, 100, 12, 205], device="cpu")  # the pairs are at distance 0
    places = (uniform(6, 3) * 50, two_pairs.view(-1, 1), two_pairs[:2].view(-1, 1))
    trials = [(_between(points),) for points in places]
    right, mistakes = distances_mistakes.nearest, distances_mistakes.NEAREST
    check_values("nearest_neighbors", function, right, trials, mistakes, read=_require_positions)
    check_precision_and_device("nearest_neighbors", function, trials[0])
    passed("nearest_neighbors", "the nearest other one, a twin too, and the distances are as they were")


def check_place(function: Callable[..., Any]) -> None:
    """``place(distances)``: classical multidimensional scaling, points (n, 2).

    Points may be turned and reflected, so it is their squared distances that are compared.
    """

    def seen(distances: Float[Tensor, "n n"]) -> Float[Tensor, "n n"]:
        return _between(_require_points(call("place", function, distances), len(distances))).square()

    def as_seen(formula):
        return lambda distances: _between(formula(distances)).square()

    mistakes = [(as_seen(formula), sentence) for formula, sentence in distances_mistakes.PLACE]
    trials = [(distances,) for distances in _distances()]
    name = "place, in the squared distances between its points,"
    check_function(name, seen, as_seen(distances_mistakes.placed), trials, mistakes, gradient=False)
    passed("place", "along the two largest eigenvalues, up to a turn or a reflection, and no root of a negative one")


def _between(points: Float[Tensor, "n d"]) -> Float[Tensor, "n n"]:
    return (points.unsqueeze(1) - points).norm(dim=-1)


def _require_positions(name: str, given: object) -> Int64[Tensor, "..."]:
    if isinstance(given, Tensor) and given.dtype == torch.int64:
        return given
    what = f"numbers of {given.dtype}" if isinstance(given, Tensor) else f"a {type(given).__name__}"
    raise NotYet(f"{name} gives {what}: return places, a tensor of torch.int64, as `argmin` gives it.")


def _distances() -> list[Float[Tensor, "_n _n"]]:
    """Some that need three dimensions or more, and some that fit no space: their detours are too short.

    Of each detour's eigenvalues one is negative and one is 0, which rounding brings below 0 in about half of them.
    """
    spaces = [_between(uniform(5, 4)), _between(uniform(4, 3, seed=1))]
    no_space = [(sides + sides.mT).fill_diagonal_(0) for sides in (uniform(7, 7, seed=seed) ** 3 for seed in (2, 3))]
    lengths = (2.1, 2.3, 2.5, 2.7, 3, 3.6, 4, 5, 7)
    detours = [torch.tensor([[0.0, 1, d], [1, 0, 1], [d, 1, 0]], device="cpu") for d in lengths]
    return [*spaces, *no_space, *detours, _between(uniform(2, 1))]


def _require_points(given: object, count: int) -> Float[Tensor, "n 2"]:
    if isinstance(given, Tensor) and given.isnan().any():
        raise NotYet(
            "place gives NaN, the root of a negative eigenvalue: with the minus of -1/2 the two largest are below 0 by "
            "rounding at most, and `clamp(min=0)` before the root takes care of that."
        )
    if isinstance(given, Tensor) and given.is_complex():
        raise NotYet("place gives complex numbers: take `eigh`, which knows that the matrix is symmetric.")
    points = require_tensor("place", given)
    if points.shape != (count, 2):
        turned = "transpose it, " if points.shape == (2, count) else ""
        raise NotYet(
            f"place gives the shape {tuple(points.shape)} where ({count}, 2) is right: {turned}a row for each "
            "painting, and a column for each of the two largest eigenvalues."
        )
    return points
