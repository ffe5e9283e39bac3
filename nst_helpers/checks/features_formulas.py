"""What lesson 01's exercises ask for, each formula with the knobs that `features_mistakes` turns."""

from collections.abc import Callable, Iterable

import torch
from jaxtyping import Complex, Float
from torch import Tensor

Kernels = Iterable[tuple[int, int]]
Radius = Callable[[Tensor, Tensor], Tensor]


def as_picture(feature_map: Float[Tensor, "height width"], *, slack: float = 0.0) -> Float[Tensor, "height width"]:
    """From 0 at the lowest to 1 at the highest; a constant map is zero everywhere."""
    lowest, highest = feature_map.min(), feature_map.max()
    return (feature_map - lowest) / (highest - lowest + slack).clamp(min=1e-12)


def receptive_field(
    kernels: Kernels,
    *,
    start: int = 1,
    widening: Callable[[int, int, int], int] = lambda kernel, step, stride: (kernel - 1) * stride,
    striding: Callable[[int, int], int] = lambda stride, step: stride * step,
) -> tuple[int, int]:
    """(size, stride) of one position after the layers, walked forwards."""
    size, stride = start, 1
    for kernel, step in kernels:
        size += widening(kernel, step, stride)
        stride = striding(stride, step)
    return size, stride


def strongest_position(features: Float[Tensor, "1 _channels height width"], channel: int) -> tuple[int, int]:
    """(row, column) of a channel's highest activation."""
    row, column = divmod(features[0, channel].flatten().argmax().item(), features.shape[3])
    return row, column


def frequencies(image: Float[Tensor, "batch 3 height width"]) -> tuple[Float[Tensor, "height 1"], Float[Tensor, "1 _"]]:
    """Vertical and horizontal ones of each Fourier coefficient of a picture, in cycles per px."""
    height, width = image.shape[-2:]
    return torch.fft.fftfreq(height).view(-1, 1), torch.fft.fftfreq(width).view(1, -1)


def power(image: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, "batch 3 height width"]:
    """The energy of each Fourier coefficient, without the mean."""
    return torch.fft.fft2(image - image.mean(dim=(2, 3), keepdim=True)).abs().square()


def high_frequency_share(
    image: Float[Tensor, "batch 3 height width"],
    *,
    energy: Callable[[Tensor], Tensor] = power,
    radius: Radius = torch.hypot,
    high: Callable[[Tensor], Tensor] = lambda f: f >= 0.25,
    dims: tuple[int, ...] = (1, 2, 3),
) -> Float[Tensor, "..."]:
    """The share of each picture's energy at 1/4 cycle per px and above; 0 for a flat picture."""
    energies, chosen = energy(image), high(radius(*frequencies(image)))
    return (energies * chosen).sum(dim=dims) / energies.sum(dim=dims).clamp(min=1e-12)


def from_spectrum(
    spectrum: Complex[Tensor, "batch 3 height half_width"],
    size: tuple[int, int],
    *,
    radius: Radius = torch.hypot,
    floor: Callable[[int, int], float] = lambda height, width: 1 / max(height, width),
    gain: Callable[[Tensor], Tensor] = torch.reciprocal,
    inverse: Callable[..., Tensor] = torch.fft.irfft2,
    norm: str = "ortho",
) -> Float[Tensor, "batch 3 height width"]:
    """Coefficients divided by their frequency, as pixels."""
    height, width = size
    vertical, horizontal = torch.fft.fftfreq(height).view(-1, 1), torch.fft.rfftfreq(width).view(1, -1)
    frequency = radius(vertical, horizontal).clamp(min=floor(height, width))
    return inverse(spectrum * gain(frequency), s=size, norm=norm)


def robust_goal(
    image: Float[Tensor, "batch 3 height width"],
    goal: Callable[[Tensor], Tensor],
    shifts: Iterable[tuple[int, int]],
    *,
    shifted: Callable[[Tensor, tuple[int, int]], Tensor] = lambda image, shift: image.roll(shift, dims=(2, 3)),
    reduced: Callable[[Tensor], Tensor] = lambda values: values.mean(dim=0),
) -> Float[Tensor, "..."]:
    """The mean of the goal over shifted copies of each picture."""
    return reduced(torch.stack([goal(shifted(image, shift)) for shift in shifts]))
