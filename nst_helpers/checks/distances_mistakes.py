"""Wrong formulas that people write in lesson 02's exercises on distances, each with the words that name it.

Right ones stand here where the package has none: they are made of the same parts.
"""

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from nst_helpers.checks.comparing import Mistake

# ruff: noqa: E731 -- a table of formulas


def between_grams(
    x: Float[Tensor, "channels positions"], y: Float[Tensor, "channels others"]
) -> Float[Tensor, "channels channels"]:
    """What the Gram matrix of x, divided by positions alone, has more than that of y."""
    return x @ x.mT / x.shape[1] - y @ y.mT / y.shape[1]


def _discrepancy(kernel, *, mean=torch.mean, cross=2):
    """The squared discrepancy with another kernel, mean or weight of the pairs between the sets."""
    return lambda x, y: mean(kernel(x, x)) + mean(kernel(y, y)) - cross * mean(kernel(x, y))


def _unbiased(x, y):
    within = sum((k.sum() - k.trace()) / (len(k) * (len(k) - 1)) for k in (_kernel(x, x), _kernel(y, y)))
    return within - 2 * _kernel(x, y).mean()


_dot = lambda x, y: x.mT @ y
_kernel = lambda x, y: _dot(x, y).square()

MMD: list[Mistake] = [
    (_discrepancy(_dot), "the kernel isn't squared: x.y alone compares nothing but the means."),
    (_discrepancy(_kernel, cross=1), "pairs of an x and a y count once; they count twice, as 2ab does in (a - b)^2."),
    (_discrepancy(_kernel, cross=-2), "pairs of an x and a y are added; they are subtracted."),
    (
        _unbiased,
        "pairs of a point with itself are left out (the unbiased estimate); here the means go over all pairs.",
    ),
    (
        _discrepancy(_kernel, mean=torch.sum),
        "nothing is divided; take the mean of each kernel matrix, or divide one Gram matrix by M and the other by N.",
    ),
    (
        _discrepancy(_dot, mean=lambda k: k.mean().square()),
        "you square the mean; square each entry of the kernel matrix, then average.",
    ),
    (
        lambda x, y: _discrepancy(_kernel, mean=torch.sum)(x, y) / x.shape[1] ** 2,
        "all three sums are divided by M^2; there are N^2 pairs within y and M*N between the two: take each `.mean()`.",
    ),
    (lambda x, y: between_grams(x, y).norm(), "this is the root; the squared discrepancy is asked for."),
    (
        lambda x, y: between_grams(x, y).square().mean(),
        "it is divided by C^2; the squares of the Gram matrices' difference are summed, with G = X X^T / M.",
    ),
    (lambda x, y: between_grams(x, y).abs().sum(), "these are absolute differences of Gram matrices; square them."),
    (
        _discrepancy(lambda x, y: (_dot(x, y) + 1).square()),
        "1 is added in the kernel, which compares the means as well; it is (x.y)^2.",
    ),
    (
        _discrepancy(lambda x, y: (_dot(x, y) / len(x) + 1).square()),
        "this is the kernel of `losses.mmd_loss`, (x.y / C + 1)^2; here it is (x.y)^2.",
    ),
    (
        _discrepancy(lambda x, y: (-(x.mT.unsqueeze(1) - y.mT).square().sum(dim=-1) / 2).exp()),
        "this is a Gaussian kernel; here it is (x.y)^2.",
    ),
]

_mean_square = lambda difference: difference.square().mean()
_up = lambda a: a.sort().values
_all_pairs = lambda a, b: (a.unsqueeze(1) - b).square()
_places = lambda a: a.argsort().to(a)

SORTED: list[Mistake] = [
    (lambda a, b: _mean_square(a - b), "they are compared as they stand; sort both first."),
    (lambda a, b: _mean_square(_up(a) - b), "only a is sorted; sort b too."),
    (lambda a, b: _mean_square(a - _up(b)), "only b is sorted; sort a too."),
    (lambda a, b: _mean_square(_up(a) - _up(b).flip(0)), "one is sorted up and the other down; sort both one way."),
    (lambda a, b: (_up(a) - _up(b)).square().sum(), "the squares are summed; take their mean."),
    (lambda a, b: (_up(a) - _up(b)).abs().mean(), "these are absolute differences (the 1-Wasserstein); square them."),
    (lambda a, b: _mean_square(_up(a) - _up(b)).sqrt(), "leave the root out: its gradient is NaN for equal sets."),
    (lambda a, b: (_up(a) - _up(b)).norm(), "leave the root out, and take the mean of the squares."),
    (lambda a, b: (_up(a) - _up(b)).mean(), "the square is missing, so that differences cancel."),
    (lambda a, b: (_up(a) - _up(b)).square(), "a distance is one number; take the mean of the squares."),
    (lambda a, b: (a.mean() - b.mean()).square(), "only the means are compared; compare the sorted numbers in turn."),
    (
        lambda a, b: (a.mean() - b.mean()).square() + (a.std(correction=0) - b.std(correction=0)).square(),
        "means and deviations are compared, as if the numbers were normally distributed; sort them.",
    ),
    (
        lambda a, b: _all_pairs(a, b).amin(dim=1).mean(),
        "each of a goes to its nearest in b, and several to one; every b is met once, in the order of size.",
    ),
    (lambda a, b: _all_pairs(a, b).mean(), "all pairs are averaged; the smallest meets the smallest alone, and so on."),
    (
        lambda a, b: _mean_square(_places(a) - _places(b)),
        "the places are compared, `sort().indices` or `argsort`; compare the numbers, `sort().values`.",
    ),
]


def nearest(distances: Float[Tensor, "n n"]) -> Int64[Tensor, " n"]:
    """The nearest other one of each."""
    return _raised(distances, torch.inf).argmin(dim=1)


def _cut_out(distances):
    """Without the diagonal, each row one entry shorter."""
    n = len(distances)
    return distances.flatten()[1:].view(n - 1, n + 1)[:, :-1].reshape(n, n - 1)


_raised = lambda d, by: d + torch.diag(d.new_full((len(d),), by))

NEAREST: list[Mistake] = [
    (
        lambda d: d.argmin(dim=1),
        "each is found nearest to itself, at distance 0; put infinity on the diagonal, of a copy.",
    ),
    (
        lambda d: d.argsort(dim=1, stable=True)[:, 1],
        "the second of the sorted distances is yourself where a twin, at distance 0, comes first; put infinity on the "
        "diagonal, of a copy.",
    ),
    (
        lambda d: torch.where(d > 0, d, torch.inf).argmin(dim=1),
        "every 0 is passed over, and with it a twin of the same Gram matrix; only the diagonal is yourself.",
    ),
    (
        lambda d: (d + torch.inf * torch.diag(torch.ones_like(d[0]))).argmin(dim=1),
        "0 * infinity is NaN, which `argmin` takes for the smallest; write infinity on the diagonal of a copy, with "
        "`fill_diagonal_`.",
    ),
    (
        lambda d: _raised(d, 1).argmin(dim=1),
        "1 on the diagonal is less than some distances; put infinity there, of a copy.",
    ),
    (
        lambda d: _raised(d, d.max().item()).argmin(dim=1),
        "the largest distance on the diagonal isn't larger than itself, and of two paintings each finds itself; put "
        "infinity there, of a copy.",
    ),
    (
        lambda d: _cut_out(d).argmin(dim=1),
        "the diagonal was cut out, and what stands after it counts one too low; put infinity there, of a copy.",
    ),
    (lambda d: d.argmax(dim=1), "these are the farthest; take the smallest, off the diagonal."),
    (
        lambda d: _raised(d, torch.inf).argmin(),
        "this is one place in the flattened matrix; `argmin(dim=1)` gives one for each row.",
    ),
    (
        lambda d: _raised(d, torch.inf).argsort(dim=1),
        "all the others are ranked; the first of each row is the nearest.",
    ),
]


def placed(distances: Float[Tensor, "n n"]) -> Float[Tensor, "n 2"]:
    """Classical multidimensional scaling."""
    return _points(_inner(distances))


def _points(products, *, scale=lambda values: values.clamp(min=0).sqrt(), chosen=slice(-2, None)):
    """Eigenvectors of a matrix of inner products, scaled."""
    values, vectors = torch.linalg.eigh(products)
    return vectors[:, chosen] * scale(values[chosen])


def _by_singular_values(matrix, scale):
    vectors, values, _ = torch.linalg.svd(matrix)
    return vectors[:, :2] * scale(values[:2])


def _rows_of_vectors(products):
    values, vectors = torch.linalg.eigh(products)
    return vectors[-2:].mT * values[-2:].clamp(min=0).sqrt()


_double_centered = lambda m: m - m.mean(dim=0) - m.mean(dim=1, keepdim=True) + m.mean()
_inner = lambda d: -_double_centered(d.square()) / 2

PLACE: list[Mistake] = [
    (lambda d: _points(-_double_centered(d) / 2), "the distances aren't squared before they are centred."),
    (
        lambda d: _points(_double_centered(d.square()) / 2),
        "the minus of -1/2 is missing: without it every eigenvalue has the wrong sign, and all falls together.",
    ),
    (lambda d: _points(2 * _inner(d)), "the half of -1/2 is missing."),
    (
        lambda d: _points(-d.square() / 2),
        "-1/2 D^2 isn't centred; subtract its rows' means and its columns' means, and add the mean of all.",
    ),
    (
        lambda d: _points(-(d.square() - d.square().mean(dim=0)) / 2),
        "only the columns are centred; subtract the rows' means too, and add the mean of all.",
    ),
    (
        lambda d: _points(-(d.square() - d.square().mean(dim=1, keepdim=True)) / 2),
        "only the rows are centred; subtract the columns' means too, and add the mean of all.",
    ),
    (
        lambda d: _points(_inner(d) + d.square().mean() / 2),
        "the rows' means and the columns' means are subtracted, and the mean of all with them twice; add it once.",
    ),
    (
        lambda d: _points(-(d.square() - d.square().mean()) / 2),
        "one mean of all is subtracted; each row has its own and each column too.",
    ),
    (lambda d: _points(-_double_centered(d).square() / 2), "the distances are centred before they are squared."),
    (
        lambda d: _points(_inner(d), chosen=slice(0, 2)),
        "these are the two smallest eigenvalues; `eigh` gives them from small to large, so take the last two.",
    ),
    (
        lambda d: _points(_inner(d), scale=torch.ones_like),
        "the eigenvectors have length 1; multiply each by the root of its eigenvalue.",
    ),
    (
        lambda d: _points(_inner(d), scale=lambda values: values.clamp(min=0)),
        "the eigenvectors are multiplied by the eigenvalues; take their roots.",
    ),
    (lambda d: _rows_of_vectors(_inner(d)), "eigenvectors are columns; you took rows."),
    (
        lambda d: _by_singular_values(_inner(d), torch.sqrt),
        "a large negative eigenvalue is taken for a large one, as `svd` and `abs` do; take the two largest with their "
        "sign, from `eigh`.",
    ),
    (
        lambda d: _by_singular_values(d - d.mean(dim=0), lambda values: values),
        "these are the principal components of the rows of D; centre -1/2 D^2 both ways and take its eigenvectors.",
    ),
]
