"""The decoder for any style, trained for `adain`'s features and the paintings' moments (Huang & Belongie 2017)."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from nst_helpers.images import Picture, load_image
from nst_helpers.losses import Objective, Term, Value, channel_moments, content_loss, moments_loss, style_terms
from nst_helpers.networks import ENCODED_LAYER, ENCODER, METHODS, AdaINNet, adain, load_network
from nst_helpers.runtime import Callback, takes
from nst_helpers.training.loop import Training, train
from nst_helpers.training.machines import make_accelerator
from nst_helpers.training.photos import Batch, RepeatedCrops, chosen
from nst_helpers.training.settings import AdaINSettings
from nst_helpers.training.state import CHECKPOINT
from nst_helpers.training.undo import undo_encoder
from nst_helpers.vgg import VGGFeatures

_GIVEN_BACK = 4  # every fourth photo is decoded from its own features as well
_OTHER_SEED = 1  # so that paintings are in another order than photos
_SHOWN, _SHOWN_SIZE = "neuschwanstein", 256  # in the preview
_SHOWN_STYLES = ("starry_night", "whalers", "ink_landscape", "shiva_and_parvati")

Moments = dict[str, tuple[Float[Tensor, "batch channels"], Float[Tensor, "batch channels"]]]


@takes(AdaINSettings)
def train_adain(
    photos: str | os.PathLike | Sequence[Picture],
    paintings: str | os.PathLike | Sequence[Picture],
    *,
    folder: str | os.PathLike | None = None,
    start_from: str | os.PathLike | None = None,
    facts: Mapping[str, object] | None = None,
    callback: Callback | None = None,
    settings: AdaINSettings,
) -> Training:
    """Train the decoder of a `networks.AdaINNet`, or go on with the run whose checkpoint stands in the folder.

    Args:
        photos: a folder, of which ``held_out`` pictures are set aside, or the pictures themselves.
        paintings: likewise.
        folder: gets checkpoint, log, preview and network, see `training.train`.
        start_from: a network's name or file whose weights to begin with; else they are fitted, see ``undone``.
        facts: of the data, say, for the network's file.
        callback: told of each step with a `runtime.Progress`.

    Raises what `training.train`, `networks.load_network` and `images.find_pictures` raise.
    """
    photos, photos_apart = chosen(photos, settings.held_out)
    paintings, paintings_apart = chosen(paintings, settings.held_out)
    accelerator = make_accelerator(settings)
    torch.manual_seed(settings.seed)
    network = AdaINNet({name: settings.network[name] for name in ENCODER})
    crops = RepeatedCrops(photos, settings.size, settings.seed, settings.pool, settings.passes)
    styles = RepeatedCrops(paintings, settings.size, settings.seed + _OTHER_SEED, settings.pool, settings.passes)
    if start_from is not None:
        network.load_state_dict(_decoder_of(start_from).state_dict())
    elif settings.undone and (folder is None or not (Path(folder) / CHECKPOINT).exists()):
        network.to(accelerator.device)
        undo_encoder(network, crops.first(settings.undone).to(accelerator.device))
    return train(
        network,
        AdaINObjective(crops, styles, settings, accelerator.device),
        crops,
        settings,
        folder=None if folder is None else Path(folder),
        facts={
            **(facts or {}),
            "photos": len(photos),
            "held_out": [path.name for path in photos_apart],
            "paintings": len(paintings),
            "held_out_paintings": [path.name for path in paintings_apart],
        },
        preview=_preview,
        callback=callback,
        accelerator=accelerator,
    )


class AdaINObjective:
    """How far the decoded picture's features are from t = AdaIN(f(c), f(s)), and its moments from the painting's.

    ``mean (f(g(t)) - t)^2 + style_weight * sum_l moments_loss`` (Huang & Belongie 2017, eqs. 11 to 13, with the mean
    squares of the released code), ``+ identity_weight * mean (g(f(c)) - c)^2`` so that a photo comes back at alpha 0
    (Park & Lee 2019, "style-attentional networks", section 3.3). In the first ``reconstruction`` steps that alone.

    The encoder being frozen, what it makes of a crop is kept while the crop is in use: a step is then the decoder and
    one pass of VGG over its result.

    Args:
        crops: those of the batches.
        styles: of paintings; the k-th goes with the k-th crop.

    Raises:
        ValueError: no style layer.
    """

    def __init__(self, crops: RepeatedCrops, styles: RepeatedCrops, settings: AdaINSettings, device: torch.device):
        if not settings.style_layers:
            raise ValueError("style_layers is empty: name at least one, such as relu1_1.")
        self.settings, self.crops, self.styles = settings, crops, styles
        options = settings.network | {"device": str(device)}
        self.extractor = VGGFeatures({*settings.style_layers, ENCODED_LAYER}, **options)
        self._features: dict[int, Tensor] = {}
        self._moments: dict[int, Moments] = {}

    def __call__(self, network: Callable[..., Tensor], batch: Batch) -> Value:
        """The batch's losses: the weighted sum, and content and style before the weight."""
        content = self.features_of(batch)
        if batch.samples[0] < self.settings.reconstruction * self.settings.batch:
            loss = F.mse_loss(network(content), batch.photos)
            return Value(loss, {"reconstruction": loss})
        moments = self.moments_of(batch.samples.tolist())
        target = METHODS["adain"].apply(content, moments[ENCODED_LAYER])
        found = self.extractor(network(target))
        losses = {
            "content": F.mse_loss(found[ENCODED_LAYER], target),
            "style": sum(moments_loss(found[layer], moments[layer]) for layer in self.settings.style_layers),
        }
        alone = slice(None, None, _GIVEN_BACK)
        losses["identity"] = F.mse_loss(network(content[alone]), batch.photos[alone])
        weights = {"content": 1.0, "style": self.settings.style_weight, "identity": self.settings.identity_weight}
        return Value(sum(weights[name] * loss for name, loss in losses.items()), losses)

    @torch.no_grad()
    def features_of(self, batch: Batch) -> Float[Tensor, "batch 512 _ _"]:
        """The crops' features, in the precision in which they are kept whether they were kept or not."""
        numbers = [self.crops.crop_of(sample) for sample in batch.samples.tolist()]
        _forget(self._features, numbers[0], self.settings.pool)
        for number, photo in zip(numbers, batch.photos.split(1), strict=True):
            if number not in self._features:  # one by one: the same bits in whatever batch it comes first
                self._features[number] = self.extractor(photo)[ENCODED_LAYER].bfloat16()
        return torch.cat([self._features[number] for number in numbers]).float()

    @torch.no_grad()
    def moments_of(self, samples: Sequence[int]) -> Moments:
        """Mean and deviation of each layer's channels, of the paintings that go with these samples."""
        numbers = [self.styles.crop_of(sample) for sample in samples]
        _forget(self._moments, numbers[0], self.settings.pool)
        for number, sample in zip(numbers, samples, strict=True):
            if number not in self._moments:
                painting = self.styles[sample][0][None]
                features = self.extractor(painting.to(self.extractor.device))
                self._moments[number] = {layer: channel_moments(found) for layer, found in features.items()}
        kept = [self._moments[number] for number in numbers]
        return {
            layer: tuple(torch.cat([moments[layer][part] for moments in kept]) for part in (0, 1))
            for layer in self.extractor.layers
        }


@takes(AdaINSettings)
def adain_objective(
    photo: Float[Tensor, "1 3 height width"],
    painting: Float[Tensor, "1 3 painting_height painting_width"],
    *,
    settings: AdaINSettings,
) -> Objective:
    """What the decoder is trained for, of one photo and one painting, over pixels: what Gatys' method minimises.

    `AdaINObjective`'s content and style losses, the style's a term for each layer; the identity loss is the decoder's.
    Zero where the photo is its own style.

    Raises:
        ValueError: a picture too small for the encoder, an option that can't be used.
    """
    extractor = VGGFeatures({*settings.style_layers, ENCODED_LAYER}, **settings.network)
    with torch.no_grad():
        features, wanted = (extractor(picture)[ENCODED_LAYER] for picture in (photo, painting))
    target = adain(features, wanted)
    content = Term("content", 1.0, lambda _, found: content_loss(found[ENCODED_LAYER], target), (ENCODED_LAYER,))
    weights = dict.fromkeys(settings.style_layers, settings.style_weight)
    return Objective(extractor, [content, *style_terms(extractor, painting, weights, statistic="moments")])


def _forget(kept: dict[int, object], number: int, pool: int) -> None:
    """Drop what belongs to an earlier pool than this crop."""
    first = number // pool * pool
    for old in [other for other in kept if other < first]:
        del kept[old]


def _decoder_of(name_or_path: str | os.PathLike) -> AdaINNet:
    network = load_network(name_or_path, device="cpu", precision="float32")
    if not isinstance(network, AdaINNet):
        raise ValueError(f"{os.fsdecode(name_or_path)} is a {type(network).__name__}: begin with an AdaINNet.")
    return network


@torch.no_grad()
def _preview(network: nn.Module) -> Float[Tensor, "1 3 height width"]:
    """One photo in four paintings."""
    photo = load_image(_SHOWN, _SHOWN_SIZE)
    return torch.cat([network(photo, load_image(style, _SHOWN_SIZE)) for style in _SHOWN_STYLES], dim=3)
