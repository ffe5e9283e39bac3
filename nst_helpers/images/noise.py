"""Noise to start an optimisation from."""

import torch
from jaxtyping import Float
from torch import Tensor

_FAINT = 0.05


def faint_noise(height: int, width: int, seed: int = 0) -> Float[Tensor, "1 3 height width"]:
    """Grey with a little white noise (standard deviation 0.05), to start an optimisation from.

    The papers say "white noise" and nothing of its strength; neural-style begins with 0.001 of 255 grey levels. Noise
    over the whole range stays in the picture as coloured grain for hundreds of evaluations.
    """
    noise = torch.randn(1, 3, height, width, generator=torch.Generator().manual_seed(seed))
    return (0.5 + _FAINT * noise).clamp(0, 1)
