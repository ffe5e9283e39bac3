"""``make_targets(extractor, image, layers)``: the Gram matrix of each layer asked for, by name, in one pass."""

import torch

from nst_helpers.checks import answers
from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.gatys.extractor import ToyExtractor
from nst_helpers.checks.trials import uniform
from nst_helpers.losses import gram_matrix


def _make_targets(
    extractor,
    image,
    layers,
    *,
    asked=lambda names, layers: layers,
    found=lambda names, layers: layers,
    statistic=gram_matrix,
):
    """The names asked for, each with the statistic of the layer found for it."""
    with torch.no_grad():
        features = extractor(image)
    names = list(features)
    pairs = zip(asked(names, layers), found(names, layers), strict=False)
    return {layer: statistic(features[origin]) for layer, origin in pairs}


def _normalized(image):
    mean, deviation = image.new_tensor([0.485, 0.456, 0.406]), image.new_tensor([0.229, 0.224, 0.225])
    return (image - mean.view(3, 1, 1)) / deviation.view(3, 1, 1)


def _trials():
    vgg = ("conv1_1", "relu1_1", "conv4_1", "relu4_1", "conv4_2", "relu4_2")
    stem = ("stem", "relu of it", "block 10", "head")
    return [
        (ToyExtractor(vgg), uniform(1, 3, 6, 6).requires_grad_(), ["relu4_2", "relu1_1"]),
        (ToyExtractor(vgg), uniform(2, 3, 5, 8), ["conv4_1", "relu4_1", "conv4_2"]),
        (ToyExtractor(stem), uniform(1, 3, 16, 12), ("head", "relu of it")),
    ]


def _also(trial, targets):
    extractor = trial[0]
    if len(extractor.asked) != 1:
        return (
            f"runs the network {len(extractor.asked)} times: one pass gives the features of all layers, so keep its "
            "dictionary outside the loop."
        )
    for layer, target in targets.items():
        if target.requires_grad:
            return (
                f'gives targets["{layer}"] with a gradient: every backward pass would go through the painting again. '
                "Compute the targets inside `with torch.no_grad():`."
            )
        if target.is_inference():
            return (
                f'gives targets["{layer}"] out of `torch.inference_mode()`, and no loss made with them could go '
                "backwards: use `torch.no_grad()`."
            )
    return None


check_make_targets = Exercise(
    name="make_targets",
    right=_make_targets,
    trials=_trials,
    mistakes={
        "these are the layers of the network; loop over `layers`, and use each name as the key.": {
            "asked": lambda names, layers: names,
            "found": lambda names, layers: names,
        },
        "only the first layer is in it; does `return` stand inside the loop?": {
            "asked": lambda names, layers: layers[:1]
        },
        "layers are paired in the order in which they stand, the network's with that of `layers`; look the features "
        "up by name, `features[layer]`.": {"found": lambda names, layers: names},
        "each is the Gram matrix of the layer before; look the features up by name, `features[layer]`.": {
            "found": lambda names, layers: [names[names.index(layer) - 1] for layer in layers]
        },
        "all are the Gram matrix of the last layer; look the features up by name, `features[layer]`.": {
            "found": lambda names, layers: names[-1:] * len(layers)
        },
        "these are feature maps; style is compared by their Gram matrices.": {"statistic": lambda feature: feature},
        "the batch is gone; take `losses.gram_matrix(features[layer])` as it is, (B, C, C).": {
            "statistic": lambda feature: gram_matrix(feature)[0]
        },
        "the network was given another picture than `image`: it normalises by itself, and takes [0, 1].": (
            lambda extractor, image, layers: _make_targets(extractor, _normalized(image), layers)
        ),
    },
    verified="each layer's own Gram matrix, from one pass of the network, without gradient",
    gradient=False,
    read=answers.tensors,
    also=_also,
)
