"""``temporal_loss(this, warped, visible)``: ``1/D sum_k c_k (x_k - w_k)^2`` (Ruder et al. 2016)."""

from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.trials import uniform


def _temporal_loss(
    this,
    warped,
    visible,
    *,
    inverted=False,
    count=lambda numbers, weights: numbers.numel(),
    terms=lambda change, weights: weights * change.square(),
):
    weights = visible.to(this.dtype)
    numbers = terms(this - warped, 1 - weights if inverted else weights)
    return numbers.sum() / count(numbers, weights)


def _trial(batch, channels, height, width):
    this, warped = uniform(batch, channels, height, width), 0.8 * uniform(batch, channels, height, width, seed=1)
    return this, warped, (1.6 * uniform(batch, 1, height, width, seed=2) - 0.1).clamp(0, 1)


def _trials():
    this, warped, visible = _trial(1, 3, 6, 5)
    return [_trial(2, 3, 4, 5), (this, warped, visible > 0.4), _trial(3, 2, 5, 3), (this, warped, visible > 1)]


check_temporal_loss = Exercise(
    name="temporal_loss",
    right=_temporal_loss,
    trials=_trials,
    mistakes={
        "the mask is inverted: hidden pixels count here, which the previous frame can't know.": {"inverted": True},
        "`visible` is left out; multiply the squares by it.": {"terms": lambda change, weights: change.square()},
        "it is divided by the visible pixels alone; D counts all numbers of the frames, hidden ones too.": {
            "count": lambda numbers, weights: weights.sum() * numbers.shape[1]
        },
        "it is divided by the number of pixels; D counts each pixel's channels, too: take the mean of all numbers.": {
            "count": lambda numbers, weights: weights.numel()
        },
        "it is divided by the numbers of one picture; take the mean over the batch, too.": {
            "count": lambda numbers, weights: numbers[0].numel()
        },
        "this is the sum; divide by D, the number of all numbers.": {"count": lambda numbers, weights: 1},
        "the weights are squared, too: multiply the squared differences by `visible`.": {
            "terms": lambda change, weights: (weights * change).square()
        },
        "these are absolute differences; square them.": {"terms": lambda change, weights: weights * change.abs()},
        "this is its root; leave the root out.": lambda *frames: _temporal_loss(*frames).sqrt(),
    },
    verified="squared differences where visible, over all numbers, with its gradient",
)
