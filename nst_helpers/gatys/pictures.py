"""The pictures of one run: a photo, paintings, masks and a start, loaded once and checked before the first step."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from nst_helpers import assets
from nst_helpers.gatys.settings import DEFAULT_SIZE, GatysSettings
from nst_helpers.images import Picture, faint_noise, load_image, luminance, match_color, resize
from nst_helpers.runtime import require_choice


@dataclass(frozen=True)
class Inputs:
    """What a run is made from, on the network's device.

    Attributes:
        photo: the content, of the result's size.
        paintings: the styles, of any size.
        shares: the weight of each style.
        masks: for each style where it is wanted, of the photo's size, or None for everywhere.
        start: the picture that the optimisation begins with, of the photo's size; None for noise.
    """

    photo: Float[Tensor, "1 3 height width"]
    paintings: Sequence[Float[Tensor, "1 3 _ _"]]
    shares: Sequence[float]
    masks: Sequence[Float[Tensor, "1 1 height width"] | None]
    start: Float[Tensor, "1 3 height width"] | None

    def shrunk(self, factor: int, smallest: int) -> "Inputs":
        """Photo, paintings and start at 1/factor of their sizes, but no side below ``smallest`` px."""
        if factor == 1:
            return self
        photo, *paintings = [_shrunk(picture, factor, smallest) for picture in (self.photo, *self.paintings)]
        start = None if self.start is None else resize(self.start, tuple(photo.shape[-2:]))
        return replace(self, photo=photo, paintings=paintings, start=start)

    def first(self, seed: int) -> Float[Tensor, "1 3 height width"]:
        """The start, noise made where none was given."""
        return faint_noise(*self.photo.shape[-2:], seed).to(self.photo) if self.start is None else self.start


def as_list(style: object) -> list:
    """One style or several as a list; ValueError if there is none."""
    styles = list(style) if isinstance(style, list | tuple) else [style]
    if not styles:
        raise ValueError("no style was given: name at least one painting, such as starry_night.")
    return styles


def loaded_size(picture: Picture, settings: GatysSettings) -> int | None:
    """The longer side at which a picture is loaded, px; None takes a tensor as it is."""
    return settings.size or (None if isinstance(picture, Tensor) else DEFAULT_SIZE)


def load_inputs(
    content: Picture, style: Picture | Sequence[Picture], settings: GatysSettings, device: torch.device
) -> Inputs:
    """Every picture of a run, loaded and checked.

    Raises:
        ValueError: a picture can't be used, or the numbers of styles, weights and masks differ.
    """
    styles = as_list(style)
    shares = style_shares(settings.style_weights, settings.masks, len(styles))
    photo, *paintings = [
        load_image(picture, loaded_size(picture, settings)).to(device) for picture in (content, *styles)
    ]
    if settings.preserve_color == "match":
        paintings = [match_color(painting, photo) for painting in paintings]
    return Inputs(
        photo, paintings, shares, load_masks(settings.masks, photo, len(styles)), _load_start(settings.init, photo)
    )


def load_masks(
    masks: Sequence[Picture] | None, photo: Float[Tensor, "batch 3 height width"], styles: int
) -> list[Float[Tensor, "1 1 height width"] | None]:
    """Each mask at the photo's size, or None for each style; ValueError for a black one or another number of them."""
    if masks is None:
        return [None] * styles
    if len(masks) != styles:
        raise ValueError(f"{len(masks)} masks were given for {styles} styles: give one for each.")
    loaded = []
    for mask in masks:
        if isinstance(mask, Tensor) and mask.ndim == 2:
            mask = mask.expand(1, 3, *mask.shape)
        grey = luminance(load_image(mask)).to(photo)
        if not grey.max() > 0:
            raise ValueError("a mask is black all over: make it white where its style is wanted.")
        loaded.append(F.interpolate(grey, photo.shape[-2:], mode="bilinear", antialias=True).clamp(0, 1))
    return loaded


def style_shares(weights: Sequence[float] | None, masks: Sequence[Picture] | None, styles: int) -> Sequence[float]:
    """The weight of each style: if left out, equal and summing to 1, or each 1 under masks."""
    if weights is None:
        return [1.0 if masks is not None else 1 / styles] * styles
    if len(weights) != styles:
        raise ValueError(f"{len(weights)} style_weights were given for {styles} styles: give one for each.")
    return weights


def _load_start(init: Picture, photo: Tensor) -> Tensor | None:
    if isinstance(init, str) and init == "content":
        return photo
    if isinstance(init, str) and init == "noise":
        return None
    if isinstance(init, str) and not (os.path.splitext(init)[1] or os.path.dirname(init) or os.path.exists(init)):
        require_choice("init", init, ("content", "noise", *assets.photos(), *assets.paintings()))
    return resize(load_image(init).to(photo), tuple(photo.shape[-2:]))


def _shrunk(picture: Tensor, factor: int, smallest: int) -> Tensor:
    return resize(picture, tuple(max(smallest, round(side / factor)) for side in picture.shape[-2:]))
