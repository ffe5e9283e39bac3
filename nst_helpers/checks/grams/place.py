"""``place(distances)``: classical multidimensional scaling, points (n, 2)."""

import torch
from torch import Tensor

from nst_helpers.checks import answers
from nst_helpers.checks.call import NotYet
from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.trials import uniform


def _centered(m):
    return m - m.mean(dim=0) - m.mean(dim=1, keepdim=True) + m.mean()


def _place(
    distances,
    *,
    power=torch.square,
    factor=-1 / 2,
    center=_centered,
    decompose=torch.linalg.eigh,
    chosen=slice(-2, None),
    picked=lambda vectors, chosen: vectors[:, chosen],
    scale=lambda values: values.clamp(min=0).sqrt(),
):
    values, vectors = decompose(center(factor * power(distances)))
    return picked(vectors, chosen) * scale(values[chosen])


def _by_size(products):
    vectors, values, _ = torch.linalg.svd(products)
    return values.flip(0), vectors.flip(1)


def _between(points):
    return (points.unsqueeze(1) - points).norm(dim=-1)


def _trials():
    """Some that need more than two dimensions, some that need one, and some that fit no space: too short detours.

    Of each detour's eigenvalues one is negative and one is 0, which rounding brings below 0 in about half of them.
    """
    spaces = [_between(uniform(*size, seed=size[1])) for size in ((5, 4), (4, 3), (20, 4), (9, 1), (2, 1))]
    no_space = [(sides + sides.mT).fill_diagonal_(0) for sides in (uniform(7, 7, seed=seed) ** 3 for seed in (0, 7))]
    lengths = (2.1, 2.3, 2.5, 2.7, 3, 3.6, 4, 5, 7)
    detours = [torch.tensor([[0.0, 1, d], [1, 0, 1], [d, 1, 0]], device="cpu") for d in lengths]
    return [(distances,) for distances in [*spaces, *no_space, *detours]]


def _read(name, given, trial):
    """The squared distances between the points, which may be turned, reflected and moved."""
    if isinstance(given, Tensor) and given.isnan().any():
        raise NotYet(
            f"{name} gives NaN, the root of a negative eigenvalue: with the minus of -1/2 the two largest are below 0 "
            "by rounding at most, and `clamp(min=0)` before the root takes care of that."
        )
    if isinstance(given, Tensor) and given.is_complex():
        raise NotYet(f"{name} gives complex numbers: take `eigh`, which knows that the matrix is symmetric.")
    points, count = answers.tensor(name, given)[""], len(trial[0])
    if points.shape != (count, 2):
        turned = "transpose it, " if points.shape == (2, count) else ""
        raise NotYet(
            f"{name} gives the shape {tuple(points.shape)} where ({count}, 2) is right: {turned}a row for each "
            "painting, and a column for each of the two largest eigenvalues."
        )
    return {"the squared distances between its points": _between(points.detach().cpu().double()).square()}


check_place = Exercise(
    name="place",
    right=_place,
    trials=_trials,
    mistakes={
        "the distances aren't squared before they are centred.": {"power": lambda distances: distances},
        "the minus of -1/2 is missing: without it every eigenvalue has the wrong sign, and all falls together.": {
            "factor": 1 / 2
        },
        "-1/2 D^2 isn't centred; subtract its rows' means and its columns' means, and add the mean of all.": {
            "center": lambda m: m
        },
        "only the columns are centred; subtract the rows' means too, and add the mean of all.": {
            "center": lambda m: m - m.mean(dim=0)
        },
        "these are the two smallest eigenvalues; `eigh` gives them from small to large, so take the last two.": {
            "chosen": slice(0, 2)
        },
        "the eigenvectors have length 1; multiply each by the root of its eigenvalue.": {"scale": torch.ones_like},
        "the eigenvectors are multiplied by the eigenvalues; take their roots.": {
            "scale": lambda values: values.clamp(min=0)
        },
        "eigenvectors are columns; you took rows.": {"picked": lambda vectors, chosen: vectors[chosen].mT},
        "a large negative eigenvalue is taken for a large one, as `svd` and `abs` do; take the two largest with their "
        "sign, from `eigh`.": {"decompose": _by_size},
    },
    verified="along the two largest eigenvalues, up to a turn or a reflection, and no root of a negative one",
    gradient=False,
    read=_read,
)
