"""The options of training, stated once: the command's flags and the functions' signatures are made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

from nst_helpers.runtime import Count, Number, Pixels, Rate, Seed, Weight
from nst_helpers.vgg import STYLE_LAYERS, NetworkSettings

Share = Annotated[float, Number(least=0, most=1)]
Fraction = Annotated[float, Number(least=0, below=1)]
Whole = Annotated[int, Number(least=0)]


@dataclass(frozen=True, kw_only=True)
class TrainingSettings(NetworkSettings):
    """How any network is trained.

    Attributes:
        steps: of the optimiser, those of earlier runs included.
        batch: pictures a step, over all processes.
        size: of the square crops.
        learning_rate: of Adam, at its highest.
        reconstruction: steps, at the start, that teach the network to give back the photo: what it does to photos
            afterwards, it does to their content.
        warmup: steps in which the learning rate rises to it.
        cooldown: share of the steps, at the end, in which it falls to zero.
        clip: longest gradient; a longer one is shortened to it.
        averaging: decay of the moving average of the weights, which is the network that is kept.
        seed: of crops, styles and the network's first weights.
        held_out: pictures set aside, evenly by name, that are never trained on; at most a tenth of all.
        workers: processes that decode and crop; 0 does it between the steps.
        compiled: "auto" runs the network through torch.compile where a compiler is found, "no" never.
        save_every: steps between checkpoints.
        preview_every: steps between preview pictures.
    """

    normalized: bool = True
    steps: Count = 40_000
    batch: Count = 4
    size: Pixels = 256
    learning_rate: Rate = 1e-3
    reconstruction: Whole = 500
    warmup: Whole = 50
    cooldown: Share = 0.3
    clip: Rate = 1.0
    averaging: Fraction = 0.998
    seed: Seed = 0
    held_out: Whole = 20
    workers: Whole = 2
    compiled: Literal["auto", "no"] = "auto"
    save_every: Count = 200
    preview_every: Count = 1000


def learning_rate(step: int, settings: TrainingSettings) -> float:
    """Of a step counted from 0: a rise over the warm-up, a plateau, a fall to zero over the cool-down."""
    rise = (step + 1) / max(settings.warmup, 1)
    fall = (settings.steps - step) / max(settings.cooldown * settings.steps, 1)
    return settings.learning_rate * min(1.0, rise, fall)


@dataclass(frozen=True, kw_only=True)
class FastSettings(TrainingSettings):
    """How a network for one style or several is trained (Johnson et al. 2016, Dumoulin et al. 2017).

    Attributes:
        width: channels of the network's first layer.
        upsampling: "nearest", or "transposed" with its checkerboards.
        style_size: longer side of the paintings.
        content_layers: where the result has to resemble the photo, with weights.
        content_weight: of the content loss, mean squares of the normalised network's features.
        style_layers: whose Gram matrices have to resemble the painting's, with weights or sharing 1.
        style_weight: of the style loss, which is divided by that of unchanged photos so that each style counts alike.
        total_variation_weight: of squared differences between neighbouring pixels.
        range_weight: of the squared distance to [0, 1].
    """

    width: Count = 32
    upsampling: Literal["nearest", "transposed"] = "nearest"
    style_size: Pixels = 384
    content_layers: Mapping[str, Weight] | Sequence[str] = field(default_factory=lambda: {"relu3_3": 1.0})
    content_weight: Weight = 0.1
    style_layers: Mapping[str, Weight] | Sequence[str] = STYLE_LAYERS
    style_weight: Weight = 1.0
    total_variation_weight: Weight = 0.05
    range_weight: Weight = 10.0


@dataclass(frozen=True, kw_only=True)
class ReCoNetSettings(FastSettings):
    """How a network that paints films steadily is trained (Gao et al. 2018).

    Attributes:
        batch: pairs of frames a step, over all processes.
        size: of the square frames, a multiple of 4.
        speed: of what moves fastest, at most, px from one frame to the next.
        feature_weight: of the features' temporal loss; 0 for the frame-by-frame network.
        output_weight: of the results' temporal loss, likewise.
        difference_weight: of the loss that needs no flow, `video.frame_difference_loss` of the pictures.
    """

    width: Count = 24
    batch: Count = 2
    size: Pixels = 128
    speed: Annotated[float, Number(least=0)] = 8.0
    feature_weight: Weight = 1.0
    output_weight: Weight = 50.0
    difference_weight: Weight = 0.0


@dataclass(frozen=True, kw_only=True)
class AdaINSettings(TrainingSettings):
    """How the decoder for any style is trained (Huang & Belongie 2017).

    Attributes:
        style_layers: whose channels' means and deviations have to be the painting's.
        style_weight: of the style loss beside the content loss, both means of squares.
        identity_weight: of the mean squared distance of photos from what is decoded of their own features.
        undone: crops to which the decoder's first weights are fitted, so that it gives photos back before its first
            step (`training.undo_encoder`, a minute or two); 0 for chance.
        pool: crops of photos, and as many of paintings, whose features are kept.
        passes: how often each is used, in pairs that change, before the pool is renewed.
    """

    padding: Literal["zeros", "reflect", "replicate"] = "reflect"
    batch: Count = 4
    size: Pixels = 128
    learning_rate: Rate = 1e-4
    reconstruction: Whole = 0
    compiled: Literal["auto", "no"] = "no"  # on a CPU the compiled decoder is slower
    style_layers: Sequence[str] = STYLE_LAYERS[:4]
    style_weight: Weight = 10.0
    identity_weight: Weight = 400.0
    undone: Whole = 240
    pool: Count = 3000
    passes: Count = 3
