"""The random changes that a good picture has to survive."""

import math

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F


def transform(
    image: Float[Tensor, "batch 3 height width"],
    generator: torch.Generator,
    *,
    pad: int = 0,
    jitter: int = 0,
    zoom: float = 0.0,
    rotate: float = 0.0,
) -> Float[Tensor, "batch 3 padded_height padded_width"]:
    """Change a picture at random (Olah et al. 2017, "Transformation robustness"); with all at 0 it stays as it is.

    One draw holds for the whole batch; the result is differentiable in the picture.

    Args:
        generator: of the CPU; decides how.
        pad: px of grey put around the picture, so that the padding's zeros border on grey.
        jitter: up to so many px of shift either way.
        zoom: up to this share larger or smaller.
        rotate: up to so many degrees either way.
    """
    if pad:
        image = F.pad(image, [pad, pad, pad, pad], value=0.5)
    if not (jitter or zoom or rotate):
        return image
    angle, factor, down, right = (2 * torch.rand(4, generator=generator) - 1).tolist()
    down, right = jitter * down, jitter * right
    if not (zoom or rotate):  # whole pixels need no interpolation
        return torch.roll(image, (round(down), round(right)), dims=(2, 3))
    height, width = image.shape[-2:]
    cosine, sine = (part(math.radians(rotate * angle)) / (1 + zoom * factor) for part in (math.cos, math.sin))
    matrix = [
        [cosine, -sine * height / width, -2 * right / width],
        [sine * width / height, cosine, -2 * down / height],
    ]
    grid = F.affine_grid(torch.tensor([matrix]), [1, 3, height, width], align_corners=False).to(image)
    return F.grid_sample(image, grid.expand(len(image), -1, -1, -1), padding_mode="reflection", align_corners=False)
