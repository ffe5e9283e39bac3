"""One style more for a trained network: its gamma and beta alone (Dumoulin et al. 2017, section 3.2)."""

from collections.abc import Sequence
from dataclasses import replace

import torch

from nst_helpers import assets
from nst_helpers.images import Picture
from nst_helpers.networks import TransformNet, convolve_in
from nst_helpers.runtime import Callback
from nst_helpers.training.fast import measured_objective, trained_with
from nst_helpers.training.loop import train
from nst_helpers.training.machines import make_accelerator
from nst_helpers.training.photos import Crops
from nst_helpers.training.settings import FastSettings
from nst_helpers.training.warm import warm_start

_LEARNING_RATE = 0.01  # ten times that of a whole network: these are few and every one is a scale or a shift
_OWN = (".gamma", ".beta")


def add_style(
    network: TransformNet,
    name: str,
    painting: Picture,
    *,
    photos: Sequence[Picture] | None = None,
    steps: int,
    callback: Callback | None = None,
) -> TransformNet:
    """A new network with one style more, trained in gamma and beta alone; the given one stays as it was.

    Layers, weights and sizes are those that the network was trained with, or the defaults where it doesn't say. The
    new style begins as the mean of the network's styles.

    Args:
        network: with conditional instance normalisation.
        name: of the new style.
        photos: to train on; the bundled ones if left out.
        steps: a few hundred are enough to see it, the paper takes 5000.
        callback: told of each step with a `runtime.Progress`; `runtime.Stop` and Ctrl-C keep what was learned so far.

    Raises:
        ValueError: another norm, a name that the network has, no photo.

    Example:
        >>> more = add_style(network, "shiva", "shiva_and_parvati", steps=200)  # doctest: +SKIP
        >>> more(load_image("chelsea", 256), "shiva")  # doctest: +SKIP
    """
    _require_room(network, name)
    photos = assets.photos() if photos is None else photos
    if not photos:
        raise ValueError("no photo was given: give some to train on, or leave photos out.")
    weight = network.output.weight
    settings = _settings(network, steps)
    accelerator = make_accelerator(settings)
    single = TransformNet(network.width, network.norm, (name,), network.upsampling)
    warm_start(single, network)
    for parameter_name, parameter in single.named_parameters():
        parameter.requires_grad_(parameter_name.endswith(_OWN))
    crops = Crops(photos, settings.size, settings.seed)
    objective = measured_objective({name: painting}, crops, settings, accelerator.device)
    trained = train(single, objective, crops, settings, callback=callback, accelerator=accelerator).network
    grown = TransformNet(network.width, network.norm, (*network.styles, name), network.upsampling)
    own, old = trained.state_dict(), network.state_dict()
    grown.load_state_dict(
        {key: torch.cat([tensor, own[key].to(tensor)]) if key.endswith(_OWN) else tensor for key, tensor in old.items()}
    )
    grown.facts = {**network.facts, "added": {**network.facts.get("added", {}), name: steps}}
    convolve_in(grown, weight.dtype)
    return grown.to(weight.device).requires_grad_(False).train(network.training)


def _settings(network: TransformNet, steps: int) -> FastSettings:
    """Those that the network was trained with, for a short run beside its user."""
    return replace(
        trained_with(network),
        steps=steps,
        learning_rate=_LEARNING_RATE,
        reconstruction=0,
        warmup=0,
        averaging=0.9,
        workers=0,
        compiled="no",
    )


def _require_room(network: TransformNet, name: str) -> None:
    if network.norm != "conditional_instance":
        raise ValueError(
            f"this network has {network.norm} norm: only conditional instance norm keeps each style in rows of its own."
        )
    if name in network.styles:
        raise ValueError(f"the network has a style called {name} already: choose another name.")
