"""``transfer(photo, painting, extractor, alpha, weights, steps, ...)``: Gatys' method, of parts that are handed in."""

import torch
from torch.nn import functional as F

from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.gatys.extractor import ToyExtractor
from nst_helpers.checks.gatys.make_targets import check_make_targets
from nst_helpers.checks.gatys.style_loss import check_style_loss
from nst_helpers.checks.trials import uniform

_CONTENT = "relu4_2"
_FAR = 0.1  # that a step of the trials' loop moves the pixel with the greatest gradient


def _transfer(
    photo,
    painting,
    extractor,
    alpha,
    weights,
    steps,
    content_loss,
    make_targets,
    style_loss,
    optimize,
    *,
    content=lambda photo, painting: photo,
    start=lambda photo, painting: photo,
    weigh=lambda alpha, content, style: alpha * content + style,
    compare=lambda content_loss, found, wanted: content_loss(found, wanted),
):
    with torch.no_grad():
        wanted = extractor(content(photo, painting))[_CONTENT]
    targets = make_targets(extractor, painting, list(weights))

    def loss_fn(image):
        features = extractor(image)
        found = compare(content_loss, features[_CONTENT], wanted)
        return weigh(alpha, found, style_loss(features, targets, weights))

    return optimize(start(photo, painting), loss_fn, steps)


def _descent(image, loss_fn, steps):
    """Steps down the gradient, clamped."""
    image = image.detach().clone()
    for _ in range(steps):
        image.requires_grad_()
        (gradient,) = torch.autograd.grad(loss_fn(image), image)
        image = (image.detach() - _FAR * gradient / gradient.abs().max().clamp(min=1e-12)).clamp(0, 1)
    return image


def _absolute(features, target):
    return (features - target).abs().mean()


def _trial(size, alpha, steps, content_loss):
    extractor = ToyExtractor(("conv1_1", "relu1_1", "conv4_2", _CONTENT, "conv5_1"))
    photo, painting = uniform(1, 3, *size), uniform(1, 3, *size, seed=1) ** 3
    weights = {"conv5_1": 0.5, "relu1_1": 2.0}
    parts = content_loss, check_make_targets.right, check_style_loss.right, _descent
    return photo, painting, extractor, alpha, weights, steps, *parts


def _trials():
    return [
        _trial((6, 8), 0.5, 3, F.mse_loss),
        _trial((7, 5), 0.02, 4, _absolute),
        _trial((8, 8), 4.0, 2, F.mse_loss),
    ]


def _also(trial, given):
    asked, steps = len(trial[2].asked), trial[5]
    if asked > steps + 2:
        return (
            f"runs the network {asked} times for {steps} steps: once for the photo and once for the painting, before "
            "the loop, and once in each evaluation of the loss."
        )
    return None


check_transfer = Exercise(
    name="transfer",
    right=_transfer,
    trials=_trials,
    mistakes={
        "alpha is ignored; multiply the content loss by it.": {"weigh": lambda alpha, content, style: content + style},
        "alpha is on the style; it belongs to the content loss.": {
            "weigh": lambda alpha, content, style: content + alpha * style
        },
        "only the style counts: is the content loss added, and is its target the photo's features, taken once before "
        "the loop?": {"weigh": lambda alpha, content, style: style},
        "only the content counts: is the style loss added, and are its targets the painting's Gram matrices?": {
            "weigh": lambda alpha, content, style: alpha * content
        },
        "the content's target is the painting's; it is the photo's features.": {
            "content": lambda photo, painting: painting
        },
        "the loop starts from the painting; start it from the photo.": {"start": lambda photo, painting: painting},
        "the mean square stands fixed in your code; call `content_loss`, the argument, which may be another.": {
            "compare": lambda content_loss, found, wanted: F.mse_loss(found, wanted)
        },
    },
    verified="targets once, both losses weighted, the photo taken down them, whatever the parts are",
    gradient=False,
    also=_also,
)
