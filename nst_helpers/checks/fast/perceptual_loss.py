"""``perceptual_loss(features, photo_features, style_grams, content_weight, style_weight)``: of a batch of results."""

from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.trials import uniform
from nst_helpers.losses import gram_matrix


def _mean_square(given, wanted):
    return (given - wanted).square().mean()


def _summed_over_pictures(given, wanted):
    return len(given) * _mean_square(given, wanted)


def _perceptual_loss(
    features,
    photo_features,
    style_grams,
    content_weight,
    style_weight,
    *,
    content=_mean_square,
    style=_mean_square,
    gram=gram_matrix,
    layers=list,
    terms=sum,
    weigh=lambda content, style, content_weight, style_weight: content_weight * content + style_weight * style,
):
    contents = [content(features[layer], photo_features[layer]) for layer in layers(photo_features)]
    styles = [style(gram(features[layer]), style_grams[layer]) for layer in layers(style_grams)]
    return weigh(terms(contents), terms(styles), content_weight, style_weight)


def _trial(batch, channels, names, photos, styles, weights):
    """Features of four layers, of which some are asked for, in an order of their own and one of them twice."""
    features = {
        name: 2 * uniform(batch, channels, size, size + 1, seed=size) - 0.3
        for name, size in zip(names, (6, 4, 3, 2), strict=True)
    }
    targets = {names[n]: 2 * uniform(*features[names[n]].shape, seed=20 + n) - 0.3 for n in photos}
    grams = {names[n]: gram_matrix((2 + n) * uniform(1, channels, 5, 5, seed=10 + n)) for n in styles}
    return features, targets, grams, *weights


def _trials():
    vgg = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
    return [
        _trial(2, 3, vgg, [1, 2], [2, 0], (4.0, 3.0)),
        _trial(1, 4, ("stem", "block 2", "block 10", "head"), [3], [1, 3, 0], (0.5, 2.0)),
        _trial(3, 2, vgg[::-1], [2, 0], [3, 1, 2], (9.0, 5.0)),
        _trial(2, 5, vgg, [1], [1], (3.0, 8.0)),
    ]


check_perceptual_loss = Exercise(
    name="perceptual_loss",
    right=_perceptual_loss,
    trials=_trials,
    mistakes={
        "the two weights are swapped.": {
            "weigh": lambda content, style, content_weight, style_weight: (
                style_weight * content + content_weight * style
            )
        },
        "the weights are ignored; multiply each sum by its own.": {
            "weigh": lambda content, style, content_weight, style_weight: content + style
        },
        "the batch has one Gram matrix here; each picture has to have the style, so take each one's difference first "
        "and average the squares.": {"gram": lambda features: gram_matrix(features).mean(dim=0, keepdim=True)},
        "only the batch's first picture is compared with the style; keep dimension 0 of the Gram matrices.": {
            "gram": lambda features: gram_matrix(features[:1])
        },
        "the pictures of the batch are summed; average over them, or a larger batch takes larger steps.": {
            "content": _summed_over_pictures,
            "style": _summed_over_pictures,
        },
        "the layers are averaged; sum over them.": {"terms": lambda values: sum(values) / len(values)},
        "only the last layer counts; add to the total in each round of the loop, `total = total + ...`.": {
            "layers": lambda targets: list(targets)[-1:]
        },
        "content is compared by Gram matrices, which forget where things are; compare the features themselves.": {
            "content": lambda given, wanted: _mean_square(gram_matrix(given), gram_matrix(wanted))
        },
        "your Gram matrices are undivided and the painting's aren't; divide by C*H*W, as `losses.gram_matrix` does.": {
            "gram": lambda features: gram_matrix(features) * features[0].numel()
        },
    },
    verified="content by position, style by each picture's Gram matrices, and a gradient for every layer",
)
