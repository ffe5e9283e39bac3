"""``grow(start, painting, encode, measure, steps)``: pixels changed until a statistic is that of a painting."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.trials import uniform

_RATE = 0.02


class _Encoder:
    """Two layers of mixed colours, the second of half the size; it notes how often it was asked."""

    def __init__(self):
        self.asked = 0

    def __call__(self, picture: Float[Tensor, "batch 3 height width"]) -> dict[str, Tensor]:
        """The layers "shallow" and "deep", 4 and 5 channels, none below 0."""
        self.asked += 1
        shallow = torch.einsum("dc,bchw->bdhw", (2 * uniform(4, 3, seed=3) - 0.6).to(picture), picture).relu()
        mixed = torch.einsum("dc,bchw->bdhw", (3 * uniform(5, 4, seed=4) - 1).to(picture), shallow)
        return {"shallow": shallow, "deep": F.avg_pool2d(mixed, 2).relu()}


def _adam(picture):
    return torch.optim.Adam([picture], lr=_RATE)


def _every_layer(found, wanted):
    return sum(F.mse_loss(found[layer], wanted[layer]) for layer in wanted)


def _grow(
    start,
    painting,
    encode,
    measure,
    steps,
    *,
    compare=_every_layer,
    zero=True,
    make=_adam,
    renew=False,
    after=lambda picture: picture.clamp_(0, 1),
):
    """The loop, with what may be done otherwise at each place of it."""
    with torch.no_grad():
        wanted = {layer: measure(features) for layer, features in encode(painting).items()}
    picture = start.detach().clone().requires_grad_()
    optimizer = make(picture)
    for _ in range(steps):
        optimizer = make(picture) if renew else optimizer
        if zero:
            optimizer.zero_grad()
        compare({layer: measure(features) for layer, features in encode(picture).items()}, wanted).backward()
        optimizer.step()
        with torch.no_grad():
            after(picture)
    return picture.detach().clamp(0, 1)


def _spread(features):
    """Each channel's mean and mean square."""
    return torch.stack([features.mean(dim=(2, 3)), features.square().mean(dim=(2, 3))], dim=1)


def _products(features):
    rows = features.flatten(2)
    return rows @ rows.mT / rows.shape[2]


def _trials():
    """Colours of the paintings near the borders of [0, 1], so that the clamp is needed."""
    sizes = [((6, 8), (6, 8), _products, 4), ((4, 6), (8, 10), _spread, 2), ((8, 6), (6, 4), _products, 25)]
    return [
        (uniform(1, 3, *size), uniform(1, 3, *other, seed=1) ** 4, _Encoder(), measure, steps)
        for size, other, measure, steps in sizes
    ]


def _also(trial, given):
    encode, steps = trial[2], trial[4]
    if encode.asked > steps + 1:
        return (
            f"encodes {encode.asked} times in {steps} steps: measure the painting once, before the loop; it doesn't "
            "change."
        )
    if given.requires_grad:
        return "gives a picture that still asks for a gradient: end with `.detach()`."
    return None


check_grow = Exercise(
    name="grow",
    right=_grow,
    trials=_trials,
    mistakes={
        "each gradient is added to those before; call `optimizer.zero_grad()` before `backward()`.": {"zero": False},
        "a new optimiser is made in every step and forgets what Adam keeps; make one, before the loop.": {
            "renew": True
        },
        "clamp into [0, 1] after every step, not only at the end.": {"after": lambda picture: None},
        "only the last layer counts; add the losses of all.": {
            "compare": lambda found, wanted: F.mse_loss(found["deep"], wanted["deep"])
        },
        "only the first layer counts; add the losses of all.": {
            "compare": lambda found, wanted: F.mse_loss(found["shallow"], wanted["shallow"])
        },
        "squares are summed within a layer, so that layers with many channels count more; take their mean.": {
            "compare": lambda found, wanted: sum((found[name] - wanted[name]).square().sum() for name in wanted)
        },
        "differences are compared by their size; square them.": {
            "compare": lambda found, wanted: sum(F.l1_loss(found[name], wanted[name]) for name in wanted)
        },
        "Adam goes at another rate than 0.02; its default is 0.001.": {
            "make": lambda picture: torch.optim.Adam([picture])
        },
    },
    verified="every layer's statistic nears the painting's, pixels stay in [0, 1], the painting is measured once",
    gradient=False,
    also=_also,
)
