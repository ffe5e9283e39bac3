"""What a fast network is trained for: Gatys' losses, over weights in place of pixels (Johnson et al. 2016)."""

from collections.abc import Callable, Mapping

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn import functional as F

from nst_helpers.images import Picture, load_image
from nst_helpers.losses import (
    Term,
    Value,
    content_terms,
    find_convention,
    gram_matrix,
    layer_weights,
    style_terms,
    total_variation_loss,
    total_variation_term,
)
from nst_helpers.training.pairs import Pairs
from nst_helpers.training.photos import Batch, mix_seeds
from nst_helpers.training.settings import FastSettings
from nst_helpers.vgg import Features, VGGFeatures

_CONVENTION = "gatys_averaged"


class PerceptualObjective:
    """Content and style of a network's results, each picture with a style of its own.

    The style loss of each painting is divided by its scale, what unchanged photos lose on average, so that 1 is "not
    stylised at all" for every painting.

    Args:
        paintings: a picture for each of the network's styles, by name.
        photos: from which the scales are measured; a few dozen are enough.
        scales: measured before, by style; ``photos`` are not looked at then.
        settings: layers, weights and VGG.
    """

    def __init__(
        self,
        paintings: Mapping[str, Picture],
        settings: FastSettings,
        *,
        photos: Float[Tensor, "photos 3 height width"] | None = None,
        scales: Mapping[str, float] | None = None,
    ):
        self.settings, self.styles = settings, tuple(paintings)
        self.content_layers, self.style_layers = map(layer_weights, (settings.content_layers, settings.style_layers))
        self.extractor = VGGFeatures({*self.content_layers, *self.style_layers}, **settings.network)
        self._content = VGGFeatures(self.content_layers, **settings.network)  # runs no further than it has to
        self._paintings = [load_image(painting, settings.style_size) for painting in paintings.values()]
        self._targets = self._measure_paintings()
        self._scales = torch.ones(len(self.styles), device=self.extractor.device)
        if scales is not None:
            self._scales = torch.tensor([scales[name] for name in self.styles], device=self.extractor.device)
        elif photos is not None:
            self._scales = self._style_of(photos)

    @property
    def scales(self) -> dict[str, float]:
        """Each style's, by name."""
        return dict(zip(self.styles, self._scales.tolist(), strict=True))

    def __call__(self, network: Callable[..., Tensor], batch: Batch) -> Value:
        """The batch's losses: the weighted sum, and content, style, total variation and range before their weights."""
        which = self.styles_of(batch.samples).to(batch.photos.device)
        mix = F.one_hot(which, len(self.styles)).float() if len(self.styles) > 1 else None
        return self.judge(network(batch.photos, mix), batch)

    def judge(self, result: Float[Tensor, "batch 3 height width"], batch: Batch | Pairs) -> Value:
        """Likewise, of what a network has made of the batch."""
        if batch.samples[0] < self.settings.reconstruction * self.settings.batch:
            loss = F.mse_loss(result, batch.photos)
            return Value(loss, {"reconstruction": loss})
        with torch.no_grad():
            wanted = self._content(batch.photos)
        features = self.extractor(result)
        losses = {
            "content": sum(
                weight * F.mse_loss(features[layer], wanted[layer]) for layer, weight in self.content_layers.items()
            ),
            "style": self._style(features, self.styles_of(batch.samples).to(result.device)).mean(),
            "total variation": total_variation_loss(result),
            "range": (result - result.clamp(0, 1)).square().mean(),
        }
        return Value(sum(self._weights[name] * loss for name, loss in losses.items()), losses)

    def styles_of(self, samples: Int64[Tensor, " batch"]) -> Int64[Tensor, " batch"]:
        """Each sample's style: every style once in as many samples, in a random order."""
        number = len(self.styles)
        found = []
        for sample in samples.tolist():
            chance = torch.Generator().manual_seed(mix_seeds(self.settings.seed, sample // number, 2))
            found.append(torch.randperm(number, generator=chance)[sample % number])
        return torch.stack(found)

    def terms(self, photo: Float[Tensor, "1 3 height width"], style: str) -> list[Term]:
        """The same objective for one photo and one style, over pixels: what Gatys' method minimises."""
        settings, number = self.settings, self.styles.index(style)
        content = {layer: settings.content_weight * weight for layer, weight in self.content_layers.items()}
        share = settings.style_weight / self._scales[number].item()
        style_weights = {layer: share * weight for layer, weight in self.style_layers.items()}
        return [
            *content_terms(self.extractor, photo, content, convention=_CONVENTION),
            *style_terms(self.extractor, self._paintings[number], style_weights, convention=_CONVENTION),
            total_variation_term(settings.total_variation_weight),
        ]

    @property
    def _weights(self) -> dict[str, float]:
        settings = self.settings
        return {
            "content": settings.content_weight,
            "style": settings.style_weight,
            "total variation": settings.total_variation_weight,
            "range": settings.range_weight,
        }

    @torch.no_grad()
    def _measure_paintings(self) -> dict[str, Float[Tensor, "styles channels channels"]]:
        """The paintings' Gram matrices by layer."""
        found = [self.extractor(painting) for painting in self._paintings]
        return {layer: torch.cat([gram_matrix(features[layer]) for features in found]) for layer in self.style_layers}

    def _style(self, features: Features, which: Int64[Tensor, " batch"]) -> Float[Tensor, " batch"]:
        """Each picture's style loss before its weight."""
        total = 0.0
        for layer, weight in self.style_layers.items():
            factor = find_convention(_CONVENTION).style(features[layer].shape[1], 1)
            difference = gram_matrix(features[layer]) - self._targets[layer][which]
            total = total + weight * factor * difference.square().mean(dim=(1, 2))
        return total / self._scales[which]

    @torch.no_grad()
    def _style_of(self, photos: Float[Tensor, "photos 3 height width"]) -> Float[Tensor, " styles"]:
        """The style loss of unchanged photos, averaged, for each style."""
        sums = torch.zeros_like(self._scales)
        for photo in photos.split(1):
            features = self.extractor(photo)
            for number in range(len(sums)):
                sums[number] += self._style(features, torch.tensor([number], device=sums.device))[0]
        return sums / len(photos)
