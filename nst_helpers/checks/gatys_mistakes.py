"""Wrong formulas that people write in lesson 03's exercises, each with the words that name it.

A check computes them on its random tensors; the one that agrees with the student's numbers is the diagnosis.
"""

from nst_helpers.checks.compare import Mistake
from nst_helpers.images import luminance
from nst_helpers.losses import gram_loss, gram_matrix

# ruff: noqa: E731 -- a table of formulas

_per_picture = lambda f: f[0].numel()
_products = lambda f: f.flatten(2) @ f.flatten(2).mT
_folded = lambda f: f.flatten(2).flatten(0, 1)
_grams = lambda features: {layer: gram_matrix(f) for layer, f in features.items()}

CONTENT: list[Mistake] = [
    (lambda f, t: (f - t).square().sum(), "the squares are summed; take their mean, or a larger picture weighs more."),
    (lambda f, t: (f - t).square().sum() / 2, "this is half the sum of the squares (eq. 1); take their mean."),
    (lambda f, t: (f - t).abs().mean(), "these are absolute differences; square them."),
    (lambda f, t: (f - t).mean(), "the square is missing, so that differences cancel."),
    (lambda f, t: (f - t).square().mean().sqrt(), "leave the root out: its gradient is NaN where the two are equal."),
    (lambda f, t: (f - t).norm(), "leave the root out and divide: the mean of the squares, not the norm."),
    (lambda f, t: (f.mean() - t.mean()).square(), "only the means are compared; square each difference, then average."),
    (lambda f, t: (f - t).square(), "a loss is one number; take the mean of the squares."),
    (lambda f, t: (f - t).square().mean(dim=(1, 2, 3)), "this is a number for each picture; average over them too."),
    (lambda f, t: (f - t).square().sum() / _per_picture(f), "the pictures of the batch are summed; average over them."),
    (lambda f, t: gram_loss(gram_matrix(f), gram_matrix(t)), "Gram matrices are style; compare position by position."),
]

GRAM: list[Mistake] = [
    (_products, "F F^T is not divided; divide it by C*H*W, or it grows with the picture."),
    (lambda f: _products(f) / f[0, 0].numel(), "it is divided by H*W alone; divide by C*H*W."),
    (lambda f: _products(f) / f.shape[1], "it is divided by C alone; divide by C*H*W."),
    (
        lambda f: _products(f) / f.numel(),
        "it is divided by B*C*H*W; divide by C*H*W, or a picture's style depends on its neighbours in the batch.",
    ),
    (
        lambda f: _folded(f) @ _folded(f).mT / f.numel(),
        "the batch is folded into the channels, and pictures are multiplied with one another; keep the batch a "
        "dimension of its own: `features.flatten(2)` is (B, C, H*W).",
    ),
    (
        lambda f: _products(f).sum(dim=0) / _per_picture(f),
        "the pictures of the batch are added up or lost; give a matrix for each, (B, C, C).",
    ),
    (
        lambda f: f.flatten(2).mT @ f.flatten(2) / _per_picture(f),
        "it is transposed, positions by positions: you have F^T F. With F of shape (C, H*W) take F F^T.",
    ),
    (
        lambda f: _products(f.reshape(len(f), -1, f.shape[1]).mT) / _per_picture(f),
        "`reshape(b, h * w, c)` mixes channels with positions, it doesn't transpose; use `flatten(2)` and `.mT`.",
    ),
    (lambda f: f.square() / _per_picture(f), "it is multiplied element by element; multiply matrices, with `@`."),
    (
        lambda f: _products(f - f.mean(dim=(2, 3), keepdim=True)) / _per_picture(f),
        "each channel's mean was subtracted, which makes it a covariance; a Gram matrix keeps the mean.",
    ),
    (
        lambda f: _products(f / f.flatten(2).norm(dim=2).clamp(min=1e-12)[..., None, None]),
        "each channel was scaled to length 1; how strongly it fires is part of the style.",
    ),
]


def _weighted(loss, weight=lambda w: w):
    """The style loss with another loss for each layer, or another weight."""
    return lambda f, a, w: sum(weight(w[layer]) * loss(_grams(f)[layer] - target) for layer, target in a.items())


def _one_layer(number):
    def loss(f, a, w):
        layer = list(a)[number]
        return w[layer] * gram_loss(_grams(f)[layer], a[layer])

    return loss


def _by_position(f, a, w):
    pairs = zip(w.values(), _grams(f).values(), a.values(), strict=False)
    return sum(weight * gram_loss(gram, target) for weight, gram, target in pairs)


def _undivided(f, a, w):
    return sum(w[layer] * gram_loss(_products(f[layer]), target) for layer, target in a.items())


_mean_square = lambda difference: difference.square().mean()
_style = _weighted(_mean_square)

STYLE: list[Mistake] = [
    (_weighted(_mean_square, lambda w: 1), "the weights are ignored; multiply each layer's loss by `weights[layer]`."),
    (lambda f, a, w: _style(f, a, w) / len(a), "it is divided by the number of layers; only add the terms up."),
    (
        lambda f, a, w: _style(f, a, w) / sum(w[layer] for layer in a),
        "it is divided by the sum of the weights; only add the terms up.",
    ),
    (
        _weighted(lambda difference: difference.square().sum()),
        "the squares of each matrix are summed; take their mean, or wide layers weigh more.",
    ),
    (_weighted(lambda difference: difference.abs().mean()), "these are absolute differences; square them."),
    (_weighted(lambda difference: difference.mean()), "the square is missing, so that differences cancel."),
    (_weighted(lambda difference: difference.square().mean().sqrt()), "leave the root of each layer's loss out."),
    (_weighted(_mean_square, lambda w: w**2), "the weights are squared as well; multiply after the square."),
    (_one_layer(-1), "only the last layer counts; add to the total in each round of the loop, `total = total + ...`."),
    (_one_layer(0), "only the first layer counts; does `return` stand inside the loop?"),
    (
        _by_position,
        "layers are paired in the order in which they stand, so that wrong layers meet; look them up by name.",
    ),
    (_undivided, "your Gram matrices are undivided and the targets aren't; use `losses.gram_matrix`."),
]

_down = lambda x: x[..., 1:, :] - x[..., :-1, :]
_right = lambda x: x[..., :, 1:] - x[..., :, :-1]
_wrapped = lambda x: [x - x.roll(1, dim) for dim in (-2, -1)]
_padded = lambda x: [x.diff(dim=dim, append=0 * x.narrow(dim, 0, 1)) for dim in (-2, -1)]

TOTAL_VARIATION: list[Mistake] = [
    (lambda x: _down(x).square().mean(), "it looks downwards alone; add the neighbours on the right."),
    (lambda x: _right(x).square().mean(), "it looks to the right alone; add the neighbours below."),
    (
        lambda x: sum(d.square().mean() for d in _wrapped(x)),
        "it wraps around: `roll` makes the last row the first one's neighbour; use slices or `diff`.",
    ),
    (
        lambda x: sum(d.square().mean() for d in _padded(x)),
        "the border is compared with zeros outside the picture; only pixels have neighbours.",
    ),
    (lambda x: _down(x).abs().mean() + _right(x).abs().mean(), "these are absolute differences; square them."),
    (
        lambda x: _down(x).square().sum() + _right(x).square().sum(),
        "the squares are summed; take the mean of each direction, or a larger picture weighs more.",
    ),
    (lambda x: _down(x).abs().sum() + _right(x).abs().sum(), "absolute differences are summed; average their squares."),
    (lambda x: _down(x).mean() + _right(x).mean(), "the square is missing: rises and falls cancel."),
    (
        lambda x: (_down(x).square().sum() + _right(x).square().sum()) / x.numel(),
        "it is divided by the number of pixels; there are fewer differences than pixels: take `.mean()` of each.",
    ),
    (
        lambda x: _down(x).square().mean() + _right(x).square().mean() + x.diff(dim=1).square().mean(),
        "colours are compared with one another too; rows are dimension 2 and columns dimension 3.",
    ),
    (
        lambda x: (x[..., 1:, 1:] - x[..., :-1, :-1]).square().mean(),
        "it looks along the diagonal; take the neighbour below and the one on the right, apart.",
    ),
    (
        lambda x: _down(x).square().mean().sqrt() + _right(x).square().mean().sqrt(),
        "leave the root out: its gradient is NaN on a flat picture.",
    ),
    (
        lambda x: (_down(x)[..., :, 1:].square() + _right(x)[..., 1:, :].square()).sqrt().mean(),
        "this is the isotropic total variation, with a root; here the plain squares are asked for.",
    ),
]

_shifted = lambda c, brightness: c + brightness
_bt601 = lambda x: (x * x.new_tensor((0.299, 0.587, 0.114)).view(3, 1, 1)).sum(dim=1, keepdim=True)
_mean = lambda x: x.mean(dim=1, keepdim=True)

KEEP_COLORS: list[Mistake] = [
    (
        lambda c, r: _shifted(r, luminance(c) - luminance(r)),
        "the roles are swapped: take the luminance of the result and the colours of the content.",
    ),
    (
        lambda c, r: luminance(r).expand_as(r),
        "this is grey; add the content's colours, `content - luminance(content)`.",
    ),
    (lambda c, r: luminance(r), "this is the luminance alone; add the colours, `content - luminance(content)`."),
    (
        lambda c, r: _shifted(c, _mean(r) - _mean(c)),
        "the mean of R, G and B was taken for luminance; use `color.luminance`, where green counts most.",
    ),
    (
        lambda c, r: _shifted(c, _bt601(r) - _bt601(c)),
        "these are the weights of BT.601; use `color.luminance` (BT.709).",
    ),
    (
        lambda c, r: c * luminance(r) / luminance(c).clamp(min=1e-6),
        "the colours are multiplied, which makes bright places more colourful; add the difference of the luminances.",
    ),
    (lambda c, r: _shifted(c, luminance(r)), "the content's own luminance is still in it; subtract it."),
    (lambda c, r: r, "this is the result as it was; its colours should be the content's."),
    (lambda c, r: c, "this is the content as it was; its luminance should be the result's."),
    (
        lambda c, r: r + (c - r).mean(dim=(2, 3), keepdim=True),
        "only the mean colours are the content's; take its colours pixel by pixel.",
    ),
]
