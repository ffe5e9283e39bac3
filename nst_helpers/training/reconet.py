"""ReCoNet, trained on pairs of frames to paint what hasn't changed as it did before (Gao et al. 2018)."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from nst_helpers.images import Picture
from nst_helpers.losses import Value
from nst_helpers.networks import ReCoNet, load_network
from nst_helpers.runtime import Callback, takes
from nst_helpers.training.fast import measured_objective, preview
from nst_helpers.training.loop import Training, train
from nst_helpers.training.machines import make_accelerator
from nst_helpers.training.pairs import ClipPairs, Pairs, ScenePairs, find_clips
from nst_helpers.training.perceptual import PerceptualObjective
from nst_helpers.training.photos import chosen
from nst_helpers.training.settings import ReCoNetSettings
from nst_helpers.training.warm import warm_start
from nst_helpers.video.temporal import feature_temporal_loss, frame_difference_loss, output_temporal_loss


@takes(ReCoNetSettings)
def train_reconet(
    paintings: Mapping[str, Picture],
    photos: str | os.PathLike | Sequence[Picture] | None = None,
    *,
    clips: str | os.PathLike | Sequence[Path] | None = None,
    folder: str | os.PathLike | None = None,
    start_from: str | os.PathLike | None = None,
    facts: Mapping[str, object] | None = None,
    callback: Callback | None = None,
    settings: ReCoNetSettings,
) -> Training:
    """Train a `networks.ReCoNet` on scenes made of photos, or on clips, or go on with the folder's run.

    Args:
        paintings: one, by its style's name.
        photos: a folder, of which ``held_out`` pictures are set aside, or the pictures themselves.
        clips: likewise, in place of photos; their flow is estimated.
        folder: gets checkpoint, log, preview and network, see `training.train`.
        start_from: a network's name or file whose weights to begin with.
        facts: of the data, say, for the network's file.
        callback: told of each step with a `runtime.Progress`.

    Raises:
        ValueError: photos and clips, or neither, a size that the features' stride doesn't divide, several paintings;
            and what `training.train`,
            `networks.load_network` and `images.load_image` raise.
    """
    if settings.size % ReCoNet.stride:
        raise ValueError(f"size is {settings.size}: give a multiple of {ReCoNet.stride}, the features' stride.")
    pairs, held_out = _pairs(photos, clips, settings)
    accelerator = make_accelerator(settings)
    torch.manual_seed(settings.seed)
    network = ReCoNet(settings.width, styles=tuple(paintings), upsampling=settings.upsampling)
    if start_from is not None:
        warm_start(network, load_network(start_from, device="cpu", precision="float32"))
    perceptual = measured_objective(paintings, pairs, settings, accelerator.device)
    return train(
        network,
        ReCoNetObjective(perceptual, settings),
        pairs,
        settings,
        folder=None if folder is None else Path(folder),
        facts={
            **(facts or {}),
            "scales": perceptual.scales,
            "photos" if clips is None else "clips": len(pairs.pictures),
            "held_out": [Path(picture).name for picture in held_out],
        },
        preview=preview,
        callback=callback,
        accelerator=accelerator,
    )


def _pairs(photos: object, clips: object, settings: ReCoNetSettings) -> tuple[ScenePairs | ClipPairs, list[Path]]:
    """Without end, and what is held out of them."""
    if (photos is None) == (clips is None):
        raise ValueError("give photos, of which scenes are made, or clips: one of the two.")
    if clips is None:
        kept, held_out = chosen(photos, settings.held_out)
        return ScenePairs(kept, settings.size, settings.seed, settings.speed), held_out
    kept, held_out = chosen(clips, settings.held_out, find_clips)
    return ClipPairs(kept, settings.size, settings.seed), held_out


class ReCoNetObjective:
    """The perceptual losses of both frames, and the temporal losses between them, of features and of results.

    With these weights 0 it is the frame-by-frame network's objective, on the same frames.

    Args:
        perceptual: of one style.
        settings: the temporal losses' weights.
    """

    def __init__(self, perceptual: PerceptualObjective, settings: ReCoNetSettings):
        self.perceptual, self.settings = perceptual, settings

    def __call__(self, network: Callable[..., tuple[Tensor, Tensor]], batch: Pairs) -> Value:
        """The batch's losses: the weighted sum, the perceptual ones and the temporal ones before their weights."""
        results, features = network(batch.photos, None, True)
        value = self.perceptual.judge(results, batch)
        if "reconstruction" in value.losses:
            return value
        known = {"flow": batch.flow, "visible": ~batch.occluded}
        earlier, later = results.chunk(2)
        inputs = batch.photos.chunk(2)[::-1]
        earlier_features, later_features = features.float().chunk(2)
        settings = self.settings
        losses = {
            "feature temporal": (
                settings.feature_weight,
                feature_temporal_loss(later_features, earlier_features, **known),
            ),
            "output temporal": (settings.output_weight, output_temporal_loss(later, earlier, inputs, **known)),
        }
        if settings.difference_weight:
            loss = frame_difference_loss(later, earlier, inputs)
            losses["frame difference"] = settings.difference_weight, loss
        total = sum(weight * loss for weight, loss in losses.values())
        return Value(value.total + total, value.losses | {name: loss for name, (_, loss) in losses.items()})
