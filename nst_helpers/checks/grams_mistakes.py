"""Wrong formulas that people write in lesson 02's exercises on features, each with the words that name it."""

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from nst_helpers.checks.comparing import Mistake
from nst_helpers.losses import covariance_matrix, gram_matrix

# ruff: noqa: E731 -- a table of formulas


def shuffled(features: Float[Tensor, "b c h w"], order: Int64[Tensor, " positions"]) -> Float[Tensor, "b c h w"]:
    """Position p gets what stood at ``order[p]``."""
    return _line(features, order).reshape(features.shape)


_line = lambda f, order: f.flatten(2)[:, :, order]
_turned = lambda f, order: _line(f, order).reshape(*f.shape[:2], f.shape[3], f.shape[2])
_as_columns = lambda f: f.reshape(len(f), -1, f.shape[1])

SHUFFLE: list[Mistake] = [
    (
        lambda f, order: shuffled(f, order.argsort()),
        "this is the inverse: you move what stands at p to order[p]; position p gets what stood at order[p], so take "
        "the columns `order`.",
    ),
    (lambda f, order: f, "nothing has moved; pick the columns of the C x H*W matrix with `order`."),
    (_line, "the positions still stand in one line; give them rows and columns back, `.reshape(features.shape)`."),
    (lambda f, order: shuffled(f[:1], order), "the other pictures of the batch are lost; keep dimension 0."),
    (_turned, "height and width are swapped on the way back; `.reshape(features.shape)`."),
    (
        lambda f, order: _turned(f, order).mT,
        "height and width are swapped on the way back; `.reshape(features.shape)`, and no transposing after it.",
    ),
    (
        lambda f, order: shuffled(f.mT, order).mT,
        "positions are numbered down the columns; `order` numbers them row by row, as `flatten` does.",
    ),
    (
        lambda f, order: _as_columns(f)[:, order].reshape(f.shape),
        "`reshape(b, h * w, c)` mixes channels with positions, it doesn't transpose; `flatten(2)` is (B, C, H*W).",
    ),
    (lambda f, order: shuffled(shuffled(f, order), order), "`order` is applied twice."),
]

_centered = lambda f: f - f.mean(dim=(2, 3), keepdim=True)
_products = lambda f: gram_matrix(f) * f[0].numel()
_scatter = lambda f: covariance_matrix(f) * f[0].numel()
_positions = lambda f: f[0, 0].numel()
_mean_gram = lambda f: _products(f) / _positions(f)
_less = lambda f, *dim: _mean_gram(f - f.mean(dim=dim, keepdim=True))
_folded = lambda f: _centered(f).flatten(2).flatten(0, 1)

COVARIANCE: list[Mistake] = [
    (_mean_gram, "the means are still in it, as in a Gram matrix; subtract each channel's mean over positions first."),
    (
        lambda f: _scatter(f) / (_positions(f) - 1),
        "it is divided by H*W - 1, as `torch.cov` does unless it has `correction=0`; divide by H*W.",
    ),
    (covariance_matrix, "it is divided by C*H*W, like this package's Gram matrix; divide by H*W."),
    (_scatter, "it is not divided; divide by H*W, or it grows with the picture."),
    (lambda f: _scatter(f) / f.shape[1], "it is divided by C alone; divide by H*W."),
    (
        lambda f: _scatter(f) / len(f) / _positions(f),
        "it is divided by B*H*W; divide by H*W, or a picture's style depends on its neighbours in the batch.",
    ),
    (
        lambda f: _less(f, 1, 2, 3),
        "one mean of all channels is subtracted; each has its own: `features.mean(dim=(2, 3), keepdim=True)`.",
    ),
    (
        lambda f: _less(f, 0, 1, 2, 3),
        "the mean of everything is subtracted; each channel of each picture has its own: `mean(dim=(2, 3), "
        "keepdim=True)`.",
    ),
    (
        lambda f: _less(f, 0, 2, 3),
        "a channel's mean is taken over the batch as well; every picture has its own: leave dimension 0 out.",
    ),
    (lambda f: _less(f, 1), "the mean over channels is subtracted, at each position; take that over positions."),
    (lambda f: _less(f, 3), "the mean of each row is subtracted; take it over rows and columns, `dim=(2, 3)`."),
    (lambda f: _less(f, 2), "the mean of each column is subtracted; take it over rows and columns, `dim=(2, 3)`."),
    (
        lambda f: _mean_gram(f) - _mean_gram(f).mean(dim=(1, 2), keepdim=True),
        "the mean of the Gram matrix is subtracted; take the channels' means from the features, before the product.",
    ),
    (
        lambda f: _mean_gram(_centered(f) / f.std(dim=(2, 3), correction=0, keepdim=True).clamp(min=1e-12)),
        "it is divided by the deviations as well, which makes it a correlation; how much a channel varies is kept.",
    ),
    (
        lambda f: _folded(f) @ _folded(f).mT / _positions(f),
        "the batch is folded into the channels, and pictures are multiplied with one another; `features.flatten(2)` "
        "keeps them apart.",
    ),
    (
        lambda f: _scatter(f).sum(dim=0) / _positions(f),
        "the pictures of the batch are added up or lost; give a matrix for each, (B, C, C).",
    ),
    (
        lambda f: _centered(f).flatten(2).mT @ _centered(f).flatten(2) / _positions(f),
        "it is transposed, positions by positions: you have F^T F. With F of shape (C, H*W) take F F^T.",
    ),
    (
        lambda f: _centered(f).square().mean(dim=(2, 3)),
        "these are the variances alone, the diagonal; which channels vary together is what is asked for.",
    ),
]

_mean = lambda f: f.mean(dim=(2, 3))
_deviation = lambda f, correction=0, eps=1e-5: (f.var(dim=(2, 3), correction=correction) + eps).sqrt()
_stacked = lambda *parts: torch.stack(parts, dim=1)
_over = lambda f, *dim: _stacked(f.mean(dim=dim), (f.var(dim=dim, correction=0) + 1e-5).sqrt())

MOMENTS: list[Mistake] = [
    (
        lambda f: torch.stack([_mean(f), _deviation(f)]),
        "they are stacked in front of the batch; `torch.stack((mean, deviation), dim=1)` keeps the pictures first.",
    ),
    (
        lambda f: torch.stack([_mean(f), _deviation(f)], dim=2),
        "they are stacked behind the channels; `torch.stack((mean, deviation), dim=1)`.",
    ),
    (
        lambda f: torch.cat([_mean(f), _deviation(f)], dim=1),
        "they are put end to end; `torch.stack` in place of `torch.cat` makes the dimension of 2.",
    ),
    (lambda f: _stacked(_deviation(f), _mean(f)), "the two are swapped; the mean comes first."),
    (
        lambda f: _stacked(_mean(f), _deviation(f, correction=1)),
        "the variance is divided by H*W - 1, torch's default; `correction=0` divides by H*W.",
    ),
    (
        lambda f: _stacked(_mean(f), f.var(dim=(2, 3), correction=0)),
        "this is the variance; the deviation is `sqrt(variance + 1e-5)`.",
    ),
    (
        lambda f: _stacked(_mean(f), _deviation(f, eps=0)),
        "on a constant channel you give next to 0: add the 1e-5 to the variance, under the root, whose slope is "
        "infinite at 0.",
    ),
    *(
        (lambda f, eps=eps: _stacked(_mean(f), _deviation(f, eps=eps)), f"{eps:g} stands under the root; it is 1e-5.")
        for eps in (1e-8, 1e-6)
    ),
    (
        lambda f: _stacked(_mean(f), (f.square().mean(dim=(2, 3)) + 1e-5).sqrt()),
        "the squares are averaged without subtracting the mean first; the variance is about the mean.",
    ),
    (
        lambda f: _stacked(_mean(f), _centered(f).abs().mean(dim=(2, 3))),
        "these are mean absolute deviations; square, average, then take the root.",
    ),
    (lambda f: _over(f, 1, 2, 3), "there is one mean for all channels; average over positions alone, `dim=(2, 3)`."),
    (
        lambda f: _over(f, 0, 2, 3),
        "the batch is averaged away; every picture has moments of its own, `dim=(2, 3)`.",
    ),
    (lambda f: _over(f, 3), "only the columns are averaged; average over rows and columns, `dim=(2, 3)`."),
    (_mean, "this is the mean alone; stack the deviation under it."),
]
