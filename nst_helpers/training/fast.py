"""Fast networks, trained: one style (Johnson et al. 2016), or several in one network (Dumoulin et al. 2017)."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor, nn

from nst_helpers.images import Picture, load_image
from nst_helpers.networks import TransformNet, load_network
from nst_helpers.runtime import Callback, takes
from nst_helpers.training.loop import Training, train
from nst_helpers.training.machines import make_accelerator
from nst_helpers.training.perceptual import PerceptualObjective
from nst_helpers.training.photos import Crops, chosen
from nst_helpers.training.settings import FastSettings, TrainingSettings
from nst_helpers.training.warm import warm_start

_TO_MEASURE = 16  # samples, for the scales of the style losses
_SHOWN = ("neuschwanstein", 256)  # in the preview


@takes(FastSettings)
def train_fast(
    paintings: Mapping[str, Picture],
    photos: str | os.PathLike | Sequence[Picture],
    *,
    norm: str = "instance",
    folder: str | os.PathLike | None = None,
    start_from: str | os.PathLike | None = None,
    facts: Mapping[str, object] | None = None,
    callback: Callback | None = None,
    settings: FastSettings,
) -> Training:
    """Train a `networks.TransformNet` on photos, or go on with the run whose checkpoint stands in the folder.

    Args:
        paintings: by style's name; several need ``norm="conditional_instance"``.
        photos: a folder, of which ``held_out`` pictures are set aside, or the pictures themselves.
        norm: see `networks.TransformNet`.
        folder: gets checkpoint, log, preview and network, see `training.train`.
        start_from: a network's name or file whose weights to begin with.
        facts: of the data, say, for the network's file.
        callback: told of each step with a `runtime.Progress`.

    Raises what `training.train`, `networks.load_network` and `images.load_image` raise.
    """
    kept, held_out = chosen(photos, settings.held_out)
    accelerator = make_accelerator(settings)
    torch.manual_seed(settings.seed)
    network = TransformNet(settings.width, norm, tuple(paintings), settings.upsampling)
    if start_from is not None:
        warm_start(network, load_network(start_from, device="cpu", precision="float32"))
    crops = Crops(kept, settings.size, settings.seed)
    objective = measured_objective(paintings, crops, settings, accelerator.device)
    return train(
        network,
        objective,
        crops,
        settings,
        folder=None if folder is None else Path(folder),
        facts={
            **(facts or {}),
            "scales": objective.scales,
            "photos": len(kept),
            "held_out": [Path(picture).name for picture in held_out],
        },
        preview=preview,
        callback=callback,
        accelerator=accelerator,
    )


def measured_objective(
    paintings: Mapping[str, Picture], crops: Crops, settings: FastSettings, device: torch.device
) -> PerceptualObjective:
    """The objective on a device, its scales measured on samples that are the same whatever the run's seed."""
    photos = crops.first(_TO_MEASURE, seed=0)
    return PerceptualObjective(paintings, replace(settings, device=str(device)), photos=photos)


def objective_of(network: TransformNet, paintings: Mapping[str, Picture] | None = None) -> PerceptualObjective:
    """What a saved network was trained for, as its file tells it, on the network's device.

    Args:
        paintings: by style; the bundled ones of those names if left out.

    Raises:
        ValueError: the network's facts hold no training.
    """
    if "scales" not in network.facts:
        raise ValueError("this network holds no facts of its training: take one that train_fast saved.")
    scales = network.facts["scales"]
    paintings = {name: name for name in scales} if paintings is None else paintings
    return PerceptualObjective(paintings, trained_with(network), scales=scales)


def trained_with(network: nn.Module, kind: type[TrainingSettings] = FastSettings) -> TrainingSettings:
    """The settings of a network's training, or the defaults where it holds none, for the device that it is on."""
    known = {field.name for field in fields(kind)}
    stored = {name: value for name, value in network.facts.get("settings", {}).items() if name in known}
    return kind(**stored | {"device": str(next(network.parameters()).device), "precision": "auto"})


@torch.no_grad()
def preview(network: nn.Module) -> Float[Tensor, "1 3 height width"]:
    """One photo in each style, in rows of four."""
    photo = load_image(*_SHOWN).to(next(network.parameters()).device)
    styles = network.styles if network.norm == "conditional_instance" else (None,)
    results = [network(photo, style) for style in styles]
    results += [torch.ones_like(photo)] * (-len(results) % min(4, len(results)))
    rows = [torch.cat(results[number : number + 4], dim=3) for number in range(0, len(results), 4)]
    return torch.cat(rows, dim=2)
