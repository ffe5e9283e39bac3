"""Colour: a picture's luminance and its contrast, and two ways to keep or borrow colours in style transfer."""

import torch
from jaxtyping import Float
from torch import Tensor

from nst_helpers.runtime import symmetric_power, transport

# ITU-R BT.709, applied to the gamma-encoded values as video does
_LUMINANCE_WEIGHTS = (0.2126, 0.7152, 0.0722)

# the variance that rounding to 8 bits adds; a direction in which the colours vary less carries none
_ROUNDING_VARIANCE = 1 / 255**2 / 12


def luminance(image: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, "batch 1 height width"]:
    """0.2126 R + 0.7152 G + 0.0722 B (ITU-R BT.709) of the gamma-encoded values, in [0, 1]."""
    return (image * image.new_tensor(_LUMINANCE_WEIGHTS)[:, None, None]).sum(dim=1, keepdim=True)


def keep_luminance(
    color_of: Float[Tensor, "color_batch 3 color_height color_width"],
    image: Float[Tensor, "batch 3 height width"],
) -> Float[Tensor, "batch 3 height width"]:
    """The luminance of `image` with the chroma of `color_of`, in [0, 1]: style without its colours.

    Luminance-only transfer, Gatys et al. 2016, "Preserving Color in Neural Artistic Style Transfer": Y of the
    one, I and Q of the other. Adding the same number to R, G and B changes Y alone, so no conversion is
    needed; Y is this module's luminance, where YIQ has the weights of BT.601.

    Raises ValueError if the shapes differ.
    """
    if color_of.shape != image.shape:
        shapes = f"color_of is {tuple(color_of.shape)} and image {tuple(image.shape)}"
        raise ValueError(f"{shapes}: resize one to the other")
    y, chroma = luminance(image), color_of - luminance(color_of)
    # Clipping a colour that falls outside [0, 1] would alter Y and the hue; paling it keeps both.
    room = torch.where(chroma > 0, 1 - y, y) / chroma.abs().clamp(min=1e-6)
    paled = chroma * room.amin(dim=1, keepdim=True).clamp(0, 1)
    return (y + paled).clamp(0, 1)


def adjust_contrast(
    image: Float[Tensor, "batch 3 height width"], contrast: float = 1.0, brightness: float = 0.0
) -> Float[Tensor, "batch 3 height width"]:
    """``contrast * (image - 1/2) + 1/2 + brightness``, clamped to [0, 1].

    Nothing is clamped while ``contrast + 2 * abs(brightness)`` is at most 1.
    """
    return (contrast * (image - 0.5) + 0.5 + brightness).clamp(0, 1)


@torch.no_grad()
def equalize_luminance(image: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, "batch 3 height width"]:
    """The picture with every level of luminance equally frequent, so that all pictures have one contrast.

    Each pixel's luminance becomes the share of pixels that are darker, those as bright counted half (histogram
    equalisation over 256 levels): the mean is 1/2, the deviation up to sqrt(1/12); one colour becomes mid-grey. Chroma
    stays, paled where it would leave [0, 1]. The contrast-normalised photos of Huang & Belongie 2017, section 3.1.
    """
    y = luminance(image)
    levels = (255 * y.flatten(1)).round().long().clamp(0, 255)
    counts = torch.zeros(len(y), 256, device=y.device).scatter_add_(1, levels, torch.ones_like(y.flatten(1)))
    darker = (counts.cumsum(dim=1) - counts / 2) / levels.shape[1]
    return keep_luminance(image, darker.gather(1, levels).view_as(y).expand_as(image))


@torch.no_grad()
def match_color(
    image: Float[Tensor, "batch 3 height width"],
    to: Float[Tensor, "to_batch 3 to_height to_width"],
) -> Float[Tensor, "batch 3 height width"]:
    """`image` with the mean and the covariance of the colours of `to`, clamped to [0, 1] at the end.

    The Monge-Kantorovich map of the colours, `runtime.transport` (Pitié & Kokaram 2007, "The linear
    Monge-Kantorovitch linear colour mapping for example-based colour transfer"). A grey picture takes on the tint that
    goes with its brightness in `to`; where either picture has one colour, the result is the mean of `to`.

    `to` has a batch of one or of image's size; raises ValueError otherwise. Computed in float64 on the CPU.
    """
    if len(to) not in (1, len(image)):
        raise ValueError(f"to has a batch of {len(to)} and image of {len(image)}: give one, or one for each")
    mean, u, colors = _moments(image)
    to_mean, v, _ = _moments(to)
    root = symmetric_power(v, 0.5, _ROUNDING_VARIANCE)
    moved = transport(symmetric_power(u, 1.0, _ROUNDING_VARIANCE), root)
    matched = moved @ (colors - mean) + to_mean
    return matched.clamp(0, 1).reshape(image.shape).to(image)


def _moments(image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Mean (batch, 3, 1), covariance (batch, 3, 3) and the colours (batch, 3, pixels), in float64."""
    colors = image.to("cpu", torch.float64).flatten(2)  # Apple's GPUs have no float64
    mean = colors.mean(dim=-1, keepdim=True)
    centered = colors - mean
    return mean, centered @ centered.mT / colors.shape[-1], colors
