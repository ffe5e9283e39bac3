"""The patches that excite a channel most."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from nst_helpers.images import Picture, load_image
from nst_helpers.vgg import VGGFeatures, receptive_field


@dataclass(frozen=True)
class Peaks:
    """Where each picture excites each channel of a layer most, or least.

    Attributes:
        layer: of VGG-19.
        pictures: as the network saw them.
        values: the highest activation, or the lowest.
        rows, columns: its position in the feature map.
        lowest: which of the two.
    """

    layer: str
    pictures: list[Float[Tensor, "1 3 _height _width"]]
    values: Float[Tensor, "pictures channels"]
    rows: Int[Tensor, "pictures channels"]
    columns: Int[Tensor, "pictures channels"]
    lowest: bool = False

    def best(self, channel: int, count: int = 8) -> list[int]:
        """The numbers of the pictures that excite a channel most, the strongest first; least, if ``lowest``."""
        return self.values[:, channel].argsort(descending=not self.lowest)[:count].tolist()

    def patch(self, picture: int, channel: int) -> Float[Tensor, "1 3 _patch_height _patch_width"]:
        """The receptive field of that activation, as far as it lies in the picture."""
        field = receptive_field(self.layer)
        top, left, bottom, right = field.box(self.rows[picture, channel].item(), self.columns[picture, channel].item())
        return self.pictures[picture][..., max(top, 0) : bottom, max(left, 0) : right]


@torch.no_grad()
def find_peaks(extractor: VGGFeatures, pictures: Iterable[Picture], *, size: int = 224, lowest: bool = False) -> Peaks:
    """Run pictures through the network and note each channel's highest activation in each of them.

    Args:
        extractor: whose last layer is looked at.
        size: the longer side of the pictures, px.
        lowest: note the lowest one; it says most of a layer before its ReLU, such as conv4_1.

    Raises:
        ValueError: no picture.
    """
    layer = extractor.layers[-1]
    loaded = [load_image(picture, size) for picture in pictures]
    if not loaded:
        raise ValueError("no picture was given: name at least one, such as those of assets.photos().")
    found = []
    for picture in loaded:
        feature = extractor(picture)[layer][0].cpu()
        rows = feature.flatten(1)
        values, positions = rows.min(dim=1) if lowest else rows.max(dim=1)
        found.append((values, positions // feature.shape[-1], positions % feature.shape[-1]))
    return Peaks(layer, loaded, *(torch.stack(column) for column in zip(*found, strict=True)), lowest)
