"""``mmd(x, y)``: the squared maximum mean discrepancy of the columns of x and y, with kernel (x.y)^2."""

import torch

from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.trials import uniform


def _mmd(x, y, *, kernel=torch.square, mean=torch.mean, within=None, cross=2, end=lambda total: total):
    within = within or mean
    return end(within(kernel(x.mT @ x)) + within(kernel(y.mT @ y)) - cross * mean(kernel(x.mT @ y)))


def _off_diagonal(kernel):
    return (kernel.sum() - kernel.trace()) / (kernel.numel() - len(kernel))


def _trials():
    same = uniform(3, 6)
    return [
        (uniform(3, 5) * 2 - 0.5, uniform(3, 4, seed=1)),
        (uniform(2, 4) - 0.5, uniform(2, 4, seed=1) * 2 - 1),  # as many of both, at obtuse angles too
        (same, same.clone()),
        (uniform(4, 2), uniform(4, 6, seed=1) - 0.5),
        (uniform(16, 40) - 0.5, uniform(16, 30, seed=1) - 0.3),
    ]


check_mmd = Exercise(
    name="mmd",
    right=_mmd,
    trials=_trials,
    mistakes={
        "the kernel isn't squared: x.y alone compares nothing but the means.": {"kernel": lambda dots: dots},
        "you square the mean; square each entry of the kernel matrix, then average.": {
            "kernel": lambda dots: dots,
            "mean": lambda kernel: kernel.mean().square(),
        },
        "pairs of an x and a y count once; they count twice, as 2ab does in (a - b)^2.": {"cross": 1},
        "pairs of a point with itself are left out (the unbiased estimate); here the means go over all pairs.": {
            "within": _off_diagonal
        },
        "nothing is divided; take the mean of each kernel matrix, or divide one Gram matrix by M and the other by N.": {
            "mean": torch.sum
        },
        "all three sums are divided by M^2; there are N^2 pairs within y and M*N between the two: take each "
        "`.mean()`.": lambda x, y: _mmd(x, y, mean=torch.sum) / x.shape[1] ** 2,
        "this is the root; the squared discrepancy is asked for.": {"end": lambda total: total.clamp(min=0).sqrt()},
        "it is divided by C^2; the squares of the Gram matrices' difference are summed, with G = X X^T / M.": (
            lambda x, y: _mmd(x, y) / len(x) ** 2
        ),
        "this is the kernel of `losses.mmd_loss`, (x.y / C + 1)^2; here it is (x.y)^2.": (
            lambda x, y: _mmd(x, y, kernel=lambda dots: (dots / len(x) + 1).square())
        ),
    },
    verified="the squared distance of X X^T / M and Y Y^T / N, 0 for equal sets, with its gradient",
)
