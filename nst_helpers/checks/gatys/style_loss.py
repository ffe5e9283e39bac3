"""``style_loss(features, targets, weights)``: over the targets' layers, the weighted sum of mean (G - A)^2."""

from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.trials import uniform
from nst_helpers.losses import gram_matrix


def _style_loss(
    features,
    targets,
    weights,
    *,
    loss=lambda gram, target: (gram - target).square().mean(),
    weigh=lambda weight, loss: weight * loss,
    layers=list,
    size=lambda feature: 1,
):
    terms = [
        weigh(weights[layer], loss(gram_matrix(features[layer]) * size(features[layer]), targets[layer]))
        for layer in layers(targets)
    ]
    return sum(terms)


def _by_position(features, targets, weights):
    pairs = zip(weights.values(), features.values(), targets.values(), strict=False)
    return sum(weight * (gram_matrix(feature) - target).square().mean() for weight, feature, target in pairs)


def _trial(batch, channels, names):
    """Features of four layers, targets for three of them in another order, weights in a third."""
    a, b, c, _ = names
    features = {
        name: 2 * uniform(batch, channels, size, size + 1, seed=size) - 0.3
        for name, size in zip(names, (6, 4, 3, 2), strict=True)
    }
    targets = {
        name: gram_matrix((1 + seed) * uniform(batch, channels, 5, 5, seed=seed)) for seed, name in enumerate((c, a, b))
    }
    return features, targets, {b: 2.0, c: 0.5, a: 3.0}


def _trials():
    vgg = ("relu1_1", "relu2_1", "relu3_1", "relu4_2")
    features, targets, weights = _trial(1, 5, ("relu5_1", "conv4_2", "pool3", "relu1_2"))
    single = {"conv4_2": targets["conv4_2"]}
    return [
        _trial(1, 3, vgg),
        _trial(2, 2, ("stem", "block 2", "block 10", "head")),
        _trial(3, 4, vgg[::-1]),
        (features, single, weights),
    ]


check_style_loss = Exercise(
    name="style_loss",
    right=_style_loss,
    trials=_trials,
    mistakes={
        "the weights are ignored; multiply each loss by `weights[layer]`.": {"weigh": lambda weight, loss: loss},
        "the squares of each matrix are summed; take their mean, or wide layers weigh more.": {
            "loss": lambda gram, target: (gram - target).square().sum()
        },
        "these are absolute differences; square them.": {"loss": lambda gram, target: (gram - target).abs().mean()},
        "the weights are squared as well; multiply after the square.": {"weigh": lambda weight, loss: weight**2 * loss},
        "only the last layer counts; add to the total in each round of the loop, `total = total + ...`.": {
            "layers": lambda targets: list(targets)[-1:]
        },
        "only the first layer counts; does `return` stand inside the loop?": {
            "layers": lambda targets: list(targets)[:1]
        },
        "layers are paired in the order in which they stand, so that wrong layers meet; look them up by name.": (
            _by_position
        ),
        "your Gram matrices are undivided and the targets aren't; use `losses.gram_matrix`.": {
            "size": lambda feature: feature[0].numel()
        },
    },
    verified="each layer's mean squared difference of Gram matrices, found by name, times its weight",
)
